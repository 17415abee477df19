"""A month's public draws of inspections: `data/raw/draws/<period>/<draw id>/`, checked before they are told (R12, S14).

They lie beside the months and not in one of them, because a draw is published before the month's deliveries come.
"""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis.action.draw.announcement import PoolDuty, PoolUnit
from analysis.action.draw.files import ANNOUNCEMENT, publish
from analysis.action.draw.office import read_announcement, read_rounds, read_vacancies
from analysis.action.draw.result import Place, result_name, vacancy_name
from analysis.action.draw.rows import draw_rows
from analysis.action.draw.strata import list_duties, list_eligible
from analysis.action.draw.vacancies import standing_places
from analysis.action.draw.verify import verify_draw
from analysis.policy.book import Policy, PolicyBook
from analysis.policy.errors import DataError
from analysis.policy.load import write_inline
from analysis.policy.messages import say
from analysis.policy.models import District
from analysis.policy.period import month_range, shift
from analysis.policy.tables import TABLES
from analysis.report.draw import render_draw_page, tell_marks, wrongly_marked
from analysis.report.words import PENDING
from analysis.run.month import Month, draws_folder
from analysis.run.store.revisions import Store

PAGE = "draw.html"


def list_draws(root: Path, period: str) -> list[Path]:
    """Return the public folders of a month's draws, in the order of their names."""
    return sorted(path.parent for path in draws_folder(root, period).glob(f"*/{ANNOUNCEMENT}"))


def make_draws(month: Month) -> dict[str, pd.DataFrame]:
    """Return the table `draw` of a month's draws, and `draw_checks`, where their pools differ from the watch list.

    A draw that is announced and not yet held brings no rows of `draw`.

    Raises:
        DataError: a draw does not agree with its announcement, its public numbers or `params/draw.yml`.
    """
    folders = list_draws(month.root, month.period)
    frames = [_check_draw(folder, month) for folder in folders]
    whole = pd.concat(frames, ignore_index=True) if frames else TABLES["draw"].empty()
    return {"draw": TABLES["draw"].check(whole), "draw_checks": _compare_with_list(month, folders)}


def _compare_with_list(month: Month, folders: Iterable[Path]) -> pd.DataFrame:
    """Return where announcements mark other units than the watch list of the month before (R9, S14).

    A district's first month has no list before it.
    """
    rows = []
    for before in filter(month.has, month.earlier(1)):
        ids = set(month.table("watch_list", before)["unit_id"].map(month.policy.heir_of))
        rows += [
            (month.period, announced.draw_id, unit.unit_id, unit.unit_id in ids, unit.is_watch)
            for announced in map(read_announcement, folders)
            for unit in announced.units
            if (unit.unit_id in ids) != unit.is_watch
        ]
    table = TABLES["draw_checks"]
    return table.check(pd.DataFrame(rows, columns=list(table.columns)))


def copy_draws(month: Month, folder: Path) -> tuple[str, ...]:
    """Write each of the month's draws, its public files and its self-checking page, below `folder`; return their names.

    Nothing else that may lie beside the public files is copied.
    """
    found = list_draws(month.root, month.period)
    for draw in found:
        target = folder / draw.name
        publish(target / ANNOUNCEMENT, read_announcement(draw))
        for number, result in enumerate(read_rounds(draw)):
            publish(target / result_name(number), result)
        for vacancy in read_vacancies(draw):
            publish(target / vacancy_name(vacancy.round), vacancy)
        write_draw_page(
            target,
            district=month.policy.district,
            checks=_compare_with_list(month, [draw]),
            back="../../index.html",
        )
    return tuple(draw.name for draw in found)


def write_draw_page(folder: Path, *, district: District, checks: pd.DataFrame | None = None, back: str = "") -> Path:
    """Write the page of a draw, which checks itself in the reader's browser, beside the draw's files; return it.

    Args:
        folder: the public files of the draw.
        district: whose draw it is, whether units and people are invented, and whom the public turns to.
        checks: the draw's rows of `draw_checks`, where its announcement was compared with the watch list.
        back: the page that leads here, where there is one.
    """
    announcement, rounds, vacancies = read_announcement(folder), read_rounds(folder), read_vacancies(folder)
    checks = TABLES["draw_checks"].empty() if checks is None else checks
    names = {unit.unit_id: unit.name for unit in announcement.units}
    watch = {stratum.id for stratum in announcement.strata if stratum.kind == "watch"}
    drawn = {place.unit_id for result in rounds for place in result.drawn if place.stratum in watch}
    told = {"notes": tell_marks(checks, names, drawn), "misplaced": wrongly_marked(checks)}
    told |= {"is_synthetic": district.is_synthetic, "contacts": district.contacts, "back": back}
    page = render_draw_page(announcement, rounds, vacancies, **told)
    (folder / PAGE).write_text(page, encoding="utf-8", newline="\n")
    return folder / PAGE


