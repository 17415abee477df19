"""The terminal: what is printed is text as it stands, for names and cells come from files that others wrote."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from analysis.policy.errors import UsageError
from analysis.policy.messages import say
from analysis.policy.root import find_root
from analysis.policy.visible import mark_unseen


def _look_around(root: Path) -> Path:
    """Return a folder that was named as it is, else the district's around the current folder, where there is one."""
    try:
        return root if root != Path() else find_root(root)
    except UsageError:  # what is missing is told by the command
        return root


Root = Annotated[
    Path,
    typer.Option(
        "--root",
        help="The district's folder, with params/, data/ and reports/.",
        show_default="the one around the current folder",
        callback=_look_around,
    ),
]


class PlainConsole(Console):
    """A console on which printed text has no markup and no unseen characters, such as those that move the cursor."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as rich does; lines of a text stay lines."""
        plain = [_plain(each) if isinstance(each, str | Path) else each for each in objects]
        super().print(*plain, **{"markup": False, "highlight": False, "emoji": False} | options)

    def say_done(self, line: str, style: str | None = None) -> None:
        """Print a line about work that is done, on the error stream where the output takes none, as on a full disk."""
        try:
            self.print(line, style=style)
        except OSError as error:
            told = say("{line} (done; the output took no line: {why})").format(line=line, why=error.strerror)
            PlainConsole(soft_wrap=True, stderr=True).print(told)


class _WorkProgress(Progress):
    def stop(self) -> None:
        with suppress(OSError):  # a bar that cannot be drawn, as on a full disk, is no failure of the work
            super().stop()


def progress_on(console: Console) -> Progress:
    """Return the progress bar of every command; a task has the field `step`, a word about the work."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[step]}"), TimeElapsedColumn())
    return _WorkProgress(*columns, console=console)


def _plain(text: str | Path) -> str:
    return "\n".join(map(mark_unseen, str(text).split("\n")))
