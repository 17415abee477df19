"""The indicators that tickets feed (S2, S18, S20), and the cells behind each."""

from collections.abc import Iterator

import duckdb
import pandas as pd

from analysis.intake.measures import Measurement, measurements_table
from analysis.intake.readers.model import column_letters
from analysis.intake.tickets.problems import Source
from analysis.policy.book import Policy
from analysis.policy.errors import PolicyError
from analysis.policy.indicators import Indicator
from analysis.policy.messages import say
from analysis.policy.tables import TABLES

# measure → which of the month's counted tickets are the denominator, which of them the numerator, and the field behind.
_MEASURES = {
    "satisfaction": ("is_call_back_valid", "is_satisfied", "is_satisfied"),
    "on_time": ("true", "is_on_time", "closed"),
    "shared_on_time": ("is_shared", "is_on_time", "closed"),
}
_FLAGS = ["is_call_back_valid", "is_satisfied", "is_on_time", "is_shared"]
_TRACED = ["unit_id", "delivered_in", "file", "sheet", "row_number", "closed", *_FLAGS]


def measure_indicators(tickets: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return the table `measurements` of the indicators whose data come from tickets: a row a unit and indicator.

    Satisfaction is satisfied / valid call-backs (S18: 2617 / 2713 = 96.46 %); shared on time is on time / due among
    the tickets that more than one unit handled, and goes to the unit that handles the ticket. Both count the tickets
    due in the month (S20). `value` is numerator / denominator; a unit without such a ticket: not applicable (S11).
    """
    measured = (m for indicator in _ticket_indicators(policy) for m in _measure(indicator, tickets, policy))
    return measurements_table(measured, policy)


def _ticket_indicators(policy: Policy) -> list[Indicator]:
    indicators = [i for i in policy.indicators if i.data.sheet == "tickets"]
    for indicator in indicators:
        if indicator.data.measure not in _MEASURES:
            allowed = ", ".join(sorted(_MEASURES))
            where = f"params/indicators.yml: {indicator.id}.data.measure"
            told = say("{where}: found {found!r}; allowed: {allowed}")
            raise PolicyError(told.format(where=where, found=indicator.data.measure, allowed=allowed))
    return indicators


def _measure(indicator: Indicator, tickets: pd.DataFrame, policy: Policy) -> Iterator[Measurement]:
    denominator, numerator, _ = _MEASURES[indicator.data.measure]
    counted = tickets[tickets["is_due"]]
    among = counted if denominator == "true" else counted[counted[denominator]]
    counts = among.groupby("unit_id")[numerator].agg(["sum", "count"])
    units = [u.id for u in policy.units if not indicator.groups or u.group in indicator.groups]
    for unit, n, of in counts.reindex(units, fill_value=0).astype(float).itertuples():
        if of:
            yield Measurement(unit, indicator.id, value=n / of, numerator=n, denominator=of)
        else:
            yield Measurement(unit, indicator.id, status="not_applicable")


def trace_indicators(
    con: duckdb.DuckDBPyConnection, tickets: pd.DataFrame, policy: Policy, sources: list[Source]
) -> pd.DataFrame:
    """Return the table `lineage` of those measurements: a row a ticket that counts, as denominator and as numerator.

    `cell` is the cell of the field that decides (in Parquet: as if its names stood in row 1 of a sheet), `raw` its
    text. A ticket from an earlier delivery is cited as `<period>/<file>`, at the row, without a column.
    """
    letters = [(n, f, column_letters(place + 1)) for n, s in enumerate(sources) for f, place in s.columns.items()]
    traced = [
        _trace(indicator, role, condition)
        for indicator in _ticket_indicators(policy)
        for role, condition in zip(("denominator", "numerator"), _MEASURES[indicator.data.measure][:2], strict=True)
    ]
    if not traced:
        return TABLES["lineage"].empty()
    con.register("counted", tickets.loc[tickets["is_due"] & tickets["unit_id"].isin(policy.unit_ids), _TRACED])
    con.register("letters", pd.DataFrame(letters, columns=["source", "field", "letter"]))
    found = con.execute(" union all ".join(traced), {"period": policy.period}).df()
    con.unregister("counted")
    con.unregister("letters")
    return TABLES["lineage"].check(found)


def _trace(indicator: Indicator, role: str, condition: str) -> str:
    denominator, _, field = _MEASURES[indicator.data.measure]
    field = "is_call_back_valid" if role == "denominator" and field == "is_satisfied" else field
    return f"""select $period || '/' || c.unit_id || '/{indicator.id}' as measurement_id, '{role}' as role,
        case when c.delivered_in = $period then c.file else c.delivered_in || '/' || c.file end as file, c.sheet,
        coalesce(l.letter, '') || c.row_number as cell, coalesce(r.{field}, c.{field}::varchar) as raw
    from (select * from counted where {denominator} and {condition}) c
    left join sources s on s.file = c.file and s.sheet = c.sheet and c.delivered_in = $period
    left join raw_tickets r on r.source = s.source and r.row_number = c.row_number
    left join letters l on l.source = s.source and l.field = '{field}'"""
