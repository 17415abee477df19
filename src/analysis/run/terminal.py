"""The terminal: what is printed is text as it stands, for names and cells come from files that others wrote."""

from pathlib import Path
from typing import Any

from rich.console import Console

from analysis.policy.visible import mark_unseen


class PlainConsole(Console):
    """A console on which printed text has no markup and no unseen characters, such as those that move the cursor."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as rich does; lines of a text stay lines."""
        plain = [_plain(each) if isinstance(each, str | Path) else each for each in objects]
        super().print(*plain, **{"markup": False, "highlight": False, "emoji": False} | options)


def _plain(text: str | Path) -> str:
    return "\n".join(map(mark_unseen, str(text).split("\n")))
