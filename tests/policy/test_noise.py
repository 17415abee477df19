"""`params/noise.yml`: dated, switchable, refused where it cannot be."""

import shutil
from pathlib import Path

import pytest

from analysis.policy.book import load_policy
from analysis.policy.errors import PolicyError
from analysis.policy.noise import SOURCES

ROOT = Path(__file__).resolve().parents[2]


def changed(tmp_path, old, new):
    text = (ROOT / "params/noise.yml").read_text("utf-8")
    assert old in text
    shutil.copytree(ROOT / "params", tmp_path / "params")
    (tmp_path / "params/noise.yml").write_text(text.replace(old, new, 1), "utf-8")
    return load_policy(tmp_path)


def test_every_source_can_be_switched_off():
    model = load_policy(ROOT).at("2025-12").noise
    for source in SOURCES:
        only = model.only(source)
        assert [name for name in SOURCES if getattr(only, name).is_on] == [source]
    assert not any(getattr(model.only(), name).is_on for name in SOURCES)


def test_a_source_that_is_off_stays_off():
    model = load_policy(ROOT).at("2025-12").noise.only("counts")
    assert not model.only("weights").weights.is_on


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("min_months: 6", "min_months: 25", "must not be more than"),
        ("least_reliability: 0.5", "least_reliability: 1.5", "less than 1"),
        ("method: goldstein_spiegelhalter", "method: lucky", "goldstein_spiegelhalter"),
        ("points: 2 ", "points: 0 ", "greater than 0"),
        ("first_samples: 256", "first_samples: 250", "power of two"),
        ("sheets: [inspections]", "sheets: [visits]", "visits"),
        ("stable_pct: 99", "stable_pct: 94", "must not be less than 95"),
        ("confidence_pct: 95", "confidence_pct: 100", "less than 100"),
    ],
)
def test_a_model_that_cannot_be_is_refused(tmp_path, old, new, word):
    with pytest.raises(PolicyError, match=word):
        changed(tmp_path, old, new)


def test_a_month_without_a_model_is_refused(tmp_path):
    book = changed(tmp_path, "from: 2023-01", "from: 2024-01")
    with pytest.raises(PolicyError, match=r"noise\.yml: models: no entry holds in 2023-12"):
        book.at("2023-12")
