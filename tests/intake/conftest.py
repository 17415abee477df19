"""A small district of five units in a folder of its own, whose deliveries a test writes as lists of rows."""

import csv
import shutil
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import pytest
import yaml
from openpyxl import Workbook

from analysis.intake.labels import Labels, read_labels
from analysis.intake.month import CleanMonth, clean_month
from analysis.intake.readers import RawSheet
from analysis.policy.book import Policy, load_policy
from analysis.policy.period import month_end

ROOT = Path(__file__).resolve().parents[2]
UNITS = (
    "D01",
    "D21",
    "D45",
    "D68",
    "T01",
)  # 区委办公室, 区发展和改革局, 区社会保险事业中心, (merged in 2024-06), 枫桥街道


@dataclass(frozen=True)
class District:
    """A root with five units; `write` lays a delivery into a month's folder, `clean` takes the month in."""

    root: Path
    period: str = "2026-10"

    @property
    def folder(self) -> Path:
        return self.root / "data" / "raw" / self.period

    @cached_property
    def policy(self) -> Policy:
        return load_policy(self.root).at(self.period)

    def write(self, file: str, rows: list[list], **more) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / file
        if path.suffix == ".csv":
            with path.open("w", encoding=more.get("encoding", "utf-8"), newline="") as stream:
                csv.writer(stream).writerows(rows)
        else:
            write_workbook(path, {more.pop("sheet", "Sheet1"): rows}, **more)
        return path

    def write_corrections(self, **content: list[dict]) -> None:
        signed = {"reason": "经核实", "who": "监督检查科", "document": "澄编办函〔2026〕1号", "date": "2026-10-31"}
        entries = {key: [signed | entry for entry in listed] for key, listed in content.items()}
        (self.folder / "corrections.yml").write_text(yaml.safe_dump(entries, allow_unicode=True), "utf-8")

    def clean(self, as_of: date | None = None, **more) -> CleanMonth:
        day = as_of or month_end(self.period)
        return clean_month(self.folder, self.policy, as_of=day, secret=b"k" * 32, **more)


def write_workbook(path: Path, sheets: dict[str, list[list]], *, merged=(), hidden_rows=(), hidden_columns=()) -> None:
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for area in merged:
            sheet.merge_cells(area)
        for row in hidden_rows:
            sheet.row_dimensions[row].hidden = True
        for column in hidden_columns:
            sheet.column_dimensions[column].hidden = True
    workbook.save(path)


def sheet_of(*rows, file: str = "表.xlsx", **more) -> RawSheet:
    return RawSheet(file, more.pop("name", "Sheet1"), tuple(tuple(row) for row in rows), **more)


@pytest.fixture(scope="session")
def small_params(tmp_path_factory) -> Path:
    """The project's own params with five of its units."""
    root = tmp_path_factory.mktemp("district")
    shutil.copytree(ROOT / "params", root / "params")
    path = root / "params" / "units.yml"
    content = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)
    for unit in content["units"]:
        unit |= {flag: unit[flag] == "true" for flag in ("is_window", "is_town") if flag in unit}
    content["units"] = [unit for unit in content["units"] if unit["id"] in UNITS]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    duties = root / "params" / "duties.yml"
    listed = yaml.safe_load(duties.read_text("utf-8"))
    listed["matters"] = [m | {"lead": "D21", "co_operating": []} for m in listed["matters"]]
    duties.write_text(yaml.safe_dump(listed, allow_unicode=True), "utf-8")
    weights = root / "params" / "weights.yml"
    assert "unit: D45" in weights.read_text("utf-8"), "the small district keeps the unit of the weights' adjustment"
    return root


@pytest.fixture
def district(small_params: Path, tmp_path: Path) -> District:
    (tmp_path / "params").symlink_to(small_params / "params")
    return District(tmp_path)


@pytest.fixture(scope="session")
def labels(small_params: Path) -> Labels:
    return read_labels(load_policy(small_params).at("2026-10"))
