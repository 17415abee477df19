"""Count the odds of letters by which redaction knows a name (`src/analysis/intake/redact/odds.txt`).

Run by hand, never by a test: `redaction_odds.py TAGGED WORDS GIVEN PLAIN… --texts FOLDER…`. All are plain files:

- TAGGED: text cut into words with a tag each, `江/nr 泽民/nr 发表/v`, nr for the parts of a name;
- WORDS: a word, its count and its tag a line;
- GIVEN: CSV of char, male, female: how often each letter stands in given names;
- PLAIN: texts in which few people are named;
- FOLDER: with a `texts.py`, whose `TEXTS` are pairs of a text and its identifiers as (kind, letters).

Texts for measuring are no texts for counting: docs/privacy.md tells which were used, and what the odds find in a set
that was left out.
"""

import argparse
import csv
import math
import re
import runpy
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import yaml

from analysis.intake.redact import letters

ROOT = Path(__file__).parents[1]
OFFICE = ("tasks", "findings", "sources", "problems", "bonuses", "deductions")
SIGN = "^"
NAMES = ("name_after_role", "name_before_address", "name_no_cue")
OWN = 10  # how often a text of our own kind counts
SMOOTH = 200  # how often a letter is seen before its followers are trusted
WORD = 20  # a word's count in the list by its count here
LEAST, CLOSEST = 3, 24  # a pair seen less often, or bound closer than that, is not told apart
FEWEST = 6  # the weakest bond that is kept
KNOWN = {letters.USUAL: 3.0, letters.DOUBTFUL + letters.FEW: 1.5, letters.RARE: 0.7}  # surnames, beside those counted


@dataclass
class Counts:
    """What was seen: letters, pairs, surnames, letters of given names, and what stands before and behind a name."""

    one: Counter = field(default_factory=Counter)
    pair: Counter = field(default_factory=Counter)
    surname: Counter = field(default_factory=Counter)
    given: Counter = field(default_factory=Counter)
    before: Counter = field(default_factory=Counter)
    behind: Counter = field(default_factory=Counter)

    def add_text(self, text: str, weight: float = 1) -> None:
        last = SIGN
        for letter in f"{text}{SIGN}":
            letter = letter if is_han(letter) else SIGN
            if letter != SIGN or last != SIGN:
                self.one[letter] += weight
                self.pair[last + letter] += weight
            last = letter

    def add_neighbours(self, before: str, behind: str, weight: float = 1) -> None:
        self.before[before if is_han(before) else SIGN] += weight
        self.behind[behind if is_han(behind) else SIGN] += weight


def is_han(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"


def add_tagged(counts: Counts, path: Path) -> None:
    """Count a tagged text: around its names, and without them. A surname counts once for each name that has it."""
    people = set()
    for line in path.read_text("utf-8").splitlines():
        words = [*(word.rsplit("/", 1) for word in line.split() if "/" in word), [SIGN, ""], [SIGN, ""]]
        plain, place = "", 0
        while place < len(words) - 2:
            (word, tag), (second, next_tag) = words[place : place + 2]
            if tag != "nr":
                plain += word
            elif len(word) == 1 and next_tag == "nr" and len(second) <= 2:
                people.add(word + second)
                counts.add_neighbours(plain[-1:] or SIGN, words[place + 2][0][0])
                place += 1
            if tag == "nr":
                counts.add_text(plain)
                plain = ""
            place += 1
        counts.add_text(plain)
    counts.surname.update(person[0] for person in people)


def add_words(counts: Counts, path: Path) -> None:
    """Count a list of words; one of two letters is always told from a name."""
    for line in path.read_text("utf-8").splitlines():
        word, listed, tag = line.split()
        if not tag.startswith("nr") and all(map(is_han, word)):
            is_known = len(word) == 2 and int(listed) > LEAST
            count = max(int(listed) / WORD, LEAST if is_known else 0)
            for letter in word:
                counts.one[letter] += count
            for first, second in pairwise(word):
                counts.pair[first + second] += count


def add_texts(counts: Counts, texts: Iterable[tuple[str, list[tuple[str, str]]]]) -> None:
    """Count texts of our own kind, each identifier cut out."""
    for text, identifiers in texts:
        rest = text
        for kind, letters_ in sorted(identifiers, key=lambda identifier: -len(identifier[1])):
            if kind in NAMES and all(map(is_han, letters_)):
                before, _, behind = text.partition(letters_)
                counts.add_neighbours(before[-1:] or SIGN, behind[:1] or SIGN, OWN)
            rest = rest.replace(letters_, "\0")
        for part in rest.split("\0"):
            counts.add_text(part, OWN)


def read_own_texts() -> Iterator[tuple[str, list]]:
    """Yield the project's texts that name nobody."""

    def strings(content):
        if isinstance(content, dict):
            content = [part for pair in content.items() for part in pair]
        if isinstance(content, list):
            for part in content:
                yield from strings(part)
        elif isinstance(content, str):
            yield content

    sample = yaml.safe_load((ROOT / "src/analysis/sample/texts.yml").read_text("utf-8"))
    rules = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / "params").glob("*.yml"))]
    clean = (ROOT / "benchmarks/redaction_clean.txt").read_text("utf-8").splitlines()
    yield from ((text, []) for text in strings([{key: sample[key] for key in OFFICE}, rules, clean]))


