"""Two runs of one notebook leave the same bytes."""

import nbformat
import nbformat.v4 as v4

from analysis.run.notebooks.normalise import normalise_notebook


def executed(run: int):
    """The notebook as two different runs of it would leave it."""
    cell = v4.new_code_cell(
        "draw()",
        execution_count=1,
        metadata={"execution": {"iopub.execute_input": f"2026-11-0{run}"}, "papermill": {"duration": run}, "tags": []},
        outputs=[
            v4.new_output("execute_result", {"text/plain": f"<Axes at 0x7f0{run}23456789>"}, execution_count=1),
            v4.new_output("stream", name="stderr", text=f"/tmp/ipykernel_4{run}/12{run}.py:1: UserWarning: few"),
        ],
    )
    metadata = {
        "papermill": {"input_path": f"/tmp/{run}", "start_time": str(run), "version": "2"},
        "language_info": {"name": "python", "version": f"3.11.{run}"},
        "title": "得分",
    }
    return v4.new_notebook(cells=[v4.new_markdown_cell("# 得分"), cell], metadata=metadata)


def test_what_differs_between_runs_is_taken_out():
    first, second = (nbformat.writes(normalise_notebook(executed(run), {"period": "2026-10"})) for run in (1, 2))
    assert first == second


def test_what_the_notebook_says_stays():
    notebook = normalise_notebook(executed(1), {"period": "2026-10"})
    assert notebook.metadata.title == "得分"
    assert notebook.metadata.papermill.parameters == {"period": "2026-10"}
    assert notebook.cells[1].outputs[1].text == "<cell>:1: UserWarning: few"
    nbformat.validate(notebook)


def test_the_notebook_given_is_left_alone():
    notebook = executed(1)
    before = nbformat.writes(notebook)
    normalise_notebook(notebook, {})
    assert nbformat.writes(notebook) == before
