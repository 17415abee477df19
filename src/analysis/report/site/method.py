"""The method page: every indicator and every value of `params/` with its source and the rule behind it (R7)."""

from collections import Counter
from collections.abc import Iterator
from operator import attrgetter, itemgetter

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.book import Policy, PolicyBook
from analysis.policy.channels import ChannelName
from analysis.policy.indicators import Indicator, share_in_channels
from analysis.policy.load import load_yaml
from analysis.policy.sheets import Delivery
from analysis.report.certainty import tell_claims
from analysis.report.indicators import method_words
from analysis.report.measures import consequence_rule, verify_rule
from analysis.report.page.assets import fill_template
from analysis.report.page.pieces import in_line, link, number, table, text
from analysis.report.site.values import general_key, in_words, list_values
from analysis.report.words import DASH, WORDS, Section, fixed, listing, month_name

_MONTHS = 12  # of a year


def method_body(
    book: PolicyBook, claims: pd.DataFrame | None = None, period: str = "", marks: pd.DataFrame | None = None
) -> Markup:
    """Return the content of the method page, made from `params/` and what finished years' claims came to (S32).

    Args:
        book: the rules of all months.
        claims: rows of `claims` of the years that are final.
        period: the last month that is published; its units are those that are assessed. Empty where none is.
        marks: its `indicator_scores`, which tell how many indicators a unit has; without, that is not said.
    """
    groups = [(group.name, *_units(book, group.id, period)) for group in book.units.groups]
    n_indicators = len({entry.id for entry in book.indicators.indicators if entry.to is None})
    return fill_template(
        "site/method.html.j2",
        district=book.district,
        summary=_summary(
            book.at(period or book.district.start),
            sum(len(own) for _, own, _ in groups),
            f"考{n_indicators}项指标，{_tell_own(marks)}每项按规定方法计分，满分100分。",
        ),
        groups=groups,
        n_indicators=n_indicators,
        channels=[(each.name, _named_in(book, each), _indicators(book, each)) for each in book.weights.channels],
        weights=_weights(book),
        deliveries=_deliveries(book),
        sections=[
            (section.file, section.title, *_values(book, section))
            for section in WORDS.sections
            if (book.folder / f"{section.file}.yml").is_file()
        ],
        documents="，".join(f"{each.name}（{each.document}）" for each in book.duties.lists),
        shares=_shares(book),
        matters=list(_matters(book)),
        calendar=_calendar(book),
        claims=[] if claims is None or claims.empty else [*tell_claims(claims), _tell_cautious(claims)],
        rules=_rules(),
    )


def _summary(policy: Policy, n_units: int, indicators: str) -> list[tuple[str, str, str]]:
    """Return the page in a minute: what each part is about, where it stands below, and in a sentence what it says."""
    district, grading, names = policy.district, policy.grading, policy.names
    weights = policy.channel_weights_by_unit.mode().iloc[0]
    parts = "、".join(f"{names[channel]}{weight:g}%" for channel, weight in weights.items() if weight)
    shares = "、".join(f"{names[tier]}{share:g}%" for tier, share in grading.quotas.items())
    lines = "、".join(f"{names[tier]}{grading.lines[tier]:g}分" for tier in grading.tiers[:-1] if grading.lines)
    tiers = [f"达到分数线方可评为相应等次：{lines}。"] * bool(lines)
    tiers += [f"各等次按名额比例由高分到低分确定：{shares}；是单位之间的比较，不是及格线。"] * bool(shares)
    objection, rules = district.objection, policy.consequences
    # What an edition asks for is answered within the days to object (S21); results are verified before an interview.
    days = objection.working_days * (objection.working_days < rules.interview_working_days)
    follows = consequence_rule(rules, grading, names) + verify_rule(district.office, days)
    return [
        ("考谁", "units", f"{district.office}每月考评{n_units}个单位履行职责的情况。"),
        ("考什么", "indicators", indicators),
        ("怎样合成", "weights", f"指标按权重合成各渠道得分，再合成总分；多数单位的比重为{parts}。加分和扣分另计。"),
        ("怎样分等次", "tiers", "".join(tiers)),
        ("有什么后果", "consequences", follows),
        (
            "怎样提出异议",
            "district",
            f"结果公布后{objection.working_days}个工作日内向{objection.contact}提出。{objection.how}",
        ),
    ]


def _tell_own(marks: pd.DataFrame | None) -> str:
    """Return how many of the indicators a unit was scored by in the last month: those that its duties bring (S11)."""
    scored = None if marks is None else marks[(marks["scope"] == "month") & marks["score"].notna()]
    if scored is None or scored.empty:
        return ""
    counts = scored.groupby("unit_id")["indicator_id"].nunique()
    least, most = int(counts.min()), int(counts.max())
    span = f"{least}至{most}" if least < most else str(most)
    return f"各单位视职责和当月有无事项计其中的{span}项（{month_name(scored['period'].iloc[0])}），"


