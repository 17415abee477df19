"""The objections of units to a year's results, all of them settled (S21)."""

from pathlib import Path

import yaml

from analysis.intake.objection_files import objections_path
from analysis.sample.chance import dice
from analysis.sample.hand import write_file_name
from analysis.sample.scores import write_scores
from analysis.sample.truths import PlantedObjection
from analysis.sample.world import World


def write_objections(world: World, target: Path, year: int) -> Path:
    """Write the year's objections below `target`/data/raw/objections; return the file."""
    told = [entry for entry in world.truths.objections if entry.year == year]
    objections = [{"id": f"Y{year}-{n}"} | _write_objection(world, entry) for n, entry in enumerate(told, start=1)]
    path = objections_path(target, year)
    path.parent.mkdir(exist_ok=True)
    text = yaml.safe_dump({"objections": objections}, allow_unicode=True, sort_keys=False, width=1000)
    path.write_bytes(f"# {world.texts.synthetic}\n{text}".encode())
    return path


def _write_objection(world: World, told: PlantedObjection) -> dict:
    sheets = world.policy(told.period).sheets
    delivery = next(d for d in sheets.deliveries if d.kind == "scores" and told.indicator in d.indicators)
    sheet = write_scores(world, told.period, delivery)
    place = {
        "file": write_file_name(dice(f"file {delivery.id}", told.period), delivery.file, told.period),
        "sheet": sheet.form.sheet,
        "cell": sheet.addresses[told.unit, told.indicator],
    }
    corrected = {(c.period, c.unit, c.indicator): c.value for c in world.truths.corrected}
    if told.outcome == "upheld":
        place["value"] = corrected[told.period, told.unit, told.indicator]
    return told.model_dump(mode="json", exclude={"year"}) | place
