"""Notebooks of a district's own in a monthly run: pages of their own, in no one's way."""

import json
import shutil
from dataclasses import replace

import nbformat
import pytest
import yaml
from nbformat import v4

from analysis.policy.book import load_policy
from analysis.policy.errors import PolicyError
from analysis.run.month import describe, new_month
from analysis.run.notebooks.own import _lend_tables, run_own_notebooks
from analysis.run.pipeline import run_month
from analysis.run.rerun import rerun
from analysis.run.store.manifest import hash_notebook, read_manifest
from analysis.run.store.revisions import Store
from analysis.run.store.verify import check_published

from ...conftest import copy_root
from ..test_status import contents
from ..test_status import published as months  # noqa: F401

PERIOD = "2023-01"
CELLS = {
    "fine": [
        "import analysis\nfrom pathlib import Path\n\nd = analysis.open_district()",
        "print(d.months, len(d.load('unit_scores')), len(d.load('draw')))",
        "print(sorted(path.as_posix() for path in Path('.').iterdir()), [*Path('.').rglob('*.html')])",
    ],
    "bare": ["import pandas as pd\n\npd.Series([1, 3, 2]).plot();"],
    "broken": ["import analysis", "analysis.load('unit_score')"],
    "missing": None,
    "odd": None,
}
# What a hand may leave: json with cells, and no notebook.
ODD = """{"nbformat": 4, "nbformat_minor": 5, "metadata": {},
 "cells": [{"cell_type": "code", "metadata": {}, "source": "1", "outputs": "none"}]}"""


def list_notebooks(root, *entries):
    (root / "params/notebooks.yml").write_text(yaml.safe_dump({"notebooks": entries}, allow_unicode=True), "utf-8")


def entry(name, **other):
    return {"file": f"{name}.ipynb", "title": f"题目{name}", "audience": "technical"} | other


def write_notebook(root, name, cells):
    folder = root / "notebooks/research"
    folder.mkdir(parents=True, exist_ok=True)
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell(f"# {name}"), *map(v4.new_code_cell, cells)])
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """What a run of a month left behind whose list names a good notebook and three with faults."""
    root = copy_root(tmp_path_factory.mktemp("own"), [PERIOD])
    for name, cells in CELLS.items():
        if cells:
            write_notebook(root, name, cells)
    (root / "notebooks/research/odd.ipynb").write_text(ODD, "utf-8")
    list_notebooks(root, *map(entry, CELLS))
    return run_month(new_month(root, load_policy(root), PERIOD))


@pytest.fixture
def root(published):
    return published.pages.parents[1]


def page(published, name):
    return (published.pages / "technical/own" / f"{name}.html").read_text("utf-8")


@pytest.mark.slow
def test_each_has_a_page_among_the_technical_ones_with_the_edition_of_all(published):
    index = (published.pages / "technical/index.html").read_text("utf-8")
    for name in CELLS:
        assert f'<a href="own/{name}.html">题目{name}</a>' in index
        assert all(word in page(published, name) for word in ("数据截至2023年1月31日", "修订版 r0001", "合成数据"))
    assert (published.pages / "bulletin.html").is_file()


@pytest.mark.slow
def test_it_reads_rules_and_tables_and_nothing_else_of_the_month(published):
    told = page(published, "fine")
    assert "[&#x27;2023-01&#x27;] 86 " in told or "['2023-01'] 86 " in told
    assert "'data', 'params'] []" in told.replace("&#x27;", "'").replace("&#39;", "'")


@pytest.mark.slow
def test_what_is_wrong_with_one_is_said_on_its_page_and_by_the_run(published, root):
    assert published.remarks == (
        "notebooks/research/bare.ipynb: charts without alt text: 1; show them with show_figure(figure, alt=…)",
        *(line for line in published.remarks if "broken" in line),
        "notebooks/research/missing.ipynb: failed, as its page says: "
        "notebooks/research/missing.ipynb: there is no such notebook; restore it from the project",
        *(line for line in published.remarks if "odd" in line),
    )
    assert len(published.remarks) == 4
    assert "此图没有写替代文字。" in page(published, "bare")
    broken, missing = page(published, "broken"), page(published, "missing")
    assert "没有运行完" in broken and "perhaps &#39;unit_scores&#39;" in broken.replace("'", "&#39;")
    assert "没有运行完" in missing and str(root) not in missing


