"""A year becomes final: December's draft, after the time for objections, as a new numbered revision (S21, S27)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from analysis.action.differences import list_differences
from analysis.intake.objection_files import FOLDER
from analysis.intake.objections import Objection, Objections, check_objections, load_objections
from analysis.intake.register import FILE_NAME, is_register, load_corrections
from analysis.policy.book import load_policy
from analysis.policy.errors import DataError, UsageError
from analysis.policy.messages import say
from analysis.policy.period import is_period, year_to_date
from analysis.run.month import Month, answer_until, default_publication_day, describe, new_month
from analysis.run.pipeline import run_month
from analysis.run.steps import HISTORY
from analysis.run.steps.action import periods_of
from analysis.run.store.finality import Finality, Settled, hash_objections, read_finality
from analysis.run.store.history import OnProgress, Published, build_history, build_month, publish_tables, tell_built
from analysis.run.store.kept_rules import KeptRules
from analysis.run.store.manifest import Manifest, hash_tree, list_differing, list_files

# What a year of tables alone has beside those of any month: its consequences, its claims, and what its notice tells.
_ANNUAL = ("actions", "claims", "staffing", "coverage")


@dataclass(frozen=True)
class Finalised:
    """What finalising a year left behind.

    Attributes:
        published: the final revision of the year's December; not new where the year was final already (S39).
        finality: the draft that became final, when, and which objections were settled.
        differences: units that differ from the draft (see `list_differences`).
        n_short: units whose year has too few months to count (S35).
    """

    published: Published
    finality: Finality
    differences: pd.DataFrame
    n_short: int


def finalise_year(
    root: Path,
    year: int,
    as_of: str = "",
    *,
    with_pages: bool = True,
    despite_changes: bool = False,
    on_progress: OnProgress | None = None,
) -> Finalised:
    """Make a year's results final and publish December anew (S21, S27); one that is final and unchanged stands (S39).

    The data stay those of the draft's as-of date; only corrections from upheld objections may change them. Where the
    year was never built, its draft is built first. Without `as_of` the year becomes final on the day after the time
    for objections, provided that raw files or a publication of a later month show that the day has come.

    Args:
        root: the district's folder.
        year: the year.
        as_of: the day on which it becomes final, YYYY-MM-DD.
        with_pages: whether notebooks and pages are made too.
        despite_changes: whether it may become final though its draft is out of date; what changed is then a remark.
        on_progress: called with a word about the work and the share done, 0–1.

    Raises:
        DataError: the time for objections is not over, objections are open or wrong, raw files changed without an
            upheld objection, rules, code or earlier months did since the draft, or the year is final already and raw
            files or objections changed since. Nothing is published then.
        UsageError: the year or the date cannot be.
    """
    book, period = load_policy(root), _period_of(year)
    draft = _draft(new_month(Path(root), book, period), on_progress)
    month = new_month(Path(root), book, period, draft.as_of)
    if draft.state == "final":
        return _stand(month, draft)
    objections = load_objections(month.root, year)
    finality = _decide(month, draft, objections, _parse(as_of))
    _check_settled(objections, year)
    check_objections(objections, book, year, lambda p: month.store.load("lineage", p), _corrections(month))
    _check_inputs(month, objections)
    remarks = _check_draft(month, draft, despite_changes)
    before = month.store.results(period, draft.revision)
    month = replace(month, published_on=finality.final_on)
    if with_pages:
        published = run_month(month, reason="final", finality=finality, on_progress=on_progress)
    else:
        published = _publish_tables(month, finality)
        _show_notice(month)
    after = month.store.results(period, published.revision.name)
    published = replace(published, remarks=(*published.remarks, *remarks))
    differences = list_differences(before, after, month.policy.grading)
    return Finalised(published, finality, differences, _count_short(month, published.revision.name))


def _count_short(month: Month, revision: str) -> int:
    standing = month.store.load("year_standing", month.period, revision)
    return int((standing["total"].notna() & ~standing["is_counted"]).sum())


def _stand(month: Month, final: Manifest) -> Finalised:
    """Return a year that is final already, and of which nothing changed since."""
    folder = month.store.folder(month.period) / final.revision
    finality = read_finality(folder)
    is_same = finality.objections_file == hash_objections(month.root, finality.year)
    if not is_same or any(changed for _, changed in _list_changed(month)):
        told = say(
            "{period}: {revision} is final already; after a correction publish a new draft first: "
            "analysis run {period} --reason correction --published YYYY-MM-DD"
        )
        raise DataError(told.format(period=month.period, revision=final.revision))
    results = month.store.results(month.period, final.revision)
    published = Published(month.period, folder, None, is_new=False)
    none = list_differences(results, results, month.policy.grading)
    return Finalised(published, finality, none, _count_short(month, final.revision))


def _period_of(year: int) -> str:
    if not 1900 <= year <= 2099:
        raise UsageError(say("{year} is not a year: write it as YYYY, for example 2025").format(year=year))
    return f"{year}-12"


def _parse(as_of: str) -> date | None:
    try:
        return date.fromisoformat(as_of) if as_of else None
    except ValueError:
        raise UsageError(
            say("{as_of!r} is not a date: write it as YYYY-MM-DD, for example 2026-01-12").format(as_of=as_of)
        ) from None


def _draft(month: Month, on_progress: OnProgress | None) -> Manifest:
    """Return the manifest of December's revision in force; its tables are built where there is none."""
    withdrawn = [period for period in year_to_date(month.period) if month.store.withdrawal(period)]
    if withdrawn:
        told = say("{period}: the published draft was withdrawn; publish the month again first: analysis run {period}")
        raise DataError(told.format(period=withdrawn[0]))
    if month.store.manifest(month.period) is None:
        build_month(month, on_progress)
    return month.store.manifest(month.period)


