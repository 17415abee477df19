"""The planted truths as typed data, for the generator and for the tests that look for them."""

from datetime import date
from pathlib import Path
from typing import Literal

from analysis.policy.base import Dated, Identifier, Model, Period
from analysis.policy.load import load_yaml
from analysis.policy.period import shift


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
    """A cell that is wrong (a slip of the pen, a point forgotten), and the value that corrections.yml puts there."""

    period: Period
    delivery: Identifier
    unit: Identifier
    indicator: Identifier
    raw: int | float | str
    value: int | float | str
    reason: str
    document: str


class PlantedObjection(Model):
    """An objection to a year's results; an upheld one is carried out by the correction of its cell."""

    year: int
    unit: Identifier
    period: Period
    indicator: Identifier
    claim: str
    received: date
    outcome: Literal["upheld", "rejected"]
    decided: date
    reason: str
    document: str


class Chances(Model):
    """How chance falls on what is counted and marked; `truths.yml` says what each value is."""

    correlation: float
    month_correlation: float
    ticket_icc: float
    matter_spread: float
    visit_spread: float


class OfUnit(Dated):
    """A unit about which something is true for a while."""

    unit: Identifier


class Count(OfUnit):
    """How many of a unit's tickets a month something is true of, on top of what chance brings."""

    count: int


class Share(OfUnit):
    """The share of a unit's answers, tickets or items of which something is true."""

    share: float


class Integrity(Model):
    """Habits that a look at the figures alone would reward; `truths.yml` says what each is."""

    late_extensions: Share
    invalid_call_backs: Share
    last_day_hand_overs: Share
    never_closed: Share


class Load(OfUnit):
    """A unit whose work takes so many times the hours that its staff has; in `months` alone where they are named."""

    load: float
    months: tuple[int, ...] = ()


class Staffing(Model):
    """What work takes and who has too much of it.

    Attributes:
        hours: kind of work (a column of the sheet) → standard hours of one case.
        kinds: group → shares of its cases by kind, in the order of `hours`.
        presence: share of the working days that a post is there.
        hours_a_day: of a post.
        loads: the planted ones; any other unit is near 1.
    """

    hours: dict[Identifier, float]
    kinds: dict[Identifier, tuple[float, ...]]
    presence: float
    hours_a_day: float
    loads: tuple[Load, ...]


class Loop(Dated):
    """A matter of which a share is passed from unit to unit and back to the first."""

    matter: str
    units: tuple[Identifier, Identifier, Identifier]
    share: float


class Rising(Dated):
    """A matter that grows by a share of its usual number every month."""

    matter: str
    growth: float


class BoundaryGap(Dated):
    """A matter that no clause covers, so that several units handle it."""

    matter: str
    units: tuple[Identifier, ...]
    count: int


class Broken(Model):
    """So many tickets of a month were closed before they were received."""

    period: Period
    count: int


class Hotline(Model):
    """What citizens say."""

    loop: Loop
    repeats: Count
    rising: Rising
    boundary_gap: BoundaryGap
    attitude: Count
    broken: Broken


class Truths(Model):
    """`truths.yml`."""

    first: Period
    last: Period
    steady_improver: Improver
    bottom_five: BottomFive
    merger: Merger
    no_key_work: Identifier
    no_inspections: tuple[Period, ...]
    draws: tuple[Period, ...]
    listed: dict[Period, tuple[Identifier, ...]]
    fixed: tuple[Fixed, ...]
    weight_change: UnitMonth
    tie: Tie
    levels: dict[Identifier, float]
    chances: Chances
    inspectors: dict[str, float]
    poor_service: tuple[Share, ...]
    unvisited: tuple[OfUnit, ...]
    integrity: Integrity
    staffing: Staffing
    objections: tuple[PlantedObjection, ...]
    adjustments: tuple[PlantedAdjustment, ...]
    veto: UnitMonth
    judgement: UnitMonth
    accepted: tuple[Accepted, ...]
    corrected: tuple[Corrected, ...]
    hotline: Hotline

    def watched(self, period: str) -> set[str]:
        """Return the units that a month's draw takes for listed: of a public one those that the list of its day holds.

        Of the others, which nobody announced, those that truly were bad in the month before (R9).
        """
        if period in self.listed:
            return set(self.listed[period])
        bad = (*self.poor_service, self.hotline.repeats, self.hotline.attitude)
        return {entry.unit for entry in bad if entry.holds_in(shift(period, -1))}


def load_truths() -> Truths:
    """Return the planted truths of the sample district."""
    return load_yaml(Path(__file__).parent / "truths.yml", Truths)
