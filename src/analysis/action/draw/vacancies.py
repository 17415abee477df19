"""Vacancies: declared before the public numbers that decide their replacement are known (S48)."""

from collections.abc import Sequence
from datetime import timedelta

from analysis.action.draw.announcement import Announcement, list_drums
from analysis.action.draw.files import hash_of
from analysis.action.draw.result import DeclaredVacancy, Place, Result, Vacancy
from analysis.policy.errors import DataError
from analysis.policy.messages import say


def standing_places(rounds: Sequence[Result]) -> list[Place]:
    """Return the places as they stand after all rounds, in the order of the draw."""
    places = {place.order: place for result in rounds for place in result.drawn}
    return [places[order] for order in sorted(places)]


def find_vacant(announcement: Announcement, rounds: Sequence[Result], unit_id: str) -> Place:
    """Return the place that a unit holds by lot.

    Raises:
        DataError: the unit holds no place, or one for which it was named.
    """
    vacant = next((place for place in standing_places(rounds) if place.unit_id == unit_id), None)
    if vacant is None or announcement.stratum(vacant.stratum).kind == "must":
        told = say("draw {draw_id}: {unit_id} holds no place drawn by lot")
        raise DataError(told.format(draw_id=announcement.draw_id, unit_id=unit_id))
    return vacant


def declare(
    announcement: Announcement, rounds: Sequence[Result], earlier: Sequence[DeclaredVacancy], vacancy: Vacancy
) -> DeclaredVacancy:
    """Return the vacancy with the public draw that decides it: the first later one after `notice_days` (S48).

    Args:
        announcement: what was published before, with the later public draws.
        rounds: the rounds published so far, in order.
        earlier: the vacancies declared so far, in order; filled or still open.
        vacancy: the drawn unit that cannot be inspected, with the published reason and the day of publication.

    Raises:
        DataError: the unit holds no place by lot on that day or is declared vacant already, all codes are used up, or
            no later public draw is left whose numbers nobody can know yet.
    """
    told, rules, day = f"draw {announcement.draw_id}", announcement.rules, vacancy.published_on
    find_vacant(announcement, [r for r in rounds if r.reveal.on <= day], vacancy.unit_id)
    if any(vacancy.unit_id == v.unit_id or day < v.published_on for v in earlier):
        message = say("{told}: {unit_id} is declared vacant already, or before an earlier vacancy")
        raise DataError(message.format(told=told, unit_id=vacancy.unit_id))
    if len(earlier) + 1 >= rules.chain_length:
        raise DataError(
            say("{told}: all {chain_length} codes are used up").format(told=told, chain_length=rules.chain_length)
        )
    draw = announcement.deciding_draw(day)
    if draw is None:
        named = [f"{later.date}" for later in announcement.later_draws]
        raise DataError(
            say(
                "{told}: a vacancy published on {day} needs a public draw at least {notice_days} days later, whose "
                "numbers nobody can know; the announcement names {named}. The place stays empty, or "
                "a new draw is announced for it (S48)"
            ).format(told=told, day=day, notice_days=rules.notice_days, named=", ".join(named) or say("none"))
        )
    return DeclaredVacancy(
        **vacancy.model_dump(),
        draw_id=announcement.draw_id,
        announcement_hash=hash_of(announcement),
        round=len(earlier) + 1,
        sources=list_drums(rules, [draw]),
        reveal_by=draw.date + timedelta(days=rules.replacement_reveal_days),
    )


def declare_again(
    announcement: Announcement, rounds: Sequence[Result], earlier: Sequence[DeclaredVacancy], found: DeclaredVacancy
) -> DeclaredVacancy:
    """Return what the office would have had to publish for the vacancy that it decided (for `verify`).

    Raises:
        DataError: see `declare`.
    """
    decided = Vacancy(**{name: getattr(found, name) for name in Vacancy.model_fields})
    return declare(announcement, rounds, earlier, decided)
