"""The grading in words: how many bottom places, and what the last tier is called."""

from pathlib import Path

import pytest

from analysis.policy.book import load_policy
from analysis.report.grading import bottom_name, listed_name
from analysis.report.words import numeral

GRADING = load_policy(Path(__file__).resolve().parents[2]).at("2026-10").grading


@pytest.mark.parametrize(
    ("places", "bottom", "listed"), [(5, "后五名", "后五名或丁"), (12, "后十二名", "后十二名或丁"), (0, "末位", "丁")]
)
def test_the_policy_says_how_many_are_last(places, bottom, listed):
    grading = GRADING.model_copy(update={"bottom_places": places})
    assert (bottom_name(grading), listed_name(grading, {"fail": "丁"})) == (bottom, listed)


@pytest.mark.parametrize(
    ("count", "words"), [(0, "零"), (2, "二"), (10, "十"), (11, "十一"), (20, "二十"), (85, "八十五"), (100, "100")]
)
def test_small_numbers_are_written_in_characters(count, words):
    assert numeral(count) == words


def test_two_things_are_counted_with_another_word():
    assert (numeral(2, of_things=True), numeral(12, of_things=True)) == ("两", "十二")
