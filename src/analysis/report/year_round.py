"""What a year's notice tells leaders beside its results: tickets of the year, the ledger at its end, duties, movers."""

import pandas as pd

from analysis.insight.hotline import ALL_CHANNELS
from analysis.policy.book import Policy
from analysis.report.actions import ledger_words, red_finding
from analysis.report.duties import duties_finding
from analysis.report.packs.content import PackContent
from analysis.report.trends import compared_units, tell_movers
from analysis.report.words import WORDS, as_printed, more_or_fewer, percent, rose_or_fell

_YEAR = 12
_RATES = {"on_time": ("n_on_time", "n_due"), "satisfaction": ("n_satisfied", "n_valid_call_backs")}


def tell_year_round(content: PackContent) -> list[str]:
    """Return the year's sentences; one whose table was not made is left out.

    Args:
        content: the year's December, with `hotline_by_channel` of its months and, where there are, of the year before.
    """
    policy, names, table = content.policy, content.names, content.table
    ledger, duties, trends = table("ledger"), table("duties_by_matter"), table("trends")
    red = red_finding(ledger, names, "年末仍")
    told = [
        tell_movers(trends, "annual", names) if len(compared_units(trends, "annual")) else "",
        tell_tickets(table("hotline_by_channel"), policy.period),
        f"年末{ledger_words(ledger)}{f'；{red}' * bool(red)}。" if len(ledger) else "",
        duties_finding(duties, table("matter_loops"), names, policy) if len(duties) else "",
    ]
    return [each for each in told if each]


def tell_tickets(by_channel: pd.DataFrame, period: str) -> str:
    """Return how many tickets a year brought, and how many were in time and satisfied, beside the year before (S25).

    A rate is that of all the year's cases, no mean of months. The year before is told where all its months are there.

    Args:
        by_channel: the tables `hotline_by_channel` of the months of both years.
        period: the year's last month; empty where no month of the year is there.
    """
    rows = by_channel[by_channel["channel"] == ALL_CHANNELS]
    of_year = rows.groupby(rows["period"].str[:4])
    months, sums = of_year["period"].nunique(), of_year.sum(numeric_only=True)
    year, before = period[:4], str(int(period[:4]) - 1)
    if year not in sums.index:
        return ""
    now, then = sums.loc[year], sums.loc[before] if months.get(before) == _YEAR else None
    change = "" if then is None else f"（比上年{more_or_fewer(now['n_received'] - then['n_received'], '件')}）"
    span = f"（{months[year]}个月）" * bool(months[year] < _YEAR)
    parts = [f"{year}年{span}受理各渠道工单{now['n_received']:.0f}件{change}，到期{now['n_due']:.0f}件"]
    for measure, (part, whole) in _RATES.items():
        rates = [as_printed(100 * each[part] / each[whole]) for each in (now, then) if each is not None and each[whole]]
        if now[whole]:
            beside = f"（比上年{rose_or_fell(rates[0] - rates[1], '个百分点')}）" if len(rates) > 1 else ""
            parts.append(f"{WORDS.rates[measure]}{percent(rates[0] / 100)}{beside}")
    return "，".join(parts) + "。"


def tell_over_year(monthly: pd.DataFrame, policy: Policy) -> str:
    """Return by how many units held more than their posts in a year's January and at its end, and whose step was most.

    Of units of both months; whose is not told where several share it. Empty where a month is not there.

    Args:
        monthly: table `monthly_loads`.
        policy: the rules of the year's last month.
    """
    months = [f"{policy.period[:4]}-01", policy.period]
    held = monthly.assign(more=(monthly["in_post"] - monthly["posts"]).clip(0))
    more = held.pivot(index="unit_id", columns="period", values="more").reindex(columns=months).dropna()
    then, now = (more[month] for month in months)
    step = (now - then).abs()
    most = step.index[step.eq(step.max()) & step.gt(0)]
    whose = [f"，变化最大的是{policy.names[u]}（{then[u]:.0f}名变为{now[u]:.0f}名）" for u in most if len(most) == 1]
    sums = f"超编合计年初（1月）{then.sum():.0f}名、年末{now.sum():.0f}名"
    return f"{sums}{''.join(whose)}。" * bool(len(more))
