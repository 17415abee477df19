"""Parameters of a notebook, checked before it runs.

papermill only warns about an unknown parameter and runs with the default, so a slip in a name would
publish another month's figures.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbformat import NotebookNode

from analysis.policy.errors import DataError, UsageError

# Whatever kernel a notebook was saved with, it runs in the interpreter that drives it.
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}

_TYPES = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}


def read_notebook(path: Path) -> NotebookNode:
    """Return the notebook at `path`, set to run in this interpreter.

    Raises:
        DataError: the file is missing or is not a notebook.
    """
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such notebook; restore it from the project") from None
    except (ValueError, TypeError, KeyError, AttributeError, nbformat.ValidationError) as error:
        first_line = str(error).partition("\n")[0]
        raise DataError(f"{path}: not a notebook ({first_line}); restore it from the project") from None
    notebook.metadata.kernelspec = NotebookNode(KERNEL)
    return notebook


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
            allowed = ", ".join(known) or "none: it has no cell tagged 'parameters'"
            raise UsageError(f"{path.name} has no parameter {name!r}; it has: {allowed}")
        _check_type(path.name, name, value, known[name]["inferred_type_name"])
    return notebook


def _check_type(notebook: str, name: str, value: Any, type_name: str) -> None:
    """A parameter written `name: type = …` takes that type; Python's bool, which is an int, is not one here."""
    expected = _TYPES.get(type_name)
    if expected is None:
        return
    if not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool):
        raise UsageError(f"{notebook}: parameter {name} is {value!r} ({type(value).__name__}); it takes {type_name}")
