"""The command `analysis finalise`: a year's results become final after the time for objections (S21, S27)."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.policy.messages import say
from analysis.run.commands import papers
from analysis.run.commands.terminal import PlainConsole, Root, progress_on

console = PlainConsole(soft_wrap=True)


def finalise(
    year: Annotated[int, typer.Argument(help="The year, YYYY.")],
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
    """Make the year's results final: December as a new revision, after the time for objections."""
    from analysis.policy.book import load_policy
    from analysis.report.differences import describe_differences
    from analysis.run.finalise import finalise_year

    with progress_on(console) as progress:
        task = progress.add_task(str(year), total=1.0, step="")
        done = finalise_year(
            root,
            year,
            as_of,
            with_pages=not tables_only,
            despite_changes=despite_changes,
            on_progress=lambda step, share: progress.update(task, completed=share, step=step),
        )
    for line in done.published.remarks:
        console.say_done(line)
    console.say_done(
        say(
            "{year}: {name} is final on {ends.final_on} (draft {ends.draft}, objections until {ends.objections_until})"
        ).format(year=year, name=done.published.revision.name, ends=done.finality)
    )
    if done.n_short:
        told = say("units whose year has too few months with data to count, without place and consequence: {n} (S35)")
        console.print(told.format(n=done.n_short))
    papers.show_papers(console, root, str(year))
    names = load_policy(root).names
    for line in describe_differences(done.differences, names):
        console.say_done(line)
