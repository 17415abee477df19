"""A method of points added as `docs/extending.md` says is read, scored, explained and told like any other."""

from typing import ClassVar, Literal

import numpy as np
import pytest
import yaml
from pydantic import model_validator

from analysis.intake.fields import read_score
from analysis.intake.labels import read_labels
from analysis.intake.readers import RawCell
from analysis.policy.book import load_policy
from analysis.policy.errors import PolicyError
from analysis.policy.method import Method, Range
from analysis.policy.methods import METHODS
from analysis.report.packs.losses import lost_points_table
from analysis.report.site.method import method_body
from analysis.report.words import WORDS, MethodWords
from analysis.run.explain import explain_published
from analysis.run.forms.start import write_forms
from analysis.run.month import new_month
from analysis.run.packs import pack_content
from analysis.run.store.history import build_tables
from analysis.run.store.revisions import Store

from ..conftest import copy_root

PERIOD = "2023-01"
BANDS = {0: 0, 60: 40, 80: 75, 92: 100}


class Banded(Method):
    """Points by the highest threshold that a value reaches."""

    directions: ClassVar = ("higher",)

    name: Literal["banded"]
    bands: dict[float, float]

    @model_validator(mode="after")
    def _bands_rise(self):
        if list(self.bands.values()) != sorted(self.bands.values()):
            raise ValueError("the points of `bands` must rise with the thresholds")
        return self

    @property
    def admissible(self) -> Range:
        return Range(min(self.bands), 100)

    @property
    def top(self) -> float:
        return max(self.bands.values())

    def _points(self, raw, _direction):
        thresholds, points = (np.array(list(each), dtype=float) for each in (self.bands, self.bands.values()))
        found = points[np.searchsorted(thresholds, np.nan_to_num(raw.value), side="right") - 1]
        return np.where(np.isnan(raw.value), np.nan, found)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A month whose first indicator is scored by bands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(METHODS, "banded", Banded)
        patch.setitem(WORDS.methods, "banded", MethodWords(told="分档计分，共{method.top:g}", kept="达到最高一档"))
        root = copy_root(tmp_path_factory.mktemp("banded"), [PERIOD])
        write_bands(root, BANDS)
        build_tables(new_month(root, load_policy(root), PERIOD), [PERIOD])
        yield root


def write_bands(root, bands):
    path = root / "params" / "indicators.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    content["indicators"][0]["method"] = {"name": "banded", "bands": bands}
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def test_a_value_is_scored_by_its_band(root):
    rows = Store(root).load("indicator_scores", PERIOD)
    rows = rows[(rows["indicator_id"] == "common-01") & rows["score"].notna()]
    assert len(rows) > 20
    assert set(rows["score"]) <= set(BANDS.values())
    assert len(set(rows["score"])) > 1


def test_the_unit_is_told_how_it_was_scored_and_what_keeps_all_points(root):
    content = pack_content(new_month(root, load_policy(root), PERIOD))
    rows = content.tables["indicator_scores"]
    below = rows[(rows["indicator_id"] == "common-01") & (rows["scope"] == "month") & (rows["score"] < 100)]
    told = lost_points_table(content, below["unit_id"].iloc[0])
    assert "分档计分，共100" in told
    assert "达到最高一档" in told


def test_it_is_explained_and_stands_on_the_method_page_and_the_form(root):
    book = load_policy(root)
    channels = explain_published(root, book, PERIOD, "D01")["channels"]
    methods = {one["indicator"]: one["method"] for channel in channels for one in channel["indicators"]}
    assert methods["common-01"] == "分档计分，共100"
    assert "分档计分，共100" in method_body(book)
    assert write_forms(root, "2023-02", root / "forms")


def test_a_value_that_it_does_not_admit_is_refused(root):
    policy = load_policy(root).at(PERIOD)
    reading = read_score(RawCell(1, 1, 120, "120", "number"), policy.indicator_by_id["common-01"], read_labels(policy))
    assert (reading.state, reading.code, reading.words["allowed"]) == ("bad", "constraint-error", "0—100")


def test_its_own_invariants_are_checked_at_load(root, tmp_path):
    other = copy_root(tmp_path, [])
    write_bands(other, {0: 50, 60: 40})
    with pytest.raises(PolicyError, match=r"indicators.yml: .*indicators.1.method \(id common-01\).*must rise"):
        load_policy(other)
