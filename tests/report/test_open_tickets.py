"""No small count of tickets can be worked out from the open tables: an attacker with linear programmes tries (S46).

`make disclosure` tries fifty districts drawn by lot and every month of the sample; without it a small share is tried.
"""

import os
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from analysis.policy.consequences import PackRules
from analysis.report.site.open_tickets import TICKET_TABLES, WHOLE, hotline_tables, withheld_totals, withhold

IS_WHOLE = os.environ.get("DISCLOSURE") == "whole"
SMALL = 5
PACKS = PackRules(minimum_group=5, peer_step_points=0.5, small_count=SMALL, public_units="none")
COUNTS = ("n_received", "n_due", "n_on_time", "n_valid_call_backs", "n_satisfied")
RATES = {"on_time_pct": ("n_on_time", "n_due"), "satisfaction_pct": ("n_satisfied", "n_valid_call_backs")}


@dataclass
class Attacker:
    """Knows all that is public, that counts add up, and even which of the withheld counts are small.

    A variable is a count of a cell; `own` is what one unit knows of itself: its totals, not how they divide.
    """

    shown: dict[str, pd.DataFrame]
    true: dict[str, pd.DataFrame]
    own: dict[str, float] = field(default_factory=dict)

    def __post_init__(self):
        channels = self.true["hotline_by_channel"]
        self.cells = [("hotline_by_channel", row) for row in channels.index[channels["channel"] != WHOLE]]
        self.cells += [("hotline_by_matter", row) for row in self.true["hotline_by_matter"].index]
        self.whole = ("hotline_by_channel", channels.index[channels["channel"] == WHOLE][0])
        self.rest = ("rest", 0)
        self.keys = [(cell, name) for cell in (*self.cells, self.whole, self.rest) for name in COUNTS]
        self.keys += [(("own", row), name) for _, row in self.cells[: len(channels) - 1] for name in self.own]
        self.place = {key: n for n, key in enumerate(self.keys)}
        self.low, self.high = np.zeros(len(self.keys)), np.full(len(self.keys), np.inf)
        self.equal, self.equals, self.less = [], [], []
        self._know()

    def _know(self) -> None:
        by_table = {name: [cell for cell in self.cells if cell[0] == name] for name in TICKET_TABLES}
        for name in COUNTS:
            whole = (self.whole, name)
            self._sum({(cell, name): 1 for cell in by_table["hotline_by_channel"]} | {whole: -1}, 0)
            self._sum({(c, name): 1 for c in (*by_table["hotline_by_matter"], self.rest)} | {whole: -1}, 0)
        for cell in (*self.cells, self.whole, self.rest):
            for part, of in (*RATES.values(), ("n_valid_call_backs", "n_due")):
                self.less.append({(cell, part): 1, (cell, of): -1})
        for cell in (*self.cells, self.whole):
            self._read(cell)
        for name, count in self.own.items():
            rows = by_table["hotline_by_channel"]
            self._sum({(("own", row), name): 1 for _, row in rows}, count)
            self.less += [{(("own", row), name): 1, (cell, name): -1} for cell in rows for row in (cell[1],)]

    def _read(self, cell: tuple[str, int]) -> None:
        shown, true = self.shown[cell[0]].loc[cell[1]], self.true[cell[0]].loc[cell[1]]
        for name in ("n_received", "n_due", "n_valid_call_backs"):
            if not pd.isna(shown[name]):
                self.low[self.place[cell, name]] = self.high[self.place[cell, name]] = shown[name]
            elif true[name] < SMALL:
                self.high[self.place[cell, name]] = SMALL - 1
        for rate, (part, of) in RATES.items():
            if not pd.isna(shown[rate]) and not pd.isna(shown[of]):
                self._sum({(cell, part): 1}, round(shown[rate] * shown[of] / 100))

    def _sum(self, terms: dict, value: float) -> None:
        self.equal.append(terms)
        self.equals.append(value)

    def _matrix(self, rows: list[dict]) -> np.ndarray:
        matrix = np.zeros((len(rows), len(self.keys)))
        for number, terms in enumerate(rows):
            for key, factor in terms.items():
                matrix[number, self.place[key]] = factor
        return matrix

    def secrets(self):
        """Yield every withheld small count: its terms, and the most that it can be for all that anybody is told."""
        for cell in (*self.cells, self.whole):
            shown, true = self.shown[cell[0]].loc[cell[1]], self.true[cell[0]].loc[cell[1]]
            for name in ("n_received", "n_due", "n_valid_call_backs"):
                if pd.isna(shown[name]) and true[name] < SMALL:
                    yield {(cell, name): 1}, SMALL - 1
            for rate, (part, of) in RATES.items():
                most = SMALL - 1 if pd.isna(shown[of]) else min(SMALL - 1, shown[of])
                if pd.isna(shown[rate]) and true[part] < SMALL:
                    yield {(cell, part): 1}, most
                if pd.isna(shown[rate]) and true[of] - true[part] < SMALL:
                    yield {(cell, of): 1, (cell, part): -1}, most

    def leaks(self) -> list[str]:
        """Return the small counts that are bounded more closely than 0 to 4."""
        rules = {
            "A_eq": self._matrix(self.equal), "b_eq": self.equals,
            "A_ub": self._matrix(self.less), "b_ub": np.zeros(len(self.less)),
            "bounds": list(zip(self.low, self.high, strict=True)),
        }  # fmt: skip
        found = []
        for terms, most in self.secrets():
            aim = self._matrix([terms])[0]
            ends = [sign * reach(sign * aim, rules) for sign in (1, -1)]
            if ends[0] > 1e-6 or ends[1] < most - 1e-6:
                found.append(f"{terms}: {ends[0]:.1f} to {ends[1]:.1f}")
        return found


