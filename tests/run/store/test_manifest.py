"""What makes a revision is hashed, and nothing else."""

import json
import shutil
import subprocess

import pytest

from analysis.policy.errors import DataError
from analysis.run.store.manifest import NOTEBOOKS, hash_code

from ...conftest import ROOT


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """A copy of the notebooks, which the hash is taken from."""
    copied = shutil.copytree(NOTEBOOKS, tmp_path / "notebooks")
    monkeypatch.setattr("analysis.run.store.manifest.NOTEBOOKS", copied)
    return copied


def change(path, how) -> None:
    content = json.loads(path.read_text("utf-8"))
    how(content)
    path.write_text(json.dumps(content), "utf-8")


def save_in_a_lab(notebook) -> None:
    """What a front end writes into a notebook that was opened and run."""
    notebook["metadata"]["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.14.1", "codemirror_mode": {"version": 3}}
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"{number:08x}"
        cell["source"] = "".join(cell["source"])
        cell["metadata"]["jupyter"] = {"source_hidden": False}
        if cell["cell_type"] == "code":
            cell["execution_count"] = number
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "ran"}]


def test_to_open_run_and_save_notebooks_changes_no_hash(notebooks):
    before = hash_code("published")
    for path in notebooks.glob("*.ipynb"):
        change(path, save_in_a_lab)
    assert hash_code("published") == before


def test_a_notebook_of_ones_own_changes_no_hash(notebooks):
    before = hash_code("published")
    (notebooks / "my_question.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    change(notebooks / "explore.ipynb", lambda content: content["cells"].pop())  # serves a session alone
    assert hash_code("published") == before


@pytest.mark.parametrize(
    "how",
    [
        lambda content: content["cells"][5]["source"].append("\nprint(1)"),
        lambda content: content["cells"].pop(),
        lambda content: content["cells"][5]["metadata"].update(tags=["skip-execution"]),
        lambda content: content["cells"][5].update(cell_type="raw"),
        lambda content: content["metadata"].update(title="另一标题"),
    ],
    ids=["source", "cell", "tag", "kind", "title"],
)
def test_what_a_notebook_says_changes_the_hash_of_pages_and_not_of_tables(notebooks, how):
    before = hash_code("published"), hash_code("tables")
    change(notebooks / "2_score.ipynb", how)
    assert hash_code("published") != before[0]
    assert hash_code("tables") == before[1]


@pytest.mark.parametrize("content", ["", "{}", '{"cells": [1]}', None])
def test_a_notebook_that_is_none_is_named(notebooks, content):
    path = notebooks / "2_score.ipynb"
    path.unlink() if content is None else path.write_text(content)
    with pytest.raises(DataError, match=r"2_score\.ipynb: .*restore it from the project"):
        hash_code("published")


def test_git_takes_a_notebook_that_was_only_opened_as_unchanged(tmp_path):
    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", tmp_path, *words], capture_output=True, text=True, check=True).stdout

    for name in (".gitattributes", "notebooks/2_score.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    git("init", "-q")
    told = subprocess.run(["make", "-n", "lab"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    strip = next(line for line in told.splitlines() if "filter.nbstripout.clean" in line).split("'")[1]
    git("config", "filter.nbstripout.clean", strip)
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-q", "-m", "as written")
    assert git("show", "HEAD:notebooks/2_score.ipynb") == (ROOT / "notebooks/2_score.ipynb").read_text("utf-8")

    def save_and_keep_ids(content) -> None:
        ids = [cell["id"] for cell in content["cells"]]
        save_in_a_lab(content)
        content["metadata"]["kernelspec"]["display_name"] = "Python 3"
        for cell, id_ in zip(content["cells"], ids, strict=True):
            cell["id"] = id_
            del cell["metadata"]["jupyter"]

    change(tmp_path / "notebooks/2_score.ipynb", save_and_keep_ids)
    assert git("diff", "--stat") == ""
