"""A fifth channel, a fourth family and five tiers of other names come from `params/` alone, tables and pages alike."""

import pytest
import yaml

from analysis.policy.book import load_policy
from analysis.run.month import new_month
from analysis.run.pipeline import run_month
from analysis.run.store.revisions import Store

from ..conftest import copy_root

MONTHS, PERIOD = ["2023-01", "2023-02"], "2023-02"
CHANNELS = ["daily", "joint-visit", "key_work", "info_system", "random"]
TIERS = {"top": "卓越", "good": "良好", "fair": "合格", "weak": "待改进", "out": "不合格"}
QUOTAS = dict(zip(TIERS, (15, 25, 30, 20, 10), strict=True))
INDICATOR = {
    "id": "joint-01",
    "name": "联合督查事项办结",
    "family": "shared",
    "channel": "joint-visit",
    "weight": 1,
    "from": "2023-01",
    "unit": "%",
    "direction": "higher",
    "method": {"name": "ratio"},
    "over_year": "pool",
    "data": {"sheet": "info_system", "numerator": "documents_reviewed", "denominator": "documents_due"},
    "origin": "supplement",
    "rule": "R2",
}


def write_scheme(root):
    def edit(file, change):
        path = root / "params" / file
        content = yaml.safe_load(path.read_text("utf-8"))
        change(content)
        path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")

    def change_indicators(content):
        content["families"].append({"id": "shared", "name": "共担指标"})
        content["indicators"].append(INDICATOR)

    def change_weights(content):
        content["channels"].insert(1, {"id": "joint-visit", "name": "联合督查", "short": "联查"})
        for entry in (*content["base"], *content["adjustments"]):
            entry["weights"] = dict.fromkeys(CHANNELS, 20)

    def change_tiers(content):
        content["names"] = [{"id": id_, "name": name} for id_, name in TIERS.items()]
        content["grading"][0] |= {
            "quotas": QUOTAS,
            "remainder_order": list(TIERS),
            "tie_at_line": dict.fromkeys(list(TIERS)[:-1], "up"),
            "veto_cap": "good",
            "interview_tiers": ["weak", "out"],
        }

    def change_sheets(content):
        for name in ("from_tier", "to_tier"):
            content["kinds"]["adjustments"]["fields"][name]["choices"] = {id_: [name] for id_, name in TIERS.items()}

    edit("indicators.yml", change_indicators)
    edit("weights.yml", change_weights)
    edit("tiers.yml", change_tiers)
    edit("sheets.yml", change_sheets)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = copy_root(tmp_path_factory.mktemp("scheme"), MONTHS)
    write_scheme(root)
    run_month(new_month(root, load_policy(root), PERIOD))
    return root


@pytest.fixture(scope="module")
def load(root):
    return lambda name: Store(root).load(name, PERIOD)


def page(root, path):
    return (root / "reports" / PERIOD / path).read_text("utf-8")


def test_the_channel_scores_with_its_weight(load):
    channels = load("channel_scores").query("channel == 'joint-visit' and scope == 'month'")
    assert channels["score"].notna().sum() > 50
    assert set(channels["policy_weight"]) == {20}
    assert load("indicator_scores").query("indicator_id == 'joint-01'")["family"].unique().tolist() == ["shared"]


def test_units_fall_into_the_tiers_by_their_quotas(load):
    units = load("unit_scores").query("scope == 'month'")
    counts = units["tier_by_score"].value_counts()
    assert set(counts.index) == set(TIERS)
    for tier, share in QUOTAS.items():
        assert abs(counts[tier] - share * len(units) / 100) < 3


def test_certainty_has_a_probability_for_each_tier(load):
    certainty = load("certainty").query("scope == 'month' and verdict != ''")
    # A first month tells nothing of noise, so that the probabilities are there and empty (S32).
    assert set(certainty["verdict"]) == {"withheld"}
    assert certainty[[f"p_{tier}" for tier in TIERS]].isna().all(axis=None)
    assert "p_excellent" not in certainty


def test_changes_are_told_by_the_channel_and_the_family(load):
    trends = load("trends").query("basis == 'mom'")
    assert {"joint-visit", "shared"} <= set(trends.loc[trends["change"].notna(), "level_id"])


def test_the_tiers_that_the_rules_name_are_warned(load):
    units, warned = load("unit_scores").query("scope == 'month'"), load("consequences")["unit_id"]
    listed = units[units["tier"].isin(["weak", "out"]) | units["is_bottom_five"]]["unit_id"]
    assert set(warned) == set(listed)


def test_the_bulletin_shows_channels_and_tiers_by_their_names(root):
    told = page(root, "bulletin.html")
    assert all(name in told for name in (*TIERS.values(), "联查"))
    assert "后五名或待改进或不合格" in told
    assert not [name for name in ("优秀", "不达标") if name in told]


def test_the_packs_know_them_too(root):
    (feedback, *_) = sorted((root / "reports" / PERIOD / "feedback").glob("D*.html"))
    assert "联查" in feedback.read_text("utf-8")
    assert "五个考核渠道得分" in feedback.read_text("utf-8")
    assert all(name in page(root, "public/index.html") for name in TIERS.values())
