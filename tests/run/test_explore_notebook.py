"""The researcher's notebook runs from top to bottom without a front end, and leaves no trace in the district."""

import shutil

from analysis.run.notebooks.engine import execute_notebook
from analysis.run.steps import plan_notebooks
from analysis.run.store.manifest import NOTEBOOKS

WIDGET = "application/vnd.jupyter.widget-view+json"


def test_it_shows_its_seven_panels_and_is_no_part_of_the_monthly_run(district, tmp_path):
    root = shutil.copytree(district, tmp_path / "district")
    before = sorted(path for path in root.rglob("*") if path.is_file())
    notebook = execute_notebook(NOTEBOOKS / "explore.ipynb", {"root": str(root), "period": "2023-02"})
    shown = [output["data"] for cell in notebook.cells for output in cell.get("outputs", []) if "data" in output]
    assert sum(WIDGET in data for data in shown) == 7
    assert "本月参评单位86个" in "".join(data.get("text/html", "") for data in shown)
    assert sorted(path for path in root.rglob("*") if path.is_file()) == before
    assert "explore" not in plan_notebooks()
