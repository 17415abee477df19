"""Where the office stands: its months, what is out of date, lost or damaged, and what to do next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from markupsafe import Markup

from analysis.policy.models import District
from analysis.report.edition import edition_number
from analysis.report.page.assets import fill_template
from analysis.report.page.pieces import table, text
from analysis.report.words import DASH, WORDS, day_name, listing, month_name


@dataclass(frozen=True)
class MonthStatus:
    """How far a month has come.

    Attributes:
        period: the month.
        state: see `WORDS.month_states`.
        revision: number of its last revision, empty where it has none.
        as_of: the date to which that one's data go.
        objections_until: the last day to object to a draft; None where there is no draft, or no calendar for it.
        waiting_for: offices of which something required has not been sent, of a month that is collected.
        due: until when they were to send it; None where the calendar ends before.
        n_blocking: how many problems keep a month that is collected from being published.
        withdrawn_on: when its last publication was withdrawn.
    """

    period: str
    state: str
    revision: str = ""
    as_of: date | None = None
    objections_until: date | None = None
    waiting_for: tuple[str, ...] = ()
    due: date | None = None
    n_blocking: int = 0
    withdrawn_on: date | None = None

    @property
    def told(self) -> str:
        """Its state in words."""
        parts = [WORDS.month_states[self.state]]
        if self.revision and self.state != "tables":
            parts += [edition_number(self.revision)]
        if self.as_of and self.state in ("draft", "final"):
            parts += [f"数据截至{day_name(self.as_of)}"]
        if self.withdrawn_on:
            parts += [f"{day_name(self.withdrawn_on)}作废"]
        if self.objections_until:
            parts += [f"异议期至{day_name(self.objections_until)}"]
        if self.waiting_for:
            due = f"（应于{day_name(self.due)}前报送）" if self.due else ""
            parts += [f"未报齐：{listing(self.waiting_for)}{due}"]
        if self.n_blocking:
            parts += [f"待处理问题{self.n_blocking}处"]
        return "，".join(parts)


@dataclass(frozen=True)
class Status:
    """Where a district stands.

    Attributes:
        months: every month from its first to the last of which anything is there.
        outdated: what has to be made anew, a line each with what to do.
        damage: what is lost or damaged of what was published, likewise.
        told: what else is to know.
        why: what is to be done next.
        command: what to type for it.
    """

    months: tuple[MonthStatus, ...]
    outdated: tuple[str, ...]
    damage: tuple[str, ...]
    told: tuple[str, ...]
    why: str
    command: str

    @property
    def parts(self) -> list[tuple[str, Sequence[str]]]:
        """Titles, and the lines below each."""
        return [
            ("各月", self.lines_of_months()),
            ("须重新发布或核实", self.outdated),
            ("遗失、损坏或被改动", self.damage),
            ("其他情况", self.told),
            ("下一步", [f"{self.why}：{self.command}"]),
        ]

    def lines_of_months(self, write: Callable[[str], str] = month_name) -> list[str]:
        """Return a line for each month, or for several in a row of which the same is to say."""
        return [f"{months}：{told}" for months, told in self.spans(write)]

    def spans(self, write: Callable[[str], str] = month_name) -> list[tuple[str, str]]:
        """Return months, and what is to say of them, in order."""
        found = []
        for told, group in groupby(self.months, key=lambda month: month.told):
            found.append((span([month.period for month in group], write), told))
        return found


def span(periods: Sequence[str], write: Callable[[str], str] = month_name) -> str:
    """Return `2026年3月`, or `2026年3月至2026年8月（6个月）` for several."""
    if len(periods) == 1:
        return write(periods[0])
    return f"{write(periods[0])}至{write(periods[-1])}（{len(periods)}个月）"


def tell_changed_rules(rules: Mapping[str, Sequence[str]]) -> list[str]:
    """Return which rules of old months were edited in place, and what to do (R7).

    Args:
        rules: file of `params/` → the months for which its rules are others now.
    """
    return [
        f"params/{name}：{span(months)}的规则与当时不同。已发布的月份不变，只作历史数据的月份下次运行时将按现行规则"
        "重算。规则确需变化的，恢复原条目，另加自某月起（from）的新条目"
        for name, months in rules.items()
        if name
    ]


def describe_status(status: Status) -> list[str]:
    """Return the state of a district as lines for the command line."""
    numbered = [(title, lines) for title, lines in status.parts if lines]
    return [
        line
        for number, (title, lines) in zip("一二三四五", numbered, strict=False)
        for line in (f"{number}、{title}", *(f"  {each}" for each in lines))
    ]


def status_body(district: District, status: Status) -> Markup:
    """Return the content of `reports/status.html`, for the office itself."""
    columns = [text("月份", lambda row: row[0]), text("状态", lambda row: row[1])]
    months = table(columns, status.spans() or [(DASH, DASH)], "各月状态")
    _, *others = status.parts
    return fill_template("site/status.html.j2", district=district, months=months, parts=others)
