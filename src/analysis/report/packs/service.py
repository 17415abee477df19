"""How citizens were served, month beside month, from the open tables of tickets alone (S18, S20, S46)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.period import month_range, shift
from analysis.report.grading import bottom_name
from analysis.report.monthly import MONTHS_BACK
from analysis.report.packs.content import TICKETS, YEAR, PackContent
from analysis.report.packs.counts import WITHHELD
from analysis.report.packs.drawings import course_svg
from analysis.report.packs.extensions import is_of_many, kept_late, tell_extended, tell_first_limits
from analysis.report.page.pieces import number, table, text
from analysis.report.site.open_tickets import WHOLE
from analysis.report.words import (
    DASH,
    WORDS,
    as_printed,
    day_name,
    listing,
    month_name,
    more_or_fewer,
    numeral,
    percent,
    rose_or_fell,
    whole,
)

# Measure → its rate, the cases that it goes over, and what these are called.
_RATES = {
    "on_time": ("on_time_pct", "n_due", "到期工单"),
    "satisfaction": ("satisfaction_pct", "n_valid_call_backs", "回访（能联系上并作评价的）"),
}
# Measure → of the cases those that count for it, and what both are called; a rate that is told gives both counts (S46).
_COUNTS = {
    "on_time": ("n_on_time", "到期{}件，按时办结{}件"),
    "satisfaction": ("n_satisfied", "已评价回访{}件，满意{}件"),
}
_MATTERS = 8
# What of tickets an indicator measures, as a citizen says it.
_COUNTED = {
    "satisfaction": "回访满意率",
    "on_time": "按时办结率",
    "shared_on_time": "几个部门共同办理的工单的按时办结率",
}
_GIVEN_AWAY = "“—”为件数少，或由其推得出件数少的，不予列示"


def district_months(content: PackContent) -> pd.DataFrame:
    """Return the district's figures by month, the months before among them; what is withheld is missing."""
    channels = content.open_tickets["hotline_by_channel"]
    return channels[channels["channel"] == WHOLE].set_index("period").sort_index()


def lead_words(content: PackContent) -> str:
    """Return how citizens were served, in the sentence that the page and the index of all that is public begin with."""
    months, period = district_months(content), content.policy.period
    month = f"{int(period[5:])}月"
    if not _has_cases(months, period):
        return f"{month}没有群众诉求数据。"
    now = months.loc[period]
    told = [f"{month}受理群众诉求{now['n_received']}件"] * bool(pd.notna(now["n_received"]))
    by_later_day = "（含延期）" * bool(kept_late(content))
    told += [f"到期的{percent(now['on_time_pct'] / 100)}按时办结{by_later_day}"] * bool(pd.notna(now["on_time_pct"]))
    if pd.notna(now["satisfaction_pct"]):
        told.append(f"已评价回访{now['n_valid_call_backs']}件，{percent(now['satisfaction_pct'] / 100)}满意")
    return f"{'；'.join(told) or f'{month}受理和办理情况因件数少不予列示'}。{_sum_up_years(months, content)}"


@dataclass(frozen=True)
class _Years:
    """A rate of the last twelve months beside that of the twelve before.

    Attributes:
        share: the later rate, 0–1.
        change: later less earlier.
        is_sure: whether the change is beyond chance (S32).
        n_after, n_before: cases that the two go over.
    """

    share: float
    change: float
    is_sure: bool
    n_after: int
    n_before: int

    @property
    def verdict(self) -> str:
        """Better, worse, or that one cannot tell."""
        return ("确有改善" if self.change > 0 else "确有下降") if self.is_sure else "不能断定变好或变差"


def _sum_up_years(months: pd.DataFrame, content: PackContent) -> str:
    """Return of every rate alike whether the last twelve months were better than those before; empty before (S32)."""
    compared = {
        word: _compare_years(months, content, measure) for measure, word in WORDS.rates.items() if measure in _RATES
    }
    told = [f"{word}{found.verdict}" for word, found in compared.items() if found]
    return f"近十二个月与此前十二个月相比，{'，'.join(told)}。" if told else ""


def _has_cases(months: pd.DataFrame, period: str) -> bool:
    return period in months.index and not months["n_received"].eq(0).fillna(False)[period]


def tell_service(content: PackContent) -> list[str]:
    """Return what came in, how it was answered, and whether that got better (S25); nothing in a month without cases."""
    months, period = district_months(content), content.policy.period
    if not _has_cases(months, period):
        return []
    received = "受理群众诉求" + _count(months["n_received"], period)
    parts = [_rate(months, content, measure) for measure in _RATES]
    told = [f"{received}。{'；'.join(parts)}。{_tell_days(months, content)}", _tell_first_channel(content)]
    return [
        *filter(None, told),
        _tell_backlog(content) + tell_extended(content) + tell_first_limits(content),
        *_tell_years(months, content),
    ]


