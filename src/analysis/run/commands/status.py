"""The command `analysis status`: where the office stands, and what to do next."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.run.commands.terminal import PlainConsole, Root

console = PlainConsole(soft_wrap=True)


def status(
    root: Root = Path(),
    as_page: Annotated[bool, typer.Option("--html", help="Also write it as a page, reports/status.html.")] = False,
) -> None:
    """Show how far each month has come, what is out of date, lost or damaged, and what to do next."""
    from analysis.report.status import describe_status
    from analysis.run.status import look_around, write_status

    found = look_around(root)
    for line in describe_status(found):
        console.print(line)
    if as_page:
        console.print(write_status(root, found))
    if found.damage:
        raise typer.Exit(1)
