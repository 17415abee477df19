"""A month's public draws of inspections: `data/raw/draws/<period>/<draw id>/`, checked before they are told (R12, S14).

They lie beside the months and not in one of them, because a draw is published before the month's deliveries come.
"""

from pathlib import Path

import pandas as pd

from analysis.action.draw.files import ANNOUNCEMENT, publish
from analysis.action.draw.office import read_announcement, read_rounds, read_vacancies
from analysis.action.draw.result import result_name, vacancy_name
from analysis.action.draw.rows import draw_rows
from analysis.action.draw.verify import verify_draw
from analysis.policy.errors import DataError
from analysis.policy.tables import TABLES
from analysis.report.draw import render_draw_page
from analysis.run.month import Month, draws_folder

PAGE = "draw.html"


def list_draws(root: Path, period: str) -> list[Path]:
    """Return the public folders of a month's draws, in the order of their names."""
    return sorted(path.parent for path in draws_folder(root, period).glob(f"*/{ANNOUNCEMENT}"))


def make_draws(month: Month) -> dict[str, pd.DataFrame]:
    """Return the table `draw` of a month's draws; those that are announced and not yet held bring no rows.

    Raises:
        DataError: a draw does not agree with its announcement, its public numbers or `params/draw.yml`.
    """
    frames = [_check_draw(folder, month) for folder in list_draws(month.root, month.period)]
    whole = pd.concat(frames, ignore_index=True) if frames else TABLES["draw"].empty()
    return {"draw": TABLES["draw"].check(whole)}


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
        write_draw_page(target, is_synthetic=month.policy.district.is_synthetic)
    return tuple(draw.name for draw in found)


def write_draw_page(folder: Path, *, is_synthetic: bool) -> Path:
    """Write the page of a draw, which checks itself in the reader's browser, beside the draw's files; return it."""
    files = read_announcement(folder), read_rounds(folder), read_vacancies(folder)
    page = render_draw_page(*files, is_synthetic=is_synthetic)
    (folder / PAGE).write_text(page, encoding="utf-8", newline="\n")
    return folder / PAGE


def _check_draw(folder: Path, month: Month) -> pd.DataFrame:
    where = folder.relative_to(month.root).as_posix()
    findings = verify_draw(folder, rules=month.policy.draw)
    if findings:
        told = "\n".join(f"{where}/{f.file}: {f.place}: {f.message}" for f in findings)
        raise DataError(f"{told}\nput back the files as they were published; check with: analysis draw verify {where}")
    announced = read_announcement(folder)
    if announced.period != month.period:
        raise DataError(f"{where}/{ANNOUNCEMENT}: is a draw of {announced.period}; move it to that month's folder")
    return draw_rows(read_rounds(folder), month.period)
