"""`analysis draw pool | commit | reveal | draw | vacate | replace | verify`: a public draw (R12, S14, S48)."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from analysis.policy.errors import UsageError
from analysis.policy.messages import say
from analysis.run.commands.terminal import PlainConsole, Root

app = typer.Typer(help="Announce, hold and check a public draw of inspections (R12, S14).", no_args_is_help=True)
console = PlainConsole(soft_wrap=True)

Folder = Annotated[Path, typer.Argument(help="The public folder of this draw.")]
Numbers = Annotated[
    str, typer.Option(help="The public numbers, each source apart by /, such as '3 9 12 20 27 31 / 8'.")
]
Code = Annotated[str, typer.Option(help="The revealed code in hex; leave it out only where the reveal was missed.")]
Day = Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="The day of the draw.")]


@app.command()
def pool(
    period: Annotated[str, typer.Argument(help="The month of the draw, YYYY-MM.")],
    out: Annotated[Path, typer.Argument(metavar="FILE", help="The YAML file to write, for `commit`.")],
    root: Root = Path(),
) -> None:
    """Write the inputs of a draw: pool, watch list and this year's visits; the rest is completed by hand."""
    from analysis.policy.book import load_policy
    from analysis.policy.period import parse_period
    from analysis.run.draws import draft_inputs
    from analysis.run.store.revisions import Store

    if out.exists():
        raise UsageError(say("{out}: there already; move or delete it first").format(out=out))
    text, told = draft_inputs(Store(root), load_policy(root), parse_period(period))
    out.write_text(text, "utf-8", newline="\n")
    for line in told:
        console.print(line)
    console.print(say("{out}: complete it, then: analysis draw commit {out} FOLDER --secret FOLDER").format(out=out))


@app.command()
def commit(
    inputs: Annotated[
        Path, typer.Argument(help="A YAML file: pool, inspectors, recusals, earlier visits, public draws, later ones.")
    ],
    folder: Folder,
    secret: Annotated[Path, typer.Option(help="Where the secret is kept; never a folder that is published.")],
    root: Root = Path(),
) -> None:
    """Announce a draw and commit to its codes."""
    from analysis.action.draw.files import hash_of, read_inputs
    from analysis.action.draw.office import commit_draw
    from analysis.policy.book import load_policy
    from analysis.run.store.revisions import Store

    told = read_inputs(inputs).model_copy(update={"chain_head": Store(root).chain.printed or None})
    announcement = commit_draw(told, load_policy(root).at(told.period).draw, folder, secret)
    write_page(folder, root)
    console.print(f"{folder / 'announcement.json'}  SHA-256 {hash_of(announcement)}")
    known, until = announcement.numbers_known_on, announcement.reveal_by
    console.print(
        say("publish the SHA-256; from {known} to {until}: analysis draw reveal {folder} --secret {secret}").format(
            known=known, until=until, folder=folder, secret=secret
        )
    )


@app.command()
def reveal(folder: Folder, secret: Annotated[Path, typer.Option(help="Where `commit` put the secret.")]) -> None:
    """Print the code of the next round, once its public numbers are known: publish it by the deadline."""
    from analysis.action.draw.commitment import reveal_code
    from analysis.action.draw.office import next_reveal

    round_, known, until = next_reveal(folder)
    if date.today() < known:
        told = say("its public numbers are known from {known} on; revealed before, the code hides nothing")
        raise UsageError(told.format(known=known))
    console.print(reveal_code(secret, round_))
    command = "replace" if round_ else "draw"
    console.print(
        say("publish this code by {until}, then: analysis draw {command} {folder} --code … --numbers … --on …").format(
            until=until, command=command, folder=folder
        )
    )


@app.command()
def draw(folder: Folder, numbers: Numbers, on: Day, code: Code = "", root: Root = Path()) -> None:
    """Hold the announced draw with the public numbers and the revealed code."""
    from analysis.action.draw.lottery import parse_numbers
    from analysis.action.draw.office import run_draw

    show_round(run_draw(folder, parse_numbers(numbers), code or None, on.date()), folder, root)


