"""The pages around the months, made from the store: `reports/index.html`, audiences' indexes, method, open data."""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from html import unescape
from pathlib import Path

import pandas as pd
from filelock import FileLock
from markupsafe import Markup

from analysis.policy.book import PolicyBook, load_policy
from analysis.policy.dictionary import TableEntry, load_dictionary
from analysis.policy.durable import make_folder, write_whole
from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.policy.names import Names
from analysis.policy.tables import TABLES
from analysis.report.draw import count_visits
from analysis.report.page.html import render_page
from analysis.report.page.rule_marks import without_rule_marks
from analysis.report.site.dictionary import describe_columns, describe_package
from analysis.report.site.index import (
    INDEX,
    MonthEntry,
    PageLink,
    RevisionEntry,
    annual_path,
    audience_index,
    office_index,
    public_index,
    site_foot,
    withdrawn_body,
)
from analysis.report.site.method import method_body
from analysis.report.site.open_data import SOURCES, open_tables, to_csv
from analysis.report.year import annual_page
from analysis.run.published import has_notice, open_final_year
from analysis.run.store.chain import Entry
from analysis.run.store.manifest import Manifest, read_manifest
from analysis.run.store.revisions import Store
from analysis.run.store.seals import public_key
from analysis.run.store.shown import STATUS, is_recorded, note_files
from analysis.run.ticket_history import ticket_history

_PAGES = "pages/"
_PUBLIC = "public"
_OPEN_SOURCES = sorted({source for names in SOURCES.values() for source in names})
_OPEN_DATA = "open-data"
_LEAD = re.compile(r'<p class="lead">(.*?)</p>', re.DOTALL)
# What the months' public pages name stands beside them in the public folder: there it is a link.
_NAMED = {"《考评办法说明》": "method.html", "公开资料目录": INDEX}
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


def write_site(root: str | Path, only: str = "") -> Path:
    """Write the pages around the months from what is published: the same store, rules and code give the same bytes.

    Args:
        root: the district's folder.
        only: the month that was just published; the audiences' indexes, open data and public pages of other months
            stay as they are. Empty: those of all months.

    Returns:
        The index for the office, `reports/index.html`.

    Raises:
        AnalysisError: `params/` or a published month is damaged.
    """
    root = Path(root)
    book, store = load_policy(root), Store(root)
    reports = root / "reports"
    make_folder(reports)
    # Two months that end at the same time must not lose each other's line.
    with FileLock(reports / ".lock"):
        months = list_months(store)
        is_new = not is_recorded(store)  # then other months' files are not noted either
        wanted = [month for month in months if is_new or only in ("", month.period) or _lacks_public(month, reports)]
        written = [f"{_PUBLIC}/{_OPEN_DATA}/data_dictionary.csv"]
        for month in wanted:
            written += _write_open_data(store, book, month, reports)
            written += _copy_public(store, month, reports)
        write_text(reports / written[0], to_csv(describe_columns(_published(book, months))))
        chain = (store.chain.printed, public_key(store.processed))
        years = [int(period[:4]) for period in store.months() if period.endswith("-12")]
        years = [year for year in years if has_notice(store, year)]
        for path, body in _list_pages(book, months, wanted, years, reports, store):
            foot = site_foot(*chain, is_folded=path.startswith(f"{_PUBLIC}/"))
            write_text(reports / path, render_page(body + foot), mark="")
            written.append(path)
        is_all = wanted == months
        shown = {Path(page).name for month in wanted for page in month.last.pages}
        years = [year for year in years if is_all or only == f"{year}-12" or annual_page(year) in shown]
        written += _write_years(store, years, months, reports)
        note_files(store, written, is_all=is_all)
    return reports / INDEX


def list_months(store: Store) -> list[MonthEntry]:
    """Return the months that were published with pages, the oldest first."""
    found = {period: store.manifests(period) for period in store.months()}
    withdrawn = store.chain.withdrawn
    shown = {
        period: [
            _revision(each, withdrawn.get((period, each.revision)))
            for each in found[period]
            if each.stage == "published"
        ]
        for period in found
    }
    return [MonthEntry(period, tuple(revisions)) for period, revisions in shown.items() if revisions]


def _revision(manifest: Manifest, withdrawal: Entry | None) -> RevisionEntry:
    return RevisionEntry(
        name=manifest.revision,
        state=manifest.state,
        reason=manifest.reason,
        as_of=manifest.as_of,
        version=manifest.version,
        inputs=manifest.short_inputs,
        pages=tuple(path.removeprefix(_PAGES) for path in sorted(manifest.outputs) if path.startswith(_PAGES)),
        withdrawn_on=date.fromisoformat(withdrawal.day) if withdrawal else None,
        withdrawn_for=withdrawal.reason if withdrawal else "",
        published=manifest.publication_day,
        data=tuple(manifest.outputs.get(f"{name}.parquet", "") for name in _OPEN_SOURCES),
    )


