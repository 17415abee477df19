"""The one list of steps: its functions, tables and notebooks are there, and what follows from it is in order."""

import json
from inspect import signature
from pkgutil import resolve_name

import pytest

from analysis.policy.tables import TABLES
from analysis.run.steps import BULLETIN, HISTORY, STEP_OF, STEPS, plan_notebooks
from analysis.run.store.manifest import NOTEBOOKS

# For researchers and the office: the bulletin does not wait for them.
NOT_TOLD = {"claims", "long_trends", "rater_findings", "inspector_leniency", "leniency_whatif"} | {
    "staffing",
    "monthly_loads",
    "staffing_moves",
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_steps_function_is_there_and_takes_the_month(step):
    assert list(signature(resolve_name(step.make)).parameters) == ["month"]


def test_every_table_of_the_dictionary_is_made_by_one_step():
    assert sorted(table for step in STEPS.values() for table in step.tables) == sorted(TABLES)
    assert {table: step.name for table, step in STEP_OF.items()}["watch_list"] == "watch"


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_its_notebook_runs_the_step(step):
    cells = json.loads((NOTEBOOKS / f"{step.notebook}.ipynb").read_text("utf-8"))["cells"]
    assert f'month.build("{step.name}")' in "".join(line for cell in cells for line in cell["source"])


def test_a_notebook_waits_for_tables_of_notebooks_that_start_before_it():
    plan = plan_notebooks()
    order = list(plan)
    assert order[0] == "1_clean" and order[-1] == BULLETIN
    for notebook, tables in plan.items():
        makers = {STEP_OF[table].notebook for table in tables}
        assert {maker for maker in makers if order.index(maker) >= order.index(notebook)} == set()


def test_the_bulletin_waits_for_all_that_it_tells_and_not_for_long_trends():
    assert set(plan_notebooks()[BULLETIN]) == set(STEP_OF) - NOT_TOLD


def test_history_has_all_that_the_steps_of_later_months_read():
    assert HISTORY == ("clean", "score", "certainty", "year", "hotline", "watch", "trends")
