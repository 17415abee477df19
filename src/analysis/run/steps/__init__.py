"""The steps of a month: the tables that each makes, and the function that makes them.

Nothing that makes tables is imported here: a run plans a month before those libraries are there, and a notebook waits
for those of its own steps alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from analysis.run.month import Month

TABLES_OF: dict[str, tuple[str, ...]] = {
    "clean": (
        "measurements",
        "lineage",
        "problems",
        "reconciliation",
        "key_work",
        "inspections",
        "ledger_items",
        "adjustments",
        "tickets",
        "transfers",
    ),
    "score": ("indicator_scores", "indicator_summary", "channel_scores", "unit_scores"),
    "certainty": ("certainty", "sensitivity"),
    "trends": ("trends", "change_parts"),
    "long_trends": ("long_trends", "rater_findings"),
    "hotline": ("hotline_by_unit", "hotline_by_matter", "hotline_by_channel", "rising_matters"),
    "watch": ("watch_list",),
    "duties": ("duties_by_matter", "matter_handlers", "matter_flows", "matter_loops"),
    "actions": ("consequences", "annual_states", "ledger"),
    "draws": ("draw",),
}
STEP_OF: dict[str, str] = {table: step for step, tables in TABLES_OF.items() for table in tables}
# The steps whose tables later months need: history is built with them.
HISTORY: tuple[str, ...] = ("clean", "score", "trends", "hotline", "watch")
BUILDERS: dict[str, str] = {
    "clean": "analysis.run.steps.intake:make_clean",
    "score": "analysis.run.steps.scoring:make_score",
    "certainty": "analysis.run.steps.scoring:make_certainty",
    "trends": "analysis.run.steps.insight:make_trends",
    "long_trends": "analysis.run.steps.insight:make_long_trends",
    "hotline": "analysis.run.steps.insight:make_hotline",
    "watch": "analysis.run.steps.action:make_watch",
    "duties": "analysis.run.steps.insight:make_duties",
    "actions": "analysis.run.steps.action:make_actions",
    "draws": "analysis.run.draws:make_draws",
}


def find_builder(step: str) -> Callable[[Month], dict[str, pd.DataFrame]]:
    """Return the function that makes a step's tables from a month."""
    return resolve_name(BUILDERS[step])