def _tell_cautious(claims: pd.DataFrame) -> str:
    """Return that intervals of places came true clearly more often than claimed; empty where they did not (S32).

    Clearly: what they claim makes so few misses less likely than it makes a miss. The months of a unit's year are held
    against one result, by month and to date: they count as one.
    """
    from analysis.insight.chance import chance_of_fewer  # brings scipy, which the command line does without

    rows = claims[claims["claim"] == "interval"]
    if rows.empty:
        return ""
    n_claims, same = int(rows["n_claims"].sum()), _MONTHS * rows["scope"].nunique()
    claimed, realised = (np.average(rows[name], weights=rows["n_claims"]) for name in ("claimed_pct", "realised_pct"))
    missed = 1 - claimed / 100
    if not chance_of_fewer(n_claims * (1 - realised / 100), n_claims, missed, same) < missed:
        return ""
    return (
        f"位次区间当时把握{fixed(claimed, 1)}%，各年合计后来相符{fixed(realised, 1)}%，明显高于把握：区间比需要的宽，"
        "判断偏于谨慎，能够明确区分的单位可能比实际可以区分的少。"
    )


def rule_links(rules: str) -> Markup:
    """Return the numbers in `rules` as links to the list of rules; a dash where there are none."""
    return in_line(link(f"#{each}", each) for each in rules.split()) or Markup(DASH)


def _units(book: PolicyBook, group: str, period: str) -> tuple[list[str], list[str]]:
    """Return the names of a group's units that are assessed, and of those that were, with their last month (S9)."""
    own = [unit for unit in book.units.units if unit.group == group]
    present = [unit for unit in own if (unit.holds_in(period) if period else unit.to is None)]
    former = [unit for unit in own if unit.to is not None and unit not in present]
    return [unit.name for unit in present], [f"{unit.name}（至{month_name(unit.to)}）" for unit in former]


def _named_in(book: PolicyBook, channel: ChannelName) -> list[str]:
    """Return the names of a channel's indicators in force."""
    return [each.name for each in book.indicators.indicators if each.channel == channel.id and each.to is None]


def _indicators(book: PolicyBook, channel: ChannelName) -> Markup:
    entries = book.indicators.indicators
    own = [entry for entry in entries if entry.channel == channel.id]
    columns = [
        text("指标", lambda i: _dated_name(i, book)),
        *([text("上级", lambda i: book.names.get(i.parent, DASH))] if any(i.parent for i in entries) else []),
        number("渠道内权重", lambda i: f"{fixed(_share(i, book))}%"),
        text("计分方法", lambda i: f"{method_words(i.method)}（单位：{i.unit}）"),
        *([text("件数和期限", _cases)] if any(_cases(i) != DASH for i in own) else []),
        text("全年合成", "over_year", WORDS.over_year),
        text("类别和来源", lambda i: f"{book.names[i.family]}，{_origin(i)}"),
        text("规则", "rule", rule_links),
    ]
    return table(columns, own, f"{channel.name}指标（渠道内权重为对全部分组适用时的比重，S2）", css="")


def _cases(entry: Indicator) -> str:
    """Return on how many cases an indicator scores and weighs (S30), and over how long visits count (S13)."""
    told = []
    if entry.minimum_cases:
        fill = f"用此前至多{entry.fill_months}个月的补至{entry.fill_cases or entry.minimum_cases}件"
        told.append(f"当月件数不够的，{fill}，仍不足{entry.minimum_cases}件的不计分")
        told += [f"满{entry.full_cases}件计足权重，不满的按件数降低"] * bool(entry.full_cases)
    scopes = {"month": "月度", "ytd": "年度"}
    told += [f"{scopes[scope]}取近{months}个月的抽查" for scope, months in entry.window_months.items()]
    return "；".join(told) or DASH


def _dated_name(entry: Indicator, book: PolicyBook) -> str:
    # A span is told only where it is not the district's whole time.
    is_partial = entry.to is not None or entry.from_ != book.district.start
    return f"{entry.name}（{_span(entry.from_, entry.to)}）" if is_partial else entry.name


def _origin(entry: Indicator) -> str:
    return f"原文：{entry.phrase}" if entry.origin == "source" else "补充（S1）"


def _share(entry: Indicator, book: PolicyBook) -> float:
    """The weight within the channel in the entry's first month, in %."""
    beside = [each for each in book.indicators.indicators if each.holds_in(entry.from_)]
    weights = np.array([[each.weight for each in beside]])
    return share_in_channels(weights, beside, book.indicators.parents)[0, beside.index(entry)]


def _weights(book: PolicyBook) -> Markup:
    names, base = book.names, book.weights.base
    columns = [
        text("适用对象", lambda w: "全部单位" if w in base else names[w.unit or w.group]),
        *(number(names[f"{c}.short"], lambda w, c=c: in_words(w.weights.get(c, 0), names)) for c in names.channels),
        text("起止", lambda w: _span(w.from_, w.to)),
        text("依据文号", "document"),
        text("原因", lambda w: w.reason or DASH),
        text("规则", lambda w: rule_links("R17" if w in base else "R18 S16")),
    ]
    return table(columns, [*base, *book.weights.adjustments], "渠道权重（%），合计100")