def _own_row(content: PackContent) -> pd.Series:
    """Return the district's row of the month's own table, with the counts that open data leave to reckon."""
    rows = content.table("hotline_by_channel")
    is_own = (rows["channel"] == WHOLE) & (rows["period"] == content.policy.period)
    return rows[is_own].iloc[0] if is_own.any() else pd.Series(dtype=float)


def _tell_days(months: pd.DataFrame, content: PackContent) -> str:
    """Return how long tickets took, where their number is not withheld."""
    own = _own_row(content)
    middle, most = (own.get(name, np.nan) for name in ("median_handling_days", "p90_handling_days"))
    if pd.isna(months.loc[content.policy.period, "on_time_pct"]) or pd.isna(middle) or pd.isna(most):
        return ""
    return f"办理时长中位数{middle:g}个工作日，九成在{most:g}个工作日内办结。"


def _tell_first_channel(content: PackContent) -> str:
    """Return the first channel's part, the hotline's, as far as open data tell it (S46); nothing where it is all."""
    channel, now = content.policy.tickets.channels[0], content.open_tickets["hotline_by_channel"]
    own = now[(now["channel"] == channel.id) & (now["period"] == content.policy.period)]
    told = _figures(own.iloc[0]) if len(own) else []
    is_all = told == _figures(district_months(content).loc[content.policy.period])
    return f"其中{channel.name}{'，'.join(told)}。" if told and not is_all else ""


def _figures(row: pd.Series) -> list[str]:
    """Return what open data tell of a channel's tickets: how many came in, and the rates."""
    told = [f"受理{row['n_received']}件"] * bool(pd.notna(row["n_received"]))
    rates = [(WORDS.rates[measure], row[rate]) for measure, (rate, *_) in _RATES.items()]
    return told + [f"{word}{percent(rate / 100)}" for word, rate in rates if pd.notna(rate)]


def _tell_backlog(content: PackContent) -> str:
    """Return how many tickets are open, and of them overdue (S20); of each only where it is a count of many (S46).

    What was closed follows from what was open before, what came in and what is open: it must be many too.
    """
    now, rows = _own_row(content), content.table("hotline_by_unit")
    rows = rows[rows["period"] == content.policy.period]
    if not (is_of_many(content, rows["n_open"]) and is_of_many(content, rows["n_handled"])):
        return ""
    is_told = all(is_of_many(content, own) for own in (rows["n_overdue"], rows["n_open"] - rows["n_overdue"]))
    late = f"，其中已超过时限{now['n_overdue']:.0f}件" if is_told else ""
    return f"截至{day_name(content.edition.as_of)}尚未办结{now['n_open']:.0f}件{late}。"


def _count(counts: pd.Series, period: str) -> str:
    if pd.isna(counts[period]):
        return WITHHELD
    changes = _changes(counts, period, lambda change: more_or_fewer(change, "件"))
    return f"{counts[period]}件{changes}"


def _rate(months: pd.DataFrame, content: PackContent, measure: str) -> str:
    (rate, cases, of), period = _RATES[measure], content.policy.period
    word = f"{of}{WORDS.rates[measure]}"
    if pd.isna(months.loc[period, rate]):
        return f"{word}{WITHHELD}"
    changes = _changes(months[rate].map(as_printed), period, lambda change: rose_or_fell(change, "个百分点"))
    part, counted = _COUNTS[measure]
    of_cases, good = months.loc[period, cases], _own_row(content).get(part, np.nan)
    is_counted = pd.notna(of_cases) and pd.notna(good)
    n_late = kept_late(content) if measure == "on_time" else 0
    by_later_day = f"（其中{n_late}件在原时限之后、延期时限之内办结）" * bool(n_late)
    told = f"{counted.format(int(of_cases), int(good))}{by_later_day}，{WORDS.rates[measure]}" if is_counted else word
    return f"{told}{percent(months.loc[period, rate] / 100)}{changes}"


def _changes(values: pd.Series, period: str, write) -> str:
    now = values[period]
    told = [
        beside(basis, write(now - values[before]))
        for basis, back in MONTHS_BACK.items()
        if (before := shift(period, -back)) in values.index and pd.notna(values[before])
    ]
    return f"（{'，'.join(told)}）" if told else ""


