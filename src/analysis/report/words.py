"""What codes are called in Chinese (`words.yml`), and numbers and dates as an official notice writes them."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from pathlib import Path

import pandas as pd

from analysis.policy.base import Model
from analysis.policy.dictionary import load_dictionary
from analysis.policy.load import load_yaml

DASH = "—"
SMALLEST = 0.005  # points that print as 0.00 are not told
OVER = "时限已过"  # of a last day that lies before the publication; whether it was kept stands in no table
PENDING = "待定"  # what a district still has to decide
Names = Mapping[str, str]


class MethodWords(Model):
    """A method of points in words; `{method.full:g}` stands for a value of the method.

    Attributes:
        told: how it makes points; `{states}` stands for every named state with its points, `{places}` for those of
            places, `{rounding}` for how they are rounded, `{target}` and `{target_pct}` for a target,
            `{parts}` for the words of the methods within it.
        kept: what keeps all points; `{numerator}` and `{denominator}` stand for the fields, `{best}` for the state.
    """

    told: str
    kept: str


class Section(Model):
    """A file of `params/` whose values the method page lists, and the section's title."""

    file: str
    title: str


class Audience(Model):
    """Who reads a folder of pages, and what the office has to heed."""

    name: str
    note: str


class IntegrityWords(Model):
    """What a measure of integrity is called, what it counts, and what is asked about it."""

    name: str
    of: str
    ask: str


class Words(Model):
    """`words.yml`: each field maps ids to words.

    Attributes:
        sections: the files whose values the method page lists, in order.
        left_out: keys that are not listed value by value.
        named_lists: keys of lists of which the names are enough.
        named_ids: keys whose values are ids of `params/`.
        from_source: keys whose value the source states; all others are defaults.
        keys: key without places in lists → name and the numbers of its rules; `*` stands for any id, `{}` for its name.
        values: a choice in `params/` → its word.
    """

    scopes: Names
    methods: Mapping[str, MethodWords]
    targets: Names
    roundings: Names
    measures: Names
    over_year: Names
    cases: Names
    origins: Names
    roles: Names
    statuses: Names
    status_effects: Names
    tier_reasons: Names
    adjustments: Names
    verdicts: Names
    own_verdicts: Names
    claims: Names
    claims_note: str
    load_states: Names
    leaning_loads: Names
    load_trends: Names
    score_states: Names
    move_sides: Names
    problem_actions: Names
    grains: Names
    bases: Names
    bases_before: Names
    levels: Names
    causes: Names
    own_causes: Names
    directions: Names
    rater_findings: Names
    relative: str
    integrity: Mapping[str, IntegrityWords]
    rates: Names
    handler_roles: Names
    evidence: Names
    duty_lists: Names
    consequences: Names
    doubts: Names
    consequence_limits: Names
    consequence_outcomes: Names
    consequence_reasons: Names
    year_states: Names
    lights: Names
    item_states: Names
    units: Names
    good: Names
    contacts: Names
    strata: Names
    draw_statuses: Names
    skip_reasons: Names
    violations: Names
    tasks: Names
    own_tasks: Names
    own_questions: Names
    own_watch: Names
    watch_counts: Names
    task_shares: Names
    task_objects: Names
    asked_measures: str
    interview_meaning: str
    asked_ahead: str
    tasks_together: Names
    heeded: Names
    answers_too: Names
    captions: Names
    audiences: Mapping[str, Audience]
    edition_reasons: Names
    edition_states: Names
    month_states: Names
    changed: Names
    own_notebook: Names
    rules: Names
    sections: tuple[Section, ...]
    left_out: tuple[str, ...]
    named_lists: tuple[str, ...]
    named_ids: tuple[str, ...]
    from_source: tuple[str, ...]
    keys: Mapping[str, tuple[str, str]]
    values: Names


WORDS = load_yaml(Path(__file__).with_name("words.yml"), Words, "report/words.yml")
SCOPES = WORDS.scopes


# Where the source begins in the caption of a chart.
SOURCE = "；来源："


def caption(chart: str, period: str) -> str:
    """Return the caption of a chart of the month `period`: what is drawn, in which unit, from which table."""
    titles = {name: entry.title for name, entry in load_dictionary().tables.items()}
    return WORDS.captions[chart].format(period=month_name(period), **titles)


def fixed(value: float, decimals: int = 2) -> str:
    """Return a number with so many decimals, half up in size, as by hand: `fixed(0.925)` is 0.93 (S4).

    What lies beyond nine decimals comes from the binary form of a number and counts for nothing; zero has no sign.
    """
    return str(Decimal(f"{value:.9f}").quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0)


def as_printed(value: float) -> float:
    """Return a figure as pages print it, with two decimals: changes are then those that a reader reckons (S4)."""
    return value if pd.isna(value) else float(fixed(value))


def score(value: float | None) -> str:
    """Return a score with two decimals, a dash where there is none."""
    return DASH if pd.isna(value) else fixed(value)


def whole(value: float | None) -> str:
    """Return a whole number that may be missing, then a dash."""
    return DASH if pd.isna(value) else fixed(value, 0)


