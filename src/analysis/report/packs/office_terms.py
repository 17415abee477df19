"""What the copied offices' lists say of themselves: edition, how they may be used, terms, rules (R20, S21, S27)."""

import re
from datetime import date
from operator import itemgetter

import pandas as pd

from analysis.insight.likeness import MEASURE
from analysis.policy.period import year_to_date
from analysis.report.certainty import count_verdicts
from analysis.report.edition import edition_words
from analysis.report.grading import listed_name, provisional_name
from analysis.report.measures import (
    VERIFIED_FIRST,
    VERIFY_KEEPS,
    clear_words,
    consequence_rule,
    count_blacklisted,
    verify_rule,
    years_looked_back,
)
from analysis.report.packs.content import PackContent
from analysis.report.packs.office_outcomes import registered_by
from analysis.report.page.pieces import Table, table, text
from analysis.report.scores import quota_reasons
from analysis.report.verify import called_units, certainty_of_year, unsure_of, year_at_hand
from analysis.report.words import DASH, WORDS, day_name, listing, month_name, numeral

THIS_MONTH = "本月"
CAPPED = "※"  # a month's tier above that which a veto leaves the year
NO_REPLY = "本件供掌握情况，不代替约谈和通报批评，不需回复。"
_NAMED = 10  # units whose tier is sure, beside many whose is not
_RULE = re.compile(r"\b[RS]\d+\b")


def office_title(content: PackContent) -> str:
    """Return what the lists are called."""
    return f"{content.policy.district.name}机关职能运行监管结果抄送"


def office_facts(content: PackContent, bulletin_hash: str) -> list[tuple[str, str]]:
    """Return what the workbook says of itself: month, edition, to whom it goes, what is provisional."""
    policy, edition = content.policy, content.edition
    final = {year: date.fromisoformat(day) for year, day in final_years(content).items()}
    why = quota_reasons(content.units, policy.grading, content.names)
    by = max((registered_by(content, year) for year in final), default="")
    synthetic = [("数据", "虚构地区的合成数据，仅供演示，与任何真实单位无关。")]
    return [
        ("事项", office_title(content)),
        ("月份", month_name(policy.period)),
        ("版次", edition_words(edition)),
        ("数据截至", day_name(edition.as_of)),
        ("抄送", listing(policy.district.copied_offices) or DASH),
        ("通报校验值（SHA-256）", bulletin_hash or DASH),
        ("数据与规则校验值", edition.inputs or DASH),
        *use_rows(content),
        *[("办理情况", f"年度定稿结果的措施，办理情况尚未登记的，{by}。")] * bool(by),
        ("回复", NO_REPLY),
        *[("联系", policy.district.contacts.pages)] * bool(policy.district.contacts.pages),
        *[("等次单位数", why)] * bool(why),
        ("已定稿年度", listing([f"{year}年度（{day_name(day)}）" for year, day in final.items()]) or DASH),
        *synthetic * policy.district.is_synthetic,
    ]


def provisional_words(content: PackContent) -> str:
    """Return what of the lists is provisional (S27)."""
    return f"{provisional_name(content.policy.grading)}为暂定结果；约谈、通报批评和黑名单以年度定稿结果为准（S27）。"


def use_rows(content: PackContent, scope: str = THIS_MONTH) -> list[tuple[str, str]]:
    """Return what a copied office may do with which result: with final years', and with the month's (S21, S27).

    Args:
        content: of a month, or of a year.
        scope: of which time.
    """
    years = _use_of_years(content) if final_years(content) else "尚无已定稿的年度。"
    month = [("本月结果", _use_of_month(content))] * (scope == THIS_MONTH)
    return [("年度定稿结果", years), *month]


def _use_of_years(content: PackContent) -> str:
    """Return how sure the last final year's tiers are, whose result was to be verified first, and what may change."""
    year = max(final_years(content))
    own, told = year_at_hand(content, year), ["可作为参考依据，须结合其他情况使用。"]
    starred = [f"{content.names[unit]}{listing([*map(str, own)])}年度" for unit, own in starred_years(content).items()]
    told += [f"{listing(starred)}有缺报数据，等次为暂定（S11）。"] * bool(starred)
    if own:
        unsure, called = unsure_of(content, year), called_units(own)
        told += [_how_sure(own), cite_words(content)]
        others = listing([own.names[unit] for unit in called if unit not in unsure])
        told += [
            f"{VERIFIED_FIRST}的{len(unsure)}个单位，其列入约谈范围不能排除系偶然起伏所致"
            + f"；{others}的列入可以确认" * bool(others)
            + "。"
        ] * bool(unsure)
    return "".join([*told, "已定稿的年度不随月度修订变动，确有更正的，另行定稿并告知。"])


