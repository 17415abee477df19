"""The processed table `draw`: one row per place, and per candidate passed over, of a month's draws (R12)."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.action.draw.result import Place, Result

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
    # A unit that gave its place up never comes back in the same draw.
    vacated = {r.vacancy.unit_id: r.vacancy.reason for r in rounds if r.vacancy}
    rows = []
    for result in rounds:
        shared = {"period": period, "draw_id": result.draw_id, "round": result.reveal.round}
        rows += [shared | _place_row(place, vacated, result) for place in result.drawn]
        skipped = {"order": 0, "inspectors": "", "status": "skipped"}
        rows += [shared | skip.model_dump() | skipped for skip in result.unit_skips]
    return pd.DataFrame(rows, columns=COLUMNS)


def _place_row(place: Place, vacated: Mapping[str, str], result: Result) -> dict:
    return {
        "stratum": place.stratum,
        "unit_id": place.unit_id,
        "order": place.order,
        "inspectors": ";".join(place.inspectors),
        "status": "replaced" if place.unit_id in vacated else "drawn",
        "reason": vacated.get(place.unit_id, ";".join(result.violations)),
    }
