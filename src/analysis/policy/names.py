"""Names as people write them: one normal form, and the index from any known name to a unit id."""

import re
import unicodedata
from collections.abc import Iterable

from analysis.policy.models import Unit

_SPACES = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff\u3164]+")
_DASHES = re.compile("[\u2010-\u2015\u2212\u2500\uff0d]")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟\"'‘’「」『』", None))


def normalise_name(text: str) -> str:
    """Return a name without spaces and quotation marks, in half-width, with one kind of dash.

    Only the form is changed, never the meaning: `“三定” 落实`, `三定落实` and full-width digits read alike.
    """
    text = unicodedata.normalize("NFKC", text)
    return _DASHES.sub("-", _SPACES.sub("", text)).translate(_QUOTES)


def index_units(units: Iterable[Unit]) -> dict[str, str]:
    """Return normalised name, alias or id → unit id."""
    return {normalise_name(name): unit.id for unit in units for name in (unit.id, unit.name, *unit.aliases)}