@app.command()
def vacate(
    folder: Folder,
    unit: Annotated[str, typer.Option(help="The drawn unit that cannot be inspected: its name or id.")],
    reason: Annotated[str, typer.Option(help="The published reason.")],
    document: Annotated[str, typer.Option(help="The document's number.")],
    root: Root = Path(),
) -> None:
    """Declare a vacancy today, before the numbers that decide its replacement are known."""
    from analysis.action.draw.files import hash_of
    from analysis.action.draw.office import declare_vacancy, read_announcement
    from analysis.action.draw.result import Vacancy, vacancy_name
    from analysis.policy.names import normalise_name

    known = {normalise_name(word): u.unit_id for u in read_announcement(folder).units for word in (u.unit_id, u.name)}
    if normalise_name(unit) not in known:
        raise UsageError(say("{unit!r} is no unit of this draw; write its name or id").format(unit=unit))
    vacancy = Vacancy(unit_id=known[normalise_name(unit)], published_on=date.today(), reason=reason, document=document)
    declared = declare_vacancy(folder, vacancy)
    write_page(folder, root)
    console.print(f"{folder / vacancy_name(declared.round)}  SHA-256 {hash_of(declared)}")
    console.print(
        say(
            "publish the SHA-256 today; {draw.name} {draw.issue} of {draw.date} decides; "
            "reveal the code of round {round} by {until}"
        ).format(draw=declared.sources[0], round=declared.round, until=declared.reveal_by)
    )


@app.command()
def replace(folder: Folder, numbers: Numbers, on: Day, code: Code = "", root: Root = Path()) -> None:
    """Fill the first open vacancy with its public numbers and the next code; every other place stays as it is."""
    from analysis.action.draw.lottery import parse_numbers
    from analysis.action.draw.office import replace_drawn

    show_round(replace_drawn(folder, parse_numbers(numbers), code or None, on.date()), folder, root)


@app.command()
def verify(
    folder: Folder,
    numbers: Annotated[
        list[str], typer.Option(help="The public numbers as you know them yourself; once for each round, in order.")
    ] = [],  # noqa: B006
    published_hash: Annotated[
        list[str], typer.Option(help="The SHA-256 of the announcement, or of a vacancy, as it was published.")
    ] = [],  # noqa: B006
) -> None:
    """Check a draw again from its public files, inspectors included."""
    from analysis.action.draw.lottery import parse_numbers
    from analysis.action.draw.office import read_rounds
    from analysis.action.draw.verify import verify_draw

    findings = verify_draw(folder, published_hash, [parse_numbers(n) for n in numbers], today=date.today())
    for finding in findings:
        console.print(f"{finding.file}: {finding.place}: {finding.message}")
    if findings:
        raise typer.Exit(1)
    if read_rounds(folder):
        console.print(say("{folder}: the draw agrees with its announcement").format(folder=folder))
    else:
        console.print(
            say("{folder}: the announcement agrees with its rules; the draw is not held yet").format(folder=folder)
        )


def show_round(result, folder: Path, root: Path) -> None:
    """Print who was drawn by whom, by name, and renew the public page."""
    from analysis.action.draw.office import read_announcement

    announced = read_announcement(folder)
    names = {unit.unit_id: unit.name for unit in announced.units}
    names |= {person.inspector_id: person.name for person in announced.inspectors}
    names |= {stratum.id: stratum.name for stratum in announced.strata}
    duties = {duty.duty_id: duty.name for duty in announced.duties}
    for place in result.drawn:
        console.print(f"{names[place.stratum]}: {names[place.unit_id]}  {'、'.join(map(names.get, place.inspectors))}")
        for duty in place.duties:
            console.print(f"  {duties[duty]}")
    for violation in result.violations:
        console.print(say("violation: {violation}").format(violation=violation), style="red")
    write_page(folder, root)


def write_page(folder: Path, root: Path) -> None:
    """Write `draw.html`, which checks itself in the reader's browser, beside the draw's files."""
    from analysis.policy.book import load_policy
    from analysis.run.draws import write_draw_page

    if not folder.is_dir():
        raise UsageError(say("{folder}: there is no such folder").format(folder=folder))
    write_draw_page(folder, district=load_policy(root).district)
