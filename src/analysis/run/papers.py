"""`analysis papers`: the official papers of a published month, or of a year, into `papers/` (S44).

They are made from the tables of the revision in force whenever they are asked for, and are no part of it: the office
writes into them, so that a published revision could not hold them unchanged (S45). The same revision, template and
earlier months give the same bytes, and every paper says from which revision it is made.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from analysis.policy.book import Policy, load_policy
from analysis.policy.durable import make_folder, write_whole
from analysis.policy.errors import DataError, UsageError
from analysis.policy.file_names import unit_file
from analysis.policy.messages import say
from analysis.policy.period import is_period, shift, year_to_date
from analysis.report.edition import edition_number
from analysis.report.packs.content import PackContent
from analysis.report.papers.annual import annual_notice
from analysis.report.papers.document import is_untouched, set_paper
from analysis.report.papers.notice import month_notice
from analysis.report.papers.paper import Paper, in_own_name
from analysis.report.papers.template import check_templates, open_template
from analysis.report.papers.units import month_papers, year_papers
from analysis.report.year import ANNUAL_TABLES
from analysis.run.last_requests import last_tasks
from analysis.run.packs import TABLES_SHOWN
from analysis.run.published import load_months, open_final_year, open_last_year, open_revision
from analysis.run.rows_before import published_rows_before, published_tickets
from analysis.run.store.finality import final_revision
from analysis.run.store.manifest import Manifest
from analysis.run.store.revisions import Store
from analysis.run.ticket_history import ticket_history

FOLDER = "papers"
_NOTICE = "notice.docx"
_TABLES = (*TABLES_SHOWN, "indicator_changes")
_SUPERSEDED = "已由{}取代.txt"
_UNIT_NAMES = {
    "interview": "约谈通知书",
    "rectification": "整改通知书",
    "reminder": "催办函",
    "objection": "异议申请表",
}
_HELD = "_待核实"  # of a paper that may not go out yet


@dataclass(frozen=True)
class Written:
    """The papers of a month or year.

    Attributes:
        files: those that stand now.
        kept: of these, what somebody changed and what is left as it is.
        renewed: of these, drafts that nobody had changed and that say something else now.
        withdrawn: drafts that nobody had changed and that are no longer drawn up; they are gone.
        left: papers that somebody changed and that are no longer drawn up.
        held: of the files, those that may not go out until the office has verified a result.
    """

    files: tuple[Path, ...]
    kept: tuple[Path, ...]
    renewed: tuple[Path, ...]
    withdrawn: tuple[Path, ...]
    left: tuple[Path, ...]
    held: tuple[Path, ...]


def write_papers(root: Path, period: str, *, is_notice_only: bool = False) -> Written:
    """Write the papers of a published month `2026-10`, or of a year `2025` from its December.

    A draft that nobody changed since it was written is renewed. One that somebody saved is the office's by now: it is
    left alone and told. So it is with a paper that is no longer drawn up: the draft goes, what somebody saved is told.
    The folder of an earlier edition says which one took its place.

    Args:
        root: the district's folder.
        period: the month or the year.
        is_notice_only: leaves the units' papers out.

    Raises:
        UsageError: it is neither.
        DataError: nothing is published, or what is published is damaged or of an older version.
        PolicyError: the rules or a template of the office are wrong.
    """
    root, is_year = Path(root), len(period) == 4
    if not is_period(f"{period}-12" if is_year else period):
        told = say("{period!r} is neither a month nor a year: write 2026-10, or 2025")
        raise UsageError(told.format(period=period))
    today, templates = load_policy(root), root / "params" / "papers"
    check_templates(templates)
    content = _open(Store(root), f"{period}-12" if is_year else period, is_year=is_year)
    folder = root / FOLDER / period / content.edition.revision
    files: dict[Path, str] = {}
    for name, paper in _draw_up(content, today, is_year=is_year, is_notice_only=is_notice_only):
        files[folder / name] = _write(folder / name, set_paper(paper, open_template(templates, paper.kind)))
    _mark_superseded(folder)
    kept, renewed = (tuple(file for file in files if files[file] == what) for what in ("kept", "renewed"))
    withdrawn, left = _withdraw(folder, files, is_notice_only=is_notice_only)
    held = tuple(file for file in files if file.stem.endswith(_HELD))
    return Written(tuple(files), kept, renewed, withdrawn, left, held)


def _write(file: Path, data: bytes) -> str:
    """Write a paper where none stands or an untouched draft says something else; return what became of it."""
    before = file.read_bytes() if file.is_file() else None
    if before == data:
        return "same"
    if before is not None and not is_untouched(before):
        return "kept"
    make_folder(file.parent)
    write_whole(file, data)
    return "new" if before is None else "renewed"


def _withdraw(
    folder: Path, drawn_up: Collection[Path], *, is_notice_only: bool
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Remove the drafts that nobody changed and nothing draws up now; return them, and those that somebody changed."""
    found = [*folder.glob(f"*/{_NOTICE}")]
    if not is_notice_only:
        names = [f"{name}{mark}" for name in _UNIT_NAMES.values() for mark in ("", _HELD)]
        found += [file for name in names for file in folder.glob(f"units/*/{name}.docx")]
    stale = [file for file in sorted(found) if file not in drawn_up]
    withdrawn = tuple(file for file in stale if is_untouched(file.read_bytes()))
    for file in withdrawn:
        file.unlink()
        if not any(file.parent.iterdir()):
            file.parent.rmdir()
    return withdrawn, tuple(file for file in stale if file not in withdrawn)


