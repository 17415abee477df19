"""The steps of a month, in one list: what each makes and with which function, and which notebook runs it.

Nothing that makes tables is imported here: a run plans a month before those libraries are there, and a notebook waits
for those of its own steps alone.
"""

from dataclasses import dataclass

BULLETIN = "bulletin"
TECHNICAL = "technical"


@dataclass(frozen=True)
class Step:
    """A step of a month.

    Attributes:
        name: what `month.build` calls it.
        make: where its function stands, `module:function`; it takes the month and returns its tables by name.
        tables: the tables that it makes.
        notebook: the notebook that runs it.
        reads: steps of other notebooks whose tables this notebook reads; it starts when they are there, not to make
            them again.
        is_history: whether later months need its tables: history is built with them.
        is_ahead: whether it rests on deliveries and steps of its kind alone: a back-fill makes it for later months
            meanwhile.
        is_told: whether the bulletin reads its tables.
        audience: the folder that holds the notebook's page.
    """

    name: str
    make: str
    tables: tuple[str, ...]
    notebook: str
    reads: tuple[str, ...] = ()
    is_history: bool = False
    is_ahead: bool = False
    is_told: bool = True
    audience: str = TECHNICAL


# The notebooks start in this order: trends have the most to do after their tables, beside the bulletin.
STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step(
            "clean",
            "analysis.run.steps.intake:make_clean",
            (
                "measurements",
                "lineage",
                "problems",
                "reconciliation",
                "unit_counts",
                "key_work",
                "inspections",
                "ledger_items",
                "adjustments",
                "tickets",
                "transfers",
            ),
            notebook="1_clean",
            is_history=True,
            is_ahead=True,
        ),
        Step(
            "score",
            "analysis.run.steps.scoring:make_score",
            ("indicator_scores", "indicator_summary", "channel_scores", "unit_scores"),
            notebook="2_score",
            reads=("clean",),
            is_history=True,
            is_ahead=True,
        ),
        Step(
            "certainty",
            "analysis.run.steps.scoring:make_certainty",
            ("certainty",),
            notebook="2_score",
            is_history=True,
        ),
        Step(
            "year",
            "analysis.run.steps.scoring:make_year",
            ("year_standing",),
            notebook="5_actions",
            reads=("certainty",),
            is_history=True,
        ),
        Step(
            "sensitivity",
            "analysis.run.steps.scoring:make_sensitivity",
            ("sensitivity", "sensitivity_ranks"),
            notebook="2_score",
        ),
        Step("integrity", "analysis.run.steps.insight:make_integrity", ("integrity",), notebook="2_score"),
        Step(
            "hotline",
            "analysis.run.steps.insight:make_hotline",
            ("hotline_by_unit", "hotline_by_matter", "hotline_by_channel", "rising_matters"),
            notebook="4_hotline",
            reads=("clean", "score"),
            is_history=True,
            is_ahead=True,
        ),
        Step(
            "duties",
            "analysis.run.steps.insight:make_duties",
            ("duties_by_matter", "matter_handlers", "matter_flows", "matter_loops"),
            notebook="4_hotline",
        ),
        Step(
            "watch",
            "analysis.run.steps.action:make_watch",
            ("watch_list", "watch_tests"),
            notebook="4_hotline",
            reads=("certainty",),
            is_history=True,
        ),
        Step(
            "actions",
            "analysis.run.steps.action:make_actions",
            ("consequences", "annual_states", "ledger", "objection_periods"),
            notebook="5_actions",
            reads=("clean", "score"),
        ),
        Step("draws", "analysis.run.draws:make_draws", ("draw", "draw_checks"), notebook="5_actions"),
        Step(
            "claims",
            "analysis.run.steps.scoring:make_claims",
            ("claims",),
            notebook="5_actions",
            reads=("certainty",),
            is_told=False,
        ),
        Step(
            "trends",
            "analysis.run.steps.insight:make_trends",
            ("trends", "change_parts"),
            notebook="3_trends",
            reads=("score",),
            is_history=True,
        ),
        Step(
            "indicator_changes",
            "analysis.run.steps.insight:make_indicator_changes",
            ("indicator_changes",),
            notebook="3_trends",
        ),
        Step(
            "long_trends",
            "analysis.run.steps.insight:make_long_trends",
            ("long_trends", "rater_findings"),
            notebook="3_trends",
            is_told=False,
        ),
        Step(
            "leniency",
            "analysis.run.steps.insight:make_leniency",
            ("inspector_leniency", "leniency_whatif"),
            notebook="3_trends",
            is_told=False,
        ),
        Step(
            "staffing",
            "analysis.run.steps.insight:make_staffing",
            ("staffing", "monthly_loads", "staffing_moves"),
            notebook="6_staffing",
            reads=("clean", "score"),
            is_told=False,
            audience="leadership",
        ),
        Step(
            "coverage",
            "analysis.run.steps.action:make_coverage",
            ("coverage", "coverage_plan"),
            notebook="6_staffing",
            audience="leadership",
        ),
    )
}
STEP_OF: dict[str, Step] = {table: step for step in STEPS.values() for table in step.tables}
HISTORY: tuple[str, ...] = tuple(step.name for step in STEPS.values() if step.is_history)
AUDIENCE_OF: dict[str, str] = {step.notebook: step.audience for step in STEPS.values()}
AHEAD: tuple[str, ...] = tuple(name for name in HISTORY if STEPS[name].is_ahead)


def plan_notebooks() -> dict[str, tuple[str, ...]]:
    """Return notebook → the tables that it waits for, in the order in which the notebooks start."""
    reads: dict[str, list[str]] = {}
    for step in STEPS.values():
        reads.setdefault(step.notebook, []).extend(step.reads)
    reads[BULLETIN] = [step.name for step in STEPS.values() if step.is_told]
    return {notebook: tuple(t for name in names for t in STEPS[name].tables) for notebook, names in reads.items()}
