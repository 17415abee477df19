"""The months before: their tables, built once, without notebooks."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.policy.period import month_range, shift
from analysis.run.month import Month, build_steps, describe, new_month
from analysis.run.steps import AHEAD, HISTORY
from analysis.run.store.ahead import Ahead
from analysis.run.store.finality import Finality, write_finality
from analysis.run.store.kept_rules import KeptRules
from analysis.run.store.manifest import Manifest, hash_histories, list_differing, refuse_changed

OnProgress = Callable[[str, float], None]


@dataclass(frozen=True)
class Published:
    """What a run left behind.

    Attributes:
        period: the month.
        revision: its folder in `data/processed/<period>/`.
        pages: its folder in `reports/`; None where only tables were built.
        is_new: whether the run made it; not where nothing changed since it was published (S39).
        remarks: what is to know besides, a line each: earlier months that were built, what was wrong with the
            district's own notebooks, and with the day of publication.
        why: why it was built, of a month that was built as history.
    """

    period: str
    revision: Path
    pages: Path | None
    is_new: bool = True
    remarks: tuple[str, ...] = ()
    why: str = ""


def build_history(month: Month, on_progress: OnProgress | None = None) -> list[Published]:
    """Build the tables of every earlier month that has none yet, or whose tables are out of date.

    A month that was published with its pages, or that made its year final, stands as published, whatever changed
    since; months built only as history are built anew when their inputs, rules, the code or an earlier month changed.

    Returns:
        The months that were built.
    """
    return build_tables(month, month_range(month.book.district.start, shift(month.period, -1)), on_progress)


def find_outdated(in_force: Mapping[str, Manifest], first: str) -> list[str]:
    """Return the drafts with pages that were built upon earlier months as they no longer are (S39).

    Args:
        in_force: month → the manifest of its revision in force.
        first: the district's first month.
    """
    months = month_range(first, max(in_force, default=first))
    now = dict(zip(months, hash_histories((month, in_force.get(month)) for month in months), strict=False))
    drafts = [m for m in in_force.values() if m.stage == "published" and m.state == "draft"]
    return sorted(m.period for m in drafts if m.history != now.get(m.period))


def build_tables(month: Month, periods: Sequence[str], on_progress: OnProgress | None = None) -> list[Published]:
    """Build the tables of `periods` in order, without notebooks, where they are missing or out of date."""
    tell = on_progress or (lambda word, share: None)
    built, ahead, kept = [], None, KeptRules(month.store)
    with ExitStack() as stack:
        for number, period in enumerate(periods):
            earlier = new_month(month.root, month.book, period)
            wanted = describe(earlier, "tables", "history")
            if _stands(month, wanted, kept):
                continue
            with month.store.lock(period):
                if not _stands(month, wanted, kept):  # another run may have built it in between
                    tell(period, number / len(periods))
                    if ahead is None:
                        others = [p for p in periods[number:] if not _is_kept(month.store.manifest(p))]
                        ahead = stack.enter_context(Ahead(month.root, others))
                    why = _say_why(month, wanted, kept)
                    built.append(replace(publish_tables(earlier, wanted, ahead=ahead), why=why))
    return built


def tell_built(built: Iterable[Published]) -> tuple[str, ...]:
    """Return of how many months tables were built and why, a line for each reason."""
    months = defaultdict(list)
    for each in built:
        months[each.why].append(each.period)
    spans = {why: " … ".join(dict.fromkeys((periods[0], periods[-1]))) for why, periods in months.items()}
    told = say("tables built: {months} ({count}): {why}")
    return tuple(told.format(months=spans[why], count=len(months[why]), why=why) for why in months)


def _say_why(month: Month, wanted: Manifest, kept: KeptRules) -> str:
    """Return the first reason for which a month's tables are built: what the others may follow from."""
    present = month.store.manifest(wanted.period)
    if present is None:
        return say("never built before")
    for changed in (list_differing(present.inputs, wanted.inputs), kept.list_changed(present, wanted, month.book)):
        if changed:
            told = say("{name} and {more} more changed") if len(changed) > 1 else say("{name} changed")
            return told.format(name=changed[0], more=len(changed) - 1)
    return say("the code changed") if present.code != wanted.code else say("earlier months changed")


def build_month(month: Month, on_progress: OnProgress | None = None, first: str = "") -> list[Published]:
    """Build a month's tables and those of the months before, without notebooks, where missing or out of date.

    Args:
        month: the month.
        on_progress: called with a word about the work and the share done, 0–1.
        first: the first of the months that are asked for; empty where it is this one alone.

    Returns:
        The months that were built, this one the last where it is among them.

    Raises:
        DataError: data or rules are wrong, what was published is lost, or a month asked for was published with pages
            and is out of date.
    """
    with month.store.settled_chain():  # what is lost is told, even where no month is to be built
        pass
    built = build_tables(month, month_range(month.book.district.start, month.period), on_progress)
    for period in month_range(first or month.period, month.period):
        present = month.store.manifest(period)
        asked = month if period == month.period else new_month(month.root, month.book, period)
        wanted = describe(asked, present.stage, "")
        if present.stage == "published" and not KeptRules(month.store).stands(present, wanted, month.book):
            told = say(
                "{period} {revision}: published with pages and out of date; tables alone do not replace it: "
                "run without --tables-only"
            )
            raise DataError(told.format(period=period, revision=present.revision))
    return built


def _stands(month: Month, wanted: Manifest, kept: KeptRules) -> bool:
    present = month.store.manifest(wanted.period)
    return _is_kept(present) or (present is not None and kept.stands(present, wanted, month.book))


def _is_kept(present: Manifest | None) -> bool:
    return present is not None and (present.stage == "published" or present.state == "final")


def publish_tables(
    month: Month,
    manifest: Manifest,
    steps: Iterable[str] = HISTORY,
    finality: Finality | None = None,
    ahead: Ahead | None = None,
) -> Published:
    """Publish a month without notebooks (call under its lock).

    Args:
        month: the month; its history is built.
        manifest: what it is built from, as described under the lock.
        steps: whose tables are made.
        finality: what makes the month's year final (S21); None publishes a draft.
        ahead: where tables of the month may be already.

    Raises:
        DataError: data or rules are wrong, or changed meanwhile.
    """
    staging = month.store.stage(month.period)
    if finality is not None:
        write_finality(finality, staging)
    is_ahead = ahead is not None and ahead.put(manifest, staging)
    build_steps(month, staging, [name for name in steps if not (is_ahead and name in AHEAD)])
    refuse_changed(manifest, describe(month, manifest.stage, manifest.reason))
    return Published(month.period, month.store.publish(staging, manifest), None)
