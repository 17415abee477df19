"""Where the objections to a year's results lie (see `intake.objections`), for those who need not read them."""

import re
from pathlib import Path

from analysis.policy.errors import DataError
from analysis.policy.left_behind import is_left_behind
from analysis.policy.messages import say

FOLDER = "data/raw/objections"
REGISTER = "异议登记表"
_NAMES = re.compile(rf"(\d{{4}})\.yml|{REGISTER}(\d{{4}})年.*")


def objections_path(root: Path, year: int) -> Path:
    """Return where a year's objections are written."""
    return Path(root) / FOLDER / f"{year}.yml"


def list_objection_files(root: Path, year: int) -> list[Path]:
    """Return the files in which a year's objections stand: the YAML file, then the sheets.

    Raises:
        DataError: a file in the folder has a name of neither kind, so that nobody would read it.
    """
    folder, files = Path(root) / FOLDER, []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        named = _NAMES.fullmatch(path.name)
        if not (named or path.name.startswith(".") or is_left_behind(path.name)):
            told = say("{file}: no name of a file of objections; call it {year}.yml or {register}{year}年….xlsx")
            raise DataError(told.format(file=f"{FOLDER}/{path.name}", year=year, register=REGISTER))
        if named and int(named[1] or named[2]) == year:
            files.append(path)
    return files
