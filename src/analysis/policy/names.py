"""Names as people write them: one normal form, and the index from any known name to a unit id."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from analysis.policy.models import Unit

_SPACES = re.compile(r"[\s\u200b\u200c\u200d\u2060\ufeff\u3164]+")
_BESIDE_OTHERS = re.compile(r"(?<![!-~]) | (?![!-~])")
_DASHES = re.compile("[\u2010-\u2015\u2212\u2500\uff0d]")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟\"'‘’「」『』", None))


class Names(dict[str, str]):
    """Id → Chinese name of all that a page may show, with the ids whose order pages follow.

    Attributes:
        channels: ids of the channels, in the order of `params/weights.yml`.
        tiers: ids of the tiers, from the best to the last.
    """

    def __init__(self, names: Mapping[str, str], channels: Sequence[str] = (), tiers: Sequence[str] = ()) -> None:
        """Take the names and the two orders."""
        super().__init__(names)
        self.channels, self.tiers = tuple(channels), tuple(tiers)

    def __or__(self, others: Mapping[str, str]) -> "Names":
        """Return the names with others in their place or besides them, in the same orders."""
        return Names({**self, **others}, self.channels, self.tiers)


def normalise_name(text: str) -> str:
    """Return a name without spaces and quotation marks, in half-width, with one kind of dash.

    Only the form is changed, never the meaning: `“三定” 落实`, `三定落实` and full-width digits read alike.
    """
    text = unicodedata.normalize("NFKC", text)
    return _DASHES.sub("-", _SPACES.sub("", text)).translate(_QUOTES)


def shown_name(text: str) -> str:
    """Return a name in its normal form with the spaces kept that stand between Latin letters, digits and signs."""
    text = _SPACES.sub(" ", unicodedata.normalize("NFKC", text).strip())
    return _DASHES.sub("-", _BESIDE_OTHERS.sub("", text)).translate(_QUOTES)


def index_units(units: Iterable[Unit]) -> dict[str, str]:
    """Return normalised name, alias or id → unit id."""
    return {normalise_name(name): unit.id for unit in units for name in (unit.id, unit.name, *unit.aliases)}
