"""The command `analysis export`: a table over months, with names, for a researcher or another office."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from analysis.run.commands.terminal import PlainConsole, Root

console = PlainConsole(soft_wrap=True)


def export(
    table: Annotated[str, typer.Argument(help="A table of docs/data_dictionary.yml, such as unit_scores.")],
    first: Annotated[str, typer.Option("--from", metavar="MONTH", help="The first month.", show_default="all")] = "",
    last: Annotated[str, typer.Option("--to", metavar="MONTH", help="The last month.", show_default="all")] = "",
    root: Root = Path(),
    scope: Annotated[str, typer.Option(help="month, ytd, or all.", show_default="month")] = "",
    level: Annotated[str, typer.Option(help="total, channel, … or all.", show_default="total")] = "",
    basis: Annotated[str, typer.Option(help="mom, yoy, ytd, annual, or all.", show_default="mom")] = "",
    xlsx: Annotated[Path | None, typer.Option(help="Write a workbook with Chinese heads instead.")] = None,
) -> None:
    """Print a table over months as CSV, with names beside ids, or write it as a workbook."""
    from analysis.run.research import District

    district = District(root)
    months = district.months
    asked = f"{first or months[0]}..{last or months[-1]}" if months and (first or last) else ""
    frame = district.load(table, asked, scope=scope, level=level, basis=basis)
    if xlsx is None:
        frame.to_csv(sys.stdout, index=False, lineterminator="\n")
        return
    from analysis.report.packs.tables import table_workbook

    xlsx.write_bytes(table_workbook(table, frame))
    console.print(xlsx)
