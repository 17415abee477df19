"""Write the fictional district's raw files as its offices would send them, the same bytes every time."""

import shutil
from collections.abc import Callable
from pathlib import Path

import yaml

from analysis.policy.durable import make_folder
from analysis.policy.period import month_end, parse_period, parse_periods
from analysis.run.forms.workbooks import Form, build_workbook
from analysis.sample.adjustments import write_adjustments
from analysis.sample.chance import dice
from analysis.sample.hand import write_file_name
from analysis.sample.headings import sent_on
from analysis.sample.key_work import write_key_work
from analysis.sample.ledger import write_ledger
from analysis.sample.lots import write_lots
from analysis.sample.objections import write_objections
from analysis.sample.scores import ScoreSheet, write_scores
from analysis.sample.system import write_export
from analysis.sample.tickets import write_tickets, write_transfers
from analysis.sample.visits import write_visits
from analysis.sample.world import HERE, World, load_world

PROJECT = Path(__file__).parents[3]
_WRITERS = {
    "scores": write_scores,
    "info_system": write_export,
    "staffing": write_export,
    "key_work": write_key_work,
    "inspections": write_visits,
    "adjustments": write_adjustments,
    "ledger": write_ledger,
    "tickets": write_tickets,
    "transfers": write_transfers,
}
_WHO = "区委编办监督检查科"


def write_sample(
    target: Path, *, first: str = "2023-01", last: str = "2026-10", progress: Callable[[str, float], None] | None = None
) -> list[Path]:
    """Write the sample district's raw files of the months `first` to `last` under `target`/data/raw.

    A month's bytes depend on nothing but the project's params and the planted truths: not on the machine, nor on
    which other months are written. Where `target` is not the project, params/ is copied too, so that it is a root.

    Args:
        target: The root to write into.
        first: First month.
        last: Last month.
        progress: Called after each month with its name and the share that is done (0–1).

    Returns:
        The files written, in order.

    Raises:
        UsageError: a month is wrong, or lies before the district's first.
    """
    world = load_world(PROJECT)
    months = parse_periods(f"{parse_period(first)}..{parse_period(last)}")
    world.book.at(months[0])  # raises before anything is written
    target = Path(target)
    if target.resolve() != PROJECT:
        shutil.copytree(PROJECT / "params", target / "params", dirs_exist_ok=True)
    raw = target / "data" / "raw"
    make_folder(raw, 0o700)
    written = [raw / "README.md"]
    written[0].write_bytes((HERE / "raw.md").read_bytes())
    for done, period in enumerate(months, start=1):
        folder = raw / period
        folder.mkdir(exist_ok=True)
        for name, content in sorted(write_month(world, period).items()):
            (folder / name).write_bytes(content)
            written.append(folder / name)
        if period in world.truths.draws:
            written += sorted(write_lots(world, target, period).iterdir())
        if period.endswith("-12"):
            written.append(write_objections(world, target, int(period[:4])))
        if progress:
            progress(period, done / len(months))
    return written


def write_month(world: World, period: str) -> dict[str, bytes]:
    """Return the files of one month, name → content."""
    files, sheets = {}, {}
    for delivery in world.policy(period).sheets.deliveries:
        write = _WRITERS.get(delivery.kind)  # nobody sends what the sample tells no story of
        made = write and write(world, period, delivery)
        if made is None:
            continue
        stem, _, ending = delivery.file.rpartition(".")
        if isinstance(made, tuple):
            ending, made = made
        name = write_file_name(dice(f"file {delivery.id}", period), f"{stem}.{ending}", period)
        files[name] = _to_bytes(world, period, made)
        if isinstance(made, ScoreSheet):
            sheets[delivery.id] = (name, made)
    corrections = _list_corrections(world, period, sheets)
    if corrections:
        text = yaml.safe_dump(corrections, allow_unicode=True, sort_keys=False, width=1000)
        files["corrections.yml"] = f"# {world.texts.synthetic}\n{text}".encode()
    return files


def _to_bytes(world: World, period: str, made: bytes | Form | ScoreSheet) -> bytes:
    if isinstance(made, bytes):
        return made
    form = made.form if isinstance(made, ScoreSheet) else made
    return build_workbook([form], description=world.texts.synthetic, created=sent_on(period))


def _list_corrections(world: World, period: str, sheets: dict[str, tuple[str, ScoreSheet]]) -> dict:
    shared = {"who": _WHO, "date": month_end(period).isoformat()}
    corrections = []
    for slip in world.truths.corrected:
        if slip.period == period:
            file, sheet = sheets[slip.delivery]
            cell = sheet.addresses[slip.unit, slip.indicator]
            place = {"file": file, "sheet": sheet.form.sheet, "cell": cell, "expect": str(slip.raw)}
            corrections.append(
                place | {"value": slip.value, "reason": slip.reason, **shared, "document": slip.document}
            )
    accept = []
    for gap in world.truths.accepted:
        for indicator in gap.indicators if gap.period == period else ():
            if gap.by == "cell":
                file, sheet = sheets[gap.delivery]
                place = {"file": file, "sheet": sheet.form.sheet, "cell": sheet.addresses[gap.unit, indicator]}
            else:
                place = {"unit": gap.unit, "indicator": indicator}
            accept.append(place | {"reason": gap.reason, **shared, "document": gap.document})
    named = {"corrections": corrections, "accept": accept}
    return {key: entries for key, entries in named.items() if entries}
