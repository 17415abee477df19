"""A district's own notebooks (`params/notebooks.yml`), after those of a run: they read its tables, and stop nothing."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from analysis.policy.errors import AnalysisError
from analysis.policy.messages import say
from analysis.policy.own_notebooks import KEPT, OwnNotebook
from analysis.report.page.pieces import banner
from analysis.report.words import WORDS
from analysis.run.month import Month, describe
from analysis.run.notebooks.engine import execute_notebook
from analysis.run.notebooks.parameters import read_notebook
from analysis.run.pages import write_page
from analysis.run.scratch import scratch_folder
from analysis.run.store.manifest import hash_tree, write_manifest
from analysis.run.store.revisions import Store


def run_own_notebooks(month: Month) -> list[str]:
    """Run the district's own notebooks, and write their pages; return what was wrong with them, a line each.

    A notebook works in a folder that holds the rules and the tables of this month and those before it, and no raw file.
    What stops it is said on its page; a chart without alt text is shown with a word that it has none.

    Args:
        month: the month, whose folder holds its tables.
    """
    told = []
    if month.book.notebooks.notebooks:
        (month.folder / KEPT).mkdir(parents=True)
        with _lend_tables(month) as cwd:
            for own in month.book.notebooks.notebooks:
                told += _run(own, month, cwd)
    return told


def _run(own: OwnNotebook, month: Month, cwd: Path) -> Iterator[str]:
    source, kept = month.root / own.path, month.folder / KEPT / own.file
    page = month.folder / "pages", month.policy, month.edition
    try:
        if source.is_file():  # kept even where it is no notebook, so that the month can be made again with it
            shutil.copyfile(source, kept)
        nbformat.write(read_notebook(source), kept)
        executed, n_without = _describe_charts(execute_notebook(kept, {}, kept, cwd=cwd))
        executed.metadata["title"] = own.title
        write_page(own.name, executed, *page)
        if n_without:
            yield say("{path}: charts without alt text: {n_without}; show them with show_figure(figure, alt=…)").format(
                path=own.path, n_without=n_without
            )
    except (AnalysisError, OSError) as error:
        reason = " ".join(str(error).replace(str(source), own.path).split())
        yield say("{path}: failed, as its page says: {reason}").format(path=own.path, reason=reason)
        write_page(own.name, _tell_failure(own, reason), *page)


@contextmanager
def _lend_tables(month: Month) -> Iterator[Path]:
    """Give a root that a notebook may read: earlier months as they are published, this one's tables as they come."""
    store, revision = month.store, month.revision
    with scratch_folder("own") as place:
        twin = Path(place).resolve()
        shutil.copytree(month.root / "params", twin / "params")
        for (period, name), folder in store.revision_folders.items():
            if period < month.period:  # copies: through a link a notebook could write into what is published
                ignored = shutil.ignore_patterns("pages", "notebooks", "params")
                shutil.copytree(folder, Store(twin).folder(period) / name, ignore=ignored)
        store.lend(twin, [], store.chain)
        target = Store(twin).folder(month.period) / revision
        target.mkdir(parents=True)
        for table in month.folder.glob("*.parquet"):
            shutil.copyfile(table, target / table.name)
        told = describe(month, "published", "")
        write_manifest(told.model_copy(update={"revision": revision, "outputs": hash_tree(target, target)}), target)
        yield twin


def _describe_charts(executed: NotebookNode) -> tuple[NotebookNode, int]:
    """Return an executed notebook whose charts all have an alt text, and how many had none."""
    executed = deepcopy(executed)
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    images = [(output, mime) for output in outputs for mime in output.get("data", {}) if mime.startswith("image/")]
    bare = [(output, mime) for output, mime in images if not output.metadata.get(mime, {}).get("alt")]
    for output, mime in bare:
        output.metadata[mime] = {"alt": WORDS.own_notebook["no_alt"], "caption": WORDS.own_notebook["no_alt"]}
    return executed, len(bare)


def _tell_failure(own: OwnNotebook, reason: str) -> NotebookNode:
    words = v4.new_markdown_cell(f"# {own.title}\n\n{WORDS.own_notebook['failed'].format(file=own.path)}")
    shown = v4.new_output("display_data", {"text/html": banner(reason)})
    return v4.new_notebook(cells=[words, v4.new_code_cell(outputs=[shown])], metadata={"title": own.title})
