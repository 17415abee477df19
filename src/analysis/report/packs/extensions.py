"""What extensions of time do to the public's rates, as far as small counts stay untold (S19, S46)."""

import pandas as pd

from analysis.policy.period import shift
from analysis.report.packs.content import YEAR, PackContent
from analysis.report.words import numeral, percent


def is_of_many(content: PackContent, own: pd.Series) -> bool:
    """Tell whether the sum of units' counts may be told: beside its own, no unit can reckon a small one (S46)."""
    if own.empty or {"n_received", "n_due"} & content.hidden_counts:
        return False
    return bool(own.sum() - own.max() >= content.rules.small_count)


def tell_extended(content: PackContent) -> str:
    """Return that a ticket whose time was extended is in time by the later day, and how many are (S19, S46)."""
    most, extended = content.policy.ticket_rules.extension_max_working_days, content.extended
    told = f"是否按时，延期的工单按延期后的时限计算（至多延长{most}个工作日，到期之后办理的延期也算）"
    rows = content.table("hotline_by_unit")
    due = rows[rows["period"] == content.policy.period].set_index("unit_id")["n_due"]
    if not all(is_of_many(content, own) for own in (extended, due.sub(extended, fill_value=0))):
        return f"{told}。"
    return f"{told}；本月到期的工单中，延期的有{extended.sum():.0f}件。"


def kept_late(content: PackContent) -> int:
    """Return how many tickets are in time by their later day alone (S19); 0 where it is no count of many (S46)."""
    own, rows = content.kept_late, content.table("hotline_by_unit")
    if own.empty or not is_of_many(content, own):
        return 0
    on_time = rows[rows["period"] == content.policy.period].set_index("unit_id")["n_on_time"]
    rests = (whole.sub(own, fill_value=0) for whole in (content.extended, on_time))
    return int(own.sum()) if all(is_of_many(content, rest) for rest in rests) else 0


def tell_first_limits(content: PackContent) -> str:
    """Return how many tickets were in time without any extension, last year beside the year before (S19, S32, S46).

    Extensions grow more easily than the rate falls: what counts with them alone says half. Nothing where the tickets
    that needed one are no count of many, or where two years of months are not there.
    """
    from analysis.insight.chance import compare_spans  # see `service`

    rows, year = content.first_limits, f"近{numeral(YEAR)}个月"
    is_after = (rows["period"] > shift(content.policy.period, -YEAR)).astype(bool)
    for span in (is_after, ~is_after):
        own = rows[span].groupby("unit_id")[["n_on_time", "n_kept_late"]].sum()
        rest = own["n_on_time"] - own["n_kept_late"]
        if not (is_of_many(content, own["n_kept_late"]) and is_of_many(content, rest)):
            return ""
    digits = _digits(content, min(rows.loc[span, "n_due"].sum() for span in (is_after, ~is_after)))
    if digits is None:
        return ""
    months = rows.groupby("period")[["n_due", "n_on_time", "n_kept_late"]].sum()
    kept = ((months["n_on_time"] - months["n_kept_late"]) / months["n_due"]).to_numpy()
    spans = (months.index > shift(content.policy.period, -YEAR), content.policy.noise.confidence_pct)
    share, change, explained = compare_spans(kept, months["n_due"].to_numpy(), *spans)
    why = "变动超出偶然起伏" if abs(change) > explained else "变动在偶然起伏之内"
    before = f"此前{numeral(YEAR)}个月为{percent(share - change, digits)}，{why}"
    return f"不计延期、都按原时限计算，{year}按时办结的占{percent(share, digits)}，{before}。"


def _digits(content: PackContent, n_cases: int) -> int | None:
    """Return to how many digits a year's percentage may be told, None for not at all (S46).

    The next month tells it of a year that is shifted by one: were it exact, the difference would tell a month's small
    count. So half of the last digit stands for as many cases as a count of few.
    """
    found = (digits for digits in (1, 0) if 0.005 / 10**digits * n_cases >= content.rules.small_count)
    return next(found, None)
