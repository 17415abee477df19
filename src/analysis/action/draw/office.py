"""What the office does, on files in a folder: announce, draw, declare vacancies, replace. Nothing is written twice."""

from datetime import date, timedelta
from pathlib import Path

from analysis.action.draw.announcement import (
    AnnouncedSource,
    Announcement,
    DrawInputs,
    PoolDuty,
    list_drums,
    reveal_deadline,
)
from analysis.action.draw.assign import OpenPlaces, read_staff, require_staff
from analysis.action.draw.commitment import commitment_of, make_secret
from analysis.action.draw.files import (
    ANNOUNCEMENT,
    SECRET,
    list_differing,
    publish,
    read_published,
    refuse_existing,
    to_bytes,
)
from analysis.action.draw.lottery import count_choice_bits, count_needed_bits, count_source_bits
from analysis.action.draw.result import DeclaredVacancy, Result, Vacancy, result_name, vacancy_name
from analysis.action.draw.rounds import Numbers, compute_draw, compute_replacement
from analysis.action.draw.strata import plan_strata
from analysis.action.draw.vacancies import declare, declare_again
from analysis.policy.draw import DrawRules
from analysis.policy.durable import write_whole
from analysis.policy.errors import DataError
from analysis.policy.load import validate
from analysis.policy.messages import say


def commit_draw(
    inputs: DrawInputs, rules: DrawRules, folder: Path, secret_folder: Path, seed: bytes | None = None
) -> Announcement:
    """Announce a draw and commit to its codes (R12, S14).

    Writes `announcement.json` and its SHA-256 to the public `folder`, and `secret.json`, readable by its
    owner only, to `secret_folder`. The secret must never reach a published folder before the last round.

    Args:
        inputs: the pool, inspectors, recusals, earlier visits and future public draws.
        rules: the rules of draws in force.
        folder: the public folder of this draw.
        secret_folder: a folder that is not published; not within `folder`.
        seed: 32 bytes for the hash chain; from the operating system unless given (tests, samples).

    Raises:
        DataError: the draw is announced already, cannot be held lawfully, names no later public draw, or the public
            draws come too soon or bring too little chance. Nothing is written then.
    """
    folder, secret_folder = Path(folder), Path(secret_folder)
    if not inputs.later_draws:
        told = say("draw {draw_id}: name `later_draws`, the public draws that decide replacements (S48)")
        raise DataError(told.format(draw_id=inputs.draw_id))
    if secret_folder.resolve().is_relative_to(folder.resolve()):
        told = say("{secret_folder}: the secret would lie in the published folder {folder}; name another one")
        raise DataError(told.format(secret_folder=secret_folder, folder=folder))
    refuse_existing(folder / ANNOUNCEMENT)
    refuse_existing(secret_folder / SECRET)
    secret = make_secret(inputs.draw_id, rules.chain_length, seed)
    announcement = build_announcement(inputs, rules, commitment_of(secret))
    write_whole(secret_folder / SECRET, to_bytes(secret), mode=0o600)
    publish(folder / ANNOUNCEMENT, announcement)
    return announcement


def build_announcement(inputs: DrawInputs, rules: DrawRules, commitment: str) -> Announcement:
    """Return the announcement of a draw that can be held lawfully, with every list in one order.

    Raises:
        DataError: see `commit_draw`.
    """
    sources = announce_sources(inputs, rules)
    announcement = Announcement(
        format="draw/2" if inputs.later_draws else "draw/1",
        draw_id=inputs.draw_id,
        period=inputs.period,
        district=inputs.district,
        published_on=inputs.published_on,
        reveal_by=reveal_deadline(rules, sources),
        commitment=commitment,
        rules=rules,
        sources=sources,
        strata=plan_strata(rules, inputs.period, inputs.units, inputs.history),
        units=tuple(sorted(inputs.units, key=lambda unit: unit.unit_id)),
        inspectors=tuple(sorted(inputs.inspectors, key=lambda person: person.inspector_id)),
        duties=_order_duties(inputs, rules),
        recusals=tuple(sorted(inputs.recusals, key=lambda r: (r.inspector_id, r.unit_id))),
        history=tuple(sorted(inputs.history, key=lambda visit: (visit.period, visit.unit_id))),
        later_draws=tuple(sorted(inputs.later_draws, key=lambda draw: (draw.date, draw.name, draw.issue))),
        chain_head=inputs.chain_head,
    )
    check_announcement(announcement)
    return announcement


