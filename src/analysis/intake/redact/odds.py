"""How much likelier letters are as a name than as other text.

A letter has four odds: that it is a surname, that it belongs to a given name, that it stands before a name and that it
stands behind one. Pairs of letters that often stand together, as words do, speak against a name that they are part of
or that they reach into. `odds.txt` has a row a letter, made by `benchmarks/redaction_odds.py` from tagged text: its
four odds, then the letters that follow it, in groups of falling weight. The unit is half a natural logarithm.
"""

import re
from operator import add
from pathlib import Path

from analysis.intake.redact.letters import NO_NAME
from analysis.intake.redact.names import HARDLY, PLACES, ROLE_BEFORE

_ALONE = 17  # the odds from which letters are a name wherever they stand
_BEHIND_ROLE = 6  # the same behind a role
_DOUBT = 4  # more of them where words that are no names begin so, and again for a word that is known to be none
_SELDOM_BEFORE = 6  # the odds before a name of letters that end no role
_LONGEST_ROLE = 10  # letters of it that are looked at
_SIGN = "^"  # stands for every sign, digit and end
_OTHER = re.compile(r"[^\u4e00-\u9fff]")
_OF_TWO = -3  # the odds of a name of two letters, compared with one of three
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
    rows = [_ODDS.get(letter, _UNKNOWN) for letter in text]
    surname, given, before, behind, followers = ([row[field] for row in rows] for field in range(5))
    lead = list(map(sum, zip(before, surname[1:], given[2:], strict=False)))
    of_two = (2, _OF_TWO, map(add, lead, behind[3:]))
    of_three = (3, 0, map(add, map(add, lead, given[3:]), behind[4:]))
    likely = []
    for length, extra, ranks in (of_two, of_three):
        for start, rank in enumerate(ranks):
            if (odds := rank + extra) > _BEHIND_ROLE:
                floor = _BEHIND_ROLE if before[start] > _SELDOM_BEFORE else _ALONE
                place = start
                while odds > floor and place <= start + length:
                    odds -= _bond(followers[place], text[place + 1])
                    place += 1
                if odds > floor:
                    likely.append((odds, start, start + length))
    found, taken = [], bytearray(len(shadow))
    for odds, start, stop in sorted(likely, reverse=True):
        is_likely = odds > _ALONE and text[stop + 1] not in PLACES
        is_cued = odds - _doubt(shadow[start:stop]) > _BEHIND_ROLE and _is_behind_role(shadow, start)
        if not any(taken[start:stop]) and (is_likely or is_cued):
            found.append((start, stop))
            taken[start:stop] = b"1" * (stop - start)
    return sorted(found)


def _is_behind_role(shadow: str, start: int) -> bool:
    """Say whether a role, a label or whose people are spoken of ends where a name would begin."""
    near = ROLE_BEFORE.finditer(shadow, max(0, start - _LONGEST_ROLE), start + 4)
    return any(match.end() == start for match in near)


def _doubt(name: str) -> int:
    """Return how much likelier letters behind a role must be because of what they are otherwise."""
    return _DOUBT * ((name[0] in NO_NAME) + (name in HARDLY or name[:2] in HARDLY))


def _bond(followers: str, letter: str) -> int:
    """Return how closely a letter is bound to the one that it follows: the number of groups from its own on."""
    place = followers.find(letter)
    return followers.count("|", place) if place >= 0 else 0
