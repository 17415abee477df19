"""The values of a file of `params/` as they are written there, one after the other, with their names and rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from analysis.report.words import WORDS, month_name

_DATED = ("from", "to", "document")


@dataclass(frozen=True)
class Value:
    """A value of `params/`.

    Attributes:
        key: file and keys, without places in lists: `tiers.grading.quotas.good`.
        text: the value in words.
        span: from when it holds and by which document; empty where it is not dated.
    """

    key: str
    text: str
    span: str


def list_values(content: Any, key: str, names: Mapping[str, str], span: str = "") -> Iterator[Value]:
    """Yield the values of a file, in its order, without what `left_out` of the words names.

    Args:
        content: the file's content, or a part of it.
        key: the file's name without ending, or the keys down to the part.
        names: id → Chinese name.
        span: the span of the entry that the part belongs to.
    """
    if key in WORDS.left_out:
        return
    if isinstance(content, dict):
        span = _span(content) or span
        for name, value in content.items():
            if name not in _DATED:
                yield from list_values(value, f"{key}.{name}", names, span)
    elif key in WORDS.named_lists:
        yield Value(key, "、".join(f"{item['name']}{item.get('part', '')}" for item in content), span)
    elif isinstance(content, list) and any(isinstance(item, dict) for item in content):
        for item in content:
            yield from list_values(item, key, names, span)
    else:
        yield Value(key, in_words(content, names if key in WORDS.named_ids else {}), span)


def general_key(key: str) -> str:
    """Return the key under which the words know a value: its own, or that of any id in its place."""
    general = f"{key.rpartition('.')[0]}.*"
    return general if key not in WORDS.keys and general in WORDS.keys else key


def in_words(value: Any, names: Mapping[str, str]) -> str:
    """Return a value as a page shows it: choices by their word, numbers without an exponent."""
    if isinstance(value, list):
        mark = "；" if any(isinstance(item, list) for item in value) else "、"
        return mark.join(in_words(item, names) for item in value) or "无"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return format(Decimal(repr(value)).normalize(), "f")
    return names.get(str(value)) or WORDS.values.get(str(value), str(value))


def _span(entry: dict) -> str:
    if "from" not in entry:
        return ""
    until = f"至{month_name(entry['to'])}" if entry.get("to") else "起"
    document = f"，{entry['document']}" if entry.get("document") else ""
    return f"{month_name(entry['from'])}{until}{document}"
