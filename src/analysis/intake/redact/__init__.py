"""Take what points to a citizen out of a ticket's text: names, numbers, accounts, plates, addresses, coordinates.

Redaction errs towards removing: a number of eleven digits goes unless a word such as 工单 or 合同号 right before
it says that it is a thing's, and a residence goes even where it is the matter's place. Whether a number's check
digit is right never decides: a mistyped number still points to a person. Office landlines, given as an
argument, stay.

What the method cannot catch:
- a name without a cue (a role before it, a form of address after it) whose letters are not among the usual
  ones of given names, or that stands within other words; a nickname without a cue;
- a number spread over fields or sentences;
- an account of a service that the text does not name, in letters alone;
- a place described in words (the blue gate behind the school), a shop's name, a unit and a post that only one
  person holds;
- who is meant by the circumstances alone. The free text therefore stays in the restricted store.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable

from analysis.intake.redact import names, numbers, odds, places
from analysis.intake.redact.letters import NEW, OLD

Span = tuple[int, int, str]
Finder = Callable[[str], list[tuple[int, int]]]


def _matches(pattern: re.Pattern) -> Finder:
    """Return a finder of a pattern's matches; a cue before the identifier is no part of it."""

    def find(shadow: str) -> list[tuple[int, int]]:
        return [
            (match.start() + len(next(filter(None, match.groupdict().values()), "")), match.end())
            for match in pattern.finditer(shadow)
        ]

    return find


# Kind → what stands in its place. Readers of the text are Chinese offices.
MARKS = {
    "identity": "〔证件〕",
    "mobile": "〔手机〕",
    "card": "〔卡号〕",
    "landline": "〔座机〕",
    "number": "〔号码〕",
    "plate": "〔车牌〕",
    "email": "〔邮箱〕",
    "account": "〔账号〕",
    "address": "〔地址〕",
    "place": "〔坐标〕",
    "name": "〔姓名〕",
}
_FIRST = (
    ("email", _matches(numbers.EMAIL)),
    ("place", _matches(numbers.COORDINATES)),
    ("identity", _matches(numbers.IDENTITY)),
)
_NUMBERS = (
    ("card", _matches(numbers.CARD)),
    ("mobile", _matches(numbers.MOBILE)),
    ("plate", _matches(numbers.PLATE)),
    ("account", _matches(numbers.ACCOUNT)),
    ("landline", _matches(numbers.LANDLINE)),
    ("number", _matches(numbers.LONG_NUMBER)),
)
_WORDS = (
    ("name", names.find_named),
    ("name", names.find_cued),
    ("name", names.find_weakly_cued),
    ("address", places.find_addresses),
    ("name", names.find_bare),
    ("name", odds.find_likely),
)

_TAKEN = "\ud7a3"  # a letter that no Chinese text holds: nothing matches across what is already taken
_KEPT = "\ud7a2"  # another one, over what stays: dates and office landlines
_LEFTOVER = re.compile(f"(?<={_TAKEN})[0-9]{{2,}}|[0-9]{{2,}}(?={_TAKEN})")
# 洞, 拐 and 勾 are said for 0, 7 and 9.
_NUMERALS = dict(zip("〇○零洞一二三四五六七八九幺壹贰叁肆伍陆柒捌玖两拐勾", "00001234567891123456789279", strict=True))
_NUMERAL = re.compile(f"[{''.join(_NUMERALS)}]")
_SPELLED = re.compile(rf"[0-9a-z{''.join(_NUMERALS)}](?:[\W_]{{0,3}}[0-9a-z{''.join(_NUMERALS)}]){{2}}")
_MARK = re.compile("|".join(MARKS.values()))
_LATIN = re.compile("[0-9a-z]")


def _narrow_forms() -> dict[int, str]:
    """Return wide letters' narrow form, digits' plain one and traditional letters' new one, one character for one."""
    forms = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    forms |= {ord(old): new for old, new in zip(OLD, NEW, strict=True)}
    for code in (*range(0x80, 0x4E00), *range(0xA000, 0xFF01), *range(0x1D7CE, 0x1D800)):
        digit = unicodedata.digit(chr(code), None)
        if digit is not None:
            forms[code] = str(digit)
    return forms


_NARROW = _narrow_forms()
_SMALL = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def redact(text: str, *, office_landlines: Iterable[str] = ()) -> str:
    """Return a text with each identifier replaced by the mark of its kind.

    Args:
        text: A ticket's free text.
        office_landlines: Numbers that stay, with area code (`0531-88001234`) or without.
    """
    return redact_with_counts(text, office_landlines=office_landlines)[0]


