"""What differs from run to run in an executed notebook, taken out of it."""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from nbformat import NotebookNode, from_dict

from analysis.run.notebooks.parameters import KERNEL

# A warning names the kernel's temporary file of the cell; an object without a text of its own, its address.
_CELL_FILE = re.compile(r"\S*ipykernel_\d+[/\\]\d+\.py")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")

_LANGUAGE = {
    "name": "python",
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "pygments_lexer": "ipython3",
}


def normalise_notebook(notebook: NotebookNode, parameters: Mapping[str, Any]) -> NotebookNode:
    """Return a copy of an executed notebook without times, paths, random ids, addresses and versions."""
    notebook = deepcopy(notebook)
    notebook.metadata = from_dict(
        {key: value for key, value in notebook.metadata.items() if key not in ("papermill", "widgets")}
        | {"kernelspec": KERNEL, "language_info": _LANGUAGE, "papermill": {"parameters": dict(parameters)}}
    )
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:03d}"
        for key in ("execution", "papermill"):
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        for output in cell.get("outputs", []):
            _normalise_output(output)
    return notebook


def _normalise_output(output: NotebookNode) -> None:
    """Clean the texts of one output of our own copy in place."""
    if output.output_type == "stream":
        output.text = _normalise_text(output.text)
    plain = output.get("data", {}).get("text/plain")
    if plain is not None:
        output.data["text/plain"] = _normalise_text(plain)


def _normalise_text(text: str) -> str:
    return _ADDRESS.sub("0x…", _CELL_FILE.sub("<cell>", text))
