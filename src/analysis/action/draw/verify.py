"""The check of a published draw by anyone: everything is computed again from the public files (R12, S14)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from analysis.action.draw.announcement import Announcement
from analysis.action.draw.files import ANNOUNCEMENT, SECRET, list_differing, read_published
from analysis.action.draw.office import rebuild_announcement
from analysis.action.draw.result import DeclaredVacancy, Result, result_name, vacancy_name
from analysis.action.draw.rounds import Numbers, compute_draw, compute_replacement
from analysis.action.draw.vacancies import declare_again
from analysis.policy.draw import DrawRules
from analysis.policy.errors import AnalysisError, DataError
from analysis.policy.messages import say


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be: the file, the place in it, what is wrong."""

    file: str
    place: str
    message: str


def verify_draw(
    folder: Path,
    published_hashes: Sequence[str] = (),
    numbers: Sequence[Numbers] = (),
    rules: DrawRules | None = None,
    today: date | None = None,
) -> list[Finding]:
    """Check a published draw; nothing found means that it holds (R12, S14, S48).

    Recomputes the plan of the strata, the public draw that decides each vacancy, every ticket, every drawn unit, every
    skip and the inspectors of every round, and compares them with what was published.

    Args:
        folder: the public folder of the draw.
        published_hashes: SHA-256 of the announcement and of declared vacancies from another place (a newspaper, an
            earlier bulletin). Without them an office that replaced all its files at once, or dated a vacancy back,
            would not be seen.
        numbers: the public numbers of the rounds from another place, in order; without them those of the results are
            believed.
        rules: the rules of `params/draw.yml` in force; without them those of the announcement are believed.
        today: the day of the check: a round that is not published although its deadline is over is then a finding.

    Returns:
        The findings, in the order of the files; empty if everything holds.
    """
    folder = Path(folder)
    leak = [Finding(SECRET, "", say("the secret lies in the published folder"))] if (folder / SECRET).exists() else []
    announcement, findings = _attempt(ANNOUNCEMENT, lambda: read_published(folder / ANNOUNCEMENT, Announcement))
    if announcement is not None:
        findings = _check_hashes(folder, published_hashes) + _check_announcement(announcement, rules)
    # Rounds mean nothing under an announcement that does not hold.
    return leak + (findings or _check_rounds(announcement, folder, numbers, today))


def _check_hashes(folder: Path, published: Sequence[str]) -> list[Finding]:
    paths = [folder / ANNOUNCEMENT, *sorted(folder.glob(vacancy_name("*")))]
    found = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    told = say("found are {found}; published elsewhere was {published}")
    elsewhere = [each for each in published if each not in found]
    return [Finding(ANNOUNCEMENT, "", told.format(found=", ".join(found), published=each)) for each in elsewhere]


def _check_announcement(announcement: Announcement, rules: DrawRules | None) -> list[Finding]:
    findings = []
    # Whether the rules will end is decided after the announcement.
    if rules is not None and announcement.rules.model_copy(update={"to": rules.to}) != rules:
        findings.append(Finding(ANNOUNCEMENT, "rules", say("not the rules of params/draw.yml")))
    rebuilt, refused = _attempt(ANNOUNCEMENT, lambda: rebuild_announcement(announcement))
    differing = list_differing(rebuilt, announcement) if rebuilt else []
    told = say("does not follow from rules and pool")
    return findings + refused + [Finding(ANNOUNCEMENT, field, told) for field in differing]


def _check_rounds(
    announcement: Announcement, folder: Path, numbers: Sequence[Numbers], today: date | None
) -> list[Finding]:
    length = announcement.rules.chain_length
    n_held = sum((folder / result_name(r)).exists() for r in range(length))
    n_declared = sum((folder / vacancy_name(r)).exists() for r in range(1, length))
    rounds: list[Result] = []
    vacancies: list[DeclaredVacancy] = []
    for round_ in range(max(n_held, n_declared + 1)):
        findings: list[Finding] = []
        if round_ and (n_declared or announcement.later_draws):
            findings = _check_vacancy(announcement, folder, rounds[:round_], vacancies)
        if not findings and round_ < n_held:
            findings = _check_round(announcement, folder, rounds, vacancies, numbers[round_ : round_ + 1])
        if findings:
            return findings
    return _check_deadlines(announcement, rounds, vacancies, today)


def _check_vacancy(
    announcement: Announcement, folder: Path, rounds: Sequence[Result], vacancies: list[DeclaredVacancy]
) -> list[Finding]:
    """Add the next declared vacancy to `vacancies`, or return what is wrong with it."""
    name = vacancy_name(len(vacancies) + 1)
    found, findings = _attempt(name, lambda: read_published(folder / name, DeclaredVacancy))
    if found is None:
        return findings
    expected, findings = _attempt(name, lambda: declare_again(announcement, rounds, vacancies, found))
    vacancies.append(found)
    told = say("not what the announcement says")
    return findings or [Finding(name, field, told) for field in list_differing(expected, found)]


def _check_round(
    announcement: Announcement,
    folder: Path,
    rounds: list[Result],
    vacancies: Sequence[DeclaredVacancy],
    numbers: Sequence[Numbers],
) -> list[Finding]:
    """Add the next round to `rounds`, or return what is wrong with it; `numbers` are those known from elsewhere."""
    name = result_name(len(rounds))
    result, findings = _attempt(name, lambda: read_published(folder / name, Result))
    if result is None:
        return findings
    for known in numbers:
        if [sorted(s) for s in known] != [sorted(s) for s in result.public_numbers]:
            told = say("found {found}, the public draws showed {known}")
            return [Finding(name, "public_numbers", told.format(found=result.public_numbers, known=known))]
    expected, findings = _attempt(name, lambda: _recompute(announcement, rounds, vacancies, result))
    rounds.append(result)
    told = say("not what the public data give")
    return findings or [Finding(name, field, told) for field in list_differing(expected, result)]


def _recompute(
    announcement: Announcement, rounds: Sequence[Result], vacancies: Sequence[DeclaredVacancy], result: Result
) -> Result:
    reveal = result.reveal
    code = reveal.code if reveal.status == "revealed" else reveal.late_code
    if not rounds:
        return compute_draw(announcement, result.public_numbers, code, reveal.on)
    vacancy = vacancies[-1] if vacancies else result.vacancy
    if vacancy is None:
        raise DataError(say("a round after the draw names no vacancy: a second draw"))
    return compute_replacement(announcement, rounds, vacancy, result.public_numbers, code, reveal.on)


def _check_deadlines(
    announcement: Announcement,
    rounds: Sequence[Result],
    vacancies: Sequence[DeclaredVacancy],
    today: date | None,
) -> list[Finding]:
    deadlines = [announcement.reveal_by, *(vacancy.reveal_by for vacancy in vacancies)]
    told = say("the deadline {day} is over and nothing was published: a violation; hold it")
    return [
        Finding(result_name(round_), "", told.format(day=day))
        for round_, day in enumerate(deadlines)
        if round_ >= len(rounds) and today is not None and day < today
    ]


def _attempt(name: str, compute: Callable):
    """Return what `compute` gives and no finding, or None and the finding that says why it could not."""
    try:
        return compute(), []
    except AnalysisError as error:
        return None, [Finding(name, "", str(error))]