def _order_duties(inputs: DrawInputs, rules: DrawRules) -> tuple[PoolDuty, ...]:
    if inputs.duties and not rules.duties_per_visit:
        told = say("draw {draw_id}: duties are named, but params/draw.yml draws none (duties_per_visit)")
        raise DataError(told.format(draw_id=inputs.draw_id))
    ordered = sorted(inputs.duties, key=lambda duty: duty.duty_id)
    return tuple(duty.model_copy(update={"unit_ids": tuple(sorted(set(duty.unit_ids)))}) for duty in ordered)


def rebuild_announcement(announcement: Announcement) -> Announcement:
    """Return what the office would have had to announce, from what it decided (for `verify`).

    Raises:
        DataError: this could not have been announced; see `commit_draw`.
    """
    decided = announcement.model_dump(include=set(DrawInputs.model_fields))
    draws = {(source.name, source.issue, source.date) for source in announcement.sources}
    decided["public_draws"] = [{"name": n, "issue": i, "date": d} for n, i, d in sorted(draws)]
    inputs = validate(ANNOUNCEMENT, decided, DrawInputs)
    return build_announcement(inputs, announcement.rules, announcement.commitment)


def check_announcement(announcement: Announcement) -> None:
    """Refuse an announcement whose draw would be predictable or could not be staffed (S14, RFC 3797 section 3.3).

    Raises:
        DataError: says what is too early, too little or too few.
    """
    draw_id, rules = announcement.draw_id, announcement.rules
    first = min(source.date for source in announcement.sources)
    if first < announcement.published_on + timedelta(days=rules.notice_days):
        raise DataError(
            say(
                "draw {draw_id}: the first public draw is on {first}, the announcement on {published_on}; "
                "at least {notice_days} days must lie between them (params/draw.yml: notice_days)"
            ).format(
                draw_id=draw_id, first=first, published_on=announcement.published_on, notice_days=rules.notice_days
            )
        )
    needed = min(count_needed_bits(announcement.strata), rules.enough_public_bits)
    found = count_source_bits(announcement.sources)
    if found < needed:
        told = say("draw {draw_id}: the public draws bring {found} bits of chance, {needed} are needed; add one")
        raise DataError(told.format(draw_id=draw_id, found=found, needed=needed))
    _check_later_draws(announcement)
    places = [OpenPlaces(stratum.candidates, stratum.number) for stratum in announcement.strata]
    require_staff(read_staff(announcement), draw_id, places)


def _check_later_draws(announcement: Announcement) -> None:
    rules, used = announcement.rules, {(source.name, source.issue) for source in announcement.sources}
    most = max(len(stratum.candidates) for stratum in announcement.strata)
    needed = min(count_choice_bits(most, 1), rules.enough_public_bits)
    for draw in announcement.later_draws:
        drums = list_drums(rules, [draw])
        is_later = draw.date > announcement.numbers_known_on and (draw.name, draw.issue) not in used
        if not drums or not is_later or count_source_bits(drums) < needed:
            told = say(
                "draw {draw_id}: later draw {draw.name} {draw.issue} of {draw.date}: it must stand in "
                "params/draw.yml, come after {known_on}, be named once, bring {needed} bits (S48)"
            )
            raise DataError(
                told.format(
                    draw_id=announcement.draw_id, draw=draw, known_on=announcement.numbers_known_on, needed=needed
                )
            )
        used.add((draw.name, draw.issue))


def announce_sources(inputs: DrawInputs, rules: DrawRules) -> tuple[AnnouncedSource, ...]:
    """Return every drum of the public draws that will be used, in the order of the rules.

    Raises:
        DataError: a public draw is named that the rules do not know, or twice.
    """
    known = {source.name for source in rules.public_sources}
    named = {draw.name: draw for draw in inputs.public_draws}
    if len(named) < len(inputs.public_draws) or not named.keys() <= known:
        told = say("draw {draw_id}: public draws must be one each of {known}: {named}")
        raise DataError(told.format(draw_id=inputs.draw_id, known=sorted(known), named=sorted(named)))
    return list_drums(rules, inputs.public_draws)