def _claims(store: Store) -> pd.DataFrame:
    """Return what the claims of the years that are final came to; an older version's years have no such table."""
    found = [(period, store.manifest(period)) for period in store.months() if period.endswith("-12")]
    final = [
        period
        for period, manifest in found
        if manifest and manifest.state == "final" and "claims.parquet" in manifest.outputs
    ]
    return pd.concat([TABLES["claims"].empty(), *(store.load("claims", period) for period in final)])


def _write_years(store: Store, years: Iterable[int], months: Iterable[MonthEntry], reports: Path) -> list[str]:
    """Write the notices of the years, and return their paths: what a month shows of a year stands here in its words."""
    from analysis.report.packs.annual import annual_pages, later_pages  # brings scipy and duckdb, as only papers need

    written = []
    shown = {page: month.period for month in months if not month.last.withdrawn_on for page in month.last.pages}
    for year in years:
        last = shown.get(f"{_PUBLIC}/{annual_page(year)}", "")
        # The folders of leadership and of the offices are sent on by themselves: no link leads out of them.
        paths = {"leadership": "", "offices": "", _PUBLIC: f"{last}/{INDEX}"}
        later = later_pages(last, paths) if last > f"{year}-12" else None
        for audience, body in annual_pages(open_final_year(store, year), later).items():
            written.append(annual_path(year, audience))
            page = render_page(body)
            page = _link_up(page.encode(), 0).decode() if audience == _PUBLIC else page
            write_text(reports / written[-1], page, mark="")
    return written


def _list_pages(
    book: PolicyBook,
    months: Sequence[MonthEntry],
    wanted: Iterable[MonthEntry],
    years: Sequence[int],
    reports: Path,
    store: Store,
) -> Iterator[tuple[str, Markup]]:
    """Yield the pages' paths below `reports/`, and what stands on them."""
    open_data = reports / _PUBLIC / _OPEN_DATA
    files = {path.name: sorted(file.name for file in path.glob("[a-z]*")) for path in sorted(open_data.glob("[0-9]*"))}
    status = STATUS if (reports / STATUS).is_file() else ""
    yield INDEX, office_index(book.district, months, list(files), years, status)
    public = reports / _PUBLIC
    pages = {
        month.period: sorted(path.relative_to(public).as_posix() for path in (public / month.period).rglob("*.html"))
        for month in months
    }
    states = {month.period: month.told for month in months}
    shown = [public / month / INDEX for month in pages if f"{month}/{INDEX}" in pages[month]]
    lead = _first_words(shown[-1]) if shown else ""
    packs = book.at(months[-1].period if months else book.district.start).packs
    standing = [month for month in months if not month.last.withdrawn_on]
    without = [month for month in standing if not any(path.endswith("draw.html") for path in pages[month.period])]
    found = {month.period: _table(store, month, "inspections") for month in without}
    visits = {period: count_visits(rows) for period, rows in found.items() if rows is not None}
    body = public_index(book.district, pages, files, years, states, lead, packs, visits)
    yield f"{_PUBLIC}/{INDEX}", Markup(without_rule_marks(body))
    last = standing[-1].period if standing else ""
    marks = _table(store, standing[-1], "indicator_scores") if standing else None
    yield f"{_PUBLIC}/method.html", method_body(book, _claims(store), last, marks)
    for month in wanted:
        yield from _audience_pages(book, month, reports / month.period)


def _table(store: Store, month: MonthEntry, name: str) -> pd.DataFrame | None:
    """Return a table of a month's last publication; None where its version made none, or another than today's."""
    is_held = f"{name}.parquet" in read_manifest(store.folder(month.period) / month.last.name).outputs
    is_held = is_held and not store.lacking(name, month.period, month.last.name)
    return store.load(name, month.period, month.last.name) if is_held else None


def _audience_pages(book: PolicyBook, month: MonthEntry, folder: Path) -> Iterator[tuple[str, Markup]]:
    if month.last.withdrawn_on:
        indexes = (f"{audience}/{INDEX}" for audience in month.folders)
        for page in dict.fromkeys([*(page for page in month.last.pages if page.endswith(".html")), *indexes]):
            yield f"{month.period}/{page}", withdrawn_body(book.district, month)
        return
    for audience in month.folders:
        path = f"{audience}/{INDEX}"
        if path not in month.last.pages:  # an audience's pack may bring its own
            links = _page_links(folder, audience, month.last.pages)
            yield f"{month.period}/{path}", audience_index(book.district, month, audience, links, book.names)


def _page_links(folder: Path, audience: str, pages: Iterable[str]) -> list[PageLink]:
    return [
        PageLink(page.removeprefix(f"{audience}/"), _title(folder / page))
        for page in pages
        if page.startswith(f"{audience}/")
    ]


