"""Clean tickets as a test needs them: a frame in the table's schema, with what is not said at its usual value."""

from pathlib import Path

import pandas as pd

from analysis.policy.tables import TABLES

USUAL_TICKET = {
    "period": "2026-10", "channel": "hotline", "matter_id": "M001", "matter": "占道经营", "unit_id": "D57",
    "caller_key": "", "received_time": "", "closed_time": "",
    "received": "2026-10-12", "due": "2026-10-19", "is_due_derived": True, "extended_to": "", "closed": "2026-10-15",
    "is_closed": True, "is_due": True, "is_on_time": True, "handling_working_days": 3, "is_call_back_valid": False,
    "is_satisfied": False, "is_attitude_complaint": False, "is_shared": False, "n_transfers": 0, "n_returned": 0,
    "is_first_delivery": True, "file": "工单.csv", "sheet": "", "row_number": 2,
}  # fmt: skip
USUAL_MOVE = {
    "period": "2026-10", "date": "2026-10-13", "is_returned": False, "is_late_return": False, "hold_working_days": 1,
    "file": "转办.csv", "sheet": "", "row_number": 2,
}  # fmt: skip


def clean_tickets_frame(rows: list[dict]) -> pd.DataFrame:
    frame = pd.DataFrame([USUAL_TICKET | {"ticket_id": f"T{n:06d}"} | row for n, row in enumerate(rows)])
    frame = frame.assign(handling_working_days=frame["handling_working_days"].astype("Int64"))
    frame = frame.assign(delivered_in=frame["period"], limit_from=frame["received"], due_final=frame["due"])
    frame = frame.assign(due_period=frame["due"].str[:7])
    return TABLES["tickets"].check(frame.assign(counted_in=frame["period"].where(frame["is_due"], "")))


def clean_moves_frame(rows: list[dict]) -> pd.DataFrame:
    return TABLES["transfers"].check(pd.DataFrame([USUAL_MOVE | row for row in rows]))


def write(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    path = folder / f"{name}.parquet"
    frame.to_parquet(path)
    return path