def _check_draw(folder: Path, month: Month) -> pd.DataFrame:
    where = folder.relative_to(month.root).as_posix()
    findings = verify_draw(folder, rules=month.policy.draw)
    if findings:
        told = "\n".join(f"{where}/{f.file}: {f.place}: {f.message}" for f in findings)
        raise DataError(
            told
            + say("\nput back the files as they were published; check with: analysis draw verify {where}").format(
                where=where
            )
        )
    announced = read_announcement(folder)
    if announced.period != month.period:
        message = say("{where}/{announcement}: is a draw of {period}; move it to that month's folder")
        raise DataError(message.format(where=where, announcement=ANNOUNCEMENT, period=announced.period))
    return draw_rows(read_rounds(folder), month.period)


def draft_inputs(store: Store, book: PolicyBook, period: str) -> tuple[str, list[str]]:
    """Return what an office completes before it announces a month's draw, as YAML, and what went into it.

    The pool holds the window and service units in force (R12), the watch list is that of the last month with tables
    before the draw (R9), the history the places that the year's earlier draws gave (S14). Where the rules draw
    duties, each unit's are those that no draw of the last `coverage.months` gave it (S42).

    Args:
        store: the district's months.
        book: the rules.
        period: the month of the draw.
    """
    policy = book.at(period)
    told_in = max((month for month in store.months() if month < period and store.current(month)), default="")
    listed = store.load("watch_list", told_in)["unit_id"] if told_in else []
    watched = {policy.heir_of.get(unit_id, "") for unit_id in listed} & set(policy.unit_ids)
    pool = list_eligible(policy.units, policy.draw, must=(), watch=watched)
    earlier = month_range(f"{period[:4]}-01", period)[:-1]
    visits = [(place.unit_id, month) for month in earlier for place in _places_in(store.root, month)]
    duties = list_duties(policy, {unit.unit_id for unit in pool}, drawn_duties(store.root, policy))
    on_watch = [unit.name for unit in pool if unit.is_watch]
    told = [
        say("{count} window units in the pool").format(count=len(pool)),
        say("watch list of {month}: {count} units, in the pool: {pool}").format(
            month=told_in or say("no month: none has tables"),
            count=len(watched),
            pool="、".join(on_watch) or say("none, so the stratum of the watch list draws nobody"),
        ),
        say("{count} places of this year's earlier draws").format(count=len(visits)),
    ]
    if policy.draw.duties_per_visit:
        told.append(say("{count} duties in the pool (S42)").format(count=len(duties)))
    sources = [source.name for source in policy.draw.public_sources]
    return _write_inputs(policy.district.name, period, pool, duties, visits, sources), told


def _places_in(root: Path, period: str) -> Iterable[Place]:
    return (place for folder in list_draws(root, period) for place in standing_places(read_rounds(folder)))


def drawn_duties(root: Path, policy: Policy) -> set[tuple[str, str]]:
    """Return (unit, duty) of each duty that a draw of the last `coverage.months` gave a unit, its predecessors' too.

    The policy's own month is the last of them; where the rules draw no duties nothing is read.
    """
    first = shift(policy.period, 1 - policy.workload.coverage.months)
    months = month_range(first, policy.period) if policy.draw.duties_per_visit else []
    return {
        (policy.heir_of.get(place.unit_id, place.unit_id), duty)
        for month in months
        for place in _places_in(root, month)
        for duty in place.duties
    }


def _write_inputs(
    district: str,
    period: str,
    pool: Iterable[PoolUnit],
    duties: Iterable[PoolDuty],
    visits: Iterable[tuple[str, str]],
    sources: Iterable[str],
) -> str:
    units = [unit.model_dump(exclude_defaults=True) for unit in pool]
    parts = {
        "units": ("window and service units; is_must: true is inspected in any case (R5, R9)", units),
        "duties": (
            "drawn for each drawn unit (S42); delete what is not to be looked at",
            [{"duty_id": d.duty_id, "name": d.name, "unit_ids": list(d.unit_ids)} for d in duties],
        ),
        "inspectors": ("one a line: - {inspector_id: P01, name: 姓名, load_limit: 2}", []),
        "recusals": ("回避, one a line: - {inspector_id: P01, unit_id: D01}", []),
        "history": ("places of this year's earlier draws (S14)", [{"unit_id": u, "period": p} for u, p in visits]),
        "public_draws": (
            "whose numbers decide: issue and day, none before the notice is over",
            [{"name": name, "issue": PENDING, "date": PENDING} for name in dict.fromkeys(sources)],
        ),
        "later_draws": ("later ones that decide replacements (S48), one a line like those above", []),
    }
    head = [
        "# What is decided before a draw is announced (docs/draw.md). Complete it, then: analysis draw commit",
        f"draw_id: {period}-1",
        f"period: {period}",
        f"district: {district}",
        f"published_on: {PENDING}   # the day on which the announcement is published, YYYY-MM-DD",
    ]
    return "\n".join([*head, *(_list(key, *part) for key, part in parts.items())]) + "\n"


def _list(key: str, comment: str, entries: list[dict]) -> str:
    return "\n".join(
        [f"{key}:{'' if entries else ' []'}   # {comment}", *(f"  - {write_inline(entry)}" for entry in entries)]
    )
