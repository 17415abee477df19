"""The columns of each delivery's form, from the rules: names, order, what may be entered."""

from analysis.policy.book import Policy
from analysis.policy.indicators import Indicator
from analysis.policy.sheets import Delivery, SheetField
from analysis.run.forms.workbooks import FormColumn

NUMBER = FormColumn("序号", width=6)
GROUP = FormColumn("单位类别", width=12)
UNITS_RANGE = "单位名单!$A$2:$A${last}"
_WIDTHS = {"unit": 24, "text": 22, "id": 22, "people": 20, "choice": 18, "date": 13}
_HEADINGS = {  # words above neighbouring columns, by kind of sheet
    "key_work": {
        **dict.fromkeys(("task", "title", "category"), "任务信息"),
        **dict.fromkeys(("unit", "role"), "承担情况"),
        **dict.fromkeys(("attitude", "measures", "time_nodes", "effect"), "过程评分（每项满分100分）"),
        **dict.fromkeys(("due", "done"), "完成情况"),
    }
}


def score_columns(policy: Policy, delivery: Delivery, family_names: dict[str, str]) -> tuple[FormColumn, ...]:
    """Return the columns of a score sheet: number, group, unit, then an indicator each under its family.

    Args:
        policy: The rules of the month.
        delivery: Which sheet.
        family_names: Family id → the name that stands above its indicators.
    """
    unit = policy.sheets.kinds[delivery.kind].fields["unit"]
    indicators = [policy.indicator_by_id[id_] for id_ in delivery.indicators]
    columns = [_indicator_column(indicator, family_names) for indicator in indicators]
    return NUMBER, GROUP, FormColumn(unit.names[0], width=_WIDTHS["unit"]), *columns


def listing_columns(policy: Policy, delivery: Delivery, which: int = 0) -> tuple[FormColumn, ...]:
    """Return the columns of a form with a row per case: number, then the kind's fields in their order.

    Args:
        policy: The rules of the month.
        delivery: Which form.
        which: Which of a field's names: 0 is the one to write, -1 the last that is still read.
    """
    headings = _HEADINGS.get(delivery.kind, {})
    fields = policy.sheets.kinds[delivery.kind].fields
    columns = [_field_column(f, f.names[which], headings.get(id_, ""), len(policy.units)) for id_, f in fields.items()]
    return NUMBER, *columns


def value_range(indicator: Indicator) -> tuple[float, float | None] | None:
    """Return the lowest and highest value that a score sheet may give an indicator; None where it is any or a state."""
    limits = indicator.method.admissible
    return None if indicator.method.states or limits.low is None else limits


def _indicator_column(indicator: Indicator, family_names: dict[str, str]) -> FormColumn:
    choices = tuple(indicator.method.states)
    low, high = value_range(indicator) or (None, None)
    family = family_names[indicator.family]
    return FormColumn(indicator.name, group=family, width=15, choices=choices, minimum=low, maximum=high)


def _field_column(field: SheetField, name: str, heading: str, n_units: int) -> FormColumn:
    is_number = field.type in ("points", "number", "count")
    return FormColumn(
        name,
        group=heading,
        width=_WIDTHS.get(field.type, 11),
        choices=tuple(names[0] for names in field.choices.values()),
        source=UNITS_RANGE.format(last=n_units + 1) if field.type == "unit" else "",
        minimum=(field.minimum or 0) if is_number else None,
        maximum=field.maximum,
        is_date=field.type == "date",
    )
