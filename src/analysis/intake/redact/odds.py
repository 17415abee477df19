"""How much likelier letters are as a name than as other text.

A letter has four odds: that it is a surname, that it belongs to a given name, that it stands before a name and that it
stands behind one. Pairs of letters that often stand together, as words do, speak against a name that they are part of
or that they reach into. `odds.txt` has a row a letter, made by `benchmarks/redaction_odds.py` from tagged text: its
four odds, then the letters that follow it, in groups of falling weight. The unit is half a natural logarithm.
"""

import re
from pathlib import Path

from analysis.intake.redact.names import ROLE_BEFORE

_ALONE = 17  # the odds from which letters are a name wherever they stand
_BEHIND_ROLE = 6  # the same behind a role
_SIGN = "^"  # stands for every sign, digit and end
_OTHER = re.compile(r"[^\u4e00-\u9fff]")
_LENGTHS = ((2, -3), (3, 0))  # letters of a name, and the odds of that length
_UNKNOWN = (-18, -6, 4, 0, "")


def _read_odds() -> dict[str, tuple[int, int, int, int, str]]:
    rows = {}
    for row in Path(__file__).with_name("odds.txt").read_text("utf-8").splitlines():
        letter, surname, given, before, behind, followers = row.split("\t")
        rows[letter] = (int(surname), int(given), int(before), int(behind), followers)
    return rows


_ODDS = _read_odds()


def find_likely(shadow: str) -> list[tuple[int, int]]:
    """Return where names of two or three letters stand that the odds of their letters and neighbours tell.

    Names that overlap give way to the likeliest.
    """
    text = f"{_SIGN}{_OTHER.sub(_SIGN, shadow)}{_SIGN * 3}"
    surname, given, before, behind, followers = zip(*(_ODDS.get(letter, _UNKNOWN) for letter in text), strict=True)
    likely = []
    for start in range(1, len(shadow)):
        first = before[start - 1] + surname[start] + given[start + 1]
        for length, inner in _LENGTHS:
            stop = start + length
            odds = first + inner + (given[start + 2] if length > 2 else 0) + behind[stop]
            place = start - 1
            while odds > _BEHIND_ROLE and place < stop:
                odds -= _bond(followers[place], text[place + 1])
                place += 1
            if odds > _BEHIND_ROLE:
                likely.append((odds, start - 1, stop - 1))
    if not likely:
        return []
    roles = {match.end() for match in ROLE_BEFORE.finditer(shadow)}
    ranked = sorted((odds - (_BEHIND_ROLE if start in roles else _ALONE), start, stop) for odds, start, stop in likely)
    found, taken = [], bytearray(len(shadow))
    for margin, start, stop in reversed(ranked):
        if margin > 0 and not any(taken[start:stop]):
            found.append((start, stop))
            taken[start:stop] = b"1" * (stop - start)
    return sorted(found)


def _bond(followers: str, letter: str) -> int:
    """Return how closely a letter is bound to the one that it follows: the number of groups from its own on."""
    place = followers.find(letter)
    return followers.count("|", place) if place >= 0 else 0
