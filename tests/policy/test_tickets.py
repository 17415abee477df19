"""The files of `params/` on tickets, duties and the watch list: what is refused, and what holds in a month."""

import shutil
from pathlib import Path

import pytest

from analysis.policy.book import load_policy
from analysis.policy.duties import index_matters
from analysis.policy.errors import PolicyError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def load_changed(tmp_path):
    def load(file: str, old: str, new: str):
        shutil.copytree(ROOT / "params", tmp_path / "params")
        path = tmp_path / "params" / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        return load_policy(tmp_path)

    return load


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("duties.yml", "lead: D57, co_operating: [D60]", "lead: D99, co_operating: [D60]", "M001: found 'D99'"),
        ("duties.yml", "aliases: [流动摊贩, 店外经营]", "aliases: [供热服务]", "belongs to M001 already"),
        ("duties.yml", "spread: 30", "spread_: 30", "index_weights"),
        ("tickets.yml", "limit_working_days: 5", "limit_working_days: 0", "limit_working_days: found 0"),
        ("tickets.yml", "{id: other,", "{id: others,", "`channels` need one with the id `other`"),
        ("tickets.yml", "  is_satisfied: {", "  is_content: {", "`words` lack is_satisfied"),
        ("tickets.yml", "quantile_method: higher", "quantile_method: linear", "quantile_method: found 'linear'"),
        ("watch.yml", "below_pct: 85}", "below_pct: 850}", "satisfaction.below_pct: found 850"),
        ("watch.yml", "minimum: 3}", "minimum: 0}", "attitude_complaints.minimum: found 0"),
        ("watch.yml", "{method: exact_fdr, tail_pct", "{method: exact, tail_pct", "names none of those allowed"),
        ("watch.yml", "{method: exact_fdr, tail_pct", "{tail_pct", "repeats: the key 'method' is missing; add it"),
    ],
)
def test_wrong_value_is_refused_with_its_place(load_changed, file, old, new, told):
    with pytest.raises(PolicyError) as error:
        load_changed(file, old, new)
    assert f"params/{file}" in str(error.value) and told in str(error.value)


def test_rules_must_hold_in_the_month(load_changed):
    book = load_changed("watch.yml", "from: 2023-01", "from: 2024-01")
    assert book.at("2024-01").watch.clean_months == 3
    with pytest.raises(PolicyError, match=r"watch.yml: rules: no entry holds in 2023-12"):
        book.at("2023-12")


def test_a_changed_duty_holds_from_its_month_on(load_changed):
    old = "list: power, clause: 城市管理3.7, from: 2023-01}"
    later = "{id: M008, name: 户外广告设置, lead: D61, list: power, clause: 审批1, from: 2026-01}"
    new = f"{old[:-1]}, to: 2025-12}}\n  - {later}"
    book = load_changed("duties.yml", old, new)
    assert [index_matters(book.at(month).matters)["户外广告设置"].lead for month in ("2025-12", "2026-01")] == [
        "D57",
        "D61",
    ]


def test_a_merged_units_names_lead_to_its_heir_from_then_on(whole_book):
    assert whole_book.at("2024-06").unit_id_by_name["区粮食局"] == "D68"
    assert whole_book.at("2024-07").unit_id_by_name["区粮食局"] == "D21"


def test_words_have_three_meanings(whole_book):
    meanings = whole_book.tickets.words["is_satisfied"].meanings()
    assert (meanings["满意"], meanings["不满意"], meanings["未评价"]) == (True, False, None)
    assert "也许" not in meanings


def test_the_lists_name_only_units_that_are_assessed_today(whole_book):
    policy = whole_book.at("2026-10")
    assert {id_ for matter in policy.matters for id_ in (matter.lead, *matter.co_operating)} <= set(policy.unit_ids)
    assert len(policy.matters) == 64