def beside(basis: str, change: str) -> str:
    """Return a change as a citizen reads it: 比上月增加2件, 与上年同期持平."""
    return f"{'与' if change == '持平' else '比'}{WORDS.bases_before[basis]}{change}"


def _compare_years(months: pd.DataFrame, content: PackContent, measure: str) -> _Years | None:
    """Return a rate of the last twelve months beside that of the twelve before.

    None where one of the months is not told (S32).
    """
    from analysis.insight.chance import compare_spans  # brings scipy, which opening a month does without

    (rate, cases, _), period = _RATES[measure], content.policy.period
    after, before = (month_range(shift(period, 1 - YEAR - back), shift(period, -back)) for back in (0, YEAR))
    known = months.reindex([*before, *after])[[rate, cases]].astype(float)
    if known.isna().any(axis=None) or (known[cases] == 0).any():
        return None
    is_after = np.array([month in after for month in known.index])
    rates, sure_pct = known[rate].to_numpy() / 100, content.policy.noise.confidence_pct
    share, change, explained = compare_spans(rates, known[cases].to_numpy(), is_after, sure_pct)
    is_sure = abs(change) > explained
    n_after, n_before = (int(known.loc[each, cases].sum()) for each in (is_after, ~is_after))
    return _Years(share, change, is_sure, n_after, n_before)


def _tell_years(months: pd.DataFrame, content: PackContent) -> Iterator[str]:
    """Yield for each rate whether the last twelve months were better than the twelve before, beyond chance (S32)."""
    for measure in _RATES:
        found = _compare_years(months, content, measure)
        if found is None:
            continue
        word, cases = WORDS.rates[measure], _COUNTS[measure][1].partition("，")[0]
        moved = f"比此前十二个月（{cases.format(found.n_before)}）{rose_or_fell(100 * found.change, '个百分点')}"
        sure = f"变动超出偶然起伏（把握{content.policy.noise.confidence_pct:g}%以上）"
        why = sure if found.is_sure else "变动在偶然起伏之内"
        now = f"近十二个月{word}{percent(found.share)}（{cases.format(found.n_after)}）"
        yield f"{now}，{moved}，{why}，{found.verdict}。"


def service_courses(content: PackContent) -> list[tuple[str, str, Markup]]:
    """Return for each rate its finding, what is drawn, and thirteen months of it with the year before (dashed)."""
    months, period = district_months(content), content.policy.period
    shown, past = (month_range(shift(period, -YEAR - back), shift(period, -back)) for back in (0, YEAR))
    courses = []
    for measure, (rate, _, of) in _RATES.items():
        own, before = (months[rate].reindex(each).astype(float).tolist() for each in (shown, past))
        word = WORDS.rates[measure]
        if np.isfinite(own).sum() > 1:
            other = "虚线：上年同期" if np.isfinite(before).any() else ""
            svg = course_svg(shown, own, before, name=word, other=other, unit="%")
            courses.append((_course_title(months, content, measure), f"{of}{word}近十三个月走势；单位：%", svg))
    return courses


def _course_title(months: pd.DataFrame, content: PackContent, measure: str) -> str:
    word, found = WORDS.rates[measure], _compare_years(months, content, measure)
    if found is not None:
        return f"近一年{word}{found.verdict if found.is_sure else '没有超出偶然起伏的变化'}"
    values = months[_RATES[measure][0]].reindex(month_range(shift(content.policy.period, -YEAR), content.policy.period))
    low, high = (percent(value / 100) for value in (values.min(), values.max()))
    return f"{word}各月都是{low}" if low == high else f"{word}在{low}至{high}之间"


def tell_matters(content: PackContent) -> list[str]:
    """Return which matters rose beyond chance; of no count that is withheld (S33, S46)."""
    by_matter, period = content.open_tickets["hotline_by_matter"], content.policy.period
    known = by_matter[(by_matter["matter_id"] != "") & by_matter["n_received"].notna()]
    now = known[known["period"] == period].sort_values(["n_received", "matter"], ascending=[False, True])
    if now.empty:
        return []
    last_year = known[known["period"] == shift(period, -YEAR)].set_index("matter_id")["n_received"]

    def counted(row) -> str:
        known_then = row.matter_id in last_year.index
        return f"{row.matter}{row.n_received}件" + f"（上年同期{last_year.get(row.matter_id)}件）" * known_then

    rising = content.table("rising_matters")
    risen = now[now["matter_id"].isin(rising.loc[rising["is_rising"].astype(bool), "matter_id"])]
    more = listing([*map(counted, risen.itertuples())])
    return [f"比往年同期明显增多的有{len(risen)}项：{more}。"] * bool(len(risen))