def read_announcement(folder: Path) -> Announcement:
    """Read a published announcement and refuse an altered one.

    Raises:
        DataError: a file is missing or broken, it is not the one whose hash was published beside it, or a part of it
            does not follow from its own rules and pool.
    """
    announcement = read_published(Path(folder) / ANNOUNCEMENT, Announcement)
    differing = list_differing(rebuild_announcement(announcement), announcement)
    if differing:
        told = say("{name}: {differing}: does not follow from rules and pool; it was altered")
        raise DataError(told.format(name=ANNOUNCEMENT, differing=", ".join(differing)))
    return announcement


def read_rounds(folder: Path) -> list[Result]:
    """Read the rounds published so far, in order; none before the draw.

    Raises:
        DataError: a file is broken or was altered.
    """
    rounds: list[Result] = []
    while (path := Path(folder) / result_name(len(rounds))).exists():
        rounds.append(read_published(path, Result))
    return rounds


def read_vacancies(folder: Path) -> list[DeclaredVacancy]:
    """Read the vacancies declared so far, in order, filled or still open.

    Raises:
        DataError: a file is broken or was altered.
    """
    vacancies: list[DeclaredVacancy] = []
    while (path := Path(folder) / vacancy_name(len(vacancies) + 1)).exists():
        vacancies.append(read_published(path, DeclaredVacancy))
    return vacancies


def next_reveal(folder: Path) -> tuple[int, date, date]:
    """Return the round whose code is revealed next, from which day its numbers are known, and the reveal's deadline.

    Raises:
        DataError: the draw was held and no vacancy is open, or a file is broken.
    """
    announcement, round_, vacancies = read_announcement(folder), len(read_rounds(folder)), read_vacancies(folder)
    if round_ == 0:
        return 0, announcement.numbers_known_on, announcement.reveal_by
    if round_ > len(vacancies):
        told = say("draw {draw_id}: was held, and no vacancy is open: there is no code to reveal")
        raise DataError(told.format(draw_id=announcement.draw_id))
    vacancy = vacancies[round_ - 1]
    return round_, max(source.date for source in vacancy.sources), vacancy.reveal_by


def run_draw(folder: Path, numbers: Numbers, code: str | None, on: date) -> Result:
    """Hold the announced draw and publish `result.json` beside the announcement (R12, S14).

    Run again with the same arguments it would give the same bytes, but what is published is never written again.

    Args:
        folder: the public folder of this draw.
        numbers: for each announced source the numbers of its public draw.
        code: the code that the office reveals, in hex; None after the deadline without a reveal.
        on: the day of the draw.

    Raises:
        DataError: the announcement was altered, the draw was held already, the numbers are impossible, or the code does
            not match the commitment. Nothing is written then.
    """
    refuse_existing(Path(folder) / result_name(0))
    result = compute_draw(read_announcement(folder), numbers, code, on)
    publish(Path(folder) / result_name(0), result)
    return result


def declare_vacancy(folder: Path, vacancy: Vacancy) -> DeclaredVacancy:
    """Publish `vacancy-N.json`: a drawn unit that cannot be inspected, before the numbers that replace it (S48).

    Raises:
        DataError: see `declare`. Nothing is written then.
    """
    vacancies = read_vacancies(folder)
    declared = declare(read_announcement(folder), read_rounds(folder), vacancies, vacancy)
    publish(Path(folder) / vacancy_name(declared.round), declared)
    return declared


def replace_drawn(folder: Path, numbers: Numbers, code: str | None, on: date) -> Result:
    """Fill the first open vacancy with the next code of the chain and publish `replacement-N.json` (R12, S14, S48).

    Args:
        folder: the public folder of this draw.
        numbers: for each source that the vacancy names the numbers of its public draw.
        code: the next code, in hex; None after the deadline without a reveal.
        on: the day of the replacement.

    Raises:
        DataError: see `compute_replacement`; also where no vacancy is open or the declared one was altered. Nothing is
            written then.
    """
    announcement, rounds, vacancies = read_announcement(folder), read_rounds(folder), read_vacancies(folder)
    round_ = len(rounds)
    if not 0 < round_ <= len(vacancies):
        told = say("draw {draw_id}: no vacancy is open; hold the draw, then declare one")
        raise DataError(told.format(draw_id=announcement.draw_id))
    vacancy = vacancies[round_ - 1]
    if declare_again(announcement, rounds, vacancies[: round_ - 1], vacancy) != vacancy:
        raise DataError(
            say("{name}: does not follow from the announcement; it was altered").format(name=vacancy_name(round_))
        )
    result = compute_replacement(announcement, rounds, vacancy, numbers, code, on)
    publish(Path(folder) / result_name(round_), result)
    return result
