"""What a unit is asked about its own data, with its own figures alone: its group's would tell of others (S34, S23)."""

from markupsafe import Markup

from analysis.insight.likeness import MEASURE, same_indicators
from analysis.policy.period import month_range, shift
from analysis.report.packs.content import PackContent
from analysis.report.packs.evidence import evidence
from analysis.report.packs.losses import held_before
from analysis.report.page.pieces import number, table, text
from analysis.report.site.open_tickets import WHOLE
from analysis.report.words import DASH, WORDS, fixed, month_name, score

_NOT_OF_TICKETS = ("not_applicable", "never_closed", MEASURE)


def question_words(content: PackContent, unit_id: str) -> list[str]:
    """Return what is asked with the counts behind it, none of tickets whose counts might bound a withheld one."""
    return [
        f"{_counted(content, row)}。请核实：{WORDS.integrity[row.measure].ask}？"
        for row in content.own("integrity", unit_id)
        if row.is_question and (row.measure in _NOT_OF_TICKETS or _is_told(content, row.first_period))
    ]


def alike_rows(content: PackContent, unit_id: str) -> list:
    """Return the unit's rows of `integrity` that ask about points that are another unit's."""
    return [row for row in content.own("integrity", unit_id) if row.is_question and row.measure == MEASURE]


def alike_table(content: PackContent, unit_id: str) -> Markup:
    """Return the indicators whose points are another unit's, each with the unit's own cells; else nothing.

    Of the other unit it tells nothing but that it has the same points.
    """
    asked, of, scores = alike_rows(content, unit_id), content.policy.indicator_by_id, content.table("indicator_scores")
    same = [each for row in asked for each in same_indicators(scores, unit_id, row.other_unit_id)]
    if not same:
        return Markup("")
    rows = [row for row in content.own("indicator_scores", unit_id) if row.indicator_id in same]

    def last(row) -> str:
        then = content.before.get((unit_id, row.indicator_id))
        held = held_before(content, row, of[row.indicator_id])
        return f"{score(then.score)}分{f'（{held}）' * bool(held)}" if then else DASH

    columns = [
        text("指标", "indicator_id", content.names),
        number("得分", "score", score),
        text("本单位上月", last),
        text("本单位的数据", lambda r: evidence(content, unit_id, of[r.indicator_id])),
    ]
    caption = "与另一单位得分完全相同的指标，请逐项核对本单位的数据（文件、单元格和原始值）"
    return table(columns, rows, caption, css="cards")


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
