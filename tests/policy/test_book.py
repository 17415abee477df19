"""Loading and cross-checking `params/`: the project's own rules, and what a wrong file says (R7, R15–R19, S16)."""

import shutil
from pathlib import Path

import pytest
import yaml

from analysis.policy.book import load_policy
from analysis.policy.errors import PolicyError, UsageError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def book():
    return load_policy(ROOT)


def test_23_indicators_are_12_common_6_related_5_individual(book):
    families = [indicator.family for indicator in book.at("2026-10").indicators]
    assert {family: families.count(family) for family in families} == {"common": 12, "related": 6, "individual": 5}


def test_base_weights_are_20_30_30_20(book):
    weights = book.at("2026-10").channel_weights_by_unit.loc["D01"]
    assert weights.to_dict() == {"daily": 20, "key_work": 30, "info_system": 30, "random": 20}


def test_quotas_are_20_50_20_10(book):
    assert book.at("2026-10").grading.quotas == {"excellent": 20, "good": 50, "pass": 20, "fail": 10}


def test_tiers_go_from_the_best_to_the_last_in_whatever_order_their_quotas_are_written(tmp_path):
    def change(content):
        content["grading"][0]["quotas"] = {"pass": 20, "fail": 10, "good": 50, "excellent": 20}

    grading = load_policy(edit(tmp_path, "tiers.yml", change)).at("2026-10").grading
    assert grading.quotas == {"excellent": 20, "good": 50, "pass": 20, "fail": 10}
    assert grading.tiers == ("excellent", "good", "pass", "fail")


def test_the_district_has_85_units_in_5_groups_with_18_towns(book):
    units = book.at("2026-10").units
    assert (len(units), len({unit.group for unit in units}), sum(unit.is_town for unit in units)) == (85, 5, 18)


def test_an_adjustment_holds_from_its_month_and_old_months_keep_their_weights(book):
    before, after = (book.at(period).channel_weights_by_unit.loc["D45"] for period in ("2026-04", "2026-05"))
    assert before.to_dict() == {"daily": 20, "key_work": 30, "info_system": 30, "random": 20}
    assert after.to_dict() == {"daily": 20, "key_work": 10, "info_system": 50, "random": 20}


def test_a_merged_unit_is_assessed_until_its_last_month(book):
    assert "D68" in book.at("2024-06").unit_ids
    assert "D68" not in book.at("2024-07").unit_ids


def test_indicator_weights_sum_to_100_in_each_channel(book):
    policy = book.at("2026-10")
    channel_of = {indicator.id: indicator.channel for indicator in policy.indicators}
    sums = policy.indicator_weights.T.groupby(channel_of).sum()
    assert sums.to_numpy() == pytest.approx(100)


def test_every_indicator_is_marked_as_the_source_s_or_as_a_supplement(book):
    indicators = book.at("2026-10").indicators
    assert {i.id for i in indicators if i.origin == "supplement"} == {
        "common-11",
        "common-12",
        "related-06",
        "individual-05",
    }
    assert all(i.phrase for i in indicators if i.origin == "source")


def test_a_month_before_the_first_is_wrong_usage(book):
    with pytest.raises(UsageError, match="2023-01"):
        book.at("2022-12")


def edit(tmp_path, file, change):
    shutil.copytree(ROOT / "params", tmp_path / "params")
    path = tmp_path / "params" / file
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return tmp_path