def _title(path: Path) -> str:
    """Return the title of a page, the name of any other file."""
    if path.suffix != ".html" or not path.is_file():
        return path.stem
    with path.open(encoding="utf-8") as stream:
        found = _TITLE.search(stream.read(4000))
    return found[1] if found else path.stem


def _first_words(page: Path) -> str:
    """Return the sentence that a month's public page begins with; empty where it has none."""
    found = _LEAD.search(page.read_text("utf-8"))
    return unescape(re.sub("<[^>]*>", "", found[1])) if found else ""


def _lacks_public(month: MonthEntry, reports: Path) -> bool:
    """Whether a month's public page does not stand in the public folder: an older version did not put it there."""
    path = f"{_PUBLIC}/{INDEX}"
    return (
        path in month.last.pages
        and not month.last.withdrawn_on
        and not (reports / _PUBLIC / month.period / INDEX).is_file()
    )


def _describe(names: Names) -> dict[str, TableEntry]:
    """Return what the open data hold, with a column for each tier in `names`."""
    return {name: table.fill(names.tiers, names) for name, table in load_dictionary().open_data.items()}


def _published(book: PolicyBook, months: Sequence[MonthEntry]) -> dict[str, TableEntry]:
    """Return what the open data hold, without the table that no published month has: single departments (S26)."""
    has_units = any(book.at(month.period).packs.public_units == "departments" for month in months)
    described = _describe(book.names)
    return {name: table for name, table in described.items() if has_units or name != "department_scores"}


def _write_open_data(store: Store, book: PolicyBook, month: MonthEntry, reports: Path) -> list[str]:
    """Write a month's open data and return their paths below `reports/`; of what is withdrawn none are left."""
    target = reports / _PUBLIC / _OPEN_DATA / month.period
    if month.last.withdrawn_on:
        shutil.rmtree(target, ignore_errors=True)
        return []
    published = read_manifest(store.folder(month.period) / month.last.name).outputs
    present = [source for source in _OPEN_SOURCES if f"{source}.parquet" in published]
    tables = {name: store.load(name, month.period, month.last.name) for name in present}
    earlier = ticket_history(store, month.period, before=month.last.name)
    revision = {"revision": month.last.name, "state": month.last.state}
    policy = book.at(month.period)
    found = open_tables(tables, policy, policy.packs, policy.names, revision, earlier)
    for stale in set(target.glob("*.csv")) - {target / f"{name}.csv" for name in found}:
        stale.unlink()
    for name, frame in found.items():
        write_text(target / f"{name}.csv", to_csv(frame))
    if found:
        described = {name: table for name, table in _describe(policy.names).items() if name in found}
        write_text(target / "datapackage.json", describe_package(month.period, described), mark="")
    names = [*(f"{name}.csv" for name in found), *(["datapackage.json"] if found else [])]
    return [f"{_PUBLIC}/{_OPEN_DATA}/{month.period}/{name}" for name in names]


def _copy_public(store: Store, month: MonthEntry, reports: Path) -> list[str]:
    """Put a month's public pages and draws beside all else that is public, and return their paths below `reports/`."""
    pages = store.folder(month.period) / month.last.name / _PAGES
    own = [] if month.last.withdrawn_on else [page for page in month.last.pages if page.startswith(f"{_PUBLIC}/")]
    paths = {f"{_PUBLIC}/{month.period}/{page.removeprefix(f'{_PUBLIC}/')}": pages / page for page in own}
    for stale in {file for file in (reports / _PUBLIC / month.period).rglob("*.*") if file.is_file()}.difference(
        reports / path for path in paths
    ):
        stale.unlink()
    for path, page in paths.items():
        content = page.read_bytes()
        _write(reports / path, _link_up(content, path.count("/") - 1) if path.endswith(".html") else content)
    return [*paths]


def _link_up(page: bytes, depth: int) -> bytes:
    """Return a page with links to what it names in the public folder, so many folders above it."""
    head, main, rest = page.decode("utf-8").partition("<main>")
    for words, target in _NAMED.items():
        rest = rest.replace(words, f'<a href="{"../" * depth}{target}">{words}</a>')
    return f"{head}{main}{rest}".encode()


def write_text(path: Path, text: str, mark: str = "\ufeff") -> None:
    """Write a file of `reports/` whole, unless it stands there; Excel knows UTF-8 by the mark that CSV begins with."""
    _write(path, (mark + text).encode("utf-8"))


def _write(path: Path, content: bytes) -> None:
    try:
        if not (path.is_file() and path.read_bytes() == content):
            write_whole(path, content)
    except OSError as error:
        told = say("{path}: cannot be written ({error}); close the open file, free space, run again")
        raise DataError(told.format(path=path, error=error)) from None
