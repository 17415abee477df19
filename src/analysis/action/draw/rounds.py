"""The rounds of a draw, computed from public data alone: the draw itself, and each replacement (R12, S14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from analysis.action.draw.announcement import AnnouncedSource, Announcement, Stratum
from analysis.action.draw.assign import OpenPlaces, Staff, assign_inspectors, can_complete, read_staff
from analysis.action.draw.commitment import settle_reveal
from analysis.action.draw.files import hash_of
from analysis.action.draw.lottery import check_numbers, encode_numbers, extract_key, order_by_ticket
from analysis.action.draw.result import (
    DeclaredVacancy,
    InspectorSkip,
    Place,
    Result,
    Reveal,
    Ticket,
    UnitSkip,
    Vacancy,
)
from analysis.action.draw.vacancies import find_vacant, standing_places
from analysis.policy.errors import DataError
from analysis.policy.messages import say

Numbers = Sequence[Sequence[int]]


@dataclass(frozen=True)
class _Lots:
    """What the tickets decided in one round."""

    tickets: tuple[Ticket, ...]
    drawn: tuple[Place, ...]
    unit_skips: tuple[UnitSkip, ...]
    inspector_skips: tuple[InspectorSkip, ...]


def compute_draw(announcement: Announcement, numbers: Numbers, code: str | None, on: date) -> Result:
    """Return the result of a draw (R12, S14); it depends on the arguments alone.

    Args:
        announcement: what was published before.
        numbers: for each announced source the numbers of its public draw.
        code: the code that the office reveals, in hex, or None.
        on: the day of the draw.

    Raises:
        DataError: the numbers are impossible or not yet known, or the code does not match the commitment.
    """
    check_numbers(announcement.sources, numbers)
    if on < announcement.numbers_known_on:
        told = say("draw {draw_id}: the public numbers are known from {known_on}")
        raise DataError(told.format(draw_id=announcement.draw_id, known_on=announcement.numbers_known_on))
    reveal = settle_reveal(announcement, [], code, on, announcement.reveal_by)
    text = _encode(announcement.sources, numbers)
    key = _key_of(announcement, text, reveal)
    return _publish(announcement, numbers, text, reveal, key, _draw_all(key, announcement))


def compute_replacement(
    announcement: Announcement, rounds: Sequence[Result], vacancy: Vacancy, numbers: Numbers, code: str | None, on: date
) -> Result:
    """Return the round that fills one vacant place and leaves every other place as it is (R12, S14, S48).

    The next code of the chain and the numbers of the later public draw make a new key; the candidates are those of the
    vacant place's stratum, then those of the stratum of all units. In draws announced before S48 the numbers are the
    first round's.

    Args:
        announcement: what was published before.
        rounds: the rounds published so far, in order.
        vacancy: the drawn unit that cannot be inspected, as it was declared.
        numbers: for each source that the vacancy names the numbers of its public draw.
        code: the next code of the chain, in hex, or None.
        on: the day of this round.

    Raises:
        DataError: the unit holds no place by lot, the vacancy was not declared before its numbers, these are impossible
            or not yet known, the code does not match, or nobody can lawfully fill the place.
    """
    vacant = find_vacant(announcement, rounds, vacancy.unit_id)
    sources, known_on, deadline = _terms(announcement, vacancy)
    numbers = numbers if announcement.later_draws else rounds[0].public_numbers
    check_numbers(sources, numbers)
    if on < known_on:
        told = say("draw {draw_id}: this place can be filled from {known_on}, not on {on}")
        raise DataError(told.format(draw_id=announcement.draw_id, known_on=known_on, on=on))
    reveal = settle_reveal(announcement, [r.reveal for r in rounds], code, on, deadline)
    text = _encode(sources, numbers)
    key = _key_of(announcement, text, reveal)
    kept = [place for place in standing_places(rounds) if place.order != vacant.order]
    gone = {r.vacancy.unit_id for r in rounds if r.vacancy} | {vacancy.unit_id}
    lots = _draw_substitute(key, announcement, vacant, kept, gone)
    return _publish(announcement, numbers, text, reveal, key, lots, rounds[-1], vacancy)


def _terms(announcement: Announcement, vacancy: Vacancy) -> tuple[tuple[AnnouncedSource, ...], date, date]:
    """Return the sources of a replacement's numbers, the day from which they are known, the deadline of the reveal."""
    if isinstance(vacancy, DeclaredVacancy) != bool(announcement.later_draws):
        told = say("draw {draw_id}: the vacancy was not declared as its announcement says (S48)")
        raise DataError(told.format(draw_id=announcement.draw_id))
    if isinstance(vacancy, DeclaredVacancy):
        return vacancy.sources, max(source.date for source in vacancy.sources), vacancy.reveal_by
    deadline = vacancy.published_on + timedelta(days=announcement.rules.replacement_reveal_days)
    return announcement.sources, vacancy.published_on, deadline


def _key_of(announcement: Announcement, public_text: str, reveal: Reveal) -> bytes:
    # A replacement's id ends in its round: even a failed reveal cannot bring an earlier key back.
    draw_id = f"{announcement.draw_id}+{reveal.round}" if reveal.round else announcement.draw_id
    return extract_key(bytes.fromhex(reveal.code), draw_id, hash_of(announcement), public_text)


