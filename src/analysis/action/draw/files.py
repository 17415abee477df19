"""Public files of a draw: one form of bytes for one content, so that `sha256sum` is all that a check of it needs."""

import hashlib
import json
from pathlib import Path
from typing import TypeVar

from analysis.action.draw.announcement import DrawInputs
from analysis.policy.base import Model
from analysis.policy.durable import write_whole
from analysis.policy.errors import DataError, PolicyError
from analysis.policy.load import load_yaml, validate
from analysis.policy.messages import say

M = TypeVar("M", bound=Model)

ANNOUNCEMENT = "announcement.json"
SECRET = "secret.json"


def to_bytes(model: Model) -> bytes:
    """Return the one form in which a model is published and hashed: sorted keys, one space per level, UTF-8."""
    content = model.model_dump(mode="json", by_alias=True)
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode("utf-8")


def hash_of(model: Model) -> str:
    """Return the SHA-256 of the published form, as `sha256sum` shows it."""
    return hashlib.sha256(to_bytes(model)).hexdigest()


def list_differing(expected: Model, found: Model) -> list[str]:
    """Return the fields in which two models of one type differ."""
    return [name for name in type(expected).model_fields if getattr(expected, name) != getattr(found, name)]


def read_model(path: Path, model: type[M]) -> M:
    """Read a published file and refuse any form but the published one.

    Raises:
        DataError: the file is missing, unreadable, has values that are not allowed, or was re-written by hand.
    """
    try:
        raw = path.read_bytes()
        content = json.loads(raw.decode("utf-8"))
    except FileNotFoundError:
        raise DataError(
            say("{name}: there is no such file in {parent}").format(name=path.name, parent=path.parent)
        ) from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        told = say("{name}: not readable as JSON ({error}); use the file as it was published")
        raise DataError(told.format(name=path.name, error=error)) from None
    try:
        read = validate(path.name, content, model)
    except PolicyError as error:
        raise DataError(str(error)) from None
    if to_bytes(read) != raw:
        told = say("{name}: the bytes are not in the published form; use the file as it was published")
        raise DataError(told.format(name=path.name))
    return read


def read_inputs(path: Path) -> DrawInputs:
    """Read what an office decides before it announces a draw, from a YAML file with the fields of `DrawInputs`.

    Raises:
        DataError: the file is missing or no YAML, or a value is not allowed; names field and value.
    """
    if not path.exists():
        raise DataError(say("{name}: there is no such file in {parent}").format(name=path.name, parent=path.parent))
    try:
        return load_yaml(path, DrawInputs, path.name, is_text=True)
    except PolicyError as error:
        raise DataError(str(error)) from None


def hash_path(path: Path) -> Path:
    """Return where the SHA-256 of a public file lies, in the form that `sha256sum --check` reads."""
    return path.with_suffix(".sha256")


def publish(path: Path, model: Model) -> None:
    """Write a public file and its SHA-256 beside it.

    Raises:
        DataError: the file exists.
    """
    refuse_existing(path)
    write_whole(hash_path(path), _hash_line(path, model))
    write_whole(path, to_bytes(model))


def read_published(path: Path, model: type[M]) -> M:
    """Read a public file and refuse it where its SHA-256 beside it says otherwise.

    Raises:
        DataError: a file is missing or broken, or one of the two was altered.
    """
    read = read_model(path, model)
    beside = hash_path(path)
    if not beside.is_file() or beside.read_bytes() != _hash_line(path, read):
        told = say(
            "{name}: its SHA-256 is {found}, {beside} says otherwise: one of them was altered; "
            "use the files as they were published"
        )
        raise DataError(told.format(name=path.name, found=hash_of(read), beside=beside.name))
    return read


def _hash_line(path: Path, model: Model) -> bytes:
    return f"{hash_of(model)}  {path.name}\n".encode()


def refuse_existing(path: Path) -> None:
    """Refuse to write over what was published: a second one would be a choice between two results.

    Raises:
        DataError: the file exists.
    """
    if path.exists():
        raise DataError(say("{path}: exists already and is never written again (no quiet redraw)").format(path=path))
