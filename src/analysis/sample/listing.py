"""A delivery with a row per case: the columns of its kind, in the order of params/sheets.yml."""

from datetime import date

import numpy as np

from analysis.policy.models import Unit
from analysis.policy.sheets import Delivery, SheetField
from analysis.run.forms.columns import listing_columns
from analysis.run.forms.workbooks import Form, FormRow, Value
from analysis.sample.hand import write_date, write_name, write_number
from analysis.sample.headings import heading
from analysis.sample.world import World

_ALIASES_UNTIL = "2023-06"  # the first forms used other column names


def write_listing(
    world: World,
    period: str,
    delivery: Delivery,
    cases: list[dict],
    *,
    rng: np.random.Generator,
) -> Form:
    """Return the form that lists `cases`.

    Args:
        world: Policy, truths and words.
        period: The month.
        delivery: Which office sends it.
        cases: Field → value (units as `Unit`, the rest as plain values); fields left out stay blank.
        rng: How the clerk's hand falls.
    """
    fields = world.policy(period).sheets.kinds[delivery.kind].fields
    which = -1 if period <= _ALIASES_UNTIL else 0
    columns = listing_columns(world.policy(period), delivery, which)
    rows = [
        FormRow((number, *(_write(rng, field, case.get(id_)) for id_, field in fields.items())))
        for number, case in enumerate(cases, start=1)
    ]
    notes = (f"说明：{world.texts.synthetic}。", "填表人：          审核人：")
    return Form("Sheet1", *heading(world, period, delivery), columns, tuple(rows), notes)


def _write(rng: np.random.Generator, field: SheetField, value) -> Value:
    if isinstance(value, Unit):
        return write_name(rng, value)
    if isinstance(value, date):
        return write_date(rng, value)
    return write_number(rng, value) if field.type in ("points", "number") and value is not None else value