def cite_words(content: PackContent) -> str:
    """Return that nobody cites a measure of the last final year as taken without asking: no table says it was (S27).

    Empty where nobody is called, and where the year is not at hand.
    """
    year = max(final_years(content), default=0)
    own = year_at_hand(content, year) if year else None
    called = called_units(own) if own else []
    if not called:
        return ""
    unsure, n_black = unsure_of(content, year), count_blacklisted(own.table("consequences"), year)
    verified = f"（其中{len(unsure)}个是否已核实）" * (0 < len(unsure) < len(called))
    verified += "、核实" * (len(unsure) == len(called))
    blamed = f"，列入黑名单的{n_black}个单位是否已问责" * bool(n_black)
    what = f"{year}年度列入约谈范围的{len(called)}个单位是否已约谈、通报批评、整改{verified}{blamed}"
    return f"{what}，均以{content.policy.district.office}答复为准，未经查询不作为已处理情况引用。"


def tell_near(year: PackContent) -> str:
    """Return of how many units a final year's tier could as well be the next one; empty where that is unknown (S32)."""
    counts = count_verdicts(certainty_of_year(year))
    known = sum(counts.values()) - counts["withheld"]
    near, of = known - counts["stable"], year.policy.period[:4]
    kinds = {"borderline": "介于相邻两个等次之间", "indistinct": "尚不能定等"}
    which = "，".join(f"{counts[kind]}个{words}" for kind, words in kinds.items() if counts[kind])
    told = f"受偶然因素影响，{of}年度{known}个单位中{near}个的等次不能确认（{which}），不宜单独用于区分高低"
    return told * bool(near)


def _how_sure(year: PackContent) -> str:
    """Return this, and whose tiers are sure where they are few."""
    told = tell_near(year)
    rows = certainty_of_year(year)
    tiers = year.table("year_standing").set_index("unit_id")["tier"]
    sure = [
        f"{year.names[unit]}（{year.names[tiers[unit]]}）" for unit in rows.loc[rows["verdict"] == "stable", "unit_id"]
    ]
    named = f"；等次可以确认的是{listing(sure)}" * (0 < len(sure) <= _NAMED)
    return f"{told}{named}。" * bool(told)


def _use_of_month(content: PackContent) -> str:
    told = f"{provisional_name(content.policy.grading)}、预警均为暂定，只作提醒，不作奖惩依据（S27）。"
    told += _caution(content) + _tell_alike(content) + _tell_vetoes(content)
    if content.edition.state != "draft":
        return told
    until = day_name(content.edition.answer_until)
    return told + f"现为{WORDS.edition_states['draft']}，异议期（至{until}）内可能修订，引用时请注明版次。"


def _tell_alike(content: PackContent) -> str:
    """Return how many units' points may be another's, so that their tiers may change; whose, the office tells (S34)."""
    rows = content.table("integrity")
    count = rows.loc[rows["is_question"].astype(bool) & (rows["measure"] == MEASURE), "unit_id"].nunique()
    return f"有{count}个单位的多项得分与另一单位相同，报送数据待核实，其等次可能更正。" * bool(count)


def _tell_vetoes(content: PackContent) -> str:
    """Return whose tier of the year a veto caps, since when and by which document: a later month's tier hides it."""
    own, cap = _vetoes(content), content.names[content.policy.grading.veto_cap]
    told = [
        f"{content.names[r.unit_id]}{month_name(r.period)}{WORDS.adjustments['veto']}（{r.document}），当年等次最高为{cap}"
        for r in own.sort_values(["period", "unit_id"]).itertuples()
    ]
    return f"{'；'.join(told)}。" * bool(told)


def _vetoes(content: PackContent) -> pd.DataFrame:
    """Return the vetoes of the year so far."""
    rows = content.adjustments
    return rows[(rows["kind"] == "veto") & rows["period"].isin(year_to_date(content.policy.period))]


def capped_units(content: PackContent) -> set[str]:
    """Return whose tier of the month is above that which a veto leaves the year."""
    tiers, units = content.names.tiers, content.units
    above = tiers[: tiers.index(content.policy.grading.veto_cap)]
    return {*_vetoes(content)["unit_id"]} & {*units.loc[units["tier"].isin(above), "unit_id"]}


def capped_words(content: PackContent) -> str:
    """Return what a veto leaves them."""
    return f"本月等次不受影响，年度等次最高为{content.names[content.policy.grading.veto_cap]}"


