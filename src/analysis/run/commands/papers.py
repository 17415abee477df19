"""The command `analysis papers`: the official papers of a month or of a year (S44)."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.policy.messages import say
from analysis.run.commands.terminal import PlainConsole, Root

console = PlainConsole(soft_wrap=True)


def papers(
    period: Annotated[str, typer.Argument(help="A month YYYY-MM, or a year YYYY.")],
    root: Root = Path(),
) -> None:
    """Write the official papers of a published month or year as drafts: notice, interview, rectification, reminder."""
    show_papers(console, root, period)


def show_papers(console: PlainConsole, root: Path, period: str, *, is_notice_only: bool = False) -> None:
    """Write the papers and say where they are, which were left alone and which are no longer drawn up."""
    from analysis.run.papers import FOLDER, write_papers

    written = write_papers(root, period, is_notice_only=is_notice_only)
    told = say("{n} papers, drafts that nobody is sent: {folder}")
    console.say_done(told.format(n=len(written.files), folder=Path(root) / FOLDER / period))
    if written.held:
        told = say("{n} of them wait until the office has verified a result: {names}")
        names = "、".join(sorted({file.name for file in written.held}))
        console.say_done(told.format(n=len(written.held), names=names), style="yellow")
    if written.renewed:
        told = say("{n} of them renewed: nobody had changed these drafts, and they say something else now")
        console.say_done(told.format(n=len(written.renewed)))
    if written.withdrawn:
        told = say("{n} drafts removed that nobody had changed: this edition no longer draws them up")
        console.say_done(told.format(n=len(written.withdrawn)))
    for file in written.left:
        told = say("{file}: somebody changed it, and this edition no longer draws it up; decide what becomes of it")
        console.say_done(told.format(file=file), style="yellow")
    for file in written.kept:
        told = say("{file}: changed since it was written; left as it is; move it away to have it written anew")
        console.say_done(told.format(file=file), style="yellow")
