import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.action.draw.lottery import (
    check_numbers,
    count_choice_bits,
    count_source_bits,
    encode_numbers,
    expand_ticket,
    extract_key,
    order_by_ticket,
    parse_numbers,
)
from analysis.policy.errors import DataError


def pick_as_rfc_3797(key: str, pool_size: int, count: int) -> tuple[list[int], list[str]]:
    """RFC 3797's own algorithm (MD5, modulo): only a self-test of the encoding, never used for a draw."""
    remaining, picks, digests = list(range(1, pool_size + 1)), [], []
    for index in range(count):
        around = index.to_bytes(2, "big")
        digest = hashlib.md5(around + key.encode() + around, usedforsecurity=False).hexdigest().upper()
        picks.append(remaining.pop(int(digest, 16) % len(remaining)))
        digests.append(digest)
    return picks, digests


@pytest.fixture
def published_draws(shared_cases):
    return json.loads((shared_cases / "draw" / "rfc3797.json").read_text("utf-8"))


def test_encoding_gives_the_published_picks_of_rfc_3797(published_draws):
    n_picks = []
    for case in published_draws["cases"]:
        key = encode_numbers(case["sources"])
        picks, digests = pick_as_rfc_3797(key, case["pool_size"], len(case["selected"]))
        assert key == case["key_string"]
        assert digests == case["digests"]
        assert picks == case["selected"]
        n_picks.append(len(picks))
    assert n_picks == [16, 10]


def test_picks_of_the_worked_example_are_the_published_names(published_draws):
    case = published_draws["cases"][0]
    picks, _ = pick_as_rfc_3797(encode_numbers(case["sources"]), 25, 16)
    assert [case["pool"][pick - 1] for pick in picks] == case["selected_names"]


def test_bits_of_a_choice_are_those_of_the_published_table(published_draws):
    table = published_draws["entropy_bits_choose_10"]
    assert {size: count_choice_bits(int(size), 10) for size in table} == table


@pytest.mark.parametrize(("candidates", "bits"), [(1, 0), (2, 1), (4, 2), (5, 3), (8, 3)])
def test_a_choice_of_one_needs_the_bits_that_number_the_candidates(candidates, bits):
    assert count_choice_bits(candidates, 1) == bits


def test_numbers_printed_with_leading_zeros_are_encoded_as_printed(shared_cases):
    (case,) = json.loads((shared_cases / "draw" / "xmpp2025.json").read_text("utf-8"))["cases"]
    text = encode_numbers([[44, 35, 6, 17, 11]], [2])
    digest = hashlib.sha256(text.encode()).digest()
    assert text == case["string"]
    assert digest.hex() == case["sha256"]
    assert digest[-1] % case["mod"] == case["result"]


RFC_5869 = [  # appendix A, the cases with SHA-256: input, salt, info, key, first 32 bytes of the output
    (
        "0b" * 22,
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
    ),
    (
        bytes(range(0x00, 0x50)).hex(),
        bytes(range(0x60, 0xB0)).hex(),
        bytes(range(0xB0, 0x100)).hex(),
        "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c",
    ),
    (
        "0b" * 22,
        "",
        "",
        "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
    ),
]


@pytest.mark.parametrize(("ikm", "salt", "info", "key", "output"), RFC_5869)
def test_the_library_gives_the_vectors_of_rfc_5869(ikm, salt, info, key, output):
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

    found = HKDF.extract(SHA256(), bytes.fromhex(salt) or None, bytes.fromhex(ikm))
    assert found.hex() == key
    assert HKDFExpand(SHA256(), 32, bytes.fromhex(info)).derive(found).hex() == output


def test_key_and_ticket_are_the_stated_formula():
    key = extract_key(b"c" * 32, "2026-12-1", "ab" * 32, "1.2./")
    by_hand = hashlib.sha256  # HMAC written out, independent of the library
    block = b"c" * 32 + bytes(32)
    inner = by_hand(bytes(b ^ 0x36 for b in block) + f"2026-12-1|{'ab' * 32}|1.2./".encode()).digest()
    assert key == by_hand(bytes(b ^ 0x5C for b in block) + inner).digest()
    block = key + bytes(32)
    inner = by_hand(bytes(b ^ 0x36 for b in block) + b"towns|T01\x01").digest()
    assert expand_ticket(key, "towns|T01") == by_hand(bytes(b ^ 0x5C for b in block) + inner).digest()


def test_candidates_stand_in_the_order_of_their_tickets_whatever_order_they_came_in():
    ordered = order_by_ticket(b"k" * 32, "towns", ["T03", "T01", "T02"])
    assert ordered == sorted(ordered) == order_by_ticket(b"k" * 32, "towns", ["T01", "T02", "T03"])
    assert ordered != order_by_ticket(b"k" * 32, "all", ["T01", "T02", "T03"])


def test_bits_of_the_public_draws_are_whole_bits_of_all_outcomes(rules):
    assert count_source_bits(rules.public_sources[:2]) == 24  # 17,721,088 outcomes
    assert count_source_bits(rules.public_sources) == 48


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda n: n[:3], "of 3 sources given, the announcement names 4"),
        (lambda n: [[3, 9, 12, 20, 27, 34], *n[1:]], "from 1 to 33"),
        (lambda n: [[3, 9, 12, 20, 27, 27], *n[1:]], "6 different numbers"),
        (lambda n: [[3, 9, 12, 20, 27], *n[1:]], "6 different numbers"),
        (lambda n: [n[0], [0], *n[2:]], "蓝球"),
    ],
)
def test_impossible_public_numbers_are_refused_by_name(make_announcement, numbers, change, word):
    with pytest.raises(DataError, match=word):
        check_numbers(make_announcement().sources, change(numbers))


@pytest.mark.parametrize("text", ["3 9 12 / 8", "3.9.12./8./", "3,9,12/08", " 3 9 12/8 "])
def test_numbers_typed_by_hand_are_read(text):
    assert parse_numbers(text) == [[3, 9, 12], [8]]


@pytest.mark.parametrize("text", ["", "/", "3 9 / / 8", "3 9; 8", "-3", "３ 9"])
def test_numbers_that_are_none_are_refused(text):
    with pytest.raises(DataError, match="write them as"):
        parse_numbers(text)


sources = st.lists(st.lists(st.integers(0, 10**6), min_size=1, max_size=7), min_size=1, max_size=5)


@settings(deadline=None)
@given(sources, st.randoms())
def test_encoding_forgets_only_the_order_within_a_source(drawn, random):
    shuffled = [random.sample(source, len(source)) for source in drawn]
    text = encode_numbers(shuffled)
    assert text == encode_numbers(drawn)
    assert [[int(n) for n in part.split(".")[:-1]] for part in text.split("/")[:-1]] == [sorted(s) for s in drawn]
