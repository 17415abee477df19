"""The command `analysis duties`: an office's lists of duties into `params/duties.yml` (R8)."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.policy.messages import say
from analysis.run.commands.terminal import PlainConsole, Root

console = PlainConsole(soft_wrap=True)


def duties(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A table (xlsx, csv): 事项名称, 牵头单位, and 配合单位, 所属清单, 清单条款, 别名, 事项编号.",
        ),
    ],
    start: Annotated[str, typer.Option("--from", metavar="MONTH", help="The month from which they hold, YYYY-MM.")],
    root: Root = Path(),
) -> None:
    """Add a list of duties to params/duties.yml; what stands there is never changed."""
    from analysis.run.forms.duties import import_duties

    done = import_duties(root, file, start)
    for row in done.set_aside:
        told = say("{file} {sheet} row {row}: set aside: {reason}")
        console.print(told.format(file=file.name, sheet=row.sheet, row=row.row, reason=row.reason))
    for sheet in done.passed_over:
        console.print(say("{file} {sheet}: passed over: no rows below the columns").format(file=file.name, sheet=sheet))
    told = say("{n_rows} rows: {n_added} added to params/duties.yml, {n_known} there already, {n_aside} set aside")
    n_added = sum(done.added.values())
    console.print(told.format(n_rows=done.n_rows, n_added=n_added, n_known=done.n_known, n_aside=len(done.set_aside)))
    for name, count in done.added.items():
        console.print(f"  {name}: {count}")
    if done.set_aside:
        console.print(say("mend the rows that were set aside and read the list again: the others stay as they are"))
        raise typer.Exit(1)
