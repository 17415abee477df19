"""The command `analysis verify`: hashes of a published month, a rerun of it, differences between its revisions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.policy.errors import AnalysisError, DataError, UsageError
from analysis.policy.messages import say
from analysis.policy.period import parse_period
from analysis.run.commands.terminal import PlainConsole, Root, progress_on

if TYPE_CHECKING:
    from analysis.run.rerun import Rerun

console = PlainConsole(soft_wrap=True)


def verify(
    period: Annotated[str, typer.Argument(help="A month, YYYY-MM; leave it out with --all.")] = "",
    root: Root = Path(),
    is_all: Annotated[bool, typer.Option("--all", help="Every month, and what stands around them.")] = False,
    head: Annotated[str, typer.Option(help="A head of the chain as it was printed at the foot of a page.")] = "",
    hashes_only: Annotated[bool, typer.Option("--hashes-only", help="Compare hashes and do not run again.")] = False,
    against: Annotated[
        str, typer.Option(help="An earlier revision, such as r0001: list who differs from it instead.")
    ] = "",
) -> None:
    """Compare what is published with the chain and its hashes, run it again under the rules that it keeps, compare."""
    from analysis.run.store.revisions import Store
    from analysis.run.store.verify import check_published

    if bool(period) == is_all:
        raise UsageError(say("name a month, YYYY-MM, or give --all"))
    if against and is_all:
        raise UsageError(say("--against compares two revisions of one month; leave out --all"))
    store = Store(root)
    if period:
        store.revision(parse_period(period))
    checked = check_published(store, (period,) if period else (), head)
    for line in checked.words:
        console.print(line)
    if against and not checked.faults:
        _print_differences(store, period, against)
    faults = list(checked.faults)
    if not (against or hashes_only):
        for each in [period] if period else [month for month in store.months() if store.current(month)]:
            faults += _rerun(root, each, store.revision(each).name)
    if faults:
        raise DataError(
            "\n".join([*faults, say("changed since they were published: {n_faults}").format(n_faults=len(faults))])
        )
    console.print(
        say("{period}: {n_files} files are as they were published").format(
            period=period or say("all months"), n_files=checked.n_files
        )
    )


def restore(
    root: Root = Path(),
) -> None:
    """Take a back-up into use: what it lacks is entered in the chain as lost, what only it has as found (S45)."""
    from analysis.run.store.revisions import Store

    store = Store(root)
    entered = store.restore()
    for entry in entered:
        console.print(f"{entry.period} {entry.revision}: {entry.event}" if entry.period else entry.event)
    console.print(
        say("{path}: {n_entered} entries more; now: analysis site, then analysis verify --all").format(
            path=store.chain.path, n_entered=len(entered)
        )
    )


def seal(
    key: Annotated[Path | None, typer.Option("--key", help="The private key that signs, kept outside.")] = None,
    new_key: Annotated[
        Path | None, typer.Option("--new-key", help="Make a key: the private one is written to this file.")
    ] = None,
    root: Root = Path(),
) -> None:
    """Sign the chain's head with a key that is kept elsewhere (S45); `verify` checks what was signed."""
    from analysis.run.store.revisions import Store
    from analysis.run.store.seals import make_key, sign_head

    if (key is None) == (new_key is None):
        raise UsageError(say("give --key FILE to sign, or --new-key FILE to make a key"))
    store = Store(root)
    if new_key is not None:
        console.print(
            say("public key {public}; keep {private} apart from this machine").format(
                public=make_key(store.processed, new_key), private=new_key
            )
        )
    if key is not None:
        console.print(
            say("{head}: signed; now: analysis site shows the public key").format(head=sign_head(store.chain, key))
        )


def _print_differences(store, period: str, against: str) -> None:
    from analysis.action.differences import list_differences
    from analysis.policy.book import load_policy
    from analysis.report.differences import describe_differences

    before, after = (store.results(period, name) for name in (against, None))
    policy = load_policy(store.root).at(period)
    differences = list_differences(before, after, policy.grading)
    for line in describe_differences(differences, policy.names):
        console.print(line)
    console.print(
        say("{period} {against} → {name}: {n_differences} rows differ").format(
            period=period, against=against, name=store.revision(period).name, n_differences=len(differences)
        )
    )


def _rerun(root: Path, period: str, revision: str) -> list[str]:
    """Run a month again and print what is no fault; return what is."""
    from analysis.run.rerun import rerun

    with progress_on(console) as progress:
        task = progress.add_task(say("{period} again").format(period=period), total=1.0, step="")
        try:
            done = rerun(root, period, lambda step, share: progress.update(task, completed=share, step=step))
        except AnalysisError as error:
            told = say("{period} {revision}: cannot be made again: {error}")
            return [told.format(period=period, revision=revision, error=error)]
        progress.update(task, completed=1.0, step="")
    for line in done.changes:
        console.print(say("since {revision}: {line}").format(revision=revision, line=line))
    kind = say("tables") if done.is_excused else say("files")
    if not done.differing:
        console.print(
            say("{period} {revision}: run again, all {n_files} {kind} are the same").format(
                period=period, revision=revision, n_files=done.n_files, kind=kind
            )
        )
        return []
    told = _explain(done, period, revision, kind)
    if done.is_excused:
        console.print(told)
        return []
    return [told]


def _explain(done: "Rerun", period: str, revision: str, kind: str) -> str:
    head = say("{period} {revision}: run again, {n_differing} of {n_files} {kind} differ:").format(
        period=period, revision=revision, n_differing=len(done.differing), n_files=done.n_files, kind=kind
    )
    if done.is_excused:
        advice = say(
            "not all that made it is at hand, as listed above: this says nothing about the revision, which stands"
        )
    elif done.changes:
        advice = say(
            "what it was built from changed, as listed above. Put that back to make the same files, or publish what it "
            "makes now: analysis run {period} --reason correction --published YYYY-MM-DD"
        ).format(period=period)
    else:
        advice = say(
            "although raw files, rules, earlier months, code and packages are the same. Is data/caller.key the "
            "district's own? If so, keep the revision as it is and report this"
        )
    return "\n".join([head, *(f"  {name}" for name in done.differing), advice])