WRONG = {
    "weights that sum to 99": (
        "weights.yml",
        lambda c: c["base"][0]["weights"].update(daily=19),
        ["params/weights.yml: line 15: base.1:", "sum to 99", "must sum to 100"],
    ),
    "quotas that sum to 110": (
        "tiers.yml",
        lambda c: c["grading"][0]["quotas"].update(fail=20),
        ["params/tiers.yml: line", "grading.1.quotas:", "sum to 110"],
    ),
    "an unknown key": (
        "district.yml",
        lambda c: c.update(colour="red"),
        ["params/district.yml: line", "colour: found", "'red'"],
    ),
    "a month that cannot be": (
        "units.yml",
        lambda c: c["units"][0].update({"from": "2023-13"}),
        ["params/units.yml: line", "units.1.from (id D01): found", "2023-13"],
    ),
    "a fictional document of a district that is not": (
        "district.yml",
        lambda c: c.update(is_synthetic=False),
        ["params/weights.yml: base.1.document: found '澄编办发〔2022〕31号（虚构）'", "(S37)"],
    ),
    "another district's document": (
        "district.yml",
        lambda c: c.update(is_synthetic=False, document_prefix=["青编发"]),
        ["params/duties.yml: lists.1.document: found '澄编发〔2022〕18号'", "numbers begin with 青编发"],
    ),
    "an unknown group": (
        "units.yml",
        lambda c: c["units"][0].update(group="north"),
        ["params/units.yml: D01.group: found 'north'", "allowed: economy, law, party, social, town"],
    ),
    "one id twice": (
        "units.yml",
        lambda c: c["units"].append(c["units"][0]),
        ["params/units.yml", "D01 stands 2 times"],
    ),
    "ids that differ by case alone": (
        "units.yml",
        lambda c: c["units"][1].update(id="d01"),
        ["params/units.yml: units: D01 and d01 differ by case alone", "give one another id"],
    ),
    "one name for two units": (
        "units.yml",
        lambda c: c["units"][1].update(aliases=["区 委办公室"]),
        ["params/units.yml: D02", "belongs to D01"],
    ),
    "a successor that is not there": (
        "units.yml",
        lambda c: c["units"][3].update(to="2024-06", merged_into="D99"),
        ["params/units.yml: D04.merged_into: found 'D99'"],
    ),
    "a method that does not exist": (
        "indicators.yml",
        lambda c: c["indicators"][0].update(method={"name": "magic"}),
        ["params/indicators.yml: line", "indicators.1.method (id common-01):", "magic", "shortfall"],
    ),
    "a channel that nothing names": (
        "indicators.yml",
        lambda c: c["indicators"][0].update(channel="weekly"),
        ["params/indicators.yml: common-01.channel: found 'weekly'", "allowed: daily, key_work, info_system, random"],
    ),
    "a family that nothing names": (
        "indicators.yml",
        lambda c: c["indicators"][0].update(family="other"),
        ["params/indicators.yml: common-01.family: found 'other'", "allowed: common, related, individual"],
    ),
    "weights of a channel that nothing names": (
        "weights.yml",
        lambda c: c["base"][0].update(weights={"daily": 20, "key_work": 30, "info_system": 30, "random": 10, "x": 10}),
        ["params/weights.yml: base.1.weights: found 'x'", "allowed: daily"],
    ),
    "weights that forget a channel": (
        "weights.yml",
        lambda c: c["base"][0].update(weights={"daily": 40, "key_work": 30, "info_system": 30}),
        ["params/weights.yml: base.1.weights: random is missing", "related-05 belongs"],
    ),
    "quotas of a tier without a name": (
        "tiers.yml",
        lambda c: c["names"].pop(1),
        ["params/tiers.yml", "grading.1.quotas: found good", "excellent, pass, fail"],
    ),
    "a line that forgets a tier": (
        "tiers.yml",
        lambda c: c["grading"][0]["tie_at_line"].pop("good"),
        ["params/tiers.yml", "grading.1.tie_at_line", "excellent, good, pass"],
    ),
    "a cap that is no tier": (
        "tiers.yml",
        lambda c: c["grading"][0].update(veto_cap="medium"),
        ["params/tiers.yml", "`veto_cap` names medium", "allowed: excellent, good, pass, fail"],
    ),
    "a tie key without its source": (
        "tiers.yml",
        lambda c: c["grading"][0].update(key_work_channel=None),
        ["params/tiers.yml", "key_work_score needs `key_work_channel`"],
    ),
    "a workload that counts nothing": (
        "tiers.yml",
        lambda c: c["grading"][0].update(workload_indicator="common-01"),
        ["params/tiers.yml: grading.1.workload_indicator: found 'common-01'", "common-08"],
    ),
    "a judgement to a tier without a name": (
        "sheets.yml",
        lambda c: c["kinds"]["adjustments"]["fields"]["to_tier"]["choices"].update(medium=["中等"]),
        ["params/sheets.yml: kinds.adjustments.fields.to_tier.choices: found 'medium'"],
    ),
    "one id for two things": (
        "weights.yml",
        lambda c: c["channels"].append({"id": "town", "name": "镇街巡查", "short": "巡查"}),
        ["params/weights.yml: channels: the id town stands under units.yml: groups already"],
    ),
    "a tier named like a column": (
        "tiers.yml",
        lambda c: c["names"].append({"id": "interview", "name": "待约谈"}),
        ["params/tiers.yml: names: found 'interview'"],
    ),
    "a ratio of which less is better": (
        "indicators.yml",
        lambda c: c["indicators"][5].update(direction="lower"),
        ["params/indicators.yml: line", "indicators.6.direction (id common-06)", "'lower'", "ratio allows: higher"],
    ),
    "a floor above the full mark": (
        "indicators.yml",
        lambda c: c["indicators"][9]["method"].update(floor=40),
        ["params/indicators.yml: line", "indicators.10.method (id common-10):", "`floor` 40", "allowed: 0 to 25"],
    ),
    "a numerator that may be negative": (
        "sheets.yml",
        lambda c: c["kinds"]["info_system"]["fields"]["workload"].pop("minimum"),
        ["params/sheets.yml: kinds.info_system.fields.workload.minimum", "common-08 needs 0 or more"],
    ),
    "two entries of an indicator that overlap": (
        "indicators.yml",
        lambda c: c["indicators"].append({**c["indicators"][0], "from": "2024-01"}),
        ["params/indicators.yml: indicators: common-01", "reaches into"],
    ),
    "a column that the sheet does not have": (
        "indicators.yml",
        lambda c: c["indicators"][5]["data"].update(numerator="days"),
        ["params/indicators.yml: common-06.data.numerator: found 'days'", "days_filled"],
    ),
    "a rate of cases without its fewest": (
        "indicators.yml",
        lambda c: [c["indicators"][11].pop(key) for key in ("minimum_cases", "fill_months", "full_cases")],
        ["params/indicators.yml: common-12", "`minimum_cases` is missing"],
    ),
    "a fewest that nothing may fill up": (
        "indicators.yml",
        lambda c: c["indicators"][11].pop("fill_months"),
        ["indicators.12 (id common-12)", "`minimum_cases` and `fill_months` go together"],
    ),
    "cases to fill up to that are fewer than the fewest": (
        "indicators.yml",
        lambda c: c["indicators"][11].update(fill_cases=9),
        ["indicators.12 (id common-12)", "`fill_cases` is no fewer than `minimum_cases`"],
    ),
    "a whole weight on fewer cases than months fill up to": (
        "indicators.yml",
        lambda c: c["indicators"][9].update(full_cases=15),
        ["indicators.10 (id common-10)", "`full_cases` is no fewer than `minimum_cases` and `fill_cases`"],
    ),
    "a fewest of marks": (
        "indicators.yml",
        lambda c: c["indicators"][0].update(minimum_cases=10, fill_months=12),
        ["indicators.1 (id common-01)", "`minimum_cases` needs a rate whose cases are counted"],
    ),
    "a window of counts": (
        "indicators.yml",
        lambda c: c["indicators"][5].update(window_months={"month": 12}),
        ["indicators.6 (id common-06)", "`window_months` needs `over_year: mean`"],
    ),
    "a least number of indicators of an unknown channel": (
        "weights.yml",
        lambda c: c["base"][0].update(minimum_indicators={"weekly": 2}),
        ["params/weights.yml: base.1.minimum_indicators: found 'weekly'", "daily, key_work, info_system, random"],
    ),
    "an adjustment of nobody": (
        "weights.yml",
        lambda c: c["adjustments"][0].pop("group"),
        ["params/weights.yml: adjustments.1", "`unit` or `group`"],
    ),
    "an indicator that nobody sends": (
        "sheets.yml",
        lambda c: c["deliveries"][0].update(indicators=["common-01"]),
        ["params/sheets.yml", "nobody sends common-02"],
    ),
    "marks of a score sheet pooled over the year": (
        "indicators.yml",
        lambda c: next(i for i in c["indicators"] if i["id"] == "common-12").update(data={"sheet": "scores"}),
        ["params/indicators.yml: line", "(id common-12)", "`pool` needs counts"],
    ),
    "a form's name that leads elsewhere": (
        "sheets.yml",
        lambda c: c["deliveries"][2].update(file="../../x.csv"),
        ["params/sheets.yml: line", "deliveries.3.file", "'../../x.csv'", "a plain file name is needed"],
    ),
    "hours of work that nobody counts": (
        "workload.yml",
        lambda c: c["standards"][0]["hours"].update(patrols=2),
        ["params/workload.yml: standards.1.hours: 0 kinds", "'patrols'"],
    ),
    "hours of work that two sheets count": (
        "sheets.yml",
        lambda c: c["kinds"]["info_system"]["fields"].update(c["kinds"]["staffing"]["fields"]),
        ["params/workload.yml: standards.1.hours: 2 kinds", "'consultations'", "'in_post'"],
    ),
    "hours of no length": (
        "workload.yml",
        lambda c: c["standards"][0]["hours"].update(documents=0),
        ["params/workload.yml: line", "standards.1.hours.documents", "it must be greater than 0"],
    ),
    "more presence than days": (
        "workload.yml",
        lambda c: c["standards"][0].update(presence=1.1),
        ["params/workload.yml: line", "standards.1.presence", "it must be at most 1"],
    ),
    "a group in two pools": (
        "workload.yml",
        lambda c: c["moves"]["pools"].append(["town"]),
        ["params/workload.yml: line", "moves.pools", "town stand in `pools` twice"],
    ),
    "a pool of unknown groups": (
        "workload.yml",
        lambda c: c["moves"].update(pools=[["north"]]),
        ["params/workload.yml: moves.pools: found 'north'", "allowed: party"],
    ),
    "a protected unit that there is not": (
        "workload.yml",
        lambda c: c["moves"].update(protected=["D99"]),
        ["params/workload.yml: moves.protected: found 'D99'"],
    ),
    "a kind in the place of one that is read in another way": (
        "sheets.yml",
        lambda c: c["kinds"]["third_party"].update(in_place_of="scores"),
        ["params/sheets.yml: kinds.third_party.in_place_of: found 'scores'", "allowed: inspections"],
    ),
    "a way of looking that shows in two places": (
        "workload.yml",
        lambda c: c["coverage"]["ways"][0].update(sheet="key_work"),
        ["params/workload.yml: coverage.ways: daily: found ['channel', 'sheet']", "allowed: channel / sheet / sources"],
    ),
    "a way of looking by an unknown channel": (
        "workload.yml",
        lambda c: c["coverage"]["ways"][0].update(channel="weekly"),
        ["params/workload.yml: coverage.ways: daily.channel: found 'weekly'", "allowed: daily, key_work"],
    ),
    "two standards in one month": (
        "workload.yml",
        lambda c: c["standards"].append({**c["standards"][0], "from": "2026-01"}),
        ["params/workload.yml: standards: the entry from 2023-01 reaches into that from 2026-01"],
    ),
}