def _mark_superseded(folder: Path) -> None:
    """Say in the folders of earlier editions, by a file's name, which edition took their place."""
    for earlier in sorted(folder.parent.glob("r[0-9]*")):
        if earlier.is_dir() and earlier.name < folder.name:
            for mark in earlier.glob(_SUPERSEDED.format("*")):
                mark.unlink()
            told = f"{edition_number(earlier.name)}已由{edition_number(folder.name)}取代，本文件夹中的公文不再印发。\n"
            write_whole(earlier / _SUPERSEDED.format(edition_number(folder.name)), told.encode())


def _draw_up(
    content: PackContent, today: Policy, *, is_year: bool, is_notice_only: bool
) -> Iterator[tuple[str, Paper]]:
    """Yield the papers with their places, the notices first."""
    district, units = today.district, [content.names[unit] for unit in content.policy.unit_ids]
    notice, of_unit = (annual_notice, year_papers) if is_year else (month_notice, month_papers)
    for reader in today.papers.notices:
        yield f"{reader.audience}/{_NOTICE}", in_own_name(notice(content, reader), district, units)
    for unit_id in content.policy.unit_ids if not is_notice_only else ():
        for paper in of_unit(content, unit_id):
            yield _place(content, unit_id, paper), in_own_name(paper, district, units)


def _place(content: PackContent, unit_id: str, paper: Paper) -> str:
    mark = _HELD * bool(paper.hold)
    return f"units/{unit_file(unit_id, content.names[unit_id])}/{_UNIT_NAMES[paper.kind]}{mark}.docx"


def _open(store: Store, period: str, *, is_year: bool) -> PackContent:
    """Return what papers are made from: the tables in force of a month, under the rules that they were made with."""
    if is_year and final_revision(store, int(period[:4])):
        content = open_final_year(store, int(period[:4]))
        marks = load_months(store, "indicator_scores", year_to_date(period)[:-1])
        return replace(content, marks_before=marks[marks["scope"] == "month"])
    manifest = store.manifest(period) if is_year else store.last_published(period)
    if manifest is None:
        store.revision(period)  # says that nothing is published, or that it was withdrawn
        told = say("{period}: only tables are built; papers are made of a month with pages: analysis run {period}")
        raise DataError(told.format(period=period))
    if is_year:
        return open_revision(store, manifest, ANNUAL_TABLES)
    content = open_revision(store, manifest, _TABLES)
    beside = {"hotline_by_channel": _beside(store, "hotline_by_channel", manifest, content.policy)}
    earlier, start = published_rows_before(store, manifest, content.policy), content.policy.district.start
    return replace(
        content,
        tables=content.tables | beside,
        tickets=published_tickets(store, manifest, content.policy),
        earlier_tickets=tuple(ticket_history(store, period, before=manifest.revision)),
        tasks_before=last_tasks(store, period, start),
        annual=open_last_year(store, content.table("annual_states")),
        **earlier,
    )


def _beside(store: Store, name: str, manifest: Manifest, policy: Policy) -> pd.DataFrame:
    """Return a table of the month with those of the month before and of last year, where they are there (S25)."""
    earlier = [shift(manifest.period, -12), shift(manifest.period, -1)]
    months = [*(each for each in earlier if each >= policy.district.start), manifest.period]
    return load_months(store, name, months, own=manifest)