def redact_with_counts(text: str, *, office_landlines: Iterable[str] = ()) -> tuple[str, dict[str, int]]:
    """Return the redacted text and how many identifiers of each kind of `MARKS` were replaced."""
    spans = _find(text, _office_pattern(tuple(office_landlines)))
    pieces, end = [], 0
    for start, stop, kind in spans:
        pieces += [text[end:start], MARKS[kind]]
        end = stop
    counts = Counter(kind for _, _, kind in spans)
    return "".join([*pieces, text[end:]]), {kind: counts[kind] for kind in MARKS if counts[kind]}


def _find(text: str, office: re.Pattern | None) -> list[Span]:
    """Return where identifiers stand in a text, in order and without overlap.

    Numbers are sought twice: as written, then with Chinese numerals read as digits.
    """
    spans: list[Span] = []
    shadow = _MARK.sub(lambda match: _KEPT * len(match[0]), text.translate(_NARROW))
    foreign = _matches(names.LATIN_NAME)(shadow)
    shadow = shadow.translate(_SMALL)
    if office:
        shadow = office.sub(lambda match: _KEPT * len(match[0]), shadow)
    if _LATIN.search(shadow) or "度" in shadow or "纬" in shadow:
        shadow = _without_numbers(shadow, spans)
    if _NUMERAL.search(shadow) and _SPELLED.search(shadow):
        found: list[Span] = []
        rest = _without_numbers(_NUMERAL.sub(lambda match: _NUMERALS[match[0]], shadow), found)
        _take(rest, (("number", _matches(_LEFTOVER)),), found)  # the rest of a number in mixed scripts
        shadow = _without(shadow, [(start, stop) for start, stop, _ in sorted(found)])
        spans += found
    shadow = _without(shadow, [match.span() for match in names.PUBLIC.finditer(shadow)], _KEPT)
    plain, shadow = shadow, _take(shadow, _WORDS, spans)
    named = [(start, stop) for start, stop, kind in spans if kind == "name"]
    spans += [(*span, "name") for span in names.find_again(plain, shadow, named)]
    spans += [(start, stop, "name") for start, stop in foreign if _TAKEN not in shadow[start:stop]]
    return sorted(spans)


def _without_numbers(shadow: str, spans: list[Span]) -> str:
    moments = [match.span() for match in numbers.MOMENT.finditer(shadow)]
    shadow = _without(shadow, moments, _KEPT)
    shadow = _without(shadow, [match.span() for match in numbers.PUBLIC_LINE.finditer(shadow)], _KEPT)
    references = [match.span() for match in numbers.REFERENCE.finditer(shadow)]
    shadow = _take(_without(shadow, references, _KEPT), _FIRST, spans)
    dates = [match.span() for match in numbers.DATE.finditer(shadow)]
    return _take(_without(shadow, dates, _KEPT), _NUMBERS, spans)


def _take(shadow: str, finders: tuple[tuple[str, Finder], ...], spans: list[Span]) -> str:
    """Note in `spans` what the finders find, one after the other, and return the shadow without it."""
    for kind, find in finders:
        found = find(shadow)
        spans += [(start, stop, kind) for start, stop in found]
        shadow = _without(shadow, found)
    return shadow


def _without(shadow: str, found: list[tuple[int, int]], letter: str = _TAKEN) -> str:
    if not found:
        return shadow
    pieces, end = [], 0
    for start, stop in found:
        pieces += [shadow[end:start], letter * (stop - start)]
        end = stop
    return "".join([*pieces, shadow[end:]])


def _office_pattern(landlines: tuple[str, ...]) -> re.Pattern | None:
    """Return a pattern of the office numbers in any grouping; another area code makes another number."""
    found = []
    for landline in sorted(set(landlines)):
        digits = re.sub(r"\D", "", landline)
        area = re.match(r"0(?:10|2\d|\d{3})", digits)
        local = digits[area.end() :] if area else digits
        gap = r"[\s()\-—]{0,2}"
        code = rf"(?:\(?{area[0]}{gap})?" if area else ""
        found.append(code + gap.join(local))
    return re.compile(rf"(?<![0-9])(?<!0\d\d[-() ])(?<!0\d\d\d[-() ])(?:{'|'.join(found)})(?![0-9])") if found else None
