"""A district under somebody else's scheme: a `params/` folder and raw files, run by the command line."""

import csv
import math
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from analysis.run.store.revisions import Store

ROOT = Path(__file__).resolve().parents[2]
PERIOD = "2024-01"
# What a scheme leaves as the project has it: nothing in it names a unit, an indicator, a channel or a tier.
_KEPT = ("calendar", "consequences", "draw", "noise", "tickets", "trends", "watch")
_SHEETS = ("marks", "ignored_columns", "total_labels", "note_labels", "label_suffixes", "attachments")


@dataclass(frozen=True)
class District:
    """A district's folder and the month that was run in it."""

    root: Path

    def load(self, table: str) -> pd.DataFrame:
        """Return a table of the published month, of scope `month` where it has scopes."""
        found = Store(self.root).load(table, PERIOD)
        return found[found["scope"] == "month"] if "scope" in found else found

    def totals(self) -> dict[str, float]:
        """Return unit → published total, NaN where it has none."""
        return self.load("unit_scores").set_index("unit_id")["total"].to_dict()

    def tiers(self) -> dict[str, str]:
        """Return unit → tier."""
        return self.load("unit_scores").set_index("unit_id")["tier"].to_dict()

    def page(self, name: str) -> str:
        """Return the one page of the month that is called so; `*` stands for what a unit is called."""
        (path,) = (self.root / "reports" / PERIOD).glob(name)
        return path.read_text("utf-8")

    def pages(self) -> list[Path]:
        """Return all pages of the month."""
        return sorted((self.root / "reports" / PERIOD).rglob("*.html"))


def write_params(
    root: Path, *, units: Sequence[Mapping], sheets: Mapping, language: str = "zh", **parts: Mapping
) -> None:
    """Write a district's `params/`.

    Args:
        root: the district's folder.
        units: id, name and group of each unit.
        sheets: `kinds` and `deliveries`.
        language: of the command line.
        parts: file without its ending → content: indicators, weights, tiers.
    """
    folder = root / "params"
    folder.mkdir(parents=True)
    for name in _KEPT:
        (folder / f"{name}.yml").write_bytes((ROOT / "params" / f"{name}.yml").read_bytes())
    district = _project("district") | {"name": "Testland", "office": "Office", "start": PERIOD, "language": language}
    duties = _project("duties") | {"matters": []}
    groups = [{"id": group, "name": f"{group} 组"} for group in dict.fromkeys(unit["group"] for unit in units)]
    whole = {
        "district": district,
        "duties": duties,
        "units": {"groups": groups, "units": [{**unit, "from": PERIOD} for unit in units]},
        "sheets": {name: _project("sheets")[name] for name in _SHEETS} | {"max_set_aside_share": 0.02, **sheets},
        **parts,
    }
    for name, content in whole.items():
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
        (folder / f"{name}.yml").write_text(text, "utf-8")


def _project(name: str) -> dict:
    # As texts: dates and months stay what they are.
    content = yaml.load((ROOT / "params" / f"{name}.yml").read_text("utf-8"), yaml.BaseLoader)
    if name == "duties":
        content = yaml.safe_load((ROOT / "params" / f"{name}.yml").read_text("utf-8"))
    if name == "district":
        content |= {"is_synthetic": True, "objection": content["objection"] | {"working_days": 5}}
        content["objection"]["publication_working_day"] = 3
    return content


def weights_of(channels: Mapping[str, tuple[str, float]], **more: object) -> dict:
    """Return `weights.yml` with the channels' names and weights, id → (name, weight)."""
    base = {"from": PERIOD, "document": "Rules 1", "weights": {id_: weight for id_, (_, weight) in channels.items()}}
    named = [{"id": id_, "name": name, "short": name} for id_, (name, _) in channels.items()]
    return {"channels": named, "base": [base | more]}


def tiers_of(names: Mapping[str, str], **grading: object) -> dict:
    """Return `tiers.yml` with the tiers' names from the best to the last; the rest of the grading as usual."""
    usual = {
        "from": PERIOD,
        "tier_scope": "all",
        "tie_keys": ["deductions"],
        "workload_indicator": None,
        "key_work_channel": None,
        "bottom_places": 1,
        "interview_tiers": [list(names)[-1]],
        "small_district_below": 0,
        "judgement_steps": 1,
        "bonus_cap": 5,
        "veto_cap": list(names)[1],
        "adjustments_over_year": "sum",
        "rounding": {"decimals": 2, "quantum": 1.0e-9, "method": "half_up"},
    }
    return {"names": [{"id": id_, "name": name} for id_, name in names.items()], "grading": [usual | grading]}


def indicator(id_: str, name: str, channel: str, method: Mapping, **more: object) -> dict:
    """Return an entry of `indicators.yml`, of a column of the score sheet unless `more` says another source."""
    usual = {"family": "all", "weight": 1, "from": PERIOD, "unit": "项", "direction": "higher", "over_year": "mean"}
    usual |= {"data": {"sheet": "scores"}, "origin": "supplement", "rule": "R15"}
    return {"id": id_, "name": name, "channel": channel, "method": dict(method), **usual, **more}


def score_sheets(indicator_ids: Iterable[str]) -> dict:
    """Return `kinds` and `deliveries` of one score sheet with these indicators."""
    unit = {"names": ["单位", "Unit"], "type": "unit", "is_required": True}
    kind = {"title": "Scores", "reader": "scores", "fields": {"unit": unit}}
    delivery = {
        "id": "scores",
        "office": "Office",
        "file": "scores.csv",
        "kind": "scores",
        "indicators": [*indicator_ids],
    }
    return {"kinds": {"scores": kind}, "deliveries": [delivery]}


def write_rows(root: Path, head: Sequence[str], rows: Iterable[Sequence], file: str = "scores.csv") -> None:
    """Write a raw file of the month; a missing number is `/`, not applicable."""
    path = root / "data" / "raw" / PERIOD / file
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([head, *([_cell(value) for value in row] for row in rows)])


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return "/" if math.isnan(value) else np.format_float_positional(value)


def run(root: Path) -> District:
    """Run the month by the command line, with pages, and return what was published."""
    command = [sys.executable, "-m", "analysis", "run", PERIOD, "--root", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return District(root)
