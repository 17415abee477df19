"""The deliveries of the hotline office: tickets and transfers as they stood at the month's end."""

import io
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.policy.period import month_end, month_range, shift
from analysis.policy.sheets import Delivery
from analysis.sample.calls import Call, list_transfers, receive_calls
from analysis.sample.system import encode_rows
from analysis.sample.world import World

_MONTHS_BACK = 3  # no ticket stays open longer
_PARQUET_UNTIL = "2026-07"  # afterwards the office exports CSV
_GB18030_IN = ("2026-09",)
_YES, _NO = "是", "否"


def write_tickets(world: World, period: str, delivery: Delivery) -> tuple[str, bytes]:
    """Return ending and content of the month's tickets: those received in it, and those still open when it began."""
    fields = world.policy(period).sheets.kinds[delivery.kind].fields
    end = month_end(period)
    rows = [_ticket_row(world, call, end) for call in _delivered(world, period)]
    return _encode(world, period, [field.names[0] for field in fields.values()], rows)


def write_transfers(world: World, period: str, delivery: Delivery) -> tuple[str, bytes]:
    """Return ending and content of the transfers of the month's tickets up to its end."""
    fields = world.policy(period).sheets.kinds[delivery.kind].fields
    end = month_end(period)
    rows = []
    for call in _delivered(world, period):
        moves = list_transfers(call)
        for step, from_unit, to_unit, day in moves:
            if day <= end:
                is_last = step == len(moves)
                returned = _YES if call.is_returned and is_last else _NO
                rows.append([call.number, step, _name(world, from_unit), _name(world, to_unit), day, returned])
    return _encode(world, period, [field.names[0] for field in fields.values()], rows)


def _delivered(world: World, period: str) -> list[Call]:
    start = month_end(shift(period, -1))
    calls = []
    for month in month_range(shift(period, -_MONTHS_BACK), period):
        if month >= world.start:
            calls += [call for call in receive_calls(world, month) if month == period or call.closed > start]
    return calls


def _ticket_row(world: World, call: Call, end: date) -> list:
    """Return what is known of a ticket on the day `end`, in the order of the kind's fields."""
    unit = [unit for unit, day in call.route if day <= end][-1]
    is_closed = call.closed <= end
    known = [call.closed, _YES if call.is_valid else _NO, call.rating, _flag(call)] if is_closed else [None, "", "", ""]
    is_extended = call.extended_on is not None and call.extended_on <= end
    return [
        call.number,
        call.channel,
        call.matter,
        _name(world, unit),
        call.caller,
        call.received,
        call.due,
        call.extended_to if is_extended else None,
        *known,
        call.text,
    ]


def _flag(call: Call) -> str:
    return _YES if call.is_attitude_complaint else _NO


def _name(world: World, unit_id: str) -> str:
    return world.book.unit_by_id[unit_id].name


def _encode(world: World, period: str, names: list[str], rows: list[list]) -> tuple[str, bytes]:
    """Return ending and content; the words that it is all invented stand in the metadata or in a last row."""
    about = world.texts.synthetic
    if period <= _PARQUET_UNTIL:
        columns = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
        table = pa.table(columns).replace_schema_metadata({"description": about})
        stream = io.BytesIO()
        pq.write_table(table, stream, compression="zstd", compression_level=12)
        return "parquet", stream.getvalue()
    note = [f"注：{about}"]
    if period in _GB18030_IN:
        texts = [[f"{v.year}/{v.month}/{v.day}" if isinstance(v, date) else v for v in row] for row in rows]
        return "csv", encode_rows([names, *texts, note], "gb18030")
    return "csv", encode_rows([names, *rows, note], "utf-8-sig")
