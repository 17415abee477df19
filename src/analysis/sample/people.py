"""Names, numbers and complaints of people who do not exist."""

import numpy as np

from analysis.sample.chance import pick
from analysis.sample.world import Texts

_NO_ONES_PREFIX = "154"  # no operator has been given these numbers
_WITH_ADDRESS = 0.15


def name_person(rng: np.random.Generator, texts: Texts) -> str:
    """Return an invented name: a common surname and a given name that no one bears."""
    return pick(rng, texts.surnames.split()) + pick(rng, texts.given_names.split())


def write_complaint(texts: Texts, luck: dict[str, float], matter: str) -> str:
    """Return a ticket's free text, with an invented name and number as real ones carry them.

    Args:
        texts: The words.
        luck: The ticket's decisions (0–1); their further digits choose here.
        matter: What the call is about.
    """
    words = texts.tickets
    name = _spin(texts.surnames.split(), luck["caller"], 1) + _spin(texts.given_names.split(), luck["caller"], 2)
    phone = f"{_NO_ONES_PREFIX}{int(luck['caller'] * 1e8):08d}"
    home = _spin(words.estates, luck["unit"], 1)
    place = f"家住{home}{1 + int(luck['first'] * 30)}号楼" if luck["first"] < _WITH_ADDRESS else ""
    start = f"{_spin(words.greetings, luck['name'], 1)}{name}（电话{phone}）"
    detail, wish = _spin(words.details, luck["pace"], 1), _spin(words.wishes, luck["valid"], 1)
    return f"{start}{place}反映{matter}问题，{detail}，{wish}。"


def _spin(items, luck: float, turn: int):
    return items[int(luck * 10**3 * 7**turn) % len(items)]
