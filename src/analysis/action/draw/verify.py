"""The check of a published draw by anyone: everything is computed again from the public files (R12, S14)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.action.draw.announcement import Announcement
from analysis.action.draw.files import ANNOUNCEMENT, SECRET, hash_of, list_differing, read_published
from analysis.action.draw.office import rebuild_announcement
from analysis.action.draw.result import Result, result_name
from analysis.action.draw.rounds import Numbers, compute_draw, compute_replacement
from analysis.policy.draw import DrawRules
from analysis.policy.errors import AnalysisError, DataError


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be: the file, the place in it, what is wrong."""

    file: str
    place: str
    message: str


def verify_draw(
    folder: Path,
    published_hash: str | None = None,
    numbers: Numbers | None = None,
    rules: DrawRules | None = None,
) -> list[Finding]:
    """Check a published draw; nothing found means that it holds (R12, S14).

    Recomputes the plan of the strata, every ticket, every drawn unit, every skip and the inspectors of every round, and
    compares them with what was published. Rounds that were not held yet are no finding.

    Args:
        folder: the public folder of the draw.
        published_hash: SHA-256 of the announcement from another place (a newspaper, an earlier bulletin). Without it
            an office that replaced all its files at once would not be seen.
        numbers: the public numbers from another place; without them those of the result are believed.
        rules: the rules of `params/draw.yml` in force; without them those of the announcement are believed.

    Returns:
        The findings, in the order of the files; empty if everything holds.
    """
    folder = Path(folder)
    leak = [Finding(SECRET, "", "the secret lies in the published folder")] if (folder / SECRET).exists() else []
    announcement, findings = _attempt(ANNOUNCEMENT, lambda: read_published(folder / ANNOUNCEMENT, Announcement))
    if announcement is not None:
        findings = _check_announcement(announcement, published_hash, rules)
    # Rounds mean nothing under an announcement that does not hold.
    return leak + (findings or _check_rounds(announcement, folder, numbers))


def _check_announcement(
    announcement: Announcement, published_hash: str | None, rules: DrawRules | None
) -> list[Finding]:
    found = hash_of(announcement)
    findings = []
    if published_hash not in (None, found):
        findings.append(Finding(ANNOUNCEMENT, "", f"its SHA-256 is {found}, published elsewhere was {published_hash}"))
    if rules not in (None, announcement.rules):
        findings.append(Finding(ANNOUNCEMENT, "rules", "not the rules of params/draw.yml"))
    rebuilt, refused = _attempt(ANNOUNCEMENT, lambda: rebuild_announcement(announcement))
    differing = list_differing(rebuilt, announcement) if rebuilt else []
    return findings + refused + [Finding(ANNOUNCEMENT, f, "does not follow from rules and pool") for f in differing]


def _check_rounds(announcement: Announcement, folder: Path, numbers: Numbers | None) -> list[Finding]:
    names = [result_name(r) for r in range(announcement.rules.chain_length)]
    present = [name for name in names if (folder / name).exists()]
    rounds: list[Result] = []
    for name in names[: len(present)]:
        result, findings = _attempt(name, lambda name=name: read_published(folder / name, Result))
        if result is None:
            return findings
        findings = _compare(name, announcement, rounds, result, numbers)
        if findings:
            return findings
        rounds.append(result)
    return []


def _compare(
    name: str, announcement: Announcement, rounds: Sequence[Result], result: Result, numbers: Numbers | None
) -> list[Finding]:
    if numbers is not None and [sorted(s) for s in numbers] != [sorted(s) for s in result.public_numbers]:
        return [Finding(name, "public_numbers", f"found {result.public_numbers}, the public draws showed {numbers}")]
    expected, findings = _attempt(name, lambda: _recompute(announcement, rounds, result))
    if expected is None:
        return findings
    return [Finding(name, field, "not what the public data give") for field in list_differing(expected, result)]


def _recompute(announcement: Announcement, rounds: Sequence[Result], result: Result) -> Result:
    reveal = result.reveal
    code = reveal.code if reveal.status == "revealed" else reveal.late_code
    if not rounds:
        return compute_draw(announcement, result.public_numbers, code, reveal.on)
    if result.vacancy is None:
        raise DataError("a round after the draw names no vacancy: a second draw")
    return compute_replacement(announcement, rounds, result.vacancy, code, reveal.on)


def _attempt(name: str, compute: Callable):
    """Return what `compute` gives and no finding, or None and the finding that says why it could not."""
    try:
        return compute(), []
    except AnalysisError as error:
        return None, [Finding(name, "", str(error))]