def _decide(month: Month, draft: Manifest, objections: Objections, as_of: date | None) -> Finality:
    """Return when the year becomes final (S21: draft → working days for objections → final)."""
    year = int(month.period[:4])
    published, until = _objection_dates(month, draft)
    final_on = as_of or until + timedelta(days=1)
    seen = _latest_day(month)
    if final_on <= until or (as_of is None and seen < final_on):
        given = say("as of {day}") if as_of else say("and the files here reach to {day}, which does not show its end")
        raise DataError(
            say(
                "{period}: the draft {revision}, published on {published}, is open to objections "
                "until {until}, {given}; finalise later: analysis finalise {year} --as-of {later}"
            ).format(
                period=month.period,
                revision=draft.revision,
                published=published,
                until=until,
                given=given.format(day=as_of or seen),
                year=year,
                later=until + timedelta(days=1),
            )
        )
    return Finality(
        year=year,
        final_on=final_on,
        draft=draft.revision,
        draft_as_of=date.fromisoformat(draft.as_of),
        draft_published=published,
        objections_until=until,
        objections=tuple(_settle(entry) for entry in objections.objections),
        objections_file=hash_objections(month.root, year),
    )


def _settle(entry: Objection) -> Settled:
    return Settled(**{name: getattr(entry, name) or "" for name in Settled.model_fields})


def _objection_dates(month: Month, draft: Manifest) -> tuple[date, date]:
    """Return when the draft was published, and the last day for any unit's objections (S21)."""
    if draft.stage == "published":
        return draft.publication_day, date.fromisoformat(periods_of(month, draft)["until"].max())
    published = max(default_publication_day(month.policy, month.period), date.fromisoformat(draft.as_of))
    return published, answer_until(month.policy, published)


def _latest_day(month: Month) -> date:
    """Return the last day that is known to have come: the first of a month with raw files, the end of one published.

    An empty folder made in advance shows nothing.
    """
    raw = month.root / "data" / "raw"
    begun = [f"{folder.name}-01" for folder in raw.iterdir() if is_period(folder.name) and list_files(folder)]
    published = [month.store.last_published(period) for period in month.store.months() if period > month.period]
    return date.fromisoformat(max(begun + [each.as_of for each in published if each]))


def _check_settled(objections: Objections, year: int) -> None:
    if objections.open_ids:
        ids = ", ".join(objections.open_ids)
        told = say("{folder} ({year}): not settled: {ids}; decide each (upheld or rejected) first")
        raise DataError(told.format(folder=FOLDER, year=year, ids=ids))


def _corrections(month: Month):
    return lambda period: load_corrections(month.root / "data" / "raw" / period)


def _check_inputs(month: Month, objections: Objections) -> None:
    """Refuse raw files that changed since the draft, other than by the correction of an upheld objection."""
    upheld = {o.period for o in objections.objections if o.outcome == "upheld"}
    for published, changed in _list_changed(month):
        period = published.period
        corrections = f"data/raw/{period}/{FILE_NAME}"
        is_correction = all(name == corrections or is_register(Path(name).name) for name in changed)
        if changed and not (is_correction and period in upheld):
            told = say(
                "{changed}: changed since {period} {revision} without an upheld objection; "
                "publish the month again: analysis run {period} --reason correction --published YYYY-MM-DD"
            )
            raise DataError(told.format(changed=changed[0], period=period, revision=published.revision))
        if changed and period != month.period and published.stage == "published":
            told = say(
                "{corrections}: an upheld objection is not published yet: "
                "analysis run {period} --reason correction --published YYYY-MM-DD"
            )
            raise DataError(told.format(corrections=corrections, period=period))


def _list_changed(month: Month) -> Iterator[tuple[Manifest, list[str]]]:
    """Yield the revision in force of each month of the year, with the raw files that changed since."""
    for period in year_to_date(month.period):
        published = month.store.manifest(period) if period >= month.book.district.start else None
        if published is not None:
            raw = f"data/raw/{period}/"  # not the draws, which decide no score
            then = {name: digest for name, digest in published.inputs.items() if name.startswith(raw)}
            yield published, list_differing(then, hash_tree(month.root / raw, month.root))


def _check_draft(month: Month, draft: Manifest, is_accepted: bool) -> list[str]:
    """Refuse a draft that is out of date, to which nobody could object as it would be; accepted, that is a remark."""
    now = describe(month, draft.stage, "")
    changed = KeptRules(month.store).list_changed(draft, now, month.book)
    if draft.history != now.history:
        changed.append(say("earlier months"))
    if draft.code != now.code:
        changed.append(say("the code"))
    if not changed:
        return []
    told = say("{period} {revision}: changed since this draft: {changed}")
    told = told.format(period=draft.period, revision=draft.revision, changed=", ".join(changed))
    if is_accepted:
        return [told]
    todo = say("publish it again: analysis run {period}; or make it final all the same: --despite-changes")
    raise DataError(f"{told}; {todo.format(period=draft.period)}")


def _show_notice(month: Month) -> None:
    from analysis.run.site import write_site  # brings what makes pages

    try:
        write_site(month.root, month.period)
    except DataError as error:
        told = say("{period} {name} is published, but {error}; then: analysis site")
        name = month.store.revision(month.period).name
        raise DataError(told.format(period=month.period, name=name, error=error)) from None


def _publish_tables(month: Month, finality: Finality) -> Published:
    history = tell_built(build_history(month))
    with month.store.lock(month.period):
        update = {"state": "final", "published": finality.final_on.isoformat()}
        manifest = describe(month, "tables", "final").model_copy(update=update)
        published = publish_tables(month, manifest, [*HISTORY, *_ANNUAL], finality)
    return replace(published, remarks=history)
