"""Panels of sliders and lists for a researcher's notebook: change a rule or a value and see at once who moves.

A panel computes nothing itself: it hands what was chosen to `scoring.whatif` and shows what comes back.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from operator import attrgetter
from pathlib import Path

import ipywidgets as widgets
import pandas as pd

from analysis.action.differences import list_differences
from analysis.action.watch_list import watch_units
from analysis.policy.book import Policy, PolicyBook
from analysis.policy.draft import draft_book, draft_cases, draft_tiers, draft_weights, save_draft
from analysis.policy.errors import AnalysisError, UsageError
from analysis.policy.indicators import Indicator
from analysis.policy.models import Grading
from analysis.policy.watch import WatchRules
from analysis.report.certainty import describe_unit, margin_lines, margins_of
from analysis.report.controls import NAMED, Slider, fill_list, follow_controls, make_slider
from analysis.report.differences import differences_table, tell_differences
from analysis.report.grading import listed_name
from analysis.report.page.pieces import banner, paragraphs
from analysis.report.watch import tell_watch_change, watch_table
from analysis.report.words import SCOPES, WORDS
from analysis.scoring.changes import ROLES, Change
from analysis.scoring.whatif import Baseline, recount, regrade, rescore

_SCOPES = [(word, scope) for scope, word in SCOPES.items()]
_ROLES = {"value": "数值", "numerator": "分子", "denominator": "分母", "standard": "标准值"}
# Thresholds of the watch list → the least and the most that makes sense.
_WATCHED = {
    "minimum_cases": (1, 100),
    "false_discovery_pct": (1, 50),
    "satisfaction.below_pct": (0, 100),
    "on_time.below_pct": (0, 100),
    "repeats.minimum": (1, 50),
    "attitude_complaints.minimum": (1, 50),
    "bottom_five.probability_pct": (0, 100),
    "clean_months": (1, 12),
}
_CASES = {"minimum_cases": "最少件数（S30）", "fill_cases": "以前各月补足到（件）", "full_cases": "权重计足所需件数"}
_MOST_CASES = 200
_MOST = 1e9  # a front end knows no number without end


def weights_panel(baseline: Baseline, book: PolicyBook, drafts: Path) -> widgets.Widget:
    """Return sliders of the base weights of channels (R17); the last channel takes what the others leave of 100.

    Args:
        baseline: the month as it is.
        book: its rules.
        drafts: the folder in which the chosen weights are saved as a draft.
    """
    period = baseline.period
    (base,) = [entry for entry in book.weights.base if entry.holds_in(period)]
    channels = list(base.weights)
    sliders = [make_slider(book.names[channel], base.weights[channel], 100) for channel in channels[:-1]]
    _keep_to_100(sliders)

    def choose():
        return draft_weights(book, period, dict(zip(channels, _with_rest(sliders), strict=True)))

    controls = [*sliders, _tell_rest(sliders, book.names[channels[-1]])]
    return _policy_panel(baseline, book, drafts, controls, choose)


def tiers_panel(baseline: Baseline, book: PolicyBook, drafts: Path) -> widgets.Widget:
    """Return sliders of the quotas (R19), or else the score lines, and of the bottom places (R21).

    The last tier takes what is left of 100, or what reaches no line.

    Args:
        baseline: the month as it is.
        book: its rules.
        drafts: the folder in which the chosen values are saved as a draft.
    """
    grading = baseline.policies[baseline.period].grading
    key, values = ("quotas", grading.quotas) if grading.quotas else ("lines", grading.lines)
    bottom = make_slider("后几名", grading.bottom_places, len(baseline.policies[baseline.period].units))
    sliders = [make_slider(book.names[tier], values[tier], 100) for tier in grading.tiers[:-1]]
    _keep_to_100(sliders) if grading.quotas else _keep_in_order(sliders[::-1])

    def choose():
        chosen = _with_rest(sliders) if grading.quotas else [*(slider.value for slider in sliders), 0]
        return draft_tiers(book, baseline.period, dict(zip(grading.tiers, chosen, strict=True)), bottom.value, key=key)

    rest = [_tell_rest(sliders, book.names[grading.tiers[-1]])] if grading.quotas else []
    controls = [*sliders, *rest, bottom]
    return _policy_panel(baseline, book, drafts, controls, choose)


def _with_rest(sliders: Iterable[Slider]) -> list[float]:
    chosen = [slider.value for slider in sliders]
    return [*chosen, round(100 - sum(chosen), 6)]


def _keep_to_100(sliders: Sequence[Slider]) -> None:
    """Let no slider go further than what the others leave of 100."""

    def limit(_=None) -> None:
        rest = _with_rest(sliders)[-1]
        for slider in sliders:
            slider.max = slider.value + rest

    follow_controls(sliders, limit)


def _keep_in_order(sliders: Sequence[Slider]) -> None:
    """Let no slider go below the one before it or beyond the one after it."""

    def limit(_=None) -> None:
        for lower, upper in pairwise(sliders):
            lower.max, upper.min = upper.value, lower.value

    follow_controls(sliders, limit)


def _tell_rest(sliders: Sequence[Slider], name: str) -> widgets.Label:
    """Return what the last of several shares is, which takes what the others leave."""
    rest = widgets.Label()
    follow_controls(
        sliders, lambda _=None: setattr(rest, "value", f"{name}：{_with_rest(sliders)[-1]:g}（其余归它，合计100）")
    )
    return rest


def _policy_panel(
    baseline: Baseline,
    book: PolicyBook,
    drafts: Path,
    controls: Sequence[widgets.Widget],
    choose: Callable,
    score: Callable[..., pd.DataFrame] = regrade,
) -> widgets.Widget:
    grading = baseline.policies[baseline.period].grading
    scope, told, saved = widgets.ToggleButtons(options=_SCOPES), widgets.HTML(), widgets.Label()
    save = widgets.Button(description="存为草案")

    def find() -> pd.DataFrame:
        drafted = draft_book(book, choose())
        after = score(baseline, {month: drafted.at(month) for month in baseline.policies})
        return list_differences(baseline.units, after, grading, drafted.at(baseline.period).grading)

    def write(_) -> None:
        try:
            saved.value = f"已存：{save_draft(choose(), drafts, baseline.period)}"
        except AnalysisError as error:
            saved.value = str(error)

    save.on_click(write)
    moved = [control for control in controls if not isinstance(control, widgets.Label)]
    _redraw_on([*moved, scope], told, find, scope, baseline, book.names)
    return widgets.VBox([*controls, scope, told, save, saved])


def value_panel(baseline: Baseline, names: Mapping[str, str]) -> widgets.Widget:
    """Return a choice of one raw value of the month, and another in its place, as an objection asks for it (S21).

    Args:
        baseline: the month as it is.
        names: id → Chinese name.
    """
    policy = baseline.policies[baseline.period]
    now = baseline.measurements[baseline.measurements["period"] == baseline.period].set_index("measurement_id")
    unit = widgets.Dropdown(options=[(names[id_], id_) for id_ in policy.unit_ids])
    measured, role = widgets.Dropdown(), widgets.Dropdown()
    value, is_na = widgets.BoundedFloatText(), widgets.Checkbox(description="不适用（S11）")
    scope, told = widgets.ToggleButtons(options=_SCOPES), widgets.HTML()
    titles = {unit: "单位", measured: "指标", role: "原始值", value: "改为"}
    for widget, title in titles.items():
        widget.description, widget.style, widget.layout = title, NAMED["style"], NAMED["layout"]

    def find() -> pd.DataFrame:
        # A list that is filled anew has nothing chosen for a moment.
        if measured.value is None or role.value is None:
            raise UsageError(f"{names[unit.value]}本月没有可改的原始值")
        row = now.loc[measured.value]
        chosen = None if is_na.value else value.value
        if chosen == row[role.value]:
            return list_differences(baseline.units, baseline.units, policy.grading)
        change = Change(row["unit_id"], row["indicator_id"], role.value, chosen, row["item_id"])
        return list_differences(baseline.units, rescore(baseline, [change]), policy.grading)

    _offer(now, policy, unit, measured, role, value)
    _redraw_on([value, is_na, measured, role, scope], told, find, scope, baseline, names)
    return widgets.VBox([unit, measured, role, value, is_na, scope, told])


def _offer(now: pd.DataFrame, policy: Policy, unit, measured, role, value) -> None:
    """Keep the lists in step: the unit's measurements, the chosen one's raw values, its number and what it may be."""

    def measurements(_=None) -> None:
        rows = now[(now["unit_id"] == unit.value) & (now["status"] == "ok")]
        words = (" ".join(filter(None, (policy.names[row.indicator_id], row.item_id))) for row in rows.itertuples())
        fill_list(measured, list(zip(words, rows.index, strict=True)))

    def roles(_=None) -> None:
        if measured.value is not None:
            fill_list(role, [(_ROLES[name], name) for name in ROLES if pd.notna(now.loc[measured.value, name])])
            number()

    def number(_=None) -> None:
        if role.value is not None:
            row = now.loc[measured.value]
            method = policy.indicator_by_id[row["indicator_id"]].method
            low, high = method.admissible if role.value == "value" else (0, None)
            value.max, value.min = _MOST, -_MOST
            value.value = float(row[role.value])
            value.min, value.max = -_MOST if low is None else low, _MOST if high is None else high

    for widget, follow in ((unit, measurements), (measured, roles), (role, number)):
        widget.observe(follow, "value")
    measurements()


def _redraw_on(
    controls: Iterable[widgets.Widget],
    told: widgets.HTML,
    find: Callable[[], pd.DataFrame],
    scope: widgets.ToggleButtons,
    baseline: Baseline,
    names: Mapping[str, str],
) -> None:
    """Show the movers now and whenever a control changes; what cannot be is told in place of them."""
    listed = listed_name(baseline.policies[baseline.period].grading, names)

    def redraw(_=None) -> None:
        try:
            movers = find()
        except AnalysisError as error:
            told.value = banner(str(error))
            return
        rows = movers[movers["scope"] == scope.value]
        table = "" if rows.empty else differences_table(rows, names, f"{SCOPES[scope.value]}有变化的单位")
        told.value = paragraphs([tell_differences(movers, scope.value, listed)]) + table

    follow_controls(controls, redraw)


def unit_panel(
    certainty: pd.DataFrame,
    grading: Grading,
    names: Mapping[str, str],
    confidence_pct: float,
    weight_points: float,
) -> widgets.Widget:
    """Return a choice of one unit, with its place, the interval of its place and its margins.

    Args:
        certainty: table `certainty` of both scopes.
        grading: what the bottom places are called.
        names: id → Chinese name.
        confidence_pct: of the interval.
        weight_points: how far the unit's own channel weights may move for the margins.
    """
    unit = widgets.Dropdown(options=[(names[id_], id_) for id_ in certainty["unit_id"].unique()], description="单位")
    scope, told = widgets.ToggleButtons(options=_SCOPES), widgets.HTML()

    def redraw(_=None) -> None:
        row = certainty[(certainty["unit_id"] == unit.value) & (certainty["scope"] == scope.value)].iloc[0]
        margins = margins_of(row, row["period"], scope.value, weight_points)
        lines = margin_lines(margins, names.get(row["tier_by_score"], ""), listed_name(grading, names))
        told.value = paragraphs([describe_unit(row, names, confidence_pct), *lines])

    follow_controls((unit, scope), redraw)
    return widgets.VBox([unit, scope, told])


def cases_panel(baseline: Baseline, book: PolicyBook, drafts: Path) -> widgets.Widget:
    """Return sliders of the numbers of cases on which a rate scores, and how much it weighs then (S30).

    Args:
        baseline: the month as it is.
        book: its rules.
        drafts: the folder in which the chosen numbers are saved as a draft.
    """
    counted = {i.id: i for i in baseline.policies[baseline.period].indicators if i.minimum_cases}
    chosen = widgets.Dropdown(options=[(i.name, i.id) for i in counted.values()], description="指标", **NAMED)
    panels = {id_: _cases_of(indicator, baseline, book, drafts) for id_, indicator in counted.items()}
    shown = widgets.VBox()
    follow_controls([chosen], lambda _=None: setattr(shown, "children", [panels[chosen.value]] if chosen.value else []))
    return widgets.VBox([chosen, shown])


def _cases_of(indicator: Indicator, baseline: Baseline, book: PolicyBook, drafts: Path) -> widgets.Widget:
    named = {name: word for name, word in _CASES.items() if getattr(indicator, name)}
    sliders = [make_slider(word, getattr(indicator, name), _MOST_CASES, 1) for name, word in named.items()]
    _keep_in_order(sliders)

    def choose():
        cases = dict(zip(named, [slider.value for slider in sliders], strict=True))
        return draft_cases(book, baseline.period, indicator.id, cases)

    return _policy_panel(baseline, book, drafts, sliders, choose, partial(recount, indicator_id=indicator.id))


def watch_panel(
    sources: Sequence[pd.DataFrame], rules: WatchRules, grading: Grading, names: Mapping[str, str], period: str
) -> widgets.Widget:
    """Return sliders of the thresholds of the watch list (S15): who would be on it this month.

    Lists of earlier months stand as they are.

    Args:
        sources: what the list is made from, as `watch_units` takes it.
        rules: the criteria in force.
        grading: what the bottom places are called.
        names: id → Chinese name.
        period: the month.
    """
    sliders = {
        key: make_slider(WORDS.keys[f"watch.rules.{key}"][0], attrgetter(key)(rules), most, least)
        for key, (least, most) in _WATCHED.items()
    }
    now, told = watch_units(*sources, rules, period)["watch_list"], widgets.HTML()

    def redraw(_=None) -> None:
        drafted = rules
        for key, slider in sliders.items():
            drafted = _with(drafted, key, slider.value)
        after = watch_units(*sources, drafted, period)["watch_list"]
        told.value = paragraphs([tell_watch_change(now, after, names)]) + watch_table(after, names, drafted, grading)

    follow_controls(sliders.values(), redraw)
    return widgets.VBox([*sliders.values(), told])


def _with(rules: WatchRules, key: str, value: float) -> WatchRules:
    name, _, inner = key.partition(".")
    return rules.model_copy(update={name: getattr(rules, name).model_copy(update={inner: value}) if inner else value})
