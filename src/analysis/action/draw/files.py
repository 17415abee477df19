"""Public files of a draw: one form of bytes for one content, so that `sha256sum` is all that a check of it needs."""

import hashlib
import json
import os
from pathlib import Path
from typing import TypeVar

from analysis.policy.base import Model
from analysis.policy.errors import AnalysisError, DataError
from analysis.policy.load import validate

M = TypeVar("M", bound=Model)

ANNOUNCEMENT = "announcement.json"
ANNOUNCEMENT_HASH = "announcement.sha256"
SECRET = "secret.json"


def to_bytes(model: Model) -> bytes:
    """Return the one form in which a model is published and hashed: sorted keys, one space per level, UTF-8."""
    content = model.model_dump(mode="json", by_alias=True)
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode("utf-8")


def hash_of(model: Model) -> str:
    """Return the SHA-256 of the published form, as `sha256sum` shows it."""
    return hashlib.sha256(to_bytes(model)).hexdigest()


def read_model(path: Path, model: type[M]) -> M:
    """Read a published file and refuse any form but the published one.

    Raises:
        DataError: the file is missing, unreadable, has values that are not allowed, or was re-written by hand.
    """
    try:
        raw = path.read_bytes()
        content = json.loads(raw.decode("utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path.name}: there is no such file in {path.parent}") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{path.name}: not readable as JSON ({error}); use the file as it was published") from None
    try:
        read = validate(path.name, content, model)
    except AnalysisError as error:
        raise DataError(str(error)) from None
    if to_bytes(read) != raw:
        raise DataError(f"{path.name}: the bytes are not in the published form; use the file as it was published")
    return read


def write_new(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file that must not exist yet; whole or not at all.

    Raises:
        DataError: the file exists. What was published stays: a second one would be a choice between two results.
    """
    if path.exists():
        raise DataError(f"{path}: exists already and is never written again (no quiet redraw)")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(partial, path)
