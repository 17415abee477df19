"""年度通报 as a page: for leadership all of it, for copied offices their lists, for the public no unit (S23, S26)."""

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup, escape

from analysis.report.edition import foot, imprint
from analysis.report.grading import listed_name, tell_provisional
from analysis.report.measures import VERIFIED_FIRST, clear_words, share_words
from analysis.report.packs.content import PackContent
from analysis.report.packs.office_terms import NO_REPLY, tell_near, terms_table, use_rows
from analysis.report.packs.offices import office_tables, summary_parts
from analysis.report.packs.public import departments_table, groups_table, tell_tiers_meaning, tiers_table
from analysis.report.page.assets import fill_template
from analysis.report.page.pieces import Change, Kpi, Table, lead, link
from analysis.report.page.rule_marks import without_rule_marks
from analysis.report.papers.annual import annual_annexes, annual_lead, annual_parts, at_year, counted_units, year_name
from analysis.report.papers.paper import Part, number_parts, part, split_caption
from analysis.report.public_words import untold_words
from analysis.report.scores import BY_QUOTA, tier_counts
from analysis.report.trends import tell_year_to_date
from analysis.report.verify import called_units, measure_until, unsure_units, verify_until
from analysis.report.words import WORDS, day_name, listing, month_name, numeral, rose_or_fell, score

_NAMED = 2  # units in the note of a figure
# What a month's pages are called to those who have the year's.
_MONTHLY = {"leadership": "月度考评通报", "offices": "抄送材料", "public": "公开版"}


def annual_pages(content: PackContent, later: Mapping[str, Markup] | None = None) -> dict[str, Markup]:
    """Return the content of a final year's notice for each audience that has one.

    Args:
        content: the year's December; see `open_final_year`.
        later: audience → the last page of its own that tells what came after the notice (see `later_pages`); one
            without has no such page.
    """
    later = later or {}
    year = at_year(content)
    scope = year_name(content)
    named = office_tables(year, scope)
    told_of_use = _use(year, scope, later.get("offices"))
    lists = [part("总体情况", *summary_parts(year, scope), *told_of_use), *(part(*each) for each in named)]
    lists.append(part("名词和依据", terms_table(year, " ".join(shown.caption for _, shown in named))))
    told = (
        annual_parts(content),
        _figures(content),
        annual_annexes(content),
        tell_provisional(counted_units(content), content.names),
        annual_lead(content),
    )
    since = later.get("leadership")
    leadership = _page(content, *told, since=_as_it_became_final(content, since, "办理") * bool(since))
    return {
        "leadership": without_rule_marks(leadership),
        "offices": _page(content, lists),
        "public": without_rule_marks(_page(content, _public(year, later.get("public")))),
    }


def later_pages(period: str, paths: Mapping[str, str]) -> dict[str, Markup]:
    """Return audience → its pages of a later month: a link where they lie, else what they are called.

    Args:
        period: the month.
        paths: audience → path from its annual page; empty where that leads out of what it is given.
    """
    names = {audience: f"{month_name(period)}{_MONTHLY[audience]}" for audience in paths}
    return {each: link(paths[each], name) if paths[each] else escape(name) for each, name in names.items()}


def _as_it_became_final(year: PackContent, later: Markup | None, what: str = "") -> Markup:
    """Return of which day the page is, and where stands what came after."""
    since = Markup("，其后的{}情况见{}").format(what, later) if later else ""
    return Markup("本页为{}定稿时的情况{}。").format(day_name(year.edition.published), since)


def _use(year: PackContent, scope: str, later: Markup | None) -> list[str]:
    """Return what the copied offices may do with a final year, to whom it goes, and whom to ask (S21)."""
    district = year.policy.district
    after = _as_it_became_final(year, later, "办理")
    after += "" if later else f"其后办理情况请向{district.office}查询。"
    told = [Markup("{}{}{}").format(which, words, after) for which, words in use_rows(year, scope)]
    told.append(NO_REPLY + f"抄送：{listing(district.copied_offices)}。" * bool(district.copied_offices))
    return [*told, *[f"对本件有疑问的，{district.contacts.pages}。"] * bool(district.contacts.pages)]


def _page(
    content: PackContent,
    parts: Sequence[Part],
    figures: Sequence[Kpi] = (),
    annexes: Sequence[Table] = (),
    banners: Sequence[str] = (),
    first: Mapping[str, Sequence[str]] | None = None,
    since: Markup | str = "",
) -> Markup:
    told = {head: [each for each in own if each] for head, own in (first or {}).items()}
    return fill_template(
        "packs/annual.html.j2",
        policy=content.policy,
        year=year_name(content),
        imprint=imprint(content.policy, content.edition, content.last_days),
        banners=banners,
        since=since,
        first=lead({head: own for head, own in told.items() if own}) if told else "",
        figures=figures,
        parts=number_parts(parts),
        annexes=[(split_caption(shown)[0], shown) for shown in annexes],
        foot=foot(content.edition),
    )


