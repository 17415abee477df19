"""The grading in words: how many bottom places, and what the last tier is called."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.policy.book import load_policy
from analysis.report.grading import bottom_name, listed_name, tell_provisional
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


def test_a_provisional_result_says_which_data_are_missing_and_what_settles_it():
    """Nobody could see what was missing, nor how long that would last."""
    units = pd.DataFrame({"unit_id": ["D01", "D02", "D03"], "is_provisional": [True, True, False]})
    names = {"D01": "甲局", "D02": "乙局", "D03": "丙局", "i1": "填报", "i2": "审阅"}
    rows = [("D01", "i1", "accepted"), ("D01", "i2", "accepted"), ("D01", "i1", "shown"), ("D03", "i1", "accepted")]
    rows += [("D02", "i2", "corrected")]  # nothing of it is missing
    problems = pd.DataFrame(rows, columns=["unit_id", "indicator_id", "action"]).assign(office="某局", file="表.csv")
    (told,) = tell_provisional(units, names, problems)
    assert told == (
        "甲局（某局《表.csv》：填报、审阅）、乙局有经确认缺报的数据，得分和等次为暂定，补报后以修订版重新计算（S11）。"
    )
    assert tell_provisional(units, names) == ["甲局、乙局有经确认缺报的数据，得分和等次为暂定（S11）。"]
    assert tell_provisional(units[2:], names, problems) == []
