"""The steps of a month and the tables that each makes; the functions that make them stand in `steps`.

Nothing is imported here, so that a run can plan a month before the libraries that make its tables are there.
"""

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
