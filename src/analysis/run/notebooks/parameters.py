"""Parameters of a notebook, checked before it runs.

papermill only warns about an unknown parameter and runs with the default, so a slip in a name would
publish another month's figures.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbformat import NotebookNode, v4

from analysis.policy.errors import DataError, UsageError
from analysis.policy.messages import say

# Whatever kernel a notebook was saved with, it runs in the interpreter that drives it.
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}

_NEW = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell, "raw": v4.new_raw_cell}
_TYPES = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}


def read_notebook(path: Path) -> NotebookNode:
    """Return what runs of the notebook at `path`, set to run in this interpreter.

    What a front end leaves in a file (ids, outputs, its own notes) is left out, so that it shows in no result.

    Raises:
        DataError: the file is missing or is not a notebook.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise DataError(
            say("{path}: there is no such notebook; restore it from the project").format(path=path)
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, nbformat.ValidationError) as error:
        first_line = str(error).partition("\n")[0]
        told = say("{path}: not a notebook ({first_line}); restore it from the project")
        raise DataError(told.format(path=path, first_line=first_line)) from None
    cells = [
        _NEW[cell.cell_type](cell.source, id=f"cell-{number:03d}", metadata=_only("tags", cell.metadata))
        for number, cell in enumerate(notebook.cells, start=1)
    ]
    return v4.new_notebook(cells=cells, metadata=_only("title", notebook.metadata) | {"kernelspec": KERNEL})


def _only(key: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: metadata[key]} if key in metadata else {}


def check_parameters(path: Path, parameters: Mapping[str, Any]) -> NotebookNode:
    """Return the notebook at `path` if it has all of these parameters, with these types.

    Raises:
        UsageError: an unknown name or another type; names what the notebook allows.
        DataError: the file is not a notebook.
    """
    notebook = read_notebook(path)
    known = papermill.inspect_notebook(notebook, {})
    for name, value in parameters.items():
        if name not in known:
            allowed = ", ".join(known) or say("none: it has no cell tagged 'parameters'")
            told = say("{file} has no parameter {name!r}; it has: {allowed}")
            raise UsageError(told.format(file=path.name, name=name, allowed=allowed))
        _check_type(path.name, name, value, known[name]["inferred_type_name"])
    return notebook


def _check_type(notebook: str, name: str, value: Any, type_name: str) -> None:
    """A parameter written `name: type = …` takes that type; Python's bool, which is an int, is not one here."""
    expected = _TYPES.get(type_name)
    if expected is None:
        return
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        told = say("{notebook}: parameter {name} is {value!r} ({found_type}); it takes {type_name}")
        raise UsageError(
            told.format(notebook=notebook, name=name, value=value, found_type=type(value).__name__, type_name=type_name)
        )
