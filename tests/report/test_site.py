"""The pages around the months: values of the rules in words, the open data, links that a page may hold."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis.policy.book import load_policy
from analysis.policy.consequences import PackRules
from analysis.policy.dictionary import TableEntry, load_dictionary
from analysis.policy.load import load_yaml
from analysis.policy.tables import TABLES, Table
from analysis.report.draw import count_visits
from analysis.report.page.html import render_page
from analysis.report.site.dictionary import describe_columns, describe_package
from analysis.report.site.index import MonthEntry, PageLink, RevisionEntry, audience_index, office_index, public_index
from analysis.report.site.method import method_body, rule_links
from analysis.report.site.open_data import open_tables, to_csv
from analysis.report.site.values import general_key, in_words, list_values
from analysis.report.words import WORDS

from .pages import without_fonts

ROOT = Path(__file__).resolve().parents[2]
NAMES = load_policy(ROOT).names
PACKS = PackRules(minimum_group=5, peer_step_points=0.5, small_count=5, public_units="none")
LEVELS = ("level", "level_id", "unit_id")
REVISION = {"revision": "r0002", "state": "draft"}


@pytest.fixture(scope="module")
def book():
    return load_policy(ROOT)


# Values that the sample does without.
OPTIONAL = {"tiers": {"grading": [{"lines": {"excellent": 90}, "line_is": "above", "at_least_one": ["excellent"]}]}}


def listed_values():
    for file, content in OPTIONAL.items():
        yield from list_values(content, file, NAMES)
    for section in WORDS.sections:
        content = load_yaml(ROOT / "params" / f"{section.file}.yml", dict)
        yield from list_values(content, section.file, NAMES)


# --- words ---


def test_every_value_that_the_method_page_lists_has_a_name_and_every_name_a_value():
    assert {general_key(value.key) for value in listed_values()} == set(WORDS.keys)


def test_every_params_file_is_told_by_a_section_or_a_table_of_its_own():
    of_their_own = {"units", "indicators", "weights", "calendar"}
    of_papers = {"papers"}  # who gets a paper stands on it
    files = {path.stem for path in (ROOT / "params").glob("*.yml")}
    assert {section.file for section in WORDS.sections} | of_their_own | of_papers == files


def test_named_keys_cite_only_listed_rules():
    cited = {rule for _, rules in WORDS.keys.values() for rule in rules.split()}
    assert cited <= set(WORDS.rules)
    assert set(WORDS.from_source) <= set(WORDS.keys)


def test_no_choice_of_the_rules_is_left_in_english():
    names = {"district", "sheets", "draw"}  # these hold text of the office
    bare = [v for v in listed_values() if v.text.isascii() and any(map(str.isalpha, v.text)) and v.key not in names]
    assert not bare


@pytest.mark.parametrize(
    ("value", "text"),
    [(5, "5"), (1e-9, "0.000000001"), (2.50, "2.5"), (100.0, "100"), (True, "是"), (["good", "fail"], "良好、不达标")],
)
def test_value_is_shown_in_words_and_without_an_exponent(value, text):
    assert in_words(value, NAMES) == text


def test_values_carry_the_span_and_the_document_of_their_entry():
    content = {"rules": [{"from": "2023-01", "to": "2024-12", "document": "甲〔2022〕1号", "a": {"b": 1}}, {"c": 2}]}
    found = {value.key: value.span for value in list_values(content, "x", {})}
    assert found == {"x.rules.a.b": "2023年1月至2024年12月，甲〔2022〕1号", "x.rules.c": ""}


# --- method page ---


def test_method_page_names_every_indicator_weight_and_number(book):
    page = without_fonts(render_page(method_body(book)))
    for entry in book.indicators.indicators:
        assert entry.name in page
    for entry in [*book.weights.base, *book.weights.adjustments]:
        assert entry.document in page
    for number in WORDS.rules:
        assert f'id="{number}"' in page


def test_method_page_says_on_how_many_cases_and_over_which_months_each_indicator_counts(book):
    """It says that it lists every value: fewest cases, those filled up, whole weight and windows stood nowhere."""
    page = str(method_body(book))
    for entry in book.indicators.indicators:
        if entry.minimum_cases:
            fill = entry.fill_cases or entry.minimum_cases
            told = f"用此前至多{entry.fill_months}个月的补至{fill}件，仍不足{entry.minimum_cases}件的不计分"
            assert told + (f"；满{entry.full_cases}件计足权重" if entry.full_cases else "") in page
        for scope, months in entry.window_months.items():
            assert f"{ {'month': '月度', 'ytd': '年度'}[scope] }取近{months}个月的抽查" in page
    plain = [e.model_copy(update={"minimum_cases": None, "window_months": {}}) for e in book.indicators.indicators]
    bare = replace(book, indicators=book.indicators.model_copy(update={"indicators": tuple(plain)}))
    assert "件数和期限" not in method_body(bare) and "件数和期限" in page


def test_method_page_begins_with_a_summary_of_what_is_in_force_that_leads_to_each_part(book):
    page = without_fonts(render_page(method_body(book, period="2026-10")))
    summary = page[page.index('<dl class="summary">') : page.index("</dl>")]
    policy, ids = book.at("2026-10"), set(re.findall(r' id="([^"]+)"', page))
    for told in (f"考评{len(policy.units)}个单位", f"{len(policy.indicators)}项指标", "满分100分"):
        assert told in summary
    for tier, share in policy.grading.quotas.items():
        assert f"{policy.names[tier]}{share:g}%" in summary
    for told in ("连续三年的列入机构编制黑名单", f"{policy.district.objection.working_days}个工作日内向"):
        assert told in summary
    first = f"在年度定稿后{policy.district.objection.working_days}个工作日内核实结果，经核实属履职问题的，再作约谈"
    assert first in summary and "异议期，也是年度结果先行核实的期限" in page  # what chance may have brought waits
    links = re.findall(r'href="#([^"]+)"', summary)
    assert len(links) == 6 and set(links) <= ids
    assert page.index('<dl class="summary">') < page.index(">附：全部规则和数值</h2>") < page.index(">参评单位</h3>")
    # A layman is told where to stop; what is looked up stands under one head, with links of its own.
    assert re.findall("<h2[^>]*>(.*?)</h2>", page) == ["一分钟读懂", "附：全部规则和数值"]
    assert "即可（考谁、考什么、怎样合成、怎样分等次、有什么后果、怎样提出异议）" in page[: page.index("<dl")]
    below = page[page.index(">附：全部") :]
    named = re.findall(r'href="#([^"]+)"', below[: below.index("<h3")])
    assert named == re.findall('<h3 id="([a-z]+)">', below)


@pytest.mark.parametrize(("period", "is_former"), [("2024-06", False), ("2024-07", True), ("", True)])
def test_a_merged_unit_is_counted_while_it_is_assessed_as_on_the_public_page(book, period, is_former):
    page = without_fonts(method_body(book, period=period))
    told, names = dict(re.findall(r"<h4[^>]*>([^<（]+)（(\d+)个）</h4>", page)), book.names
    merged = next(unit for unit in book.units.units if unit.merged_into)
    policy = book.at(period or "2026-10")
    for group in policy.groups:
        assert int(told[group.name]) == sum(unit.group == group.id for unit in policy.units)
    assert (f"不再单独参评的：{merged.name}（至2024年6月）" in page) == is_former
    assert sum(map(int, (told[group.name] for group in policy.groups))) == len(policy.units)
    assert names[merged.id] in page


def test_method_page_folds_values_and_rules_and_leaves_open_what_it_is_about(book):
    page = method_body(book, period="2026-10")
    shown = re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)
    for head in ("一分钟读懂", "考核指标", "考核渠道权重"):
        assert head in shown
    assert "渠道权重（%），合计100" in shown
    for entry in book.indicators.indicators:  # what is assessed is named; how it is counted is folded
        assert (entry.name in shown) == (entry.to is None)
    assert "合并分子分母" in page and "合并分子分母" not in shown
    assert f"{book.weights.channels[0].name}指标（渠道内权重" in page
    assert "优秀比例" in page and "优秀比例" not in shown and 'id="S5"' not in shown


def test_a_citizen_reads_by_which_document_a_value_holds_and_no_place_in_a_file(book):
    page = method_body(book, period="2026-10")
    assert not [word for word in ("params/", "参数位置", "grading.quotas", ".yml") if word in page]
    assert f"<p>施行时间和依据：2023年1月起，{book.at('2026-10').watch.document}。</p>" in page
    assert "<p>施行时间：2023年1月起。</p>" in page  # rules of draws cite no document


def test_the_summary_tells_how_many_of_the_indicators_a_unit_is_scored_by(book):
    rows = [("D01", "common-01", 90.0), ("D01", "common-02", np.nan), ("D02", "common-01", 80.0)]
    rows += [("D02", "common-02", 70.0), ("D02", "common-03", 60.0)]
    marks = pd.DataFrame(rows, columns=["unit_id", "indicator_id", "score"]).assign(scope="month", period="2026-10")
    year = marks.assign(scope="ytd", score=1.0)
    told = method_body(book, None, "2026-10", pd.concat([marks, year]))
    assert "考23项指标，各单位视职责和当月有无事项计其中的1至3项（2026年10月），每项按规定方法计分" in told
    assert "其中的1项（" in method_body(book, None, "2026-10", marks[marks["unit_id"] == "D01"])
    assert "计其中" not in method_body(book, None, "2026-10", marks.assign(score=np.nan)) + method_body(book)


def test_a_month_without_a_public_draw_tells_who_was_inspected(book):
    pages = {month: [f"{month}/index.html"] for month in ("2026-07", "2026-08", "2026-09")}
    pages["2026-10"] = ["2026-10/draws/2026-10-1/draw.html", "2026-10/index.html"]
    row = {"period": "2026-09", "indicator_id": "common-05", "assessor": ""}
    visits = pd.DataFrame([row | {"unit_id": unit} for unit in ("D01", "D01", "D02")])
    told = count_visits(visits)
    assert told == "抽查2个单位，未公布摇号"
    other = pd.concat([visits, visits.tail(1).assign(assessor="某院", unit_id="D03")])
    assert count_visits(other) == "抽查2个单位、第三方评估1个单位，未公布摇号"
    assert count_visits(other.tail(1)) == "第三方评估1个单位"  # nobody draws lots for it
    words = {"2026-08": count_visits(visits.head(0)), "2026-09": told, "2026-10": told}
    rows = dict(
        re.findall(
            r"2026年(\d+)月公开版</a></th><td[^>]*>(.*?)</td>", public_index(book.district, pages, {}, visits=words)
        )
    )
    since = "（公布始于2026年10月）"
    assert (rows["9"], rows["8"], rows["7"]) == (told + since, f"没有登记抽查，未公布摇号{since}", f"未公布摇号{since}")
    assert "2026-10-1号摇号公示页" in rows["10"] and told not in rows["10"]
    later = public_index(book.district, pages | {"2026-11": ["2026-11/index.html"]}, {}, visits={"2026-11": told})
    assert f">{told}<" in later  # a draw has been published before


def test_method_page_shows_what_finished_years_claims_came_to(book):
    row = {"period": "2025-12", "scope": "month", "claim": "interval", "n_claims": 935, "claimed_pct": 95.0}
    claims = TABLES["claims"].check(pd.DataFrame([row | {"realised_pct": 99.26}]))
    page = method_body(book, claims)
    assert "99.3%" in page and "位次区间" in page
    shown = re.sub(r"<details>.*?</details>", "", page, flags=re.DOTALL)  # a plain sentence alone is open
    assert "99.3%" not in shown and WORDS.claims_note not in shown and "年终与实际结果逐项对照" in shown
    assert "结论是否应验" not in method_body(book, claims.head(0)) + method_body(book)


@pytest.mark.parametrize(
    "claim, n_claims, realised, is_told",
    [
        ("interval", 935, 100.0, True),
        ("interval", 935, 97.0, False),  # of 78 units a year so few misses are nothing rare
        ("interval", 240, 100.0, False),
        ("stable", 935, 100.0, False),
    ],
)
def test_method_page_says_of_intervals_alone_that_they_are_wider_than_needed(book, claim, n_claims, realised, is_told):
    row = {"scope": "month", "claim": claim, "n_claims": n_claims, "claimed_pct": 95.0, "realised_pct": realised}
    rows = [row | {"period": "2025-12"}]
    told = f"位次区间当时把握95.0%，各年合计后来相符{realised:.1f}%，明显高于把握：区间比需要的宽，判断偏于谨慎"
    assert (told in method_body(book, TABLES["claims"].check(pd.DataFrame(rows)))) == is_told
    if n_claims == 240:  # a year of twenty units has too few, also seen by month and to date; four have enough
        both = pd.DataFrame([*rows, row | {"period": "2025-12", "scope": "ytd"}])
        assert told not in method_body(book, TABLES["claims"].check(both))
        years = pd.DataFrame([row | {"period": f"{year}-12"} for year in range(2022, 2026)])
        assert told in method_body(book, TABLES["claims"].check(years))


def test_method_page_follows_the_rules(book, tmp_path):
    for path in (ROOT / "params").glob("*.yml"):
        (tmp_path / "params").mkdir(exist_ok=True)
        content = yaml.safe_load(path.read_text("utf-8"))
        if path.stem == "tiers":
            content["grading"][0]["bonus_cap"] = 4.25
        text = path.read_text("utf-8") if path.stem != "tiers" else yaml.safe_dump(content, allow_unicode=True)
        (tmp_path / "params" / path.name).write_text(text, "utf-8")
    assert "4.25" in method_body(load_policy(tmp_path))
    assert "4.25" not in method_body(book)


def test_method_page_folds_each_list_of_duties_and_counts_them_by_unit(book):
    first, second = book.duties.matters[0], book.duties.matters[1]  # a power and a boundary matter of D57
    process = first.model_copy(update={"id": "P1", "name": "公文处理", "list": "process", "clause": "第1项"})
    named = [*book.duties.lists, book.duties.lists[0].model_copy(update={"id": "process", "name": "岗位规范工作流程"})]
    ended = second.model_copy(update={"to": "2024-12"})
    duties = book.duties.model_copy(update={"lists": tuple(named), "matters": (process, first, ended)})
    page = method_body(replace(book, duties=duties))
    page = page[page.index(">权责和边界事项</h3>") : page.index(">工作日历</h3>")]
    folded = re.findall(r"<details><summary>(.*?)</summary>(.*?)</details>", page, re.DOTALL)
    assert [head for head, _ in folded] == [
        "各单位事项数", "权责清单（1项）", "职责边界清单（1项）", "岗位规范工作流程（1项）",
    ]  # fmt: skip
    shares = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', folded[0][1])
    counts = {name: re.findall(r">(\d+)<", cells) for name, cells in shares}
    assert counts == {"区城市管理局": ["1", "0", "1", "0"], "区市场监督管理局": ["0", "0", "0", "2"]}
    assert "违法建设" in folded[2][1] and "2024年12月" in folded[2][1] and "公文处理" in folded[3][1]


def test_rule_numbers_link_to_the_list_and_nothing_is_a_dash():
    assert rule_links("R9 S4") == '<span><a href="#R9">R9</a>、<a href="#S4">S4</a></span>'
    assert rule_links("") == "—"


# --- indexes ---


def entry(period="2026-10", n_revisions=2, pages=("bulletin.html", "feedback/D01.html", "technical/1_clean.html")):
    told = [
        RevisionEntry(f"r{n + 1:04d}", "draft", "update", "2026-10-31", "0.1.0", "abc", pages)
        for n in range(n_revisions)
    ]
    return MonthEntry(period, tuple(told))


def test_office_index_lists_newest_month_first_and_links_survive_cleaning(book):
    page = without_fonts(render_page(office_index(book.district, [entry("2026-09"), entry()], ["2026-09", "2026-10"])))
    assert page.index("2026年10月</th>") < page.index("2026年9月</th>")
    for link in (
        "2026-10/bulletin.html",
        "2026-10/feedback/index.html",
        "2026-10/technical/index.html",
        "../data/processed/2026-10/r0001/pages/bulletin.html",
        "public/method.html",
        "public/open-data/data_dictionary.csv",
    ):
        assert f'href="{link}"' in page


def test_office_index_of_a_new_district_says_that_nothing_is_published(book):
    assert "尚未发布任何月份" in office_index(book.district, [], [])


def test_indexes_list_the_notices_of_final_years_the_newest_first(book):
    page = without_fonts(render_page(office_index(book.district, [], [], [2023, 2024])))
    paths = ["2024/leadership/annual-2024.html", "2024/offices/annual-2024.html", "public/annual-2024.html"]
    paths += [path.replace("2024", "2023") for path in paths]
    assert [page.index(f'href="{path}"') for path in paths] == sorted(page.index(f'href="{path}"') for path in paths)
    page = public_index(book.district, {}, {}, [2023, 2024])
    assert page.index('href="annual-2024.html"') < page.index('href="annual-2023.html"')
    assert "annual" not in public_index(book.district, {}, {})


def test_the_public_index_begins_with_the_service_and_leads_to_month_method_and_draw(book):
    pages = {f"2026-{m}": [f"2026-{m}/draws/2026-{m}-1/draw.html", f"2026-{m}/index.html"] for m in ("09", "10")}
    files = {"2026-10": ["datapackage.json", "hotline_by_matter.csv"]}
    states = {"2026-09": "定稿（第2版，例行发布）", "2026-10": "征求意见稿（第8版，更正）"}
    packs = book.at("2026-10").packs
    body = public_index(book.district, pages, files, states=states, lead="受理<3件。", packs=packs)
    page = without_fonts(render_page(body))
    assert page.index("受理&lt;3件。") < page.index('href="2026-10/index.html"') < page.index('href="method.html"')
    assert body.index('href="method.html"') < body.index("怎样核对摇号") < body.index("各月情况")
    assert body.index("怎样核对摇号") < body.index('<a href="method.html#district">被评单位怎样提出异议')
    assert '<a href="2026-10/index.html#calls">您的反映怎样办理、怎样计入考评' in body
    assert "公开版不公布任何单个单位（部门和镇街）的得分、位次和等次" in body and "<li>反映机构编制问题：" in body
    named = public_index(book.district, pages, files, packs=packs.model_copy(update={"public_units": "departments"}))
    assert "不公布单个镇街的得分、位次和等次" in named and "任何单个单位" not in named
    assert '<a href="2026-10/draws/2026-10-1/draw.html">怎样核对摇号' in page
    for month, state in (("10", "征求意见稿（第8版，更正）"), ("9", "定稿（第2版，例行发布）")):
        assert state in re.search(rf"2026年{month}月公开版.*?</tr>", page, re.DOTALL)[0]
    # Tables are called by their titles; what only programs read is folded.
    assert '<a href="open-data/2026-10/hotline_by_matter.csv">各事项热线办理</a>' in page
    assert (
        page.index("<summary>数据格式") < page.index("UTF-8") < page.index('href="open-data/2026-10/datapackage.json"')
    )
    none = public_index(book.district, {"2026-10": ["2026-10/index.html"]}, files)
    assert "怎样核对摇号" not in none and ">未公布摇号<" in none
    assert "看本月情况" not in public_index(book.district, {}, {})


@pytest.mark.browser
def test_links_of_one_cell_stand_in_one_line_on_a_phone(book, browser, tmp_path):
    path = tmp_path / "index.html"
    path.write_text(render_page(office_index(book.district, [entry()], [])), "utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 900})
    page.goto(path.as_uri())
    links = page.locator("td:has(a + a) a")
    boxes = [links.nth(n).bounding_box() for n in range(links.count())]
    assert len(boxes) > 1 and all(box["height"] < 60 and box["width"] > 25 for box in boxes)


def test_audience_index_leads_nowhere_outside_its_folder(book):
    links = [PageLink("D01.html", "D01"), PageLink("D02.html", "D02")]
    page = without_fonts(render_page(audience_index(book.district, entry(), "feedback", links, book.names)))
    assert 'href="D01.html"' in page
    assert ".." not in page[page.index("<main>") : page.index("</main>")]
    assert "不得整夹转发" in page


def test_title_of_a_page_cannot_bring_markup_into_an_index(book):
    links = [PageLink("x.html", "<img src=x onerror=alert(1)>")]
    page = without_fonts(render_page(audience_index(book.district, entry(), "technical", links, book.names)))
    assert "<img" not in page


# --- open data ---


def units_frame(sizes: dict[str, int]) -> pd.DataFrame:
    """Units of some groups with totals 60, 61, 62 …; the last of each group is a failing one."""
    rows = []
    for group, size in sizes.items():
        for n in range(size):
            unit_id = f"{'T' if group == 'town' else 'D'}{n + 1:02d}"
            total = 60.0 + n
            tier = "fail" if n == 0 else "good"
            told = {"total": total, "rank": n + 1, "tier": tier, "is_provisional": False}
            rows.append({"period": "2026-10", "scope": "month", "unit_id": unit_id, "group": group, **told})
    return pd.DataFrame(rows)


def open_of(tables, book, packs=PACKS):
    return open_tables(tables, book.at("2026-10"), packs, book.names, REVISION)


def test_scores_by_group_count_tiers_and_take_the_higher_middle(book):
    found = open_of({"unit_scores": units_frame({"party": 6, "town": 6})}, book)["scores_by_group"].set_index("group")
    assert found.loc["all", ["n_units", "n_fail", "n_good"]].tolist() == [12, 2, 10]
    assert found.loc["town", "mean_total"] == 62.5
    assert found.loc["town", "median_total"] == 63.0
    assert found.loc["party", "name"] == "党委群团"


def test_small_groups_are_joined_until_none_follows_from_the_rest(book):
    one = open_of({"unit_scores": units_frame({"party": 4, "town": 6, "law": 5})}, book)["scores_by_group"]
    assert dict(zip(one["group"], one["n_units"], strict=True)) == {"all": 15, "law+party": 9, "town": 6}
    assert one.set_index("group").loc["law+party", "name"] == "执法监管、党委群团"
    two = open_of({"unit_scores": units_frame({"party": 4, "law": 3, "town": 6})}, book)["scores_by_group"]
    assert sorted(two["group"]) == ["all", "party+law", "town"]


def test_no_unit_is_named_by_default_and_never_a_town(book):
    tables = {"unit_scores": units_frame({"party": 6, "town": 6})}
    assert "department_scores" not in open_of(tables, book)
    named = open_of(tables, book, PACKS.model_copy(update={"public_units": "departments"}))["department_scores"]
    assert sorted(named["unit_id"]) == [f"D{n:02d}" for n in range(1, 7)]


def summary(n_units: int) -> pd.DataFrame:
    row = {"period": "2026-10", "scope": "month", "indicator_id": "common-01", "family": "common", "channel": "daily"}
    return pd.DataFrame(
        [
            {
                **row,
                "n_units": n_units,
                "mean_score": 91.805,
                "lost_points": 0.5,
                "worst_units": "D01 T02",
                "n_filled": 3,
                "n_too_few": 1,
            }
        ]
    )


def test_indicator_summary_is_rounded_half_up_and_names_no_unit(book):
    found = open_of({"indicator_summary": summary(5)}, book)["indicator_summary"]
    assert not {"worst_units", "n_filled", "n_too_few"} & {*found}
    assert found["mean_score"].tolist() == [91.81]
    assert open_of({"indicator_summary": summary(4)}, book)["indicator_summary"].empty


def tickets(**counts) -> dict[str, pd.DataFrame]:
    """A matter with these counts, a large one, one that no clause names, and their sum as one channel and the whole."""
    large = {"n_received": 600, "n_due": 500, "n_on_time": 400, "n_valid_call_backs": 300, "n_satisfied": 200}
    told = {"n_received": 60, "n_due": 50, "n_on_time": 40, "n_valid_call_backs": 30, "n_satisfied": 20} | counts
    rows = [{"matter_id": "M001", "matter": "占道经营"} | told, {"matter_id": "M002", "matter": "停水"} | large]
    matters = pd.DataFrame([*rows, {"matter_id": "", "matter": "住户张某反映的事"} | large])
    whole = matters[list(large)].sum()
    channels = pd.DataFrame([{"channel": "12345"} | dict(whole), {"channel": "all"} | dict(whole)])
    return {
        name: frame.assign(
            period="2026-10",
            on_time_pct=100 * frame["n_on_time"] / frame["n_due"],
            satisfaction_pct=100 * frame["n_satisfied"] / frame["n_valid_call_backs"],
        )
        for name, frame in (("hotline_by_matter", matters), ("hotline_by_channel", channels))
    }


def test_matters_that_no_clause_names_stay_inside(book):
    found = open_of(tickets(), book)["hotline_by_matter"]
    assert found["matter"].tolist() == ["占道经营", "停水"]
    assert found["on_time_pct"].tolist() == [80.0, 80.0]


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({"n_received": 4}, ["n_received"]),
        ({"n_due": 4, "n_on_time": 0}, ["n_due", "on_time_pct"]),
        ({"n_on_time": 3}, ["on_time_pct"]),
        ({"n_on_time": 49}, ["on_time_pct"]),
        ({"n_satisfied": 28}, ["satisfaction_pct"]),
        ({"n_on_time": 50, "n_satisfied": 30}, ["on_time_pct", "satisfaction_pct"]),
        ({}, []),
    ],
)
def test_small_counts_are_not_shown_nor_the_rates_they_would_follow_from(book, counts, hidden):
    found = open_of(tickets(**counts), book)["hotline_by_matter"].iloc[0]
    shown = found[["n_received", "n_due", "on_time_pct", "n_valid_call_backs", "satisfaction_pct"]]
    assert sorted(shown.index[shown.isna()]) == sorted(hidden)


def test_group_trends_show_groups_and_the_district_alone(book):
    base = {"period": "2026-10", "basis": "mom", "before_period": "2026-09", "after_period": "2026-10"}
    figures = {"before": 80.0, "after": 81.0, "change": 1.0, "like_for_like_change": np.nan}
    levels = [("total", "", "D01"), ("group", "party", ""), ("group", "law", ""), ("district", "", "")]
    trends = pd.DataFrame([base | figures | dict(zip(LEVELS, each, strict=True)) for each in levels])
    whole = {"trends": trends, "unit_scores": units_frame({"party": 6, "law": 6})}
    assert open_of(whole, book)["trends_by_group"]["group"].tolist() == ["all", "law", "party"]
    small = {"trends": trends, "unit_scores": units_frame({"party": 6, "law": 4})}
    assert open_of(small, book)["trends_by_group"]["group"].tolist() == ["all"]


def test_open_tables_hold_to_the_dictionary(book):
    base = {"period": "2026-10", "basis": "mom", "before_period": "", "after_period": "2026-10", "level": "district"}
    figures = {"level_id": "", "before": 1.0, "after": 1.0, "change": 0.0, "like_for_like_change": 0.0}
    tables = {
        "unit_scores": units_frame({"party": 6}),
        "indicator_summary": summary(9),
        "trends": pd.DataFrame([base | figures]),
        **tickets(),
    }
    found = open_of(tables, book, PACKS.model_copy(update={"public_units": "departments"}))
    described = load_dictionary().open_data
    assert {*found} == {*described}
    for name, frame in found.items():
        assert [*frame.columns] == [*described[name].fill(NAMES.tiers).fields]
        assert len(Table(name, described[name]).check(frame)) == len(frame) > 0


UNITS = TableEntry.model_validate(
    {
        "title": "单位得分",
        "description": "unit",
        "primaryKey": ["unit_id"],
        "fields": {
            "unit_id": {"title": "单位编号", "description": "its id", "type": "string"},
            "total": {
                "title": "总分",
                "description": "own",
                "type": "number",
                "constraints": {"minimum": 0},
                "unit": "points",
                "good": "higher",
                "rule": "S4",
            },
        },
    }
)


def test_columns_are_described_in_a_table():
    told = ["table", "table_zh", "column", "zh", "meaning_zh", "unit_zh", "good_zh", "meaning", "rule"]
    assert describe_columns({"units": UNITS})[told].to_numpy().tolist() == [
        ["units", "单位得分", "unit_id", "单位编号", "", "", "", "its id", ""],
        ["units", "单位得分", "total", "总分", "", "分", "越高越好", "own", "S4"],
    ]


def test_every_open_table_and_column_means_something_in_chinese():
    for table in load_dictionary().open_data.values():
        assert table.note
        for name, column in table.fields.items():
            assert column.note and (not column.unit or column.unit in WORDS.units), name
    rates = load_dictionary().open_data["hotline_by_matter"].fields
    for name in ("n_received", "n_due", "n_valid_call_backs", "on_time_pct", "satisfaction_pct"):
        assert "空白为该数较小，或由它可推出较小的数，不予列示，不是零" in rates[name].note


def test_codes_of_open_data_have_their_names_beside_them(book):
    found = open_of({**tickets(), "indicator_summary": summary(9)}, book)
    names = dict(zip(found["hotline_by_channel"]["channel"], found["hotline_by_channel"]["name"], strict=True))
    assert names == {"12345": "12345", "all": "全区"}  # a channel of no rule keeps its own word
    (row,) = found["indicator_summary"].itertuples()
    assert (row.channel_name, row.family_name) == (book.names["daily"], book.names["common"])


def test_package_describes_the_files_that_there_are_as_the_standard_wants_it():
    package = json.loads(describe_package("2026-10", {"units": UNITS}))
    assert package["name"] == "open-data-2026-10"
    (resource,) = package["resources"]
    assert (resource["name"], resource["path"], resource["schema"]["primaryKey"]) == ("units", "units.csv", ["unit_id"])
    unit, total = resource["schema"]["fields"]
    assert unit == {"name": "unit_id", "title": "单位编号", "description": "its id", "type": "string"}
    assert (total["constraints"], total["rule"]) == ({"minimum": 0}, "S4")


@pytest.mark.parametrize(
    ("text", "written"),
    [("=1+1", "'=1+1"), ("+cmd", "'+cmd"), ("-2", "'-2"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "' x")],
)
def test_csv_holds_no_text_that_a_spreadsheet_would_run(text, written):
    frame = pd.DataFrame({"name": [text], "change": [-1.5]})
    assert to_csv(frame).splitlines()[1].replace('"', "") == f"{written},-1.50"


@pytest.mark.parametrize(
    ("withdrawn", "data", "told"),
    [
        (None, ("a",), "，所据数据较上一版未变）"),
        (None, ("b",), "，所据数据较上一版有变）"),
        (date(2026, 11, 5), ("a",), ""),
    ],
)
def test_an_edition_of_new_layout_alone_is_told_apart_from_one_of_other_data(withdrawn, data, told):
    """Both stood in the public's list with a reason alone; against a withdrawn edition nothing is compared."""
    first = RevisionEntry("r0001", "draft", "update", "2026-10-31", "0.1.0", "abc", (), withdrawn, data=("a",))
    last = replace(first, name="r0002", reason="按新版式重新发布", withdrawn_on=None, data=data)
    state = MonthEntry("2026-10", (first, last)).told
    assert state == f"征求意见稿（第2版，按新版式重新发布{told or '）'}"
    assert MonthEntry("2026-10", (last,)).told == last.tell()
