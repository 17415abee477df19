"""The command line `analysis`: exit code 0 done, 1 the data or the rules are wrong, 2 wrong usage.

A command imports what it needs, so that `--help` and a slip in a name are answered at once.
"""

import io
import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from analysis.policy.errors import AnalysisError, DataError, UsageError
from analysis.policy.messages import say
from analysis.policy.period import parse_period, parse_periods
from analysis.run.commands import (
    corrections,
    draw,
    duties,
    export,
    finalise,
    init,
    papers,
    remind,
    status,
    verify,
    withdraw,
)
from analysis.run.commands.frame import run_app
from analysis.run.commands.terminal import PlainConsole, Root, progress_on
from analysis.run.failures import told_plainly
from analysis.run.notebooks.forks import prepare_kernels

app = typer.Typer(
    help="Monthly supervision of how departments perform their statutory functions (机关职能运行监管).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(draw.app, name="draw")
app.command()(init.init)
app.command()(duties.duties)
app.command()(finalise.finalise)
app.command()(verify.verify)
app.command()(verify.restore)
app.command()(verify.seal)
app.command()(status.status)
app.command()(remind.remind)
app.command()(papers.papers)
app.command()(withdraw.withdraw)
app.command()(corrections.accept)
app.command()(corrections.correct)
app.command()(export.export)
console = PlainConsole(soft_wrap=True)
errors = PlainConsole(soft_wrap=True, stderr=True)

Period = Annotated[str, typer.Argument(help="A month, YYYY-MM.")]


@app.command()
def run(
    period: Annotated[str, typer.Argument(help="A month YYYY-MM, or a range 2023-01..2025-12.")],
    root: Root = Path(),
    as_of: Annotated[
        str, typer.Option(help="The date from which lights and overdue days count; default: the month's end.")
    ] = "",
    published: Annotated[
        str,
        typer.Option(
            "--published",
            help="The day on which it is published, from which objections count; default: the policy's working day.",
        ),
    ] = "",
    reason: Annotated[
        str,
        typer.Option(
            help="Why a revision is published: update, improvement, correction, or a few words; "
            "they stand on the pages, public ones too."
        ),
    ] = "update",
    tables_only: Annotated[
        bool, typer.Option("--tables-only", help="Build tables without notebooks and pages.")
    ] = False,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also print the bulletin to PDF, with an installed Chromium.")
    ] = False,
) -> None:
    """Run the month: all notebooks through papermill, tables, reports."""
    _refuse_mixed(period, as_of, published, reason, tables_only=tables_only, pdf=pdf)
    if not tables_only:
        prepare_kernels()  # first of all: importing what they need takes longer than importing what is needed here
    from analysis.policy.book import load_policy
    from analysis.report.papers.template import check_templates
    from analysis.run.month import new_month
    from analysis.run.pdf import print_published
    from analysis.run.pipeline import run_month
    from analysis.run.store.history import build_month, tell_built

    book = load_policy(root)
    months = [new_month(root, book, each, as_of, published=published) for each in parse_periods(period)]
    check_templates(root / "params" / "papers")  # told before the work, not after it
    _warn_of_open_store(root)
    are_new = []
    with progress_on(console) as progress:
        for month in months[-1:] if tables_only else months:
            show = partial(_show_step, progress, progress.add_task(month.period, total=1.0, step=""))
            if tables_only:
                for line in tell_built(build_month(month, show, months[0].period)):
                    progress.console.say_done(line)
                show("tables", 1.0)
                continue
            done = run_month(month, reason=reason, on_progress=show)
            are_new.append(done.is_new)
            _show_published(progress.console, month, done)
            if pdf:
                progress.console.say_done(print_published(month, done.pages))
    if any(are_new):
        _show_status(root)


def _show_published(console: PlainConsole, month, done) -> None:
    stands = "" if done.is_new else say(" stands, nothing changed since")
    console.say_done(f"{month.period}: {done.revision.name}{stands} → {done.pages}")
    for remark in done.remarks:
        console.say_done(remark, style="yellow")
    if done.is_new:
        papers.show_papers(console, month.root, month.period, is_notice_only=True)


def _show_step(progress: Progress, task: TaskID, step: str, share: float) -> None:
    progress.update(task, completed=share, step=step)


@app.command()
def site(root: Root = Path()) -> None:
    """Make reports/ again from what is published: the months' pages, indexes, method page, open data."""
    from analysis.run.pages import copy_pages
    from analysis.run.site import list_months, write_site
    from analysis.run.store.revisions import Store

    store = Store(root)
    with store.settled_chain():  # or older pages would come back in silence where a revision is gone
        months = list_months(store)
    for month in months:
        copy_pages(store, month.period)
    console.print(write_site(root))
    _show_status(root)


@app.command()
def start(period: Period, root: Root = Path()) -> None:
    """Write the month's empty workbooks to send out, and the list of who sends what."""
    from analysis.run.forms.start import write_forms

    for path in write_forms(root, parse_period(period)):
        console.print(path)


@app.command()
def check(
    period: Period,
    root: Root = Path(),
    send_back: Annotated[
        Path | None, typer.Option(help="Also write a workbook of problems an office into this folder.")
    ] = None,
    deadline: Annotated[
        str, typer.Option(help="Until when the offices answer, YYYY-MM-DD; default: params/sheets.yml.")
    ] = "",
) -> None:
    """Read the month's raw files only: who has not submitted, problems and what to do, the reconciliation."""
    from analysis.intake.describe import describe_intake
    from analysis.run.check import check_month, load_rules
    from analysis.run.month import new_month, parse_day

    month = new_month(root, load_rules(root, parse_period(period)), period)
    _warn_of_open_store(root)
    clean, refused = check_month(month)
    for line in describe_intake(clean, refused):
        console.print(line)
    if send_back is not None:
        from analysis.intake.send_back import answer_until, write_problem_workbooks

        until = parse_day(deadline) if deadline else answer_until(month.policy)
        for path in write_problem_workbooks(clean, send_back, until):
            console.print(path)
    if clean.is_blocked or refused:
        raise typer.Exit(1)


