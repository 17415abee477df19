"""What a unit is asked about its own data, with its own figures alone: its group's would tell of others (S34, S23)."""

from analysis.insight.likeness import MEASURE
from analysis.policy.period import month_range, shift
from analysis.report.packs.content import PackContent
from analysis.report.site.open_tickets import WHOLE
from analysis.report.words import WORDS, fixed, month_name

_NOT_OF_TICKETS = ("not_applicable", "never_closed", MEASURE)


def question_words(content: PackContent, unit_id: str) -> list[str]:
    """Return what is asked with the counts behind it, none of tickets whose counts might bound a withheld one."""
    return [
        f"{_counted(content, row)}。请核实：{WORDS.integrity[row.measure].ask}？"
        for row in content.own("integrity", unit_id)
        if row.is_question and (row.measure in _NOT_OF_TICKETS or _is_told(content, row.first_period))
    ]


def _counted(content: PackContent, row) -> str:
    first, last = row.first_period, content.policy.period
    if row.measure == "never_closed":  # items whose last day is long past
        rules = content.policy.trends.integrity
        last = shift(last, -rules.open_months)
        first = shift(last, 1 - rules.months)
    span = month_name(last) if first == last else f"{month_name(first)}至{month_name(last)}"
    told = {"span": span, "events": row.n_events, "cases": row.n_cases, "share": fixed(row.share_pct, 1)}
    return WORDS.own_questions[row.measure].format(**told)


def _is_told(content: PackContent, first: str) -> bool:
    """Tell whether the district's counts of all months are told: else a sum less the other months' bounds one (S46)."""
    channels, months = content.open_tickets["hotline_by_channel"], month_range(first, content.policy.period)
    known = channels[(channels["channel"] == WHOLE) & channels["period"].isin(months)].dropna()
    return set(known["period"]) == set(months)