def reach(aim: np.ndarray, rules: dict) -> float:
    found = linprog(aim, method="highs", **rules)
    assert found.status in (0, 3), "what is public contradicts itself"
    return found.fun if found.status == 0 else -np.inf


def draw(rng: np.random.Generator, total: int, n_channels: int, n_matters: int) -> dict[str, pd.DataFrame]:
    """Draw a district's month: unequal channels and matters, some of the latter without a name."""
    tickets = pd.DataFrame(
        {
            "channel": rng.choice(n_channels, total, p=rng.dirichlet(np.full(n_channels, 0.6))).astype(str),
            "matter": rng.choice(n_matters, total, p=rng.dirichlet(np.full(n_matters, 0.6))),
            "n_due": rng.random(total) < 0.9,
        }
    )
    tickets["n_on_time"] = tickets["n_due"] & (rng.random(total) < rng.choice([0.5, 0.9, 0.98]))
    tickets["n_valid_call_backs"] = tickets["n_due"] & (rng.random(total) < 0.5)
    tickets["n_satisfied"] = tickets["n_valid_call_backs"] & (rng.random(total) < 0.9)
    return tabulate(tickets.assign(n_received=1), n_matters)


def tabulate(tickets: pd.DataFrame, n_matters: int) -> dict[str, pd.DataFrame]:
    def count(key: str) -> pd.DataFrame:
        frame = tickets.groupby(key)[list(COUNTS)].sum().astype("int64").reset_index()
        return with_rates(frame)

    channels = count("channel")
    whole = channels[list(COUNTS)].sum().to_frame().T.assign(channel=WHOLE)
    matters = count("matter")
    names = matters["matter"].astype(str)
    ids = names.where(matters["matter"] < 0.9 * n_matters, "")
    return {
        "hotline_by_channel": with_rates(pd.concat([channels, whole], ignore_index=True)).assign(period="2026-10"),
        "hotline_by_matter": matters.assign(matter_id=ids, matter=names, period="2026-10"),
    }


def with_rates(frame: pd.DataFrame) -> pd.DataFrame:
    rates = {rate: 100 * frame[part] / frame[of].where(frame[of] > 0) for rate, (part, of) in RATES.items()}
    return frame.assign(**{rate: values.astype(float) for rate, values in rates.items()})


