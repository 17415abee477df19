"""What the project says to people: English in the code, other languages from the catalogues in `locale/`."""

import gettext
import os
import re
from pathlib import Path

_CHOSEN = "ANALYSIS_LANGUAGE"
_CATALOGUES = Path(__file__).parents[1] / "locale"
# Read without YAML: the language is needed to say what is wrong with the file.
_LANGUAGE = re.compile(r"^language:[ \t]*[\"']?([a-z]+)", re.MULTILINE)


def choose_language(root: Path) -> None:
    """Speak the language of the district in `root`, Chinese where it names none; processes begun later speak it too.

    `ANALYSIS_LANGUAGE` goes before the district. Where there is neither, the environment's language stands (`LANG`).
    """
    district = root / "params" / "district.yml"
    if not os.environ.get(_CHOSEN) and district.is_file():
        named = _LANGUAGE.search(district.read_text("utf-8", errors="replace"))
        os.environ[_CHOSEN] = named[1] if named else "zh"


def say(message: str) -> str:
    """Return a message in the language that is spoken; its named fields are filled in with `format`."""
    chosen = os.environ.get(_CHOSEN)
    return gettext.translation("analysis", _CATALOGUES, [chosen] if chosen else None, fallback=True).gettext(message)


def mark(message: str) -> str:
    """Return a message as it is: it stands in the catalogue, and `say` is asked for it where it is shown."""
    return message
