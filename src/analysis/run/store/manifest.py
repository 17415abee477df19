"""The manifest of a revision: what went in, what came out, by which code, each with its SHA-256."""

import hashlib
import json
import marshal
import os
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from functools import cache
from importlib import metadata
from importlib.util import cache_from_source
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from analysis.policy.base import Model
from analysis.policy.errors import DataError
from analysis.policy.left_behind import is_left_behind
from analysis.policy.messages import mark, say
from analysis.policy.visible import escape_unseen
from analysis.run.failures import explain_os_error
from analysis.run.steps import plan_notebooks

MANIFEST = "manifest.json"
# Running the month again is no help while the damaged revision is there: it is compared with and numbered from.
MEND = mark(
    "put it back from the back-up; where there is none, move the revision's folder away, say so with analysis restore, "
    "and run the month again"
)
# The notebooks come with the project, beside src/, whatever root is worked on.
NOTEBOOKS = Path(__file__).resolve().parents[4] / "notebooks"


class Manifest(Model):
    """What `manifest.json` says about one revision of a month.

    Attributes:
        stage: `tables` (history built without pages) or `published` (with notebooks and pages).
        state: `draft` until the objection period is over, then `final` (S21).
        published: the day on which a draft with pages was published, or a year became final (S21); empty in drafts of
            tables alone, and in older revisions, whose time for objections counted from their as-of date.
        history: SHA-256 over the tables in force of all earlier months, which this one was built upon.
        inputs, params: path relative to the root → SHA-256.
        notebooks: the same of the district's own notebooks (`params/notebooks.yml`), of their titles and what runs of
            them; empty where there is none to read.
        outputs: path relative to the revision's folder → SHA-256.
        packages: versions of Python and of the packages, by name.
        code: SHA-256 over the package's source and what the notebooks of a run say.
        head: the chain's head when this was published (S45), None in revisions older than the chain.
        caller_key: SHA-256 of `data/caller.key`, empty where there was none.
    """

    period: str
    revision: str
    stage: Literal["tables", "published"]
    state: Literal["draft", "final"]
    reason: str
    as_of: str
    published: str = ""
    history: str
    inputs: dict[str, str]
    params: dict[str, str]
    outputs: dict[str, str]
    packages: dict[str, str]
    version: str
    code: str
    head: str | None = None
    caller_key: str = ""
    notebooks: dict[str, str] = {}

    @property
    def publication_day(self) -> date:
        """The day from which the time for objections counts (S21)."""
        return date.fromisoformat(self.published or self.as_of)

    @property
    def known(self) -> str:
        """The last month of whose units this knows: a final year knows which ended before its day (S35)."""
        return max(self.period, f"{self.publication_day:%Y-%m}") if self.state == "final" else self.period

    @property
    def short_inputs(self) -> str:
        """Twelve digits over raw files and rules, as at the foot of the pages and in the index, to compare by eye."""
        return hash_bytes(json.dumps([self.inputs, self.params], sort_keys=True).encode())[:12]

    def is_built_from(self, other: "Manifest") -> bool:
        """Tell whether two revisions come from the same inputs, rules, as-of date, earlier months, code, notebooks."""
        names = ("inputs", "params", "as_of", "history", "code", "notebooks")
        return all(getattr(self, name) == getattr(other, name) for name in names)