def listed(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    matters = tables["hotline_by_matter"]
    return tables | {"hotline_by_matter": matters[matters["matter_id"] != ""].reset_index(drop=True)}


@pytest.mark.parametrize("seed", range(50 if IS_WHOLE else 8))
def test_an_attacker_bounds_no_small_count_in_a_district_drawn_by_lot(seed):
    rng = np.random.default_rng(seed)
    total = int(rng.choice([6, 12, 40, 150, 700, 3000]))
    tables = draw(rng, total, int(rng.integers(1, 9)), int(rng.integers(1, 40)))
    whole = tables["hotline_by_channel"].set_index("channel").loc[WHOLE]
    own = {name: float(rng.integers(0, whole[name] // 3 + 1)) for name in ("n_received", "n_due")}
    attacker = Attacker(hotline_tables([tables], PACKS), listed(tables), own)
    assert attacker.leaks() == []


def test_the_attacker_finds_what_plain_withholding_gives_away():
    tables = draw(np.random.default_rng(3), 700, 6, 20)
    shown = listed(tables)
    plain = {}
    for name, frame in shown.items():
        counts = frame[["n_received", "n_due", "n_valid_call_backs"]]
        plain[name] = frame.assign(**counts.astype("Int64").mask((counts > 0) & (counts < SMALL)))
    assert Attacker(plain, shown).leaks() != []


@pytest.mark.slow
def test_an_attacker_bounds_no_small_count_in_any_month_of_the_sample(sample_tables):
    from analysis.run.store.revisions import Store

    store = Store(sample_tables)
    leaks = {}
    for period in store.months()[:: 1 if IS_WHOLE else 12]:
        tables = {name: store.load(name, period) for name in TICKET_TABLES}
        own = store.load("hotline_by_unit", period).nlargest(1, "n_received").iloc[0]
        known = {name: float(own[name]) for name in ("n_received", "n_due")}
        leaks[period] = Attacker(hotline_tables([tables], PACKS), listed(tables), known).leaks()
    assert {period: found for period, found in leaks.items() if found} == {}


@pytest.mark.parametrize(
    ("values", "hidden", "of_sum"),
    [
        ([5, 20, 30], [0, 0, 0], False),
        ([4, 20, 30], [1, 1, 0], False),
        ([4, 5, 30], [1, 1, 0], False),  # 9 in all: any of 0 to 4, and the other is not small
        ([3, 5, 30], [1, 1, 1], False),  # 8 in all: 4 would make the other small
        ([0, 20, 30], [1, 1, 0], False),
        ([2, 2], [1, 1], False),
        ([3, 5], [1, 1], True),
        ([4], [1], True),
        ([], [], False),
    ],
)
def test_the_next_smallest_count_goes_too_until_every_value_is_possible(values, hidden, of_sum):
    mask, is_sum_known = withhold(np.array(values, dtype=float), SMALL)
    assert (mask.astype(int).tolist(), is_sum_known) == (hidden, of_sum)


def test_a_known_most_bounds_what_the_others_can_take_up():
    values, most = np.array([1.0, 9.0]), np.array([50.0, 9.0])
    assert withhold(values, SMALL, most=most)[1]  # 9 of at most 9: the other is 1 or more
    assert not withhold(values, SMALL, most=np.array([50.0, 40.0]))[1]


def test_what_an_earlier_revision_withheld_stays_withheld():
    def month(**counts: int) -> dict[str, pd.DataFrame]:
        rows = [{"channel": name} | dict.fromkeys(COUNTS, count) for name, count in counts.items()]
        rows.append({"channel": WHOLE} | dict.fromkeys(COUNTS, sum(counts.values())))
        channels = with_rates(pd.DataFrame(rows)).assign(period="2026-10")
        matters = channels.rename(columns={"channel": "matter"}).iloc[:0].assign(matter_id="")
        return {"hotline_by_channel": channels, "hotline_by_matter": matters}

    first, second = month(a=3, b=20, c=30, d=40), month(a=8, b=20, c=30, d=40)

    def shown(*history) -> list[bool]:
        return hotline_tables(history, PACKS)["hotline_by_channel"]["n_received"].notna().tolist()

    assert shown(first) == [False, False, True, True, True]
    assert shown(second) == [True] * 5
    assert shown(first, second) == [False, False, True, True, True]


def test_a_total_that_would_give_a_count_away_is_withheld_as_a_figure_of_the_district():
    tables = tabulate(pd.DataFrame({"channel": ["0"] * 8, "matter": [0] * 7 + [1]} | dict.fromkeys(COUNTS, 1)), 10)
    assert {"n_received", "n_due", "n_valid_call_backs"} <= withheld_totals(tables, PACKS)
    found = hotline_tables([tables], PACKS)
    assert found["hotline_by_channel"][["n_received", "n_due"]].isna().all().all()
