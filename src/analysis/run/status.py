"""`analysis status`: how far each month has come, what is out of date, lost or damaged, what to do next; read-only."""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from analysis.policy.book import PolicyBook, load_policy
from analysis.policy.errors import DataError, PolicyError
from analysis.policy.period import is_period, month_range, reach_end, shift
from analysis.report.site.index import site_foot
from analysis.report.status import MonthStatus, Status, span, status_body, tell_changed_rules
from analysis.report.words import day_name, month_name
from analysis.run.month import new_month
from analysis.run.store.chain import Entry
from analysis.run.store.history import find_outdated
from analysis.run.store.manifest import Manifest, list_files
from analysis.run.store.revisions import Store
from analysis.run.store.seals import public_key
from analysis.run.store.shown import STATUS, note_files
from analysis.run.store.verify import Checked, check_published


def look_around(root: Path) -> Status:
    """Return where a district stands; the last month that was never published is taken in for a look.

    Args:
        root: the district's folder.

    Raises:
        PolicyError: `params/` is wrong.
    """
    root = Path(root)
    book, store = load_policy(root), Store(root)
    checked = check_published(store)
    months = _list_months(book, store, checked.in_force)
    outdated = find_outdated(checked.in_force, book.district.start)
    why, command = _decide(book, store, checked, months, outdated)
    return Status(
        months=tuple(months),
        outdated=(*_within(root, _tell_outdated(checked, outdated)), *tell_changed_rules(checked.rules)),
        damage=_within(root, (*checked.damage, *checked.shown)),
        told=(*_within(root, checked.told), *_tell_calendar(book, months)),
        why=why,
        command=command,
    )


def write_status(root: Path, status: Status) -> Path:
    """Write where a district stands as a page for the office, `reports/status.html`, and return it."""
    from analysis.report.page.html import render_page  # brings what makes pages of notebooks: a second for nothing
    from analysis.run.site import write_text

    store = Store(Path(root))
    body = status_body(load_policy(root).district, status)
    foot = site_foot(store.chain.printed, public_key(store.processed))
    page = store.root / "reports" / STATUS
    write_text(page, render_page(body + foot), mark="")
    note_files(store, [STATUS])
    return page


def _within(root: Path, lines: Iterable[str]) -> tuple[str, ...]:
    """Return lines with paths from the root on: a page names no folder of a machine."""
    return tuple(line.replace(f"{root}{os.sep}", "") for line in lines)


def _list_months(book: PolicyBook, store: Store, in_force: Mapping[str, Manifest]) -> list[MonthStatus]:
    raw = store.root / "data" / "raw"
    delivered = {each.name for each in raw.glob("*-*") if is_period(each.name) and list_files(each)}
    published = _published(store)
    known = sorted(each for each in delivered | published if each >= book.district.start)
    waiting = max(delivered - published, default="")
    months = []
    for period in month_range(book.district.start, known[-1]) if known else []:
        if period in published and (withdrawal := _withdrawal(store, period)):
            day = date.fromisoformat(withdrawal.day)
            months.append(MonthStatus(period, "withdrawn", withdrawal.revision, withdrawn_on=day))
        elif period in in_force:
            months.append(_of_revision(book, store, in_force[period]))
        elif period in published:
            months.append(MonthStatus(period, "lost"))
        elif period == waiting:
            months.append(_collect(book, store.root, period))
        else:
            months.append(MonthStatus(period, "delivered" if period in delivered else "empty"))
    return months


def _withdrawal(store: Store, period: str) -> Entry | None:
    try:
        return store.withdrawal(period)
    except DataError:  # told among what is damaged
        return None


def _published(store: Store) -> set[str]:
    """Return the months that have a revision, or had one."""
    standing = {month for month in store.months() if store.revisions(month)}
    try:
        return standing | {month for month, _ in store.chain.standing}
    except DataError:  # told among what is damaged
        return standing


def _of_revision(book: PolicyBook, store: Store, manifest: Manifest) -> MonthStatus:
    if manifest.stage == "tables" and manifest.state == "draft":
        return MonthStatus(manifest.period, "tables", manifest.revision)
    until = _last_day_to_object(book, store, manifest) if manifest.state == "draft" else None
    return MonthStatus(manifest.period, manifest.state, manifest.revision, date.fromisoformat(manifest.as_of), until)


