"""The command `analysis verify`: hashes of a published month, a rerun of it, differences between its revisions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.policy.errors import DataError
from analysis.policy.period import parse_period
from analysis.run.commands.terminal import PlainConsole, progress_on

if TYPE_CHECKING:
    from analysis.run.rerun import Rerun

console = PlainConsole(soft_wrap=True)


def verify(
    period: Annotated[str, typer.Argument(help="A month, YYYY-MM.")],
    root: Annotated[Path, typer.Option("--root", help="The district's folder.", show_default="here")] = Path(),
    hashes_only: Annotated[bool, typer.Option("--hashes-only", help="Compare hashes and do not run again.")] = False,
    against: Annotated[
        str, typer.Option(help="An earlier revision, such as r0001: list who differs from it instead.")
    ] = "",
) -> None:
    """Compare a month's files with their hashes, run it again from the same files and compare byte for byte."""
    from analysis.run.store.revisions import Store
    from analysis.run.store.verify import check_hashes

    store = Store(root)
    for manifest in check_hashes(store, parse_period(period)):
        told = f"{period} {manifest.revision}: {len(manifest.outputs)} files agree with the manifest"
        console.print(told)
    if against:
        _print_differences(store, period, against)
    elif not hashes_only:
        _rerun(root, period, store.revision(period).name)


def restore(
    root: Annotated[Path, typer.Option("--root", help="The district's folder.", show_default="here")] = Path(),
) -> None:
    """Take a back-up into use: what it lacks is entered in the chain as lost, what only it has as found (S45)."""
    from analysis.run.store.revisions import Store

    store = Store(root)
    entered = store.restore()
    for entry in entered:
        console.print(f"{entry.period} {entry.revision}: {entry.event}" if entry.period else entry.event)
    console.print(f"{store.chain.path}: {len(entered)} entries more; now: analysis site, then analysis verify --all")


def _print_differences(store, period: str, against: str) -> None:
    from analysis.action.differences import list_differences
    from analysis.policy.book import load_policy
    from analysis.report.differences import describe_differences

    before, after = (store.load("unit_scores", period, name) for name in (against, None))
    policy = load_policy(store.root).at(period)
    differences = list_differences(before, after, policy.grading)
    for line in describe_differences(differences, policy.names):
        console.print(line)
    console.print(f"{period} {against} → {store.revision(period).name}: {len(differences)} rows differ")


def _rerun(root: Path, period: str, revision: str) -> None:
    from analysis.run.rerun import rerun

    with progress_on(console) as progress:
        task = progress.add_task(f"{period} again", total=1.0, step="")
        done = rerun(root, period, lambda step, share: progress.update(task, completed=share, step=step))
        progress.update(task, completed=1.0, step="")
    for line in done.changes:
        console.print(f"since {revision}: {line}")
    if done.differing:
        raise DataError(_explain(done, period, revision))
    console.print(f"{period} {revision}: run again, all {done.n_files} files are the same")


def _explain(done: "Rerun", period: str, revision: str) -> str:
    head = f"{period} {revision}: run again, {len(done.differing)} of {done.n_files} files differ:"
    if done.changes:
        advice = (
            "this is no fault of the revision: what it was built from changed, as listed above. Put that back to make "
            f"the same files, or publish what it makes now: analysis run {period} --reason correction"
        )
    else:
        advice = (
            "although raw files, rules, earlier months, code and packages are the same. Is data/caller.key the "
            "district's own? If so, keep the revision as it is and report this"
        )
    return "\n".join([head, *(f"  {name}" for name in done.differing), advice])