def hash_bytes(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def list_files(folder: Path) -> list[Path]:
    """Return every file below `folder`, sorted; none where there is no such folder.

    Hidden files and what other programs leave behind (`Thumbs.db`, `~$…` of Excel, …) are no files of the project.

    Raises:
        OSError: a folder cannot be read; passed over, its files would be missing without a word.
    """

    def refuse(error: OSError) -> None:
        raise error

    walk = os.walk(folder, onerror=refuse) if folder.is_dir() else ()
    found = (Path(place, name) for place, _, names in walk for name in names)
    kept = (path for path in found if not path.name.startswith(".") and not _lies_in_left_behind(path, folder))
    return sorted(path for path in kept if path.is_file())


def _lies_in_left_behind(path: Path, folder: Path) -> bool:
    return any(map(is_left_behind, path.relative_to(folder).parts))


def hash_tree(folder: Path, relative_to: Path, skip: tuple[str, ...] = ()) -> dict[str, str]:
    """Return path → SHA-256 of every file below `folder`, as `list_files` lists them."""
    named = {path.relative_to(relative_to).as_posix(): path for path in list_files(folder)}
    return {name: hash_bytes(path.read_bytes()) for name, path in named.items() if name not in skip}


def hash_histories(months: Iterable[tuple[str, "Manifest | None"]]) -> Iterator[str]:
    """Yield one SHA-256 over the tables of no month, of the first of `months`, of the first two, and so on."""
    digest = hashlib.sha256()
    yield digest.hexdigest()
    for month, manifest in months:
        outputs = manifest.outputs if manifest else {}
        tables = [f"{name} {outputs[name]}" for name in sorted(outputs) if name.endswith(".parquet")]
        digest.update("\n".join([month, *tables]).encode())
        yield digest.hexdigest()


def hash_code(stage: str) -> str:
    """Return one SHA-256 over what makes a revision: the package's source, with pages also the notebooks of a run.

    Tables do not depend on how they are told and run, so that a change of a page does not make history out of date.
    They are made by the code that this process began with; notebooks and their kernels read it as it stands.
    """
    return _hash_table_code() if stage == "tables" else hash_sources(stage)


@cache
def _hash_table_code() -> str:
    return hash_sources("tables")


def hash_sources(stage: str) -> str:
    """Return what `hash_code` does, of the code as it stands in its files now."""
    package = Path(__file__).resolve().parents[2]
    _refuse_planted(package / "__init__.py")
    sources = {name: digest for name, digest in hash_tree(package, package).items() if "__pycache__" not in name}
    if stage == "tables":
        aside, steps = ("report/", "run/", "sample/"), ("run/steps/", "run/month.py")
        sources = {n: digest for n, digest in sources.items() if n.startswith(steps) or not n.startswith(aside)}
    stories = {name: _read_story(NOTEBOOKS / f"{name}.ipynb") for name in plan_notebooks() if stage == "published"}
    return hash_bytes(json.dumps([sources, stories], sort_keys=True).encode())


def hash_notebook(path: Path, title: str) -> str:
    """Return the SHA-256 over what shows of a notebook of the district's own: its page's title and what runs of it.

    Of a file that is no notebook it is that of its bytes; where there is none to read, it is empty.
    """
    try:
        content = path.read_bytes()
    except OSError:
        return ""
    try:
        story = _read_story(path)
    except DataError:
        story = hash_bytes(content)
    return hash_bytes(json.dumps([title, story], sort_keys=True).encode())


def _read_story(path: Path) -> list:
    """Return what runs of a notebook: its title, and kind, tags and source of each cell.

    Ids, outputs and what a front end notes are not the notebook's: to open and save it changes nothing.
    """
    try:
        content = json.loads(path.read_bytes())
        cells = [[c["cell_type"], c["metadata"].get("tags", []), "".join(c["source"])] for c in content["cells"]]
        return [content["metadata"].get("title", ""), *cells]
    except FileNotFoundError:
        raise DataError(
            say("{path}: there is no such notebook; restore it from the project").format(path=path)
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise DataError(say("{path}: not a notebook; restore it from the project").format(path=path)) from None


def _refuse_planted(source: Path) -> None:
    """Refuse bytecode of the package's first file that is not its source's: Python itself loads that one (S45)."""
    cached = Path(cache_from_source(source))
    if cached.is_file() and marshal.loads(cached.read_bytes()[16:]) != compile(source.read_bytes(), source, "exec"):
        told = say("{cached}: not what {name} says; remove that folder, then run again")
        raise DataError(told.format(cached=cached, name=source.name))


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of every package that the project is built upon; extras shape no result."""
    return dict(_versions())


@cache  # they do not change while the process lives, and a back-fill asks for every month
def _versions() -> tuple[tuple[str, str], ...]:
    needed = [line for line in metadata.requires("analysis") or () if "extra ==" not in line]
    found = {"python": platform.python_version()}
    for name in sorted(re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in needed):
        with suppress(metadata.PackageNotFoundError):  # one that this version of Python does without
            found[name] = metadata.version(name)
    return tuple(found.items())


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write `manifest.json` with a hash of itself, so that a flipped bit in it is noticed too."""
    content = manifest.model_dump(mode="json")
    text = json.dumps({**content, "sha256": _self_hash(content)}, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a revision's folder.

    Raises:
        DataError: it is missing or damaged.
    """
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_bytes())
        stated = content.pop("sha256")
        manifest = Manifest.model_validate(content)
    except FileNotFoundError:
        raise DataError(say("{path}: missing; {mend}").format(path=path, mend=say(MEND))) from None
    except OSError as error:
        raise explain_os_error(error) from None
    except (ValueError, KeyError, AttributeError, TypeError, ValidationError):
        raise DataError(say("{path}: damaged; {mend}").format(path=path, mend=say(MEND))) from None
    if stated != _self_hash(content):
        raise DataError(say("{path}: damaged (its own hash differs); {mend}").format(path=path, mend=say(MEND)))
    return manifest


def read_verified(folder: Path, name: str, manifest: Manifest) -> bytes:
    """Return the bytes of one output of a revision, checked against the manifest before any use.

    Raises:
        DataError: the file is missing, unknown or changed.
    """
    if name not in manifest.outputs:
        raise DataError(
            say("{folder}: this revision holds no such file; run the month again").format(folder=folder / name)
        )
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise DataError(say("{folder}: missing; {mend}").format(folder=folder / name, mend=say(MEND))) from None
    except OSError as error:
        raise explain_os_error(error) from None
    if hash_bytes(content) != manifest.outputs[name]:
        raise DataError(
            say("{folder}: changed since it was published; {mend}").format(folder=folder / name, mend=say(MEND))
        )
    return content


def list_changes(then: Manifest, now: Manifest) -> tuple[str, ...]:
    """Return what a revision was built from and is not there as it was, a line each."""
    told = _list_sources(then, now)
    if then.code != now.code:
        told.append(
            say("code: {version} ({code}) then, {now_version} ({now_code}) now").format(
                version=then.version, code=then.code[:12], now_version=now.version, now_code=now.code[:12]
            )
        )
    for name in list_differing(then.packages, now.packages):
        was, is_now = (each.packages.get(name, say("none")) for each in (then, now))
        told.append(say("{name}: {was} then, {is_now} now").format(name=name, was=was, is_now=is_now))
    return tuple(told)


def _list_sources(then: Manifest, now: Manifest) -> list[str]:
    told = [*compare_files(then.inputs, now.inputs), *compare_files(then.params, now.params)]
    return told if then.history == now.history else [*told, say("earlier months: their tables changed")]


def compare_files(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """Return what is missing, changed or new among files (path → hash), a line each."""
    lost, other, fresh = say("{path}: missing"), say("{path}: changed"), say("{path}: new")
    told = [(name, lost if name not in now else other if name in then else fresh) for name in then | now]
    return sorted(word.format(path=escape_unseen(name)) for name, word in told if then.get(name) != now.get(name))


def list_differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Return the names whose hash is not the same on both sides, sorted."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def refuse_changed(then: Manifest, now: Manifest) -> None:
    """Refuse what was made while files, rules, code or earlier months changed: nobody could tell from which it came.

    Raises:
        DataError: names what changed during the run.
    """
    changed = [*_list_sources(then, now), *([say("src/ or notebooks/: changed")] if then.code != now.code else [])]
    if changed:
        told = say("{changed} while {period} was run; wait until all is in place, then run again")
        raise DataError(told.format(changed="; ".join(changed), period=now.period))


def _self_hash(content: dict) -> str:
    return hash_bytes(json.dumps(content, ensure_ascii=False, sort_keys=True).encode())
