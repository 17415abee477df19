"""What the sample is made from: the project's policy, the planted truths and the words."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from analysis.policy.base import Model
from analysis.policy.book import Policy, PolicyBook, load_policy
from analysis.policy.load import load_yaml
from analysis.policy.models import Unit
from analysis.sample.truths import Fixed, Truths, load_truths

HERE = Path(__file__).parent
T = TypeVar("T")


class TicketTexts(Model):
    """How many tickets a month, through which channels, and what their texts are made of."""

    usual: dict[str, float]
    growth_a_month: float
    counts: dict[str, float | tuple[float, ...]]
    channels: dict[str, float]
    callers: int
    greetings: tuple[str, ...]
    details: tuple[str, ...]
    wishes: tuple[str, ...]
    estates: tuple[str, ...]


class Texts(Model):
    """`texts.yml`: the words of titles, tasks, findings and problems."""

    synthetic: str
    surnames: str
    given_names: str
    tasks: dict[str, dict[str, tuple[str, ...]]]
    findings: tuple[str, ...]
    sources: tuple[str, ...]
    problems: tuple[str, ...]
    bonuses: tuple[str, ...]
    deductions: tuple[str, ...]
    tickets: TicketTexts


@dataclass(frozen=True)
class World:
    """The policy of all months, the planted truths and the words."""

    book: PolicyBook
    truths: Truths
    texts: Texts
    _made: dict = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def start(self) -> str:
        """The district's first month: nothing of the sample depends on which months are written."""
        return self.book.district.start

    def policy(self, period: str) -> Policy:
        """Return the rules of a month; those of the first month for what happened before it."""
        period = max(period, self.start)
        return self.once(("policy", period), lambda: self.book.at(period))

    def once(self, key: tuple[str, str], make: Callable[[], T]) -> T:
        """Return what `make` gives; a second call with the same key (what, month) returns the same."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def free_units(self, period: str) -> list[Unit]:
        """Return the units of a month about which chance decides: those without fixed facts."""
        return [unit for unit in self.policy(period).units if self.fixed(unit.id, period) is None]

    def fixed(self, unit_id: str, period: str) -> Fixed | None:
        """Return the fixed facts of a unit in a month, if it has any."""
        return next((f for f in self.truths.fixed if unit_id in f.units and f.holds_in(period)), None)


def load_world(root: Path) -> World:
    """Read the policy under `root`, the truths and the words.

    Raises:
        PolicyError: one of the files is wrong.
    """
    return World(load_policy(root), load_truths(), load_yaml(HERE / "texts.yml", Texts))
