"""An office's month: the forms of `analysis start`, filled in as offices fill them, and put among the deliveries."""

import csv
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import load_workbook

from analysis.policy.book import Policy, load_policy
from analysis.policy.period import shift

_MARKED = {"attitude": 88, "measures": 90, "time_nodes": 86, "effect": 91}
_VISITED = ("common-05", "related-04", "related-05")


@dataclass
class Office:
    """A district's folder, and what its offices know of a month.

    Attributes:
        root: the district's folder.
        weak: unit → points that every mark of it lies below the others'.
        through_libreoffice: whether LibreOffice saves each workbook, as an office's own program would.
    """

    root: Path
    weak: dict[str, float] = field(default_factory=dict)
    through_libreoffice: bool = False

    def deliver(self, period: str, *, without: Iterable[str] = (), names: Mapping[str, str] = {}) -> Path:
        """Fill the month's forms in and put them into `data/raw/<period>`, which is returned.

        Args:
            period: the month; its forms lie in `forms/<period>`.
            without: ids of deliveries whose office does not send.
            names: unit's name → what an office types in its place.
        """
        policy = load_policy(self.root).at(period)
        folder = self.root / "data" / "raw" / period
        folder.mkdir(parents=True, exist_ok=True)
        for delivery in policy.sheets.deliveries:
            stem, _, ending = delivery.file.rpartition(".")
            (form,) = (self.root / "forms" / period).glob(f"{stem}*.{ending}")
            if delivery.id in without:
                continue
            rows = [
                {**row, "unit": names.get(row.get("unit"), row.get("unit"))} for row in self._rows(policy, delivery)
            ]
            if rows or delivery.is_required:
                self._fill(policy, delivery, form, folder / form.name, rows)
        return folder

    def mark(self, policy: Policy, unit_id: str, high: float = 100.0) -> float:
        """Return a unit's mark of a month: units lie two points apart, months move them a little."""
        place, month = policy.unit_ids.index(unit_id), int(policy.period[:4]) * 12 + int(policy.period[5:])
        points = 96 - 2 * (place % 20) - self.weak.get(unit_id, 0) + ((7 * month + 3 * place) % 29) / 20
        return round(max(0.0, points) * high / 100, 2)

    def _rows(self, policy: Policy, delivery) -> list[dict]:
        make = getattr(self, f"_{policy.sheets.kinds[delivery.kind].reader}")
        return [row for unit in policy.units for row in make(policy, delivery, unit)]

    def _scores(self, policy: Policy, delivery, unit) -> list[dict]:
        row = {"unit": unit.name}
        for indicator in (policy.indicator_by_id[id_] for id_ in delivery.indicators):
            states, top = list(indicator.method.states), indicator.method.admissible[1]
            row[indicator.name] = states[0] if states else self.mark(policy, unit.id, top) if top else 0
        return [row]

    def _counts(self, policy: Policy, delivery, unit) -> list[dict]:
        share = self.mark(policy, unit.id) / 100
        told = {
            "staff": 40,
            "days_required": 800,
            "documents_due": 60,
            "duties_listed": 60,
            "workload": 400 + int(policy.period[5:]),
        }
        told |= {"days_filled": round(800 * share), "documents_reviewed": round(60 * share)}
        told |= {"duties_performed": round(60 * share), "posts": 42, "in_post": 40}
        month = int(policy.period[2:4]) * 12 + int(policy.period[5:])
        told |= dict.fromkeys(("consultations", "documents", "approvals", "site_checks", "projects"), month)
        return [{"unit": unit.name} | {name: n for name, n in told.items() if name in _fields(policy, delivery)}]

    def _key_work(self, policy: Policy, delivery, unit) -> list[dict]:
        low = 95 - self.mark(policy, unit.id)
        marks = {name: round(mark - low / 2, 1) for name, mark in _MARKED.items()}
        task = {
            "task": f"RW{policy.period.replace('-', '')}{unit.id}",
            "title": f"{unit.name}重点任务",
            "unit": unit.name,
        }
        return [task | {"category": "区委区政府重点任务", "role": "牵头", "due": f"{policy.period}-25"} | marks]

    def _inspections(self, policy: Policy, delivery, unit) -> list[dict]:
        is_third_partys = "inspectors" not in _fields(policy, delivery)
        if is_third_partys or (policy.unit_ids.index(unit.id) + int(policy.period[5:])) % 3:
            return []
        visit = {
            "unit": unit.name,
            "date": f"{policy.period}-12",
            "inspectors": "赵一、钱二",
            "points": self.mark(policy, unit.id),
        }
        in_force = [policy.indicator_by_id[id_] for id_ in _VISITED if id_ in policy.indicator_by_id]
        return [
            visit | {"visit": f"CC{policy.period}-{unit.id}-{number}", "indicator": indicator.name}
            for number, indicator in enumerate(in_force)
        ]

    def _adjustments(self, policy: Policy, delivery, unit) -> list[dict]:
        return []

    def _ledger(self, policy: Policy, delivery, unit) -> list[dict]:
        day = policy.period
        item = {
            "item": f"ZG{day}-{unit.id}",
            "unit": unit.name,
            "source": "日常监管",
            "problem": f"{unit.name}台账不全",
        }
        return [item | {"found": f"{day}-02", "due": f"{day}-20", "state": "已销号", "closed": f"{day}-18"}]

    def _tickets(self, policy: Policy, delivery, unit) -> list[dict]:
        day, n_bad = policy.period, round((96 - self.mark(policy, unit.id)) / 5)
        return [
            {
                "ticket": f"GD{day}-{unit.id}-{number:03d}",
                "channel": "12345热线",
                "matter": "物业管理",
                "unit": unit.name,
                "caller": f"{day}{unit.id}{number}",
                "received": f"{day}-{1 + number % 9:02d}",
                "closed": f"{day}-{2 + number % 9:02d}",
                "is_call_back_valid": "是",
                "is_satisfied": "否" if number < n_bad else "是",
                "is_attitude_complaint": "否",
                "text": "小区电梯停用",
            }
            for number in range(36)
        ]

    def _transfers(self, policy: Policy, delivery, unit) -> list[dict]:
        return []

    def _fill(self, policy: Policy, delivery, form: Path, target: Path, rows: list[dict]) -> None:
        heads = {name: f.names[0] for name, f in _fields(policy, delivery).items()}
        rows = [{heads.get(name, name): value for name, value in row.items()} for row in rows]
        if form.suffix == ".csv":
            columns = form.read_text("utf-8-sig").strip().split(",")
            with target.open("w", encoding="gb18030", newline="") as file:
                writer = csv.DictWriter(file, columns)
                writer.writeheader()
                writer.writerows(rows)
            return
        book = load_workbook(form)
        _fill_sheet(book.worksheets[0], heads["unit"], rows)
        book.save(target)
        if self.through_libreoffice:
            save_with_libreoffice(target)


def _fields(policy: Policy, delivery) -> Mapping:
    return policy.sheets.kinds[delivery.kind].fields


def _fill_sheet(sheet, unit_head: str, rows: list[dict]) -> None:
    """Write rows below the header; where the form names the units already, each into its unit's row."""
    first = int(sheet.freeze_panes[1:])
    header = sheet.iter_rows(min_row=3, max_row=first - 1)
    places = {cell.value: cell.column for row in header for cell in row if cell.value}
    filled = {sheet.cell(row, places[unit_head]).value: row for row in range(first, sheet.max_row + 1)}
    for number, row in enumerate(rows):
        at = filled.get(row[unit_head]) or first + number
        for name, value in row.items():
            sheet.cell(at, places[name]).value = value


def save_with_libreoffice(path: Path) -> None:
    """Let LibreOffice open a workbook and save it again in its own way."""
    with TemporaryDirectory() as scratch:
        profile = f"-env:UserInstallation=file://{scratch}/profile"
        convert = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", scratch, str(path)]
        subprocess.run(convert, check=True, capture_output=True, timeout=120)
        shutil.move(Path(scratch) / path.name, path)


def months(first: str, count: int) -> list[str]:
    """Return so many months from the first one on."""
    return [shift(first, step) for step in range(count)]
