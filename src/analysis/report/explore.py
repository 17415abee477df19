"""Panels of sliders and lists for a researcher's notebook: change a rule or a value and see at once who moves.

A panel computes nothing itself: it hands what was chosen to `scoring.whatif` and shows what comes back.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import ipywidgets as widgets
import pandas as pd

from analysis.action.differences import list_differences
from analysis.policy.book import PolicyBook
from analysis.policy.draft import draft_book, draft_tiers, draft_weights, save_draft
from analysis.policy.errors import AnalysisError, UsageError
from analysis.policy.models import Grading
from analysis.report.certainty import describe_unit, margin_lines, margins_of
from analysis.report.differences import differences_table, tell_differences
from analysis.report.grading import listed_name
from analysis.report.page.pieces import banner, paragraphs
from analysis.report.words import SCOPES
from analysis.scoring.changes import ROLES, Change
from analysis.scoring.whatif import Baseline, regrade, rescore

_WIDE = {"description_width": "9em"}
_SCOPES = [(word, scope) for scope, word in SCOPES.items()]
_ROLES = {"value": "数值", "numerator": "分子", "denominator": "分母"}


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
    sliders = [_slider(book.names[channel], base.weights[channel], 100) for channel in channels[:-1]]

    def choose():
        return draft_weights(book, period, dict(zip(channels, _with_rest(sliders), strict=True)))

    return _policy_panel(baseline, book, drafts, sliders, book.names[channels[-1]], choose)


def tiers_panel(baseline: Baseline, book: PolicyBook, drafts: Path) -> widgets.Widget:
    """Return sliders of the quotas (R19) and of the bottom places (R21); the last tier takes what is left of 100.

    Args:
        baseline: the month as it is.
        book: its rules.
        drafts: the folder in which the chosen quotas are saved as a draft.
    """
    grading = baseline.policies[baseline.period].grading
    quotas = [_slider(book.names[tier], share, 100) for tier, share in grading.quotas.items()]
    bottom = _slider("后几名", grading.bottom_places, 20)
    sliders = quotas[:-1]

    def choose():
        shares = dict(zip(grading.tiers, _with_rest(sliders), strict=True))
        return draft_tiers(book, baseline.period, shares, bottom.value)

    return _policy_panel(baseline, book, drafts, sliders, book.names[grading.tiers[-1]], choose, bottom)


def _slider(name: str, value: float, most: int) -> widgets.IntSlider:
    return widgets.IntSlider(round(value), 0, most, description=name, style=_WIDE, continuous_update=False)


def _with_rest(sliders: Iterable[widgets.IntSlider]) -> list[int]:
    chosen = [slider.value for slider in sliders]
    return [*chosen, 100 - sum(chosen)]


def _policy_panel(
    baseline: Baseline,
    book: PolicyBook,
    drafts: Path,
    sliders: list[widgets.IntSlider],
    last: str,
    choose: Callable,
    *others: widgets.Widget,
) -> widgets.Widget:
    grading = baseline.policies[baseline.period].grading
    rest, saved = widgets.Label(), widgets.Label()
    scope, told = widgets.ToggleButtons(options=_SCOPES), widgets.HTML()
    save = widgets.Button(description="存为草案")

    def find() -> pd.DataFrame:
        rest.value = f"{last}：{_with_rest(sliders)[-1]}（其余归它，合计100）"
        drafted = draft_book(book, choose())
        after = regrade(baseline, {month: drafted.at(month) for month in baseline.policies})
        return list_differences(baseline.units, after, grading, drafted.at(baseline.period).grading)

    def write(_) -> None:
        try:
            saved.value = f"已存：{save_draft(choose(), drafts, baseline.period)}"
        except AnalysisError as error:
            saved.value = str(error)

    save.on_click(write)
    _redraw_on([*sliders, *others, scope], told, find, scope, baseline, book.names)
    return widgets.VBox([*sliders, rest, *others, scope, told, save, saved])


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
    value, is_na = widgets.FloatText(), widgets.Checkbox(description="不适用（S11）")
    scope, told = widgets.ToggleButtons(options=_SCOPES), widgets.HTML()
    titles = {unit: "单位", measured: "指标", role: "原始值", value: "改为"}
    for widget, title in titles.items():
        widget.description, widget.style = title, _WIDE

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

    _offer(now, names, unit, measured, role, value)
    _redraw_on([value, is_na, measured, role, scope], told, find, scope, baseline, names)
    return widgets.VBox([unit, measured, role, value, is_na, scope, told])


def _offer(now: pd.DataFrame, names: Mapping[str, str], unit, measured, role, value) -> None:
    """Keep the lists in step: the unit's measurements, the chosen one's raw values, the chosen one's number."""

    def measurements(_=None) -> None:
        rows = now[(now["unit_id"] == unit.value) & (now["status"] == "ok")]
        words = (" ".join(filter(None, (names[row.indicator_id], row.item_id))) for row in rows.itertuples())
        _fill(measured, list(zip(words, rows.index, strict=True)))

    def roles(_=None) -> None:
        if measured.value is not None:
            _fill(role, [(_ROLES[name], name) for name in ROLES if pd.notna(now.loc[measured.value, name])])
            number()

    def number(_=None) -> None:
        if role.value is not None:
            value.value = float(now.loc[measured.value, role.value])

    for widget, follow in ((unit, measurements), (measured, roles), (role, number)):
        widget.observe(follow, "value")
    measurements()


def _fill(dropdown: widgets.Dropdown, options: list[tuple[str, str]]) -> None:
    dropdown.options = options
    # A list that was empty chooses nothing by itself.
    dropdown.index = 0 if options else None


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

    for control in controls:
        control.observe(redraw, "value")
    redraw()


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

    for control in (unit, scope):
        control.observe(redraw, "value")
    redraw()
    return widgets.VBox([unit, scope, told])
