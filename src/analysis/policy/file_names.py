"""What files and folders of units and offices are called, so that every file system and every link takes it."""

import re

from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.policy.visible import mark_unseen

_SAFE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
_REFUSED = str.maketrans(dict.fromkeys('\\/:*?"<>|#%_~', "-"))
_BYTES = 180  # of the 255 that most file systems take


def safe_name(name: str) -> str:
    """Return a name without `_` and what a file system or a link reads as something else; long ones are cut."""
    return mark_unseen(name).translate(_REFUSED).encode()[:_BYTES].decode(errors="ignore").strip(" .")


def unit_file(unit_id: str, name: str) -> str:
    """Return what a unit's page or folder is called, without an ending: `D51_区地方志研究中心`.

    The id tells it from those of all other units: what follows the last `_` is the name, which holds none.

    Raises:
        DataError: the id could lead out of a folder.
    """
    if not _SAFE_ID.fullmatch(unit_id):
        told = say("{unit_id!r} is no id of a unit (params/units.yml): letters, digits, - and _ only")
        raise DataError(told.format(unit_id=unit_id))
    return f"{unit_id}_{safe_name(name)}"
