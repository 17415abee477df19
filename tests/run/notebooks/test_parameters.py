"""A notebook runs only with parameters that it has, of the types that it says."""

import nbformat
import nbformat.v4 as v4
import pytest

from analysis.policy.errors import DataError, UsageError
from analysis.run.notebooks.parameters import check_parameters

SOURCE = (
    'period: str = "2026-10"  # month\nn_units: int = 85  # units\nshare: float = 0.1  # share\nis_draft: bool = True'
)


@pytest.fixture
def notebook(tmp_path):
    path = tmp_path / "2_score.ipynb"
    cell = v4.new_code_cell(SOURCE, metadata={"tags": ["parameters"]})
    nbformat.write(v4.new_notebook(cells=[cell]), path)
    return path


@pytest.mark.parametrize(
    "parameters", [{}, {"period": "2026-09", "n_units": 3}, {"share": 1}, {"share": 0.2, "is_draft": False}]
)
def test_parameters_of_the_notebook_pass(notebook, parameters: dict):
    assert check_parameters(notebook, parameters).cells[0].source == SOURCE


def test_unknown_parameter_is_refused_with_the_names_that_are_allowed(notebook):
    with pytest.raises(UsageError, match=r"2_score\.ipynb has no parameter 'perod'; it has: period, n_units, share"):
        check_parameters(notebook, {"perod": "2026-09"})


@pytest.mark.parametrize(
    ("name", "value", "type_name"),
    [
        ("period", 202609, "str"),
        ("n_units", "85", "int"),
        ("n_units", True, "int"),
        ("share", "0.1", "float"),
        ("is_draft", 1, "bool"),
        ("period", None, "str"),
    ],
)
def test_value_of_another_type_is_refused(notebook, name: str, value, type_name: str):
    with pytest.raises(UsageError, match=f"parameter {name} is .*; it takes {type_name}"):
        check_parameters(notebook, {name: value})


def test_notebook_without_parameters_says_so(tmp_path):
    path = tmp_path / "x.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("x = 1")]), path)
    with pytest.raises(UsageError, match="no cell tagged 'parameters'"):
        check_parameters(path, {"x": 1})


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 1}', '{"nbformat": 4, "cells": [{}]}', "\udcff"])
def test_file_that_is_no_notebook_is_named(tmp_path, content: str):
    path = tmp_path / "broken.ipynb"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=r"broken\.ipynb: not a notebook"):
        check_parameters(path, {})


def test_missing_notebook_is_named(tmp_path):
    with pytest.raises(DataError, match="there is no such notebook"):
        check_parameters(tmp_path / "4_none.ipynb", {})


def test_what_a_front_end_left_in_the_file_is_left_out(notebook):
    saved = nbformat.read(notebook, 4)
    saved.metadata = {"title": "得分", "language_info": {"name": "python", "version": "3"}, "widgets": {}}
    saved.cells[0].metadata |= {"jupyter": {"source_hidden": True}}
    saved.cells[0].outputs = [v4.new_output("stream", text="ran")]
    nbformat.write(saved, notebook)
    read = check_parameters(notebook, {})
    assert (read.metadata.keys(), read.metadata.title) == ({"title", "kernelspec"}, "得分")
    (cell,) = read.cells
    assert (cell.id, cell.metadata, cell.outputs) == ("cell-001", {"tags": ["parameters"]}, [])
