"""Files that systems and office programs lay beside those of others: nobody delivered, published or planted them."""

from fnmatch import fnmatch

LOCKS = ("~${}", ".~lock.{}#", ".~{}")  # what Excel, LibreOffice and WPS lay beside an open file
_NAMES = (
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "__macosx",
    ".ds_store",
    "._*",
    *(lock.format("*") for lock in LOCKS),
)


def is_left_behind(name: str) -> bool:
    """Tell whether a file or folder of this name, without its path, is one that a system or a program left."""
    return any(fnmatch(name.casefold(), pattern) for pattern in _NAMES)
