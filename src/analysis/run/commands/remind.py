"""The command `analysis remind`: a letter to each office that has not sent all."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.policy.messages import say
from analysis.run.commands.terminal import PlainConsole, Root

console = PlainConsole(soft_wrap=True)


def remind(
    period: Annotated[str, typer.Argument(help="A month, YYYY-MM.")],
    root: Root = Path(),
    deadline: Annotated[
        str, typer.Option(help="Until when the offices answer, YYYY-MM-DD; default: params/sheets.yml.")
    ] = "",
) -> None:
    """Write a letter to each office of which something required is missing (催报函)."""
    from analysis.run.month import parse_day
    from analysis.run.remind import write_reminders

    written = write_reminders(root, period, parse_day(deadline) if deadline else None)
    for path in written:
        console.print(path)
    if not written:
        console.print(say("{period}: nothing required is missing").format(period=period))
