"""From public numbers and a revealed code to tickets: RFC 3797's encoding and HKDF-SHA256 (RFC 5869), nothing else."""

import math
import re
from collections.abc import Iterable, Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from analysis.action.draw.announcement import AnnouncedSource, Stratum
from analysis.policy.draw import PublicSource
from analysis.policy.errors import DataError
from analysis.policy.messages import say

TICKET_BYTES = 32


def encode_numbers(numbers: Sequence[Sequence[int]], widths: Sequence[int] | None = None) -> str:
    """Return the public numbers as RFC 3797 (section 4) writes them: `9319./2.5.8.10.12./`.

    Args:
        numbers: for each source its numbers, in any order; they are sorted within their source.
        widths: for each source the digits to which its numbers are padded; none by default.
    """
    widths = widths or [1] * len(numbers)
    return "".join(
        "".join(f"{number:0{width}d}." for number in sorted(source)) + "/"
        for source, width in zip(numbers, widths, strict=True)
    )


def parse_numbers(text: str) -> list[list[int]]:
    """Return public numbers as typed by hand: sources apart by `/`, numbers by points, commas or spaces.

    Raises:
        DataError: anything else stands in the text, or a source is empty.
    """
    parts = text.strip().removesuffix("/").split("/")
    if not re.fullmatch(r"[0-9\s.,/]+", text) or not all(re.search("[0-9]", part) for part in parts):
        raise DataError(
            say("public numbers {text!r}: write them as 3 9 12 20 27 31 / 8 / 5 11 17 28 34 / 2 9").format(text=text)
        )
    return [[int(number) for number in re.findall("[0-9]+", part)] for part in parts]


def check_numbers(sources: Sequence[AnnouncedSource], numbers: Sequence[Sequence[int]]) -> None:
    """Refuse numbers that the announced public draws cannot have shown.

    Raises:
        DataError: names the source, what was found and what it draws.
    """
    if len(numbers) != len(sources):
        told = say("public numbers of {n_numbers} sources given, the announcement names {n_sources}")
        raise DataError(told.format(n_numbers=len(numbers), n_sources=len(sources)))
    for source, drawn in zip(sources, numbers, strict=True):
        is_possible = len(drawn) == source.count == len(set(drawn))
        if not is_possible or not all(source.low <= number <= source.high for number in drawn):
            told = say(
                "public numbers of {source.name} {source.issue} {source.part}: found {drawn}; "
                "it draws {source.count} different numbers from {source.low} to {source.high}"
            )
            raise DataError(told.format(source=source, drawn=list(drawn)))


def extract_key(code: bytes, draw_id: str, pool_hash: str, public_numbers: str) -> bytes:
    """Return the key of a draw: HKDF-Extract with the revealed code as salt (RFC 5869, section 2.2)."""
    return HKDF.extract(SHA256(), code, f"{draw_id}|{pool_hash}|{public_numbers}".encode())


def expand_ticket(key: bytes, label: str) -> bytes:
    """Return a candidate's ticket: HKDF-Expand of its label, 32 bytes (RFC 5869, section 2.3)."""
    return HKDFExpand(SHA256(), TICKET_BYTES, label.encode()).derive(key)


def order_by_ticket(key: bytes, prefix: str, ids: Iterable[str]) -> list[tuple[str, str]]:
    """Return (ticket in hex, id) of the candidates labelled `prefix|id`, in the order of their tickets."""
    return sorted((expand_ticket(key, f"{prefix}|{candidate}").hex(), candidate) for candidate in ids)


def count_choice_bits(candidates: int, number: int) -> int:
    """Return the bits needed to choose `number` of `candidates` (RFC 3797, section 3.3)."""
    return (math.comb(candidates, number) - 1).bit_length()


def count_source_bits(sources: Sequence[PublicSource]) -> int:
    """Return the whole bits of chance that public draws bring (RFC 3797, section 3.3)."""
    outcomes = math.prod(math.comb(source.high - source.low + 1, source.count) for source in sources)
    return outcomes.bit_length() - 1


def count_needed_bits(strata: Sequence[Stratum]) -> int:
    """Return the bits of the whole choice: each stratum's, added up; named units need none."""
    drawn = [stratum for stratum in strata if stratum.kind != "must"]
    return sum(count_choice_bits(len(stratum.candidates), stratum.number) for stratum in drawn)
