"""The score sheets of daily supervision: a row a unit, a column an indicator."""

from dataclasses import dataclass

import numpy as np

from analysis.policy.indicators import Indicator
from analysis.policy.models import Unit
from analysis.policy.sheets import Delivery
from analysis.run.forms.columns import score_columns
from analysis.run.forms.workbooks import Form, FormRow
from analysis.sample.chance import bell, dice, pick
from analysis.sample.hand import write_name, write_number
from analysis.sample.headings import heading
from analysis.sample.levels import points_at, unit_levels
from analysis.sample.world import World

_NOT_APPLICABLE = ("/", "/", "—", "不适用")
_CASE_AT = (0.045, 0.005)  # chance of at least one case against staffing discipline, of two
_SUBTOTALS_UNTIL = "2024-06"


@dataclass(frozen=True)
class ScoreSheet:
    """A filled score sheet and where each unit's value of each indicator stands."""

    form: Form
    addresses: dict[tuple[str, str], str]


def write_scores(world: World, period: str, delivery: Delivery) -> ScoreSheet:
    """Return a score sheet of the month, with a mean per group (in early months) or for all units at the end."""
    policy = world.policy(period)
    rng = dice(f"sheet {delivery.id}", period)
    indicators = [policy.indicator_by_id[id_] for id_ in delivery.indicators]
    values = _score_units(world, period, indicators)
    rows: list[FormRow] = []
    rows_of: dict[str, int] = {}
    for group in policy.groups:
        members = [unit for unit in policy.units if unit.group == group.id]
        for unit in members:
            rows_of[unit.id] = len(rows)
            cells = [_write_value(rng, values[unit.id][i.id]) for i in indicators]
            number = len(rows_of)
            rows.append(FormRow((number, group.name, write_name(rng, unit), *cells)))
        if period <= _SUBTOTALS_UNTIL and delivery.id == policy.sheets.deliveries[0].id:
            rows.append(_mean_row("小计", [values[unit.id] for unit in members], indicators))
    rows.append(_mean_row("全区平均", list(values.values()), indicators))
    form = _lay_out(world, period, delivery, rows)
    places = {(u, i.id): form.address(row, i.name) for u, row in rows_of.items() for i in indicators}
    return ScoreSheet(form, places)


def _lay_out(world: World, period: str, delivery: Delivery, rows: list[FormRow]) -> Form:
    families = {family.id: family.name for family in world.book.indicators.families}
    columns = score_columns(world.policy(period), delivery, families)
    notes = (
        f"注：1.“/”“—”“不适用”表示该项不适用于本单位。2.{world.texts.synthetic}。",
        "填表人：          审核人：          单位负责人：",
    )
    return Form("Sheet1", *heading(world, period, delivery), columns, tuple(rows), notes)


def _mean_row(label: str, values: list[dict], indicators: list[Indicator]) -> FormRow:
    means = []
    for indicator in indicators:
        numbers = [v[indicator.id] for v in values if isinstance(v[indicator.id], int | float)]
        means.append(round(sum(numbers) / len(numbers), 2) if numbers else "/")
    return FormRow((label, None, None, *means), is_total=True)


def _write_value(rng: np.random.Generator, value: float | str | None) -> float | str:
    if value is None:
        return pick(rng, _NOT_APPLICABLE)
    return value if isinstance(value, str) else write_number(rng, value)


def _score_units(world: World, period: str, indicators: list[Indicator]) -> dict[str, dict]:
    by_dimension = {name: unit_levels(world, period, name) for name in ("service", "diligence")}
    scored = {}
    for unit in world.policy(period).units:
        fixed = world.fixed(unit.id, period)
        given = fixed.scores if fixed else {}
        scored[unit.id] = {
            i.id: given.get(i.id) if fixed else _score(period, i, unit, by_dimension[_dimension(i)][unit.id])
            for i in indicators
        }
    for slip in world.truths.corrected:
        if slip.period == period and slip.indicator in scored[slip.unit]:
            scored[slip.unit][slip.indicator] = slip.raw
    for gap in world.truths.accepted:
        for id_ in scored[gap.unit].keys() & set(gap.indicators) if gap.period == period else ():
            scored[gap.unit][id_] = gap.raw
    return scored


def _dimension(indicator: Indicator) -> str:
    return "service" if indicator.method.name == "quoted" else "diligence"  # territorial management serves citizens


def _score(period: str, indicator: Indicator, unit: Unit, level: float) -> float | str | None:
    """Return a unit's value, None where the indicator is not applicable to it."""
    rng = dice(f"{indicator.id} {unit.id}", period)
    luck, noise = rng.random(), float(bell(rng))
    if not _applies(indicator, unit):
        return None
    method = indicator.method
    if method.states:
        return _choose_state(list(method.states), luck + 0.04 * level)
    if method.reads == "count":
        return sum(luck - 0.01 * level > 1 - chance for chance in _CASE_AT)
    if method.name == "quoted":
        return round(points_at(level, noise) / 100 * (method.high - method.low) + method.low, 1)
    return points_at(level, noise, middle=89.5)


def _choose_state(states: list[str], luck: float) -> str:
    return states[0] if luck > 0.12 else states[1] if luck > -0.05 else states[2]


def _applies(indicator: Indicator, unit: Unit) -> bool:
    if indicator.method.name == "quoted":  # territorial management: towns, and departments that hand matters down
        return unit.is_town or unit.group == "law" or unit.is_window
    # Party organs and associations without a service window hold no list of powers.
    return indicator.id not in ("common-02", "common-03") or unit.group != "party" or unit.is_window
