"""The command `analysis finalise`: results of years become final after the time for objections (S21, S27)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.policy.errors import UsageError
from analysis.policy.messages import say
from analysis.run.commands import papers
from analysis.run.commands.terminal import PlainConsole, Root, progress_on

if TYPE_CHECKING:
    from analysis.policy.names import Names
    from analysis.run.finalise import Finalised

console = PlainConsole(soft_wrap=True)


def finalise(
    years: Annotated[list[int], typer.Argument(help="The years, YYYY, the oldest first.")],
    root: Root = Path(),
    as_of: Annotated[
        str, typer.Option(help="The day on which it becomes final; default: the day after the time for objections.")
    ] = "",
    despite_changes: Annotated[
        bool,
        typer.Option(
            "--despite-changes", help="Although rules, code or earlier months changed since the draft; they are listed."
        ),
    ] = False,
    tables_only: Annotated[
        bool, typer.Option("--tables-only", help="Publish tables without notebooks and pages.")
    ] = False,
) -> None:
    """Make the results of years final: each December as a new revision, after the time for objections."""
    from analysis.policy.book import load_policy
    from analysis.run.finalise import finalise_year

    if as_of and len(years) > 1:
        raise UsageError(say("--as-of is the day of one year; finalise the years one by one"))
    with progress_on(console) as progress:
        for year in sorted(years):
            task = progress.add_task(str(year), total=1.0, step="")
            done = finalise_year(
                root,
                year,
                as_of,
                with_pages=not tables_only,
                despite_changes=despite_changes,
                on_progress=lambda step, share, task=task: progress.update(task, completed=share, step=step),
            )
            progress.update(task, completed=1.0, step="")
            _tell(progress.console, root, done, load_policy(root).names)


def _tell(console: PlainConsole, root: Path, done: "Finalised", names: "Names") -> None:
    from analysis.report.differences import describe_differences

    for line in done.published.remarks:
        console.say_done(line)
    told = say(
        "{year}: {name} is final on {ends.final_on} (draft {ends.draft}, objections until {ends.objections_until})"
    )
    year, name = done.finality.year, done.published.revision.name
    stands = "" if done.published.is_new else say(" stands, nothing changed since")
    console.say_done(told.format(year=year, name=name, ends=done.finality) + stands)
    if not done.published.is_new:
        return
    if done.n_short:
        told = say("units whose year has too few months with data to count, without place and consequence: {n} (S35)")
        console.print(told.format(n=done.n_short))
    papers.show_papers(console, root, str(year))
    for line in describe_differences(done.differences, names):
        console.say_done(line)