def _encode(sources: Sequence[AnnouncedSource], numbers: Numbers) -> str:
    return encode_numbers(numbers, [source.width for source in sources])


def _tickets_of(key: bytes, stratum: Stratum) -> list[Ticket]:
    ordered = order_by_ticket(key, stratum.id, stratum.candidates)
    return [Ticket(stratum=stratum.id, unit_id=unit, ticket=ticket) for ticket, unit in ordered]


def _draw_all(key: bytes, announcement: Announcement) -> _Lots:
    staff = read_staff(announcement)
    tickets, picks, skips = [], [], []
    for index, stratum in enumerate(announcement.strata):
        if stratum.kind == "must":
            picks += [(stratum.id, unit) for unit in stratum.candidates]
            continue
        ordered = _tickets_of(key, stratum)
        later = [OpenPlaces(s.candidates, s.number) for s in announcement.strata[index + 1 :]]
        taken, passed = _take(stratum, ordered, [unit for _, unit in picks], staff, later)
        tickets += ordered
        picks += [(stratum.id, unit) for unit in taken]
        skips += passed
    teams, inspector_skips = assign_inspectors(key, staff, [unit for _, unit in picks])
    drawn = [
        _place(key, announcement, stratum, order, unit, teams[unit])
        for order, (stratum, unit) in enumerate(picks, start=1)
    ]
    return _Lots(tuple(tickets), tuple(drawn), tuple(skips), inspector_skips)


def _place(
    key: bytes, announcement: Announcement, stratum: str, order: int, unit: str, inspectors: tuple[str, ...]
) -> Place:
    """Return a place with the duties that are looked at in it: each of the unit's has the same chance (S42)."""
    ordered = order_by_ticket(key, f"duty|{unit}", announcement.duties_of(unit))
    duties = tuple(duty for _, duty in ordered[: announcement.rules.duties_per_visit])
    return Place(stratum=stratum, order=order, unit_id=unit, inspectors=inspectors, duties=duties)


def _take(
    stratum: Stratum, ordered: Sequence[Ticket], drawn: Sequence[str], staff: Staff, later: Sequence[OpenPlaces]
) -> tuple[list[str], list[UnitSkip]]:
    """Return the units taken from one stratum in the order of their tickets, and those passed over."""
    taken, skips = [], []
    for position, ticket in enumerate(ordered):
        unit, left = ticket.unit_id, stratum.number - len(taken)
        if left == 0:
            break
        rest = OpenPlaces(tuple(t.unit_id for t in ordered[position + 1 :]), left - 1)
        if unit in drawn:
            skips.append(UnitSkip(stratum=stratum.id, unit_id=unit, reason="already_drawn"))
        elif can_complete(staff, [*drawn, *taken, unit], [rest, *later]):
            taken.append(unit)
        else:
            skips.append(UnitSkip(stratum=stratum.id, unit_id=unit, reason="no_lawful_team"))
    return taken, skips


def _draw_substitute(
    key: bytes, announcement: Announcement, vacant: Place, kept: Sequence[Place], gone: set[str]
) -> _Lots:
    staff = read_staff(announcement).without(place.inspectors for place in kept)
    own = announcement.stratum(vacant.stratum)
    everyone = next(s for s in announcement.strata if s.kind == "all")
    tickets = _tickets_of(key, own) + ([] if own == everyone else _tickets_of(key, everyone))
    drawn = {place.unit_id for place in kept}
    skips = []
    for ticket in tickets:
        unit = ticket.unit_id
        if unit not in drawn | gone and can_complete(staff, [unit], []):
            teams, inspector_skips = assign_inspectors(key, staff, [unit])
            place = _place(key, announcement, vacant.stratum, vacant.order, unit, teams[unit])
            return _Lots(tuple(tickets), (place,), tuple(skips), inspector_skips)
        reason = "already_drawn" if unit in drawn else "vacated" if unit in gone else "no_lawful_team"
        skips.append(UnitSkip(stratum=ticket.stratum, unit_id=unit, reason=reason))
    raise DataError(
        say(
            "draw {draw_id}: nobody can lawfully fill the place of {unit_id}; "
            "all {n_candidates} candidates are drawn, vacated or without {per_visit} inspectors"
        ).format(
            draw_id=announcement.draw_id,
            unit_id=vacant.unit_id,
            n_candidates=len({skip.unit_id for skip in skips}),  # one is skipped in its stratum and among all
            per_visit=staff.per_visit,
        )
    )


def _publish(
    announcement: Announcement,
    numbers: Numbers,
    public_text: str,
    reveal: Reveal,
    key: bytes,
    lots: _Lots,
    previous: Result | None = None,
    vacancy: Vacancy | None = None,
) -> Result:
    return Result(
        draw_id=announcement.draw_id,
        announcement_hash=hash_of(announcement),
        previous_hash=hash_of(previous) if previous else None,
        vacancy=vacancy,
        public_numbers=tuple(tuple(source) for source in numbers),
        public_text=public_text,
        reveal=reveal,
        key=key.hex(),
        tickets=lots.tickets,
        drawn=lots.drawn,
        unit_skips=lots.unit_skips,
        inspector_skips=lots.inspector_skips,
        violations=() if reveal.status == "revealed" else (reveal.status,),
    )
