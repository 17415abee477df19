"""The commands `analysis accept` and `analysis correct`: signed entries for a month's `corrections.yml` (S11)."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from analysis.policy.errors import AnalysisError, UsageError
from analysis.policy.messages import say
from analysis.run.commands.terminal import PlainConsole, Root

console = PlainConsole(soft_wrap=True)

Period = Annotated[str, typer.Argument(help="A month, YYYY-MM.")]
Sheet = Annotated[str, typer.Option(help="The sheet, where a workbook has several.")]
Reason = Annotated[str, typer.Option(prompt="理由", help="Why.")]
Who = Annotated[str, typer.Option(prompt="负责人", help="Who answers for it.")]
Document = Annotated[str, typer.Option(prompt="文号", help="By which document.")]
Day = Annotated[str, typer.Option("--date", prompt="日期(YYYY-MM-DD)", help="When it was decided, YYYY-MM-DD.")]
As = Literal["value", "gap", "no_data", "replaced_by"]


def accept(
    period: Period,
    reason: Reason,
    who: Who,
    document: Document,
    decided: Day,
    root: Root = Path(),
    unit: Annotated[str, typer.Option(help="A unit's name; with --indicator.")] = "",
    indicator: Annotated[str, typer.Option(help="An indicator's name; with --unit.")] = "",
    file: Annotated[str, typer.Option(help="A delivered file.")] = "",
    cell: Annotated[str, typer.Option(help="A cell of the file, such as E17.")] = "",
    sheet: Sheet = "",
    delivery: Annotated[str, typer.Option(help="A whole delivery that is missing: its id in params/sheets.yml.")] = "",
    as_: Annotated[
        As | None,
        typer.Option("--as", help="What stands there is right (value), a gap (the default), no data, replaced."),
    ] = None,
    by: Annotated[str, typer.Option(help="With --as replaced_by: the file that counts.")] = "",
) -> None:
    """Accept by name what blocks a month: a unit's indicator, a cell, a file or a missing delivery."""
    named = {"unit": unit, "indicator": indicator, "file": file, "sheet": sheet, "cell": cell, "delivery": delivery}
    if not (unit or file or delivery):
        raise UsageError(say("say what is accepted: --unit and --indicator, --file (and --cell), or --delivery"))
    entry = {key: value for key, value in {**named, "as": as_, "by": by}.items() if value}
    _write(root, period, "accept", entry | _signed(reason, who, document, decided))


def correct(
    period: Period,
    file: Annotated[str, typer.Argument(help="The delivered file.")],
    cell: Annotated[str, typer.Argument(help="The cell, such as E17.")],
    value: Annotated[str, typer.Argument(help="What should stand there; in the indicator's unit.")],
    reason: Reason,
    who: Who,
    document: Document,
    decided: Day,
    root: Root = Path(),
    sheet: Sheet = "",
    expect: Annotated[str, typer.Option(help="What stands there now; by default what is found.")] = "",
) -> None:
    """Correct one cell of a delivery by name; the raw file itself never changes."""
    from analysis.intake.corrections import raw_text
    from analysis.policy.book import load_policy
    from analysis.run.month import new_month

    folder = new_month(root, load_policy(root), period).raw_folder
    place = {"file": file} | ({"sheet": sheet} if sheet else {}) | {"cell": cell.upper()}
    found = expect or raw_text(folder / file, cell.upper(), sheet)
    _write(
        root,
        period,
        "corrections",
        {**place, "expect": found, "value": _typed(value)} | _signed(reason, who, document, decided),
    )


def _typed(text: str) -> str | int | float:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _signed(reason: str, who: str, document: str, decided: str) -> dict[str, str]:
    try:
        date.fromisoformat(decided)
    except ValueError:
        raise UsageError(
            say("{decided!r} is not a date: write it as YYYY-MM-DD, for example 2026-11-02").format(decided=decided)
        ) from None
    return {"reason": reason, "who": who, "document": document, "date": decided}


def _write(root: Path, period: str, key: Literal["accept", "corrections"], entry: Mapping[str, object]) -> None:
    """Write an entry and take the month in with it; one that does not fit is taken out again."""
    from analysis.intake.corrections import add_entry, restore
    from analysis.policy.book import load_policy
    from analysis.run.month import new_month
    from analysis.run.steps.intake import take_in

    month = new_month(root, load_policy(root), period)
    before = add_entry(month.raw_folder, key, entry)
    try:
        clean = take_in(month, is_look=True)
    except AnalysisError:
        restore(month.raw_folder, before)
        raise
    n_left = int(clean.problems["is_blocking"].sum())
    console.print(f"corrections.yml: 已写入 {key}; 尚有{n_left}处问题未处理")