@pytest.mark.slow
def test_the_manifest_keeps_what_ran_and_a_saved_notebook_is_the_same(published, root):
    manifest = read_manifest(published.revision)
    month = new_month(root, load_policy(root), PERIOD)
    assert manifest.notebooks == describe(month, "published", "").notebooks
    assert {name: bool(of) for name, of in manifest.notebooks.items()} == {
        f"notebooks/research/{name}.ipynb": name != "missing" for name in CELLS
    }
    path = root / "notebooks/research/fine.ipynb"
    content = json.loads(path.read_text("utf-8"))
    content["cells"][1] |= {"execution_count": 7, "id": "other"}
    path.write_text(json.dumps(content), "utf-8")
    assert not run_month(month).is_new
    content["cells"][1]["source"] = "1 + 1"
    path.write_text(json.dumps(content), "utf-8")
    assert not manifest.is_built_from(describe(month, "published", ""))
    assert describe(month, "tables", "").notebooks == {}


@pytest.mark.slow
def test_the_month_is_made_again_with_the_notebooks_that_it_keeps(published, root):
    write_notebook(root, "fine", ["1 + 1"])
    again = rerun(root, PERIOD)
    assert again.differing == ()
    assert not again.is_excused
    assert check_published(load_month(root).store).faults == ()


def test_a_notebook_finds_copies_and_writes_into_nothing_that_is_published(months, tmp_path):  # noqa: F811
    root = shutil.copytree(months, tmp_path / "district")
    before = contents(root)
    month = new_month(root, load_policy(root), "2023-03")
    (tmp_path / "work").mkdir()
    shutil.copy(root / "data/processed/2023-03/r0001/unit_scores.parquet", tmp_path / "work")
    with _lend_tables(replace(month, folder=tmp_path / "work")) as twin:
        found = [path for path in twin.rglob("*") if path.is_file()]
        assert not [path for path in twin.rglob("*") if path.is_symlink()]
        assert len(Store(twin).load("unit_scores", "2023-02")) == len(Store(root).load("unit_scores", "2023-02"))
        assert not [path for path in found if path.suffix == ".html"]
        for path in found:
            path.write_bytes(b"overwritten")
    assert contents(root) == before


@pytest.mark.parametrize(
    "content", [ODD, "no notebook", '{"worksheets": []}', json.dumps(v4.new_notebook(cells=[v4.new_code_cell("1")]))]
)
def test_a_notebook_is_another_where_its_title_or_content_changed(tmp_path, content):
    path = tmp_path / "a.ipynb"
    path.write_text(content, "utf-8")
    one = hash_notebook(path, "题目")
    assert one and one == hash_notebook(path, "题目") != hash_notebook(path, "新题目")
    path.write_text(content.replace("o", "0"), "utf-8")
    assert hash_notebook(path, "题目") != one
    path.unlink()
    assert hash_notebook(path, "题目") == ""


def load_month(root):
    return new_month(root, load_policy(root), PERIOD)


def test_without_a_list_nothing_is_run(tmp_path):
    root = copy_root(tmp_path, [PERIOD])
    folder = tmp_path / "work"
    folder.mkdir()
    assert run_own_notebooks(replace(load_month(root), folder=folder)) == []
    assert describe(load_month(root), "published", "").notebooks == {}
    assert [*folder.iterdir()] == []


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([entry("../fine")], "notebooks.1.file: found '../fine.ipynb'; a file of notebooks/research/ is needed"),
        ([entry("fine", file="fine.py")], "notebooks.1.file: found 'fine.py'"),
        ([entry("fine", audience="public")], "notebooks.1.audience: found 'public'; allowed: 'technical'"),
        ([entry("fine"), entry("Fine")], "a file stands in the list twice; keep one"),
    ],
)
def test_a_list_that_cannot_be_is_refused_with_the_rules(tmp_path, entries, told):
    root = copy_root(tmp_path, [])
    list_notebooks(root, *entries)
    with pytest.raises(PolicyError) as refused:
        load_policy(root)
    assert str(refused.value).startswith("params/notebooks.yml: ")
    assert told in str(refused.value)
