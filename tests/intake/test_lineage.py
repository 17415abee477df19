"""1,000 random points of the sample, recomputed from the cells that the lineage names and from nothing else.

The arithmetic here is written anew, and the cells are read again with other readers than intake's own.
"""

import csv
import random
import unicodedata
from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from statistics import mean

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from analysis.intake.month import clean_month
from analysis.policy.book import Policy, load_policy
from analysis.policy.period import month_end
from analysis.scoring.score_tables import score_month

from .conftest import ROOT

RAW = ROOT / "data" / "raw"
PERIODS = ("2023-06", "2024-06", "2024-07", "2025-09", "2026-05", "2026-10")
POINTS = 1000
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not RAW.is_dir(), reason="the sample is not in data/raw")]


class Cells:
    """The raw files of a month, read with openpyxl and csv."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.opened: dict[str, object] = {}

    def text(self, file: str, sheet: str, cell: str) -> str:
        column, row = cell.rstrip("0123456789"), int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        if file not in self.opened:
            self.opened[file] = self._open(self.folder / file)
        if not file.endswith(".xlsx"):
            number = 0
            for letter in column:
                number = number * 26 + ord(letter) - 64
            return self.opened[file][row - 1][number - 1]
        value = self.opened[file][sheet][cell].value
        return value.date().isoformat() if isinstance(value, datetime) else "" if value is None else str(value)

    @staticmethod
    def _open(path: Path):
        if path.suffix == ".xlsx":
            return load_workbook(path)
        if path.suffix == ".parquet":  # as if its names stood in row 1 of a sheet
            table = pq.read_table(path)
            rows = zip(*(column.cast("string").to_pylist() for column in table.columns), strict=True)
            return [table.column_names, *([value or "" for value in row] for row in rows)]
        data = path.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("gb18030")
        return list(csv.reader(text.splitlines()))


def number(text: str) -> float:
    return float(unicodedata.normalize("NFKC", text).replace(",", "").strip())


def day(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("年", "-").replace("月", "-").replace("日", "").replace(".", "-")
    return "-".join(part.zfill(2) for part in text.replace("/", "-").split("-")) if text.strip() else "9999"


def published(value: float) -> Decimal:
    return Decimal(repr(round(value, 9))).quantize(Decimal("0.01"), ROUND_HALF_UP)


class Recomputed:
    """Points of one month from lineage rows: measurement → role → raw texts with their row."""

    def __init__(self, policy, lineage):
        self.policy = policy
        self.cells: dict[tuple[str, str], dict[str, dict[str, list]]] = defaultdict(dict)
        for row in lineage.itertuples():
            _, unit, indicator, *item = row.measurement_id.split("/", 3)
            roles = self.cells[unit, indicator].setdefault("".join(item), defaultdict(list))
            role = row.role.removesuffix(" corrected")
            if role != row.role:
                roles[role] = []  # the corrected value is what counts; it sorts behind the delivered one
            roles[role].append((row.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), row.raw))

    def points(self, unit: str, indicator_id: str) -> float:
        indicator = self.policy.indicator_by_id[indicator_id]
        items = self.cells[unit, indicator_id]
        method = indicator.method
        if indicator.data.sheet in ("scores", "inspections"):
            return mean(self._of_value(method, roles["value"][0][1]) for roles in items.values())
        if indicator.data.sheet == "key_work":
            marks = [[number(raw) for cells in roles.values() for _, raw in cells] for roles in items.values()]
            return mean(sum(found) / len(found) for found in marks)
        if method.name == "workload":
            return self._workload(unit, indicator_id, method)
        ratio = self._ratio(indicator, items[""])
        if method.name == "shortfall":
            return (
                100
                * max(method.floor, method.full - method.slope * max(0, method.target_pct - 100 * ratio))
                / method.full
            )
        return 100 * min(1, ratio / method.target)

    def _of_value(self, method, raw: str) -> float:
        if method.name == "state":
            return method.points[raw.strip()]
        value = number(raw)
        if method.name == "quoted":
            return 100 * (value - method.low) / (method.high - method.low)
        if method.name == "per_case":
            return 100 * max(0, method.full - method.points_per_case * value) / method.full
        return 100 * value / method.full

    def _ratio(self, indicator, roles) -> float:
        if indicator.data.sheet == "tickets":
            return len(roles["numerator"]) / len(roles["denominator"])
        if indicator.data.sheet == "ledger":
            closed = dict(roles["closed"])
            return mean(day(closed[row]) <= day(due) for row, due in roles["due"])
        return number(roles["numerator"][0][1]) / number(roles["denominator"][0][1])

    def _workload(self, unit: str, indicator_id: str, method) -> float:
        group = self.policy.group_of[unit]
        members = [
            u for u in self.policy.unit_ids if self.policy.group_of[u] == group and (u, indicator_id) in self.cells
        ]
        per_head = {
            u: self._ratio(self.policy.indicator_by_id[indicator_id], self.cells[u, indicator_id][""]) for u in members
        }
        ordered = sorted(per_head.values())
        relative = per_head[unit] / ordered[len(ordered) // 2]  # of two middle ones the higher
        return 100 * min(relative, method.cap) / method.cap


def _by_the_month(policy: Policy) -> Policy:
    """Return rules by which a month's own cells make its points, however few cases they are (S30)."""
    few = (i.model_copy(update={"minimum_cases": 1} if i.minimum_cases else {}) for i in policy.indicators)
    return replace(policy, indicators=tuple(few))


@pytest.fixture(scope="module")
def months():
    book = load_policy(ROOT)
    found = {}
    for period in PERIODS:
        policy = book.at(period)
        folder = RAW / period
        clean = clean_month(folder, policy, as_of=month_end(period), secret=b"l" * 32)
        scores = score_month(
            {period: _by_the_month(policy)}, clean.tables["measurements"], clean.tables["adjustments"], period
        )
        monthly = scores["indicator_scores"]
        monthly = monthly[(monthly["scope"] == "month") & (monthly["status"] == "ok")]
        found[period] = (policy, clean, monthly, Cells(folder))
    return found


def test_random_points_are_recomputed_from_their_cells_to_the_published_digit(months):
    every = [
        (period, row.unit_id, row.indicator_id, row.score)
        for period in PERIODS
        for row in months[period][2].itertuples()
    ]
    chosen = random.Random(20261031).sample(every, POINTS)
    recomputed = {period: Recomputed(months[period][0], months[period][1].tables["lineage"]) for period in PERIODS}
    wrong = [
        (period, unit, indicator, score)
        for period, unit, indicator, score in chosen
        if published(recomputed[period].points(unit, indicator)) != published(score)
    ]
    assert wrong == []
    sheets = {months[p][0].indicator_by_id[i].data.sheet for p, _, i, _ in chosen}
    assert sheets == {"scores", "info_system", "key_work", "inspections", "ledger", "tickets"}


@pytest.mark.parametrize("period", PERIODS)
def test_raw_text_of_the_lineage_is_what_the_file_holds(months, period):
    _, clean, _, cells = months[period]
    lineage = clean.tables["lineage"]
    delivered = lineage[~lineage["role"].str.endswith("corrected")]
    differing = [row for row in delivered.itertuples() if cells.text(row.file, row.sheet, row.cell) != row.raw]
    assert differing == []