@pytest.mark.parametrize(("file", "change", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_says_file_key_value_and_what_is_allowed(tmp_path, file, change, words):
    with pytest.raises(PolicyError) as error:
        load_policy(edit(tmp_path, file, change))
    for word in words:
        assert word in str(error.value)


def test_a_district_without_workload_yml_has_no_standards_and_the_usual_limits(tmp_path):
    shutil.copytree(ROOT / "params", tmp_path / "params")
    (tmp_path / "params/workload.yml").unlink()
    policy = load_policy(tmp_path).at("2026-10")
    assert policy.standards is None
    assert (policy.workload.load.busy_above, policy.workload.moves.max_moves) == (1.2, 10)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"name: [", ["params/district.yml: line"]),
        (b"name: a\nname: b\n", ["line 2", "stands twice"]),
        (b"name: a\n? [a, b]\n: 1\n", ["line 2", "a key is one word"]),
        (b"\xff\xfe", ["not UTF-8"]),
        (b"", ["params/district.yml"]),
        (b"name: !!python/object:os.system {}\n", ["not valid YAML"]),
    ],
)
def test_a_file_that_is_no_yaml_is_named(tmp_path, text, words):
    shutil.copytree(ROOT / "params", tmp_path / "params")
    (tmp_path / "params/district.yml").write_bytes(text)
    with pytest.raises(PolicyError) as error:
        load_policy(tmp_path)
    for word in words:
        assert word in str(error.value)


def test_a_missing_file_and_a_missing_folder_are_named(tmp_path):
    with pytest.raises(PolicyError, match="no params folder"):
        load_policy(tmp_path)
    shutil.copytree(ROOT / "params", tmp_path / "params")
    (tmp_path / "params/tiers.yml").unlink()
    with pytest.raises(PolicyError, match=r"params/tiers\.yml: the file is missing"):
        load_policy(tmp_path)
