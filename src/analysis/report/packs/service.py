"""How citizens were served, month beside month, from the open tables of tickets alone (S18, S20, S46)."""

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis.policy.period import month_range, shift
from analysis.report.monthly import MONTHS_BACK
from analysis.report.packs.content import PackContent
from analysis.report.packs.counts import WITHHELD
from analysis.report.packs.drawings import course_svg
from analysis.report.page.pieces import number, table, text
from analysis.report.site.open_tickets import WHOLE
from analysis.report.words import DASH, WORDS, as_printed, month_name, more_or_fewer, percent, rose_or_fell, whole

# Measure → its rate, the cases that it goes over, and what these are called.
_RATES = {
    "on_time": ("on_time_pct", "n_due", "到期工单"),
    "satisfaction": ("satisfaction_pct", "n_valid_call_backs", "有效回访"),
}
_YEAR = 12
_MATTERS = 8
_GIVEN_AWAY = "“—”为件数少，或由其推得出件数少的，不予列示"


def district_months(content: PackContent) -> pd.DataFrame:
    """Return the district's figures by month, the months before among them; what is withheld is missing."""
    channels = content.open_tickets["hotline_by_channel"]
    return channels[channels["channel"] == WHOLE].set_index("period").sort_index()


def tell_service(content: PackContent) -> list[str]:
    """Return what came in, how it was answered, and whether that got better (S25); nothing in a month without cases."""
    months, period = district_months(content), content.policy.period
    if period not in months.index or months["n_received"].eq(0).fillna(False)[period]:
        return []
    received = "受理群众诉求" + _count(months["n_received"], period)
    parts = [_rate(months, period, measure) for measure in _RATES]
    return [f"{received}。{'；'.join(parts)}。", *_tell_years(months, content)]


def _count(counts: pd.Series, period: str) -> str:
    if pd.isna(counts[period]):
        return WITHHELD
    changes = _changes(counts, period, lambda change: more_or_fewer(change, "件"))
    return f"{counts[period]}件{changes}"


def _rate(months: pd.DataFrame, period: str, measure: str) -> str:
    rate, _, of = _RATES[measure]
    word = f"{of}{WORDS.rates[measure]}"
    if pd.isna(months.loc[period, rate]):
        return f"{word}{WITHHELD}"
    changes = _changes(months[rate].map(as_printed), period, lambda change: rose_or_fell(change, "个百分点"))
    return f"{word}{percent(months.loc[period, rate] / 100)}{changes}"


def _changes(values: pd.Series, period: str, write) -> str:
    now = values[period]
    told = [
        WORDS.bases[basis] + write(now - values[before])
        for basis, back in MONTHS_BACK.items()
        if (before := shift(period, -back)) in values.index and pd.notna(values[before])
    ]
    return f"（{'，'.join(told)}）" if told else ""


def _tell_years(months: pd.DataFrame, content: PackContent) -> Iterator[str]:
    """Yield for each rate whether the last twelve months were better than the twelve before, beyond chance (S32)."""
    from analysis.insight.chance import compare_spans  # brings scipy, which opening a month does without

    period, confidence = content.policy.period, content.policy.noise.confidence_pct
    after, before = (month_range(shift(period, 1 - _YEAR - back), shift(period, -back)) for back in (0, _YEAR))
    for measure, (rate, cases, _) in _RATES.items():
        known = months.reindex([*before, *after])[[rate, cases]].astype(float)
        if known.isna().any(axis=None) or (known[cases] == 0).any():
            continue
        is_after = np.array([month in after for month in known.index])
        share, change, error = compare_spans(known[rate].to_numpy() / 100, known[cases].to_numpy(), is_after)
        word, moved = WORDS.rates[measure], f"比此前十二个月{rose_or_fell(100 * change, '个百分点')}"
        if abs(change) <= NormalDist().inv_cdf(0.5 + confidence / 200) * error:
            verdict = "变动在偶然起伏之内，不能断定变好或变差"
        else:
            verdict = f"变动超出偶然起伏（把握{confidence:g}%以上），{'确有改善' if change > 0 else '确有下降'}"
        yield f"近十二个月{word}{percent(share)}，{moved}，{verdict}。"


def service_courses(content: PackContent) -> list[tuple[str, Markup]]:
    """Return for each rate what is drawn, and thirteen months of it with the year before behind (dashed)."""
    months, period = district_months(content), content.policy.period
    shown, past = (month_range(shift(period, -_YEAR - back), shift(period, -back)) for back in (0, _YEAR))
    courses = []
    for measure, (rate, _, of) in _RATES.items():
        own, before = (months[rate].reindex(each).astype(float).tolist() for each in (shown, past))
        word = WORDS.rates[measure]
        if np.isfinite(own).sum() > 1:
            other = "虚线：上年同期" if np.isfinite(before).any() else ""
            svg = course_svg(shown, own, before, name=word, other=other, unit="%")
            courses.append((f"{of}{word}近十三个月走势；单位：%", svg))
    return courses


def service_table(content: PackContent) -> Markup:
    """Return thirteen months of the district's figures, the latest first; empty where no other month is known."""
    months = district_months(content)
    shown = months[months.index > shift(content.policy.period, -_YEAR - 1)].iloc[::-1]
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