def _figures(content: PackContent) -> list[Kpi]:
    """Return the year's figures, each beside last year's: mean, tiers, interviews, blacklist, units not visited."""
    names, year, told = content.names, int(content.policy.period[:4]), content.table("consequences")
    states = content.table("annual_states")
    before = states[(states["year"] == year - 1) & (states["tier"] != "")]
    tiers = [tier_counts(rows, names.tiers) for rows in (counted_units(content), *([before] if len(before) else []))]
    by_quota = BY_QUOTA * bool(content.policy.grading.quotas)
    now, *last = ("/".join(map(str, counts.values())) for counts in tiers)
    interviews = told[(told["kind"] == "interview") & (told["basis"] == "annual")]["year"].value_counts()
    called = told[(told["kind"] == "interview") & (told["basis"] == "annual") & (told["year"] == year)]["unit_id"]
    first = "；".join([*filter(None, [share_words(called, unsure_units(content), VERIFIED_FIRST)]), ""])
    black = states[states["is_blacklisted"]]["year"].value_counts()
    on_it = [names[unit] for unit in states[(states["year"] == year) & states["is_blacklisted"]]["unit_id"]]
    whose = f"{listing(on_it, _NAMED)}；" * bool(on_it)
    coverage = content.table("coverage")
    unseen = coverage.loc[coverage["is_unseen"], "unit_id"].nunique()
    known = [
        _mean(content.table("trends")),
        Kpi(
            "等次分布",
            now,
            "个",
            note=f"{'、'.join(names[tier] for tier in names.tiers)}{by_quota}；上年{last[0] if last else '无数据'}",
        ),
        Kpi("约谈、通报批评", str(interviews.get(year, 0)), "个", note=f"{first}{_last(interviews, year, states)}"),
        Kpi("机构编制黑名单", str(black.get(year, 0)), "个", note=f"{whose}{_last(black, year, states)}"),
    ]
    months = content.policy.workload.coverage.months
    return known + [Kpi(f"满{months}个月未上门监督", str(unseen), "个")] * bool(len(coverage))


def _last(counts: pd.Series, year: int, states: pd.DataFrame) -> str:
    is_known = ((states["year"] == year - 1) & (states["state"] != "draft")).any()
    return f"上年{counts.get(year - 1, 0)}个" if is_known else "上年无数据"


def _mean(trends: pd.DataFrame) -> Kpi:
    row = trends[(trends["basis"] == "ytd") & (trends["level"] == "district")].iloc[0]
    if pd.isna(row["change"]):
        return Kpi("年度平均得分", score(row["after"]), "分", note="上年无数据")
    change = Change(f"比上年{rose_or_fell(row['change'])}", row["change"])  # what is usual over years is not known
    return Kpi("年度平均得分", score(row["after"]), "分", [change], note=f"上年{score(row['before'])}")


def _tell_black(year: PackContent) -> str:
    """Return how many units the year put or left on the blacklist, beside the year before; empty where that is none."""
    states, of = year.table("annual_states"), int(year.policy.period[:4])
    counts = states[states["is_blacklisted"].astype(bool)]["year"].value_counts()
    rules, listed = year.consequences, listed_name(year.policy.grading, year.names)
    run = numeral(rules.blacklist_years, of_things=True)
    what = f"连续{run}年为{listed}的单位列入并问责，其后{clear_words(rules)}"
    told = f"列入机构编制黑名单的单位{counts.get(of, 0)}个，{_last(counts, of, states)}（{what}）。"
    return told * bool(counts.get(of, 0) or counts.get(of - 1, 0))


def _tell_measures(year: PackContent, later: Markup | None) -> str:
    """Return how many units are to be interviewed and told of by notice, by when, and where stands what came after."""
    called, rows = called_units(year), year.table("consequences")
    if not called:
        return _tell_black(year)
    days = [
        ("核实", verify_until(year)),
        ("约谈", measure_until(year, "interview")),
        ("整改", measure_until(year, "notice")),
    ]
    by = "、".join(f"{what}时限{day_name(day)}" for what, day in days if day)
    is_own = rows["is_current"] & (rows["basis"] == "annual") & (rows["year"] == int(year.policy.period[:4]))
    noticed = {*rows.loc[is_own & (rows["kind"] == "notice"), "unit_id"]}
    verified = f"不能排除只是偶然起伏，先行核实，经核实属履职问题的再约谈{'、通报批评' * bool(noticed)}"
    first = share_words(called, unsure_units(year), verified)
    # Where both are the same units one number says so: a second one would read as settled.
    both = noticed == {*called}
    told = f"按年度结果应约谈{'、通报批评' * both}的单位{len(called)}个"
    told += f"，{first}" * bool(first) + f"（{by}）" * bool(by)
    told += f"；应通报批评的单位{len(noticed)}个。" if noticed and not both else "。"
    told += WORDS.interview_meaning.format(office=year.policy.district.office)
    return f"{told}{_tell_black(year)}" + _as_it_became_final(year, later)


def _public(year: PackContent, later: Markup | None) -> list[Part]:
    """Return what the public reads: how the district did, and no single unit that policy does not publish (S26)."""
    units = year.units
    told, near = f"本年度参评单位{int(units['total'].notna().sum())}个。", tell_near(year)
    return [
        part(
            "总体情况",
            tell_year_to_date(year.table("trends"), year.policy) + told,
            groups_table(year),
            tiers_table(year),
            tell_tiers_meaning(year.policy.grading, year.names) + f"{near}。" * bool(near),
            _tell_measures(year, later),
        ),
        part("区直部门等次", departments_table(year)),
        part(
            "说明",
            f"考什么、怎样计分，见《考评办法说明》。{untold_words(year.rules)}",
            Markup('<span class="on-screen">{}</span>').format(link("index.html", "返回公开版")),
        ),
    ]