def make_rows(counts: Counts) -> Iterator[str]:
    """Yield a row a letter: the odds as a surname, in a given name, before and behind a name, then its followers."""
    total = counts.one.total()
    for known, weight in KNOWN.items():
        for letter in known:
            counts.surname[letter] += weight
    everywhere = {letter: (count + 1) / total for letter, count in counts.one.items()}

    def odds(seen: Counter, letter: str, share: float, floor: float = 0) -> float:
        of_names = share * (seen[letter] + floor) / seen.total() + (1 - share) * everywhere[letter]
        return 2 * math.log(of_names / everywhere[letter])

    followers: dict[str, list[str]] = {}
    for pair, count in counts.pair.items():
        bond = round(2 * math.log(1 + count / (SMOOTH * everywhere[pair[1]])))
        if count >= LEAST and bond >= FEWEST:
            followers.setdefault(pair[0], [""] * CLOSEST)[-min(bond, CLOSEST)] += pair[1]
    for letter in sorted(letter for letter, count in counts.one.items() if count >= LEAST):
        free = 2 * math.log(SMOOTH / (counts.one[letter] + SMOOTH))  # of any follower that was not seen
        row = [odds(counts.surname, letter, 1, 0.03) - free, odds(counts.given, letter, 1, 30) - free]
        if letter == SIGN:
            row = [-99, -99]
        row += [odds(counts.before, letter, 0.9) - free, odds(counts.behind, letter, 0.97)]
        groups = ["".join(sorted(group)) for group in followers.get(letter, [])]
        yield "\t".join([letter, *(str(round(value)) for value in row), "".join(f"{group}|" for group in groups)])


def count_odds(tagged: Path, words: Path, given: Path, plain: list[Path], folders: list[Path]) -> list[str]:
    """Return the rows of `odds.txt`."""
    counts = Counts()
    add_tagged(counts, tagged)
    for path in plain:
        for line in path.read_text("utf-8", errors="ignore").splitlines():
            counts.add_text(line)
    add_words(counts, words)
    with given.open(encoding="utf-8", newline="") as file:
        counts.given.update({row["char"]: int(row["male"]) + int(row["female"]) for row in csv.DictReader(file)})
    add_texts(counts, read_own_texts())
    for folder in folders:
        add_texts(counts, runpy.run_path(str(folder / "texts.py"))["TEXTS"])
    return list(make_rows(counts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("tagged", "words", "given"):
        parser.add_argument(name, type=Path)
    parser.add_argument("plain", type=Path, nargs="*")
    parser.add_argument("--texts", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    rows = count_odds(given.tagged, given.words, given.given, given.plain, given.texts)
    target = ROOT / "src/analysis/intake/redact/odds.txt"
    target.write_text("\n".join(rows) + "\n", "utf-8")
    print(f"{len(rows)} letters, {target.stat().st_size:,} bytes: {re.sub(r'.*/src/', 'src/', str(target))}")


if __name__ == "__main__":
    main()