def _last_day_to_object(book: PolicyBook, store: Store, manifest: Manifest) -> date | None:
    """Return the last day on which any unit may object to a draft (S21), None where the calendar ends before."""
    try:
        return date.fromisoformat(store.load("objection_periods", manifest.period, manifest.revision)["until"].max())
    except DataError:  # older than that table, or damaged, which is told by itself
        return _working_day(book, manifest.publication_day, book.district.objection.working_days)


def _working_day(book: PolicyBook, day: date, count: int) -> date | None:
    try:
        return book.calendar.add_working_days(day, count)
    except PolicyError:  # told by `_tell_calendar`
        return None


def _collect(book: PolicyBook, root: Path, period: str) -> MonthStatus:
    """Return how far a month has come that was delivered and never published: its files are read, nothing is made."""
    from analysis.intake.describe import missing_deliveries  # brings all that reads deliveries: a second for nothing
    from analysis.intake.send_back import due_on
    from analysis.run.steps.intake import take_in

    try:
        clean = take_in(new_month(root, book, period), is_look=True)
    except DataError:  # in words: analysis check
        return MonthStatus(period, "unread")
    offices = tuple(sorted(set(filter(None, missing_deliveries(clean)["office"]))))
    n_blocking = int(clean.problems["is_blocking"].sum())
    due = due_on(book.at(period))
    state = "collecting" if clean.is_blocked else "ready"
    return MonthStatus(period, state, waiting_for=offices, due=due, n_blocking=n_blocking)


def _tell_outdated(checked: Checked, outdated: list[str]) -> Iterator[str]:
    for lines in checked.revised.values():
        yield from lines
    if outdated:
        yield f"{span(outdated)}：发布后，作为其基础的以前月份已有修订，按月份先后重新发布：analysis run {outdated[0]}"


def _tell_calendar(book: PolicyBook, months: list[MonthStatus]) -> Iterator[str]:
    """Tell that the calendar ends, as far as the last month and the one after it need it."""
    if not months:
        return
    entries = {entry.year: entry for entry in book.calendar.years}
    year = reach_end(months[-1].period).year
    if year not in entries:
        yield f"params/calendar.yml：没有{year}年的节假日，涉及该年的期限无法计算；放假通知发布后写入"
    elif entries[year].status == "provisional":
        yield f"params/calendar.yml：{year}年为暂定（{entries[year].document}）；放假通知发布后改为正式"


def _decide(
    book: PolicyBook, store: Store, checked: Checked, months: list[MonthStatus], outdated: list[str]
) -> tuple[str, str]:
    """Return what to do next, and what to type for it: first what is lost, then what is open, the oldest first."""
    if checked.damage:
        return "有遗失、损坏或被改动的文件，先按上面所列逐项恢复，再核对", "analysis verify --all --hashes-only"
    if checked.shown:
        return "reports/ 与已发布的不一致，重新生成", "analysis site"
    for period in checked.revised:
        if checked.in_force[period].stage == "published":
            why = f"{month_name(period)}的原始文件有变化，作为更正重新发布（或放回原文件）"
            return why, f"analysis run {period} --reason correction --published YYYY-MM-DD"
    for month in months:
        if month.state == "withdrawn":
            return f"{month_name(month.period)}已作废，改正后重新发布", f"analysis run {month.period}"
    if outdated:
        return f"{month_name(outdated[0])}须重新发布", f"analysis run {outdated[0]}"
    return _go_on(store.root, months) if months else _begin(store.root, book.district.start)


def _go_on(root: Path, months: list[MonthStatus]) -> tuple[str, str]:
    last = months[-1]
    if last.state in ("collecting", "unread"):
        return f"{month_name(last.period)}尚未报齐或有问题未处理", f"analysis check {last.period}"
    if last.state in ("ready", "tables"):
        return f"{month_name(last.period)}可以发布", f"analysis run {last.period}"
    for month in months:
        if month.period.endswith("-12") and month.state == "draft":
            until = f"（{day_name(month.objections_until)}后）" if month.objections_until else ""
            return f"{month.period[:4]}年异议期满{until}定稿", f"analysis finalise {month.period[:4]}"
    return _begin(root, shift(last.period, 1))


def _begin(root: Path, period: str) -> tuple[str, str]:
    if any((root / "forms" / period).glob("*")):
        return f"{month_name(period)}的报表放入data/raw/{period}/后检查", f"analysis check {period}"
    return f"准备{month_name(period)}的空白表样", f"analysis start {period}"