@app.command()
def explain(
    period: Period,
    unit: Annotated[str, typer.Argument(help="A unit's id, name or alias.")],
    root: Root = Path(),
    scope: Annotated[str, typer.Option(help="month, or ytd for the year to date.")] = "month",
    as_json: Annotated[bool, typer.Option("--json", help="The whole tree as JSON.")] = False,
) -> None:
    """Explain a unit's score from the total down to the raw cells, with the rule of each step."""
    from analysis.policy.book import load_policy
    from analysis.report.explain import explain_lines
    from analysis.run.explain import explain_published

    book = load_policy(root)
    told = explain_published(root, book, parse_period(period), unit, scope)
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return
    for line in explain_lines(told, book.at(told["period"]).grading, book.names):
        console.print(line)


@app.command()
def whatif(
    period: Period,
    root: Root = Path(),
    set_: Annotated[list[str], typer.Option("--set", help="UNIT/INDICATOR[/ROLE][@ITEM]=VALUE; repeatable.")] = [],  # noqa: B006
    policy: Annotated[Path | None, typer.Option(help="A changed copy of a file of params/.")] = None,
) -> None:
    """Tell who would move, in score, rank, tier and consequence, if values or the policy were others."""
    from analysis.policy.book import load_policy
    from analysis.report.differences import describe_differences
    from analysis.run.whatif import whatif_published

    if not set_ and policy is None:
        raise UsageError(say("say what changes: --set UNIT/INDICATOR=VALUE or --policy FILE"))
    book = load_policy(root)
    for line in describe_differences(whatif_published(root, book, parse_period(period), set_, policy), book.names):
        console.print(line)


@app.command()
def fleet(
    districts: Annotated[Path, typer.Argument(metavar="LIST", help="The list of districts, see docs/fleet.md.")],
    period: Annotated[str, typer.Option(help="A month, YYYY-MM.")],
    scheduler: Annotated[str, typer.Option(help="A Dask scheduler, tls://HOST:PORT; by default one is embedded.")] = "",
    without_tls: Annotated[
        bool,
        typer.Option("--without-tls", help="Take a scheduler whose connections are not encrypted, such as tcp://."),
    ] = False,
    workers: Annotated[int, typer.Option(help="Processes of the embedded cluster.")] = 2,
    tables_only: Annotated[
        bool, typer.Option("--tables-only", help="Build tables without notebooks and pages.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the province page.", show_default="reports/fleet/PERIOD by the list")
    ] = None,
) -> None:
    """Run a month of many districts on Dask, and write the province page."""
    from analysis.policy.fleet import load_fleet
    from analysis.run.fleet import run_fleet
    from analysis.run.fleet.province import write_province

    listed = load_fleet(districts)
    with progress_on(console) as progress:
        task = progress.add_task(period, total=len(listed.districts), step="")

        def show(result) -> None:
            progress.update(task, advance=1, step=result.name)
            told = f"{result.district} {result.name}: {result.state} {result.revision}{result.error}"
            progress.console.print(told)

        options = {"scheduler": scheduler, "without_tls": without_tls, "workers": workers, "tables_only": tables_only}
        done = run_fleet(listed, period, on_result=show, **options)
    page = write_province(listed, done, out or districts.parent / "reports" / "fleet" / period)
    console.print(page)
    if done.failed:
        head = say("{n_failed} of {n_all} districts failed").format(n_failed=len(done.failed), n_all=len(done.results))
        told = [f"{failed.district} {failed.name}: {failed.error}" for failed in done.failed]
        raise DataError("\n".join([head, *told]))


def _refuse_mixed(period: str, as_of: str, published: str, reason: str, *, tables_only: bool, pdf: bool) -> None:
    """Refuse options of `run` that do not go together."""
    if pdf and tables_only:
        raise UsageError(say("--pdf prints a page, and --tables-only makes none; leave one of them out"))
    if tables_only and (as_of or published or reason != "update"):
        told = say("--as-of, --published and --reason are for published pages; leave them or --tables-only out")
        raise UsageError(told)
    if reason == "correction" and not published:
        told = say(
            "say on which day the correction is published: --published YYYY-MM-DD; whoever it moves may object from "
            "that day (S21)"
        )
        raise UsageError(told)
    if published and len(parse_periods(period)) > 1:
        raise UsageError(say("--published is one month's day; run the months one by one"))


def _warn_of_open_store(root: Path) -> None:
    from analysis.run.store.rights import tell_open

    if line := tell_open(root):
        errors.print(line, style="yellow")


def _show_status(root: Path) -> None:
    """Bring the page of the status up to date, and say what is out of date now."""
    from analysis.run.status import look_around, write_status

    found = look_around(root)
    write_status(root, found)
    for line in found.outdated:
        console.say_done(line)


def main() -> None:
    """Run the command line and turn expected errors into a message and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a terminal or a file cannot take is shown by its number
            stream.reconfigure(errors="backslashreplace")
    try:
        with told_plainly():
            run_app(app)
    except UsageError as error:
        errors.print(f"analysis: {error}", style="red")
        sys.exit(2)
    except AnalysisError as error:
        errors.print(f"analysis: {error}", style="red")
        sys.exit(1)