def signed(value: float | None, decimals: int = 2) -> str:
    """Return a change with its sign (`+0.35`, `−1.20`), a dash where there is none."""
    if pd.isna(value):
        return DASH
    text = fixed(abs(value), decimals)
    return text if float(text) == 0 else ("+" if value > 0 else "−") + text


def percent(rate: float | None, decimals: int = 2) -> str:
    """Return a rate 0–1 in per cent (`96.46%`), a dash where there is none."""
    return DASH if pd.isna(rate) else f"{fixed(100 * rate, decimals)}%"


def chance(probability: float) -> str:
    """Return a probability as a share without decimals; none is said to be impossible or certain."""
    if probability < 0.005:
        return "不足1%"
    return "99%以上" if probability >= 0.995 else percent(probability, 0)


def rose_or_fell(value: float, unit: str = "分") -> str:
    """Return a change in words: 上升0.35分, 下降1.20分, 持平."""
    size = fixed(abs(value))
    if float(size) == 0:
        return "持平"
    return ("上升" if value > 0 else "下降") + size + unit


def more_or_fewer(value: float, unit: str) -> str:
    """Return a change of a count in words: 增加2项, 减少1项, 持平."""
    return f"{'增加' if value > 0 else '减少'}{abs(value):.0f}{unit}" if value else "持平"


def month_name(period: str) -> str:
    """Return `2026年10月` for `2026-10`."""
    return f"{int(period[:4])}年{int(period[5:])}月"


def months_so_far(period: str, start: str) -> str:
    """Return the months of the year up to `period` in which a district that began in `start` has results: `1至10月`."""
    first, last = int(start[5:]) if start[:4] == period[:4] else 1, int(period[5:])
    return f"{last}月" if first == last else f"{first}至{last}月"


def months_known(period: str, start: str, most: int) -> int:
    """Return how many of the last `most` months up to `period` a district that began in `start` has."""
    since = 12 * (int(period[:4]) - int(start[:4])) + int(period[5:]) - int(start[5:]) + 1
    return min(most, since)


def luck(p_value: float) -> str:
    """Return the probability that chance alone brings as much: `1.4%`, `低于0.1%`."""
    return percent(p_value, 1) if p_value >= 0.001 else "低于0.1%"


def is_over(until: str, day: date) -> bool:
    """Return whether a last day (ISO, empty where there is none) lies before the day of the publication."""
    return "" < until < day.isoformat()


def is_month_over(month: str, day: date) -> bool:
    """Return whether a month by whose end something is due lies before the day of the publication."""
    return month < f"{day:%Y-%m}"


def day_name(day: date) -> str:
    """Return `2026年11月6日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def near_day(day: date | str, beside: date) -> str:
    """Return `11月6日` of a day (or its ISO form) in the year of the day that it stands beside, else with its year."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day.month}月{day.day}日" if day.year == beside.year else day_name(day)


def near_days(days: Sequence[date | str], beside: date) -> list[str]:
    """Return days that stand in a row as `near_day` does: all with their years where one of them has another."""
    told = [date.fromisoformat(day) if isinstance(day, str) else day for day in days]
    is_near = all(day.year == beside.year for day in told)
    return [near_day(day, beside) if is_near else day_name(day) for day in told]


def weekend_mark(day: date) -> str:
    """Return （周六） or （周日） of a day on which nobody is in the office, of any other nothing."""
    return f"（周{'六日'[day.weekday() - 5]}）" if day.weekday() > 4 else ""


def listing(items: Sequence[str], at_most: int | None = None) -> str:
    """Return `甲、乙、丙`, or `甲、乙等5个` where there are more than `at_most`."""
    if at_most is not None and len(items) > at_most:
        return f"{'、'.join(items[:at_most])}等{len(items)}个"
    return "、".join(items)


def numeral(count: int, *, of_things: bool = False) -> str:
    """Return a whole number as a notice writes small ones: `三`, `十二`; 2 `of_things` is `两`; digits from 100 on.

    Args:
        count: the number, not negative.
        of_things: whether a measure word follows, as in `两个月`.
    """
    if count == 2 and of_things:
        return "两"
    digits = "零一二三四五六七八九"
    if count < 10:
        return digits[count]
    tens, ones = divmod(count, 10)
    return f"{digits[tens] * (tens > 1)}十{digits[ones] * (ones > 0)}" if count < 100 else str(count)


def by_chance(n_tested: int, n_listed: int, false_discovery_pct: float, of: str = "项") -> str:
    """Return how many were tested for a list, and how many of its entries chance alone would bring at most (S33).

    Args:
        n_tested: tests behind the list.
        n_listed: its entries.
        false_discovery_pct: the share of false discoveries to which the list is held.
        of: the measure word of what is tested.
    """
    # An upper bound is rounded up; the inner rounding keeps 6 × 5 % from becoming 0.4.
    expected = ceil(round(n_listed * false_discovery_pct / 10, 9)) / 10
    by_luck = f"，列出的{n_listed}{of}中仅凭偶然的预计不超过{fixed(expected, 1)}{of}" if n_listed else ""
    return f"（共检验{n_tested}{of}{by_luck}）"
