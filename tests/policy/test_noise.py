"""`params/noise.yml`: dated, switchable, refused where it cannot be."""

from pathlib import Path

import pytest

from analysis.policy.errors import PolicyError
from analysis.policy.noise import SOURCES, load_noise

ROOT = Path(__file__).resolve().parents[2]


def changed(tmp_path, old, new):
    text = (ROOT / "params/noise.yml").read_text("utf-8")
    assert old in text
    (tmp_path / "params").mkdir()
    (tmp_path / "params/noise.yml").write_text(text.replace(old, new, 1), "utf-8")
    return load_noise(tmp_path)


def test_every_source_can_be_switched_off():
    model = load_noise(ROOT).at("2025-12")
    for source in SOURCES:
        only = model.only(source)
        assert [name for name in SOURCES if getattr(only, name).is_on] == [source]
    assert not any(getattr(model.only(), name).is_on for name in SOURCES)


def test_a_source_that_is_off_stays_off():
    model = load_noise(ROOT).at("2025-12").only("counts")
    assert not model.only("weights").weights.is_on


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("block: 2", "block: 4", "must be shorter than"),
        ("points: 2 ", "points: 0 ", "greater than 0"),
        ("first_samples: 256", "first_samples: 250", "power of two"),
        ("sheets: [inspections]", "sheets: [visits]", "visits"),
        ("confidence_pct: 95", "confidence_pct: 100", "less than 100"),
    ],
)
def test_a_model_that_cannot_be_is_refused(tmp_path, old, new, word):
    with pytest.raises(PolicyError, match=word):
        changed(tmp_path, old, new)


def test_a_month_without_a_model_is_refused(tmp_path):
    noise = changed(tmp_path, "from: 2023-01", "from: 2024-01")
    with pytest.raises(PolicyError, match="0 entries hold in 2023-12"):
        noise.at("2023-12")