def tier_notes(content: PackContent, row) -> list[str]:
    """Return what a unit's tier rests on beyond its score: an accepted gap (S11), and that a veto caps the year's.

    A tie would tell its place (S23).
    """
    capped = [f"{CAPPED}{capped_words(content)}"] * (row.unit_id in capped_units(content))
    return ["暂定（S11）"] * bool(row.is_provisional) + capped


def _caution(content: PackContent) -> str:
    """Return that no unit's tier of the month is as sure as the rules ask for; empty where one is, or none is known."""
    counts = count_verdicts(content.table("certainty", "month"))
    is_known = sum(counts.values()) > counts["withheld"]
    confidence = f"{content.policy.noise.confidence_pct:g}%"
    told = f"单看本月数据，各单位位次的{confidence}区间都跨两个及以上等次，等次都不能确认。"
    return told * (is_known and not counts["stable"])


def starred_years(content: PackContent) -> dict[str, list[int]]:
    """Return unit → the final years that are looked back on and provisional, in the order of the units (S11)."""
    states = content.table("annual_states")
    years = [year for year in years_looked_back(states, content.consequences) if year in final_years(content)]
    is_starred = states["year"].isin(years) & states["is_provisional"].astype(bool)
    rows = states[is_starred & states["state"].isin(["listed", "clear"])]
    found = {unit_id: sorted(own) for unit_id, own in rows.groupby("unit_id")["year"]}
    return {unit_id: found[unit_id] for unit_id in content.policy.unit_ids if unit_id in found}


def terms(content: PackContent) -> list[tuple[str, str]]:
    """Return the terms of the lists as the rules in force have them: measures, last days, provisional, listed."""
    grading, names, rules = content.policy.grading, content.names, content.consequences
    counts = "仍计入连续年数" if rules.provisional_year == "counts" else "不计入也不中断连续年数"
    warned, office = f"{THIS_MONTH}{listed_name(grading, names)}的单位由月度结果预警；", content.policy.district.office
    has_stars = content.units["is_provisional"].any() or bool(starred_years(content))
    star = [("*", f"有缺报数据经确认不计入，该单位当期等次为暂定（S11）；年度{counts}（S9）。")] * bool(has_stars)
    verified = [("核实", f"{verify_rule(office)}{VERIFY_KEEPS}，等次确需更正的，另行定稿并告知。")]
    return [
        ("措施", f"{consequence_rule(rules, grading, names)}约谈、通报批评和黑名单预警列示至下一年度定稿。"),
        ("黑名单", f"没有固定期限；其后{clear_words(rules)}（R22）。"),
        *verified * any(unsure_of(content, year) for year in final_years(content)),
        ("预警", f"{warned}连续{numeral(rules.warn_years, of_things=True)}年列入的由年度结果预警（S27）。"),
        ("列入", f"指当年为{listed_name(grading, names)}（R21）。"),
        ("约谈时限", f"年度定稿后{rules.interview_working_days}个工作日内约谈。"),
        ("整改时限", f"年度定稿后{rules.rectify_working_days}个工作日内整改到位；通报批评本身没有时限。"),
        (
            "报送措施时限",
            f"月度结果发布后{rules.measures_working_days}个工作日内，由被预警单位"
            f"{WORDS.asked_measures.format(to=f'向{office}')}。",
        ),
        *star,
    ]


def terms_table(content: PackContent, text_: str) -> Table:
    """Return the terms of the lists and the rules behind them and in a text as a table."""
    columns = [text("名词、规则", itemgetter(0)), text("含义", itemgetter(1))]
    return table(columns, [*terms(content), *rules_named(content, text_)], "本件所用名词和规则编号", css="cards")


def rule_key(text: str) -> list[tuple[str, str]]:
    """Return the rules that a text names, in order, with what each says."""
    found = {each for each in _RULE.findall(text) if each in WORDS.rules}
    return [(each, told) for each, told in WORDS.rules.items() if each in found]


def _of_lists(content: PackContent) -> str:
    """Return the rules behind the rows of the lists, as their tables name them."""
    rows = [content.table("consequences").query("is_current")["rule"], content.table("annual_states")["rule"]]
    return " ".join(sorted(set(pd.concat(rows).str.split().explode().dropna())))


def rules_named(content: PackContent, text: str = "") -> list[tuple[str, str]]:
    """Return the rules behind the lists and those that a text names, with what each says."""
    told = " ".join(each for _, each in terms(content))
    return rule_key(f"{_of_lists(content)} {told} {text}")


def final_years(content: PackContent) -> dict[int, str]:
    """Return year → the day on which it became final."""
    states = content.table("annual_states")
    return states[states["final_on"] != ""].groupby("year")["final_on"].first().to_dict()
