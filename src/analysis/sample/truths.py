"""The planted truths as typed data, for the generator and for the tests that look for them."""

from pathlib import Path
from typing import Literal

from analysis.policy.base import Dated, Identifier, Model, Period
from analysis.policy.load import load_yaml


class Improver(Model):
    """A unit whose level rises on a straight line from the first month to the last."""

    unit: Identifier
    first_level: float
    last_level: float


class BottomFive(Model):
    """A unit at the bottom in the named years, and its level then and later."""

    unit: Identifier
    years: tuple[int, ...]
    level: float
    level_after: float


class Merger(Model):
    """A unit that ends, its last month and its successor."""

    unit: Identifier
    into: Identifier
    last: Period


class OneUnit(Model):
    """A unit about which one thing is true."""

    unit: Identifier


class UnitMonth(Model):
    """A unit and the month in which something happens to it."""

    unit: Identifier
    period: Period


class Tie(Model):
    """Units with equal scores and tie keys, and the places they share."""

    period: Period
    units: tuple[Identifier, Identifier]
    places: tuple[int, int]


class FixedTask(Model):
    """The one task that a unit with fixed facts leads each month."""

    category: Identifier
    title: str
    attitude: float
    measures: float
    time_nodes: float
    effect: float


class Fixed(Dated):
    """Facts that do not move while this holds; pairs are numerator and denominator."""

    name: str
    units: tuple[Identifier, ...]
    scores: dict[Identifier, int | float | str]
    staff: int
    days_filled: tuple[int, int]
    documents_reviewed: tuple[int, int]
    duties_performed: tuple[int, int]
    workload_per_head: int
    task: FixedTask


class Level(Model):
    """A unit with a level of its own."""

    unit: Identifier
    level: float


class PlantedAdjustment(Model):
    """A veto or a judgement in the adjustments of a month."""

    period: Period
    unit: Identifier
    kind: Literal["veto", "judgement"]
    from_tier: str = ""
    to_tier: str = ""
    reason: str
    document: str
    day: int


class Accepted(Model):
    """Values of a unit that are not submitted (`raw` stands in the cell, or the row is missing) and accepted."""

    period: Period
    delivery: Identifier
    unit: Identifier
    indicators: tuple[Identifier, ...]
    by: Literal["cell", "unit"]
    raw: str
    reason: str
    document: str


class Corrected(Model):
    """A cell with a slip of the pen, and the value that corrections.yml puts in its place."""

    period: Period
    delivery: Identifier
    unit: Identifier
    indicator: Identifier
    raw: int | float | str
    value: int | float | str
    reason: str
    document: str


class Loop(Dated):
    """A matter of which a share is passed from unit to unit and back to the first."""

    matter: str
    units: tuple[Identifier, Identifier, Identifier]
    share: float


class Repeats(Dated):
    """A unit with so many repeated calls a month: same caller, same matter."""

    unit: Identifier
    extra: int


class Rising(Dated):
    """A matter that grows by a share of its usual number every month."""

    matter: str
    growth: float


class BoundaryGap(Dated):
    """A matter that no clause covers, so that several units handle it."""

    matter: str
    units: tuple[Identifier, ...]
    count: int


class Attitude(Dated):
    """A unit with so many complaints of its attitude a month."""

    unit: Identifier
    count: int


class Broken(Model):
    """So many tickets of a month were closed before they were received."""

    period: Period
    count: int


class Hotline(Model):
    """What citizens say."""

    loop: Loop
    repeats: Repeats
    rising: Rising
    boundary_gap: BoundaryGap
    attitude: Attitude
    broken: Broken


class Truths(Model):
    """`truths.yml`."""

    first: Period
    last: Period
    steady_improver: Improver
    bottom_five: BottomFive
    merger: Merger
    no_key_work: OneUnit
    no_inspections: tuple[Period, ...]
    draws: tuple[Period, ...]
    fixed: tuple[Fixed, ...]
    weight_change: UnitMonth
    tie: Tie
    levels: tuple[Level, ...]
    adjustments: tuple[PlantedAdjustment, ...]
    veto: UnitMonth
    judgement: UnitMonth
    accepted: tuple[Accepted, ...]
    corrected: tuple[Corrected, ...]
    hotline: Hotline


def load_truths() -> Truths:
    """Return the planted truths of the sample district."""
    return load_yaml(Path(__file__).parent / "truths.yml", Truths)
