"""A month under another policy: no page keeps a name or a number of the rules that the project comes with."""

import re

import pytest

from analysis.policy.book import load_policy
from analysis.report.explain import explain_lines
from analysis.report.site.method import method_body
from analysis.run.explain import explain_published
from analysis.run.month import new_month
from analysis.run.pipeline import run_month

from ..conftest import copy_root
from .test_bulletin_numbers import text_of

PERIOD = "2023-01"
TIERS = {"excellent": "甲等", "good": "乙等", "pass": "丙等", "fail": "丁等"}
# What pages said whatever the policy: tiers, bottom places, weights, small number, months and years running.
OLD = (
    "优秀|良好|达标|后五名|后5名|20/30/30/20|四个渠道按20|不足20件|低于85%|前10%|连续两个月|连续三个月|连续三年|三年状态|近三个年度"
    "|不足三年|满三年|人均工作量、重点|优秀线|第五低"
)


def change(path, *replacements: tuple[str, str]) -> None:
    """Put other values into a file of `params/`; each must have stood there."""
    text = path.read_text("utf-8")
    for old, new in replacements:
        assert old in text, (path.name, old)
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = copy_root(tmp_path_factory.mktemp("other"), [PERIOD])
    params = root / "params"
    names = [(f"id: {tier}, name: {old}}}", f"id: {tier}, name: {TIERS[tier]}}}")
             for tier, old in zip(TIERS, ("优秀", "良好", "达标", "不达标"), strict=True)]  # fmt: skip
    change(
        params / "tiers.yml",
        *names,
        ("bottom_places: 5", "bottom_places: 0"),
        ("tie_keys: [workload_per_head, key_work_score, deductions]", "tie_keys: [deductions, key_work_score]"),
        ("excellent: down, good: up, pass: up", "excellent: down, good: down, pass: up"),
    )
    change(
        params / "weights.yml",
        (
            "{daily: 20, key_work: 30, info_system: 30, random: 20}",
            "{daily: 41, key_work: 22, info_system: 21, random: 16}",
        ),
    )
    change(params / "tickets.yml", ("small_number: 20", "small_number: 9"))
    change(params / "indicators.yml", ("fill_cases: 20", "fill_cases: 17"))
    change(
        params / "watch.yml",
        ("below_pct: 85", "below_pct: 71"),
        ("minimum_cases: 20", "minimum_cases: 9"),
        (
            "{method: exact_fdr, tail_pct: 0.1, minimum: 5}",
            "{method: top_share, top_share_pct: 7, minimum: 6, quantile_method: higher}",
        ),
        ("clean_months: 3", "clean_months: 6"),
    )
    change(params / "consequences.yml", ("blacklist_years: 3", "blacklist_years: 5"))
    change(params / "trends.yml", ("slope: {least_months: 36}", "slope: {least_months: 48}"))
    run_month(new_month(root, load_policy(root), PERIOD))
    return root


def test_no_page_keeps_a_word_or_a_number_of_the_policy_that_was(root):
    pages = sorted((root / "reports" / PERIOD).rglob("*.html"))
    assert len(pages) > 80
    found = {
        (path.relative_to(root / "reports" / PERIOD).as_posix(), match[0])
        for path in pages
        for match in re.finditer(f".{{0,12}}(?:{OLD}).{{0,12}}", text_of(path.read_text("utf-8")))
    }
    assert sorted(found) == []


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("technical/2_score.html", "四个渠道按41/22/21/16加权（R17）"),
        ("technical/2_score.html", "依次比较扣分、重点工作得分，仍相同的在甲等、乙等线就低、其余就高（S6）"),
        ("technical/3_trends.html", "满四年的单位"),
        ("technical/4_hotline.html", "工单不足9件的单位"),
        ("technical/4_hotline.html", "满意率低于71%"),
        ("technical/4_hotline.html", "重复反映居前7%且不少于6件"),
        ("technical/4_hotline.html", "连续六个月未触发的移出"),
        ("technical/5_actions.html", "丁等的单位约谈、通报批评（R21），连续五年的列入"),
        ("bulletin.html", "月度等次为暂定结果"),
        ("bulletin.html", "列入丁等的"),
    ],
)
def test_pages_say_the_policy_that_is(root, page, said):
    assert said in text_of((root / "reports" / PERIOD / page).read_text("utf-8"))


def test_the_method_page_names_tiers_and_values_of_the_policy_that_is(root):
    text = re.sub(r"<[^>]*>", " ", str(method_body(load_policy(root))))
    assert "甲等比例" in text
    assert re.findall(f".{{0,12}}(?:{OLD}|日常20|倒数第五).{{0,12}}", text) == []


def test_the_offices_workbook_names_no_bottom_place(root):
    from openpyxl import load_workbook

    book = load_workbook(root / "reports" / PERIOD / "offices" / "offices.xlsx")
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell}
    assert not [text for text in [*book.sheetnames, *cells] if re.search(OLD, text)]


def test_an_explained_unit_reads_the_policy_that_is(root):
    book = load_policy(root)
    told = "\n".join(explain_lines(explain_published(root, book, PERIOD, "D01"), book.at(PERIOD).grading, book.names))
    assert "约谈范围（丁等）" in told
    assert not re.search(OLD, told)


def test_pages_for_readers_name_no_rule_and_no_file(root):
    folder = root / "reports" / PERIOD
    pages = [path for path in folder.rglob("*.html") if not {"technical", "draws", "offices"} & set(path.parts)]
    assert len(pages) > 80
    found = {
        (path.relative_to(folder).as_posix(), match[0])
        for path in pages
        for match in re.finditer(
            r".{0,8}(?:\b[RS]\d{1,2}\b|data/processed|\.parquet).{0,8}", text_of(path.read_text("utf-8"))
        )
    }
    assert sorted(found) == []
