"""Exports with a row a unit and raw counts, GB18030: the performance information system's, and posts and work."""

import csv
import io
from itertools import accumulate

from analysis.policy.models import Unit
from analysis.policy.period import month_end
from analysis.policy.sheets import Delivery
from analysis.sample.chance import bell, dice
from analysis.sample.hand import write_name
from analysis.sample.headings import sent_on
from analysis.sample.levels import share_at, unit_levels
from analysis.sample.truths import Fixed
from analysis.sample.world import World

_OLD_SYSTEM_UNTIL = "2024-02"  # until then the export used other column names
_LOAD_SPREAD, _LOAD_NOISE = 0.08, 0.06
_DAYS_A_MONTH = 21
_PER_HEAD = {"party": 18, "economy": 22, "social": 26, "law": 30, "town": 24}
_STAFF = {"party": 18, "economy": 28, "social": 32, "law": 52, "town": 62}


def write_export(world: World, period: str, delivery: Delivery) -> bytes:
    """Return an export of a month as the system writes it: header first, a total and the time at the end."""
    policy = world.policy(period)
    fields = policy.sheets.kinds[delivery.kind].fields
    which = -1 if period <= _OLD_SYSTEM_UNTIL else 0
    columns = ["序号", *(field.names[which] for field in fields.values()), "备注"]
    rng = dice(f"{delivery.id} names", period)
    levels = unit_levels(world, period, "diligence")
    missing = {g.unit for g in world.truths.accepted if (g.period, g.delivery) == (period, delivery.id)}
    counts = {unit: _count(world, period, unit, levels[unit.id]) for unit in policy.units if unit.id not in missing}
    totals = {field: sum(count[field] for count in counts.values()) for field in fields if field != "unit"}
    rows = [
        [number, write_name(rng, unit), *(count[field] for field in totals), ""]
        for number, (unit, count) in enumerate(counts.items(), start=1)
    ]
    footer = f"注：导出时间 {sent_on(period):%Y-%m-%d} 08:30:00。{world.texts.synthetic}"
    return encode_rows([columns, *rows, ["合计", "", *totals.values(), ""], [footer]], "gb18030")


def encode_rows(rows: list[list], encoding: str) -> bytes:
    """Return rows as comma-separated text with Windows line ends."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerows(rows)
    return stream.getvalue().encode(encoding)


def _count(world: World, period: str, unit: Unit, level: float) -> dict[str, int]:
    start, end = month_end(period).replace(day=1), month_end(period)
    working_days = len(list(world.policy(period).calendar.working_days(start, end)))
    fixed, load = world.fixed(unit.id, period), _load(world, period, unit)
    counts = _fixed_counts(fixed, working_days) if fixed else _draw_counts(period, unit, level, load, working_days)
    posts = round(
        (fixed.staff if fixed else _staff(unit, 2023)) / (0.86 + 0.14 * float(dice(f"posts {unit.id}").random()))
    )
    return counts | {"posts": posts, "in_post": counts["staff"]} | _split_work(world, unit, counts, load)


def _fixed_counts(fixed: Fixed, working_days: int) -> dict[str, int]:
    return {
        "staff": fixed.staff,
        "days_required": fixed.staff * working_days,
        "days_filled": fixed.staff * working_days * fixed.days_filled[0] // fixed.days_filled[1],
        "documents_due": fixed.documents_reviewed[1],
        "documents_reviewed": fixed.documents_reviewed[0],
        "workload": fixed.staff * fixed.workload_per_head,
        "duties_listed": fixed.duties_performed[1],
        "duties_performed": fixed.duties_performed[0],
    }


def _draw_counts(period: str, unit: Unit, level: float, load: float, working_days: int) -> dict[str, int]:
    rng, staff = dice(f"export {unit.id}", period), _staff(unit, int(period[:4]))
    duties = int(dice(f"duties {unit.id}").integers(14, 48))
    documents = int(rng.integers(staff, 3 * staff))
    noise = bell(rng, 4)
    shares = [share_at(level, float(n), middle=m) for n, m in zip(noise, (0.945, 0.935, 0.925), strict=False)]
    per_head = _PER_HEAD[unit.group] * max(0.4, 1.04 + 0.09 * level + 0.1 * float(noise[3]))
    return {
        "staff": staff,
        "days_required": staff * working_days,
        "days_filled": round(staff * working_days * shares[0]),
        "documents_due": documents,
        "documents_reviewed": round(documents * shares[1]),
        # A third of a load shows in how many cases there are, the rest in how long they take.
        "workload": round(staff * per_head * (1 + (load - 1) / 3)),
        "duties_listed": duties,
        "duties_performed": round(duties * shares[2]),
    }


def _staff(unit: Unit, year: int) -> int:
    size = dice(f"size {unit.id}")
    staff = round(_STAFF[unit.group] * (0.65 + 0.7 * float(size.random())))
    return staff + (year - 2023) * int(size.integers(-1, 3))  # people come and go with the year


def _load(world: World, period: str, unit: Unit) -> float:
    """Return the hours that a unit's work takes in the month over those of its staff."""
    month = int(period[5:])
    planted = (e for e in world.truths.staffing.loads if e.unit == unit.id and e.holds_in(period))
    usual = next((e.load for e in planted if month in (e.months or (month,))), None)
    if usual is None:
        usual = 1 + _LOAD_SPREAD * float(bell(dice(f"load {unit.id}")))
    return usual * (1 + _LOAD_NOISE * float(bell(dice(f"load {unit.id}", period))))


def _split_work(world: World, unit: Unit, counts: dict[str, int], load: float) -> dict[str, int]:
    """Return the cases by kind: the group's usual kinds, and as many short or long ones as make the load's hours."""
    staffing = world.truths.staffing
    hours = list(staffing.hours.values())
    usual = staffing.kinds[unit.group]
    mean = sum(share * each for share, each in zip(usual, hours, strict=True))
    wanted = load * counts["staff"] * _DAYS_A_MONTH * staffing.hours_a_day * staffing.presence / counts["workload"]
    extreme = min(hours) if wanted < mean else max(hours)
    part = min(1.0, (wanted - mean) / (extreme - mean))
    shares = [(1 - part) * share + part * (each == extreme) for share, each in zip(usual, hours, strict=True)]
    upto = [round(counts["workload"] * total) for total in accumulate(shares)]
    return {kind: after - before for kind, before, after in zip(staffing.hours, (0, *upto), upto, strict=False)}
