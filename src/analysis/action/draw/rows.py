"""The processed table `draw`: one row per place, and per candidate passed over, of a month's draws (R12)."""

from collections.abc import Sequence

import pandas as pd

from analysis.action.draw.announcement import Visit
from analysis.action.draw.result import Result

COLUMNS = ["period", "draw_id", "round", "stratum", "unit_id", "order", "inspectors", "status", "reason"]


def draw_rows(rounds: Sequence[Result], period: str) -> pd.DataFrame:
    """Return the table `draw` of one draw (R12).

    Args:
        rounds: the draw and its replacements, in order.
        period: the month of the draw.

    Returns:
        A row per place of a round (`status` drawn, or replaced where a later round filled it again) and per candidate
        passed over (skipped): period, draw_id, round, stratum, unit_id, order (0 where skipped), inspectors (ids,
        separated by `;`), status, reason (a skip's, a vacancy's, or the failed reveal's).
    """
    vacated = {(r.vacancy.unit_id, r.reveal.round): r.vacancy.reason for r in rounds if r.vacancy}
    rows = []
    for result in rounds:
        shared = {"period": period, "draw_id": result.draw_id, "round": result.reveal.round}
        for place in result.drawn:
            later = [reason for (unit, r), reason in vacated.items() if unit == place.unit_id and r > shared["round"]]
            rows.append(
                shared
                | place.model_dump(include={"stratum", "unit_id", "order"})
                | {
                    "inspectors": ";".join(place.inspectors),
                    "status": "replaced" if later else "drawn",
                    "reason": later[0] if later else ";".join(result.violations),
                }
            )
        skipped = {"order": 0, "inspectors": "", "status": "skipped"}
        rows += [shared | skip.model_dump() | skipped for skip in result.unit_skips]
    return pd.DataFrame(rows, columns=COLUMNS)


def list_visits(draws: pd.DataFrame) -> tuple[Visit, ...]:
    """Return the visits that later draws count (S14): the places that stand in tables `draw` of earlier months."""
    standing = draws.loc[draws["status"] == "drawn", ["period", "unit_id"]].sort_values(["period", "unit_id"])
    return tuple(Visit(period=row.period, unit_id=row.unit_id) for row in standing.itertuples())