def tell_effect(content: PackContent) -> list[str]:
    """Return by when a call is handled, in which scores and for which list it counts (R9, S14, S15, S19)."""
    policy = content.policy
    counted = [
        f"{_COUNTED.get(i.data.measure, content.names[i.id])}（指标“{content.names[i.id]}”）"
        for i in policy.indicators
        if i.data.sheet == TICKETS
    ]
    watch, first = policy.watch, policy.tickets.channels[0].name
    rules = policy.ticket_rules
    told = (
        f"您通过{first}等渠道反映的问题，由承办单位办理：工单未另定时限的，{rules.limit_working_days}个工作日内办结；"
        f"延期的，至多再计{rules.extension_max_working_days}个工作日。办结后回访；不满意的，见文末“意见和咨询”。"
    )
    told += f"计入承办单位得分的有{listing(counted)}" if counted else ""
    ledger = [content.names[i.id] for i in policy.indicators if i.data.measure == "close_off"]
    alone = {i.data.measure for i in policy.indicators if i.data.sheet == TICKETS}
    if "shared_on_time" in alone and "on_time" not in alone:
        told += "；只由一个单位办理的工单是否按时，不计入得分，只用于监管异常名录"
    told += f"；列入整改台账的，还计入“{listing(ledger)}”" * bool(counted and ledger) + "。" * bool(counted)
    rates = "、".join(
        f"{word}{'明显' * (line.method == 'exact_fdr')}低于{line.below_pct:g}%"
        for word, line in ((WORDS.rates["satisfaction"], watch.satisfaction), (WORDS.rates["on_time"], watch.on_time))
    )
    low, draw = watch.bottom_five, policy.draw
    listed = f"近{watch.window_months}个月合计，{rates}，或者重复反映、态度投诉明显偏多的单位，列入监管异常名录"
    if policy.grading.bottom_places:
        run = f"连续{numeral(low.months, of_things=True)}个月列当月{bottom_name(policy.grading)}"
        listed += f"；{run}、各月均居其中的可能性不低于{low.probability_pct:g}%的，也列入"
    drawn = (
        f"名录单位参加摇号抽查的，名额按约{draw.watch_factor:g}倍于一般单位的比例安排；"
        f"本年已查满{draw.maximum_per_year}次的，摇号不再抽到；不面向群众办事服务的，不参加摇号。"
    )
    return [told, f"{listed}。{drawn}"]


def service_table(content: PackContent) -> Markup:
    """Return thirteen months of the district's figures, the latest first; empty where no other month is known."""
    months = district_months(content)
    shown = months[months.index > shift(content.policy.period, -YEAR - 1)].iloc[::-1]
    if len(shown) < 2:
        return Markup("")
    columns = [
        text("月份", lambda r: month_name(r.Index)),
        number("受理（件）", "n_received", whole),
        number(WORDS.rates["on_time"], lambda r: percent(r.on_time_pct / 100)),
        number(WORDS.rates["satisfaction"], lambda r: percent(r.satisfaction_pct / 100)),
    ]
    return table(columns, shown, "各月受理和办理情况", css="")


def matters_table(content: PackContent) -> Markup:
    """Return what was asked about most, beside earlier months; columns of which nothing may be told are left out."""
    period, by_matter = content.policy.period, content.open_tickets["hotline_by_matter"]
    counts = by_matter.pivot_table(index=["matter_id"], columns="period", values="n_received", aggfunc="first")
    now = by_matter[(by_matter["period"] == period) & (by_matter["matter"] != "") & by_matter["n_received"].notna()]
    most = now.sort_values(["n_received", "matter"], ascending=[False, True]).head(_MATTERS)
    if most.empty:
        return Markup("")
    earlier = [
        number(f"{WORDS.bases_before[basis]}（件）", lambda r, at=at: whole(counts[at].get(r.matter_id)))
        for basis, back in MONTHS_BACK.items()
        if (at := shift(period, -back)) in counts and counts.loc[counts.index.isin(most["matter_id"]), at].notna().any()
    ]
    rates = [
        number(WORDS.rates[measure], lambda r, rate=rate: percent(getattr(r, rate) / 100))
        for measure, (rate, *_) in _RATES.items()
        if most[rate].notna().any()
    ]
    columns = [text("事项", "matter"), number("受理（件）", "n_received", whole), *earlier, *rates]
    shown = table(columns, most, "受理较多的事项", css="")
    note = f"（{_GIVEN_AWAY}）" if DASH in str(shown) else ""
    return table(columns, most, f"受理较多的事项{note}", css="")