def _deliveries(book: PolicyBook) -> Markup:
    columns = [
        text("文件", lambda d: _dated_file(d, book)),
        text("报送单位", "office"),
        text("表种", lambda d: book.sheets.kinds[d.kind].title),
        text("指标", lambda d: listing([book.names[id_] for id_ in d.indicators]) or DASH),
        text("要求", "is_required", {True: "必报", False: "有则报"}),
    ]
    return table(columns, book.sheets.deliveries, "每月报送的数据", css="")


def _dated_file(delivery: Delivery, book: PolicyBook) -> str:
    first = max(delivery.from_, book.district.start)
    is_partial = delivery.to is not None or first > book.district.start
    return f"{delivery.file}（{_span(first, delivery.to)}）" if is_partial else delivery.file


def _values(book: PolicyBook, section: Section) -> tuple[list[str], Markup]:
    """Return the spans of a file's values, and the table of the values, with their spans where there are several."""
    found = list(list_values(load_yaml(book.folder / f"{section.file}.yml", dict), section.file, book.names))
    spans = list(dict.fromkeys(value.span for value in found if value.span))
    columns = [
        text("事项", lambda v: _name(v.key)[0].format(book.names.get(v.key.rpartition(".")[2]))),
        text("数值", "text"),
        text("性质和规则", "key", _nature),
    ]
    if len(spans) > 1:  # one span is told once, above the table
        columns.append(text("起止和依据", lambda v: v.span or DASH))
    return spans, table(columns, found, section.title, css="")


def _name(key: str) -> tuple[str, str]:
    return WORDS.keys.get(general_key(key), (key, ""))


def _nature(key: str) -> Markup:
    _, rules = _name(key)
    nature = "原文" if general_key(key) in WORDS.from_source else "缺省" if "S" in rules else "本区设定"
    return Markup("{} {}").format(nature, rule_links(rules) if rules else "")


def _shares(book: PolicyBook) -> Markup:
    """Return how many matters in force each unit leads, list by list, and in how many it co-operates."""
    held = [matter for matter in book.duties.matters if matter.to is None]
    leads = Counter((matter.lead, matter.list) for matter in held)
    co_operates = Counter(unit for matter in held for unit in matter.co_operating)
    named = [unit.id for unit in book.units.units if any(unit.id in (m.lead, *m.co_operating) for m in held)]
    columns = [
        text("单位", lambda unit: book.names[unit]),
        *(number(f"牵头：{name}", lambda u, id_=id_: leads[u, id_]) for id_, name in book.duties.list_names.items()),
        number("配合", lambda unit: co_operates[unit]),
    ]
    return (
        table(columns, named, "各单位现行权责和边界事项数（R8；镇街属地管理的事项不计在内）") if named else Markup("")
    )


def _matters(book: PolicyBook) -> Iterator[tuple[str, Markup]]:
    """Yield each list's name and length, and its matters, unit by unit in the order of `params/units.yml`."""
    names, place = book.names, {unit.id: n for n, unit in enumerate(book.units.units)}
    for list_id, name in book.duties.list_names.items():
        held = sorted((m for m in book.duties.matters if m.list == list_id), key=lambda m: place[m.lead])
        spans = {_span(matter.from_, matter.to) for matter in held}
        columns = [
            text("事项", attrgetter("name")),
            text("牵头单位", lambda m: names[m.lead]),
            text("条款", attrgetter("clause")),
        ]
        if any(matter.towns for matter in held):
            columns.append(text("镇街属地管理", lambda m: "是" if m.towns else "否"))
        if len(spans) > 1:  # one span is told once, in the caption
            columns.append(text("起止", lambda m: _span(m.from_, m.to)))
        columns.append(text("配合单位", lambda m: listing([names[id_] for id_ in m.co_operating]) or DASH))
        told = f"（{spans.pop()}）" if len(spans) == 1 else ""
        if held:
            yield f"{name}（{len(held)}项）", table(columns, held, f"{name}的事项及牵头单位{told}")


def _calendar(book: PolicyBook) -> Markup:
    columns = [
        text("年份", "year"),
        text("状态", "status", WORDS.values),
        text("依据", "document"),
        number("放假工作日", lambda y: str(len(y.holidays))),
        number("调休上班日", lambda y: str(len(y.extra_working_days))),
    ]
    return table(columns, book.calendar.years, "工作日历（S19）", css="")


def _rules() -> Markup:
    columns = [
        text("编号", lambda r: Markup('<span id="{0}">{0}</span>').format(r[0])),
        text("内容", itemgetter(1)),
    ]
    return table(columns, WORDS.rules.items(), "规则目录", css="")


def _span(first: str, last: str | None) -> str:
    return f"{month_name(first)}起" if last is None else f"{month_name(first)}至{month_name(last)}"
