"""Reads the committed sample as a person would, without the project's intake: what is planted is in the files."""

import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.policy.book import load_policy
from analysis.policy.period import month_range
from analysis.sample.truths import load_truths

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "data" / "raw"
TRUTHS = load_truths()
MONTHS = month_range(TRUTHS.first, TRUTHS.last)
# Until then the information system and the other offices used other names of columns.
PLAIN_EXPORT_SINCE, PLAIN_SHEETS_SINCE = "2024-03", "2023-07"
LAST_PARQUET = "2026-07"
BOOK = load_policy(ROOT)
UNIT_IDS = {name: unit.id for unit in BOOK.units.units for name in (unit.name, *unit.aliases)}
GROUPS = {unit.id: unit.group for unit in BOOK.units.units}
WINDOWS = [unit.id for unit in BOOK.units.units if unit.is_window]


def unit_ids(names: pd.Series) -> pd.Series:
    return names.astype(str).str.replace(" ", "").map(UNIT_IDS)


def number(value) -> float:
    """Return what a clerk entered as a number; no number where they entered a mark."""
    try:
        return float(unicodedata.normalize("NFKC", str(value)))
    except ValueError:
        return np.nan


def read_sheet(period: str, word: str, unit_column: str) -> pd.DataFrame | None:
    """Return the rows of the sheet whose file name holds `word`, with `unit_id`; None if there are none."""
    path = next((p for p in (RAW / period).iterdir() if word in p.name), None)
    if path is None:
        return None
    if path.suffix == ".csv":
        table = pd.read_csv(path, encoding="gb18030", header=None, dtype=object, names=range(12))
    else:
        table = pd.read_excel(path, engine="calamine", header=None, dtype=object)
    first = table.index[table[0] == "序号"][0]
    is_row = pd.to_numeric(table[0], errors="coerce").notna()
    if not is_row.any():
        return None
    header = table[first : is_row.idxmax()].ffill().iloc[-1]
    rows = table[is_row].set_axis(header, axis=1)
    return rows.assign(unit_id=unit_ids(rows[unit_column]), period=period).reset_index(drop=True)


def read_months(months: list[str], word: str, unit_column: str) -> pd.DataFrame:
    """Return the sheets of several months in one."""
    found = (read_sheet(period, word, unit_column) for period in months)
    return pd.concat([sheet for sheet in found if sheet is not None], ignore_index=True)


def read_deliveries(months: list[str], word: str) -> pd.DataFrame:
    """Return the Parquet files of tickets or transfers of several months as they were delivered, with `delivered`."""
    paths = {period: next(p for p in (RAW / period).glob("*.parquet") if word in p.name) for period in months}
    return pd.concat([pd.read_parquet(path).assign(delivered=period) for period, path in paths.items()])


def read_tickets(months: list[str]) -> pd.DataFrame:
    """Return every ticket of the months once, as it was delivered last, with `unit_id` and the month of receipt."""
    tickets = read_deliveries(months, "工单").drop_duplicates("工单编号", keep="last")
    received = tickets["受理日期"].astype(str).str[:7]
    return tickets.assign(unit_id=unit_ids(tickets["承办单位"]), period=received).reset_index(drop=True)


def months_to_parquet(first: str) -> list[str]:
    return month_range(first, LAST_PARQUET)
