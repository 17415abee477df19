"""No small count of tickets can be worked out from the open tables: an attacker with linear programmes tries (S46).

`make disclosure` tries fifty districts drawn by lot, as many in two and three revisions, and each month of the sample;
without it a small share is tried.
"""

import os
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from analysis.policy.consequences import PackRules
from analysis.report.site.open_tickets import (
    TICKET_TABLES,
    WHOLE,
    hidden_counts,
    hotline_tables,
    withheld_totals,
    withhold,
)

IS_WHOLE = os.environ.get("DISCLOSURE") == "whole"
SMALL = 5
PACKS = PackRules(minimum_group=5, peer_step_points=0.5, small_count=SMALL, public_units="none")
COUNTS = ("n_received", "n_due", "n_on_time", "n_valid_call_backs", "n_satisfied")
RATES = {"on_time_pct": ("n_on_time", "n_due"), "satisfaction_pct": ("n_satisfied", "n_valid_call_backs")}


@dataclass
class Edition:
    """What one revision shows of a month, what is true, and what one unit reads of itself on its own page."""

    shown: dict[str, pd.DataFrame]
    true: dict[str, pd.DataFrame]
    own: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> pd.Series:
        """What is shown of the whole district."""
        table = self.shown["hotline_by_channel"]
        return table[table["channel"] == WHOLE].iloc[0]


class Attacker:
    """Knows all that is public, that counts add up, which of the withheld counts are small, and what did not change.

    A variable is a count of a cell in an edition; a count that is truly the same in two editions is one variable. Where
    the district's own count is withheld, with all that add up to it, nothing says which are small or the same.
    """

    def __init__(self, *editions: Edition):
        self.low, self.high, self.place = [], [], {}
        self.equal, self.equals, self.less, self.secrets = [], [], [], []
        self.same: dict[tuple, int] = {}
        for number, edition in enumerate(editions):
            self._know(number, edition)

    def _cell(self, number: int, edition: Edition, name: str, row: int | None) -> dict[str, int]:
        """Return the variables of a cell of an edition; `row` None is what no matter names."""
        true, table, total = edition.true, edition.true[name], edition.total
        label = (name, "") if row is None else (name, *table.loc[row, ["channel" if "channel" in table else "matter"]])
        whole = true["hotline_by_channel"].set_index("channel").loc[WHOLE]
        counts = whole[list(COUNTS)] - table[list(COUNTS)].sum() if row is None else table.loc[row, list(COUNTS)]
        is_told = {name: not pd.isna(total[name]) for name in COUNTS if name in total}
        is_told |= {part: not pd.isna(total[rate]) and is_told[of] for rate, (part, of) in RATES.items()}
        return {
            count: self._variable(number, label, count, value=int(counts[count]) if is_told[count] else None)
            for count in COUNTS
        }

    def _variable(self, number: int, label: tuple, count: str, value: int | None = None) -> int:
        if value is not None and (label, count, value) in self.same:
            return self.same[label, count, value]
        place = self.place[number, label, count] = len(self.low)
        self.low.append(0.0)
        self.high.append(np.inf)
        if value is not None:
            self.same[label, count, value] = place
        return place

    def _know(self, number: int, edition: Edition) -> None:
        channels = edition.true["hotline_by_channel"]
        row_of_whole = channels.index[channels["channel"] == WHOLE][0]
        cells = {
            name: {row: self._cell(number, edition, name, row) for row in edition.true[name].index}
            for name in TICKET_TABLES
        }
        whole = cells["hotline_by_channel"].pop(row_of_whole)
        rest = self._cell(number, edition, "hotline_by_matter", None)
        parts = {name: list(found.values()) for name, found in cells.items()}
        parts["hotline_by_matter"].append(rest)
        for table in parts.values():
            for count in COUNTS:
                self._sum([(cell[count], 1) for cell in table] + [(whole[count], -1)], 0)
            for cell in (*table, whole):
                for part, of in (*RATES.values(), ("n_valid_call_backs", "n_due")):
                    self.less.append([(cell[part], 1), (cell[of], -1)])
        for name, found in cells.items():
            for row, cell in found.items():
                self._read(cell, edition.shown[name].loc[row], edition.true[name].loc[row], edition.total)
        self._read(whole, edition.total, channels.loc[row_of_whole], edition.total)
        for name, count in edition.own.items():
            own = [self._variable(number, ("own", n), name) for n, _ in enumerate(cells["hotline_by_channel"])]
            self._sum([(mine, 1) for mine in own], count)
            pairs = zip(own, cells["hotline_by_channel"].values(), strict=True)
            self.less += [[(mine, 1), (cell[name], -1)] for mine, cell in pairs]

    def _read(self, cell: dict[str, int], shown: pd.Series, true: pd.Series, totals: pd.Series) -> None:
        """Take in what is shown of a cell, and note each withheld small count and the most that it may be."""
        for name in ("n_received", "n_due", "n_valid_call_backs"):
            if not pd.isna(shown[name]):
                self.low[cell[name]] = self.high[cell[name]] = shown[name]
            elif true[name] < SMALL:
                if not pd.isna(totals[name]):
                    self.high[cell[name]] = min(self.high[cell[name]], SMALL - 1)
                self.secrets.append(([(cell[name], 1)], SMALL - 1))
        for rate, (part, of) in RATES.items():
            most = SMALL - 1 if pd.isna(shown[of]) else min(SMALL - 1, shown[of])
            if not pd.isna(shown[rate]) and not pd.isna(shown[of]):
                self._sum([(cell[part], 1)], round(shown[rate] * shown[of] / 100))
            if pd.isna(shown[rate]) and true[part] < SMALL:
                self.secrets.append(([(cell[part], 1)], most))
            if pd.isna(shown[rate]) and true[of] - true[part] < SMALL:
                self.secrets.append(([(cell[of], 1), (cell[part], -1)], most))

    def _sum(self, terms: list[tuple[int, int]], value: float) -> None:
        self.equal.append(terms)
        self.equals.append(value)

    def _matrix(self, rows: list[list[tuple[int, int]]]) -> csr_matrix:
        places = [(number, place, factor) for number, terms in enumerate(rows) for place, factor in terms]
        numbers, columns, factors = zip(*places, strict=True)
        return csr_matrix((factors, (numbers, columns)), shape=(len(rows), len(self.low)), dtype=float)

    def leaks(self) -> list[str]:
        """Return the small counts that are bounded more closely than 0 to 4."""
        rules = {
            "A_eq": self._matrix(self.equal), "b_eq": self.equals,
            "A_ub": self._matrix(self.less), "b_ub": np.zeros(len(self.less)),
            "bounds": list(zip(self.low, self.high, strict=True)),
        }  # fmt: skip
        names, found = {place: key for key, place in self.place.items()}, []
        for terms, most in self.secrets:
            aim = self._matrix([terms]).toarray()[0]
            ends = [sign * reach(sign * aim, rules) for sign in (1, -1)]
            if ends[0] > 1e-6 or ends[1] < most - 1e-6:
                found.append(f"{[names[place] for place, _ in terms]}: {ends[0]:.1f} to {ends[1]:.1f}, not {most}")
        return found


def reach(aim: np.ndarray, rules: dict) -> float:
    found = linprog(aim, method="highs", **rules)
    assert found.status in (0, 3), "what is public contradicts itself"
    return found.fun if found.status == 0 else -np.inf


def draw_tickets(rng: np.random.Generator, total: int, n_channels: int, n_matters: int) -> pd.DataFrame:
    """Draw a district's month: unequal channels and matters."""
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
    return tickets.assign(n_received=1)


def draw(rng: np.random.Generator, total: int, n_channels: int, n_matters: int) -> dict[str, pd.DataFrame]:
    """Draw the two tables of a district's month, some matters without a name."""
    return tabulate(draw_tickets(rng, total, n_channels, n_matters), n_matters)


def revise(rng: np.random.Generator, tickets: pd.DataFrame) -> pd.DataFrame:
    """Return the tickets of the next revision: a few are taken out, moved or judged anew."""
    found = tickets.copy()
    for row in rng.choice(found.index, min(len(found) - 1, int(rng.choice([1, 1, 2, 4, 8, 30]))), replace=False):
        kind = rng.choice(["out", "channel", "matter", "late", "unhappy"])
        if kind == "out":
            found = found.drop(index=row)
        elif kind in ("channel", "matter"):
            found.loc[row, kind] = rng.choice(tickets[kind])
        else:
            found.loc[row, "n_on_time" if kind == "late" else "n_satisfied"] = False
    return found.reset_index(drop=True)


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
    own = own_page([tables], {name: float(rng.integers(0, whole[name] // 3 + 1)) for name in COUNTS})
    attacker = Attacker(Edition(hotline_tables([tables], PACKS), listed(tables), own))
    assert attacker.leaks() == []


def own_page(history: list[dict[str, pd.DataFrame]], own: dict[str, float]) -> dict[str, float]:
    """Return which of its counts a unit reads on its page: those of which the district's are not withheld."""
    hidden = hidden_counts(history, PACKS)
    return {name: count for name, count in own.items() if name not in hidden}


def keep_rows(revisions: list[dict[str, pd.DataFrame]]) -> list[dict[str, pd.DataFrame]]:
    """Return what is true of all rows that are listed: a row of an earlier revision that went counts nothing now."""
    kept = [listed(revisions[0])]
    for tables in map(listed, revisions[1:]):
        found = {}
        for name, key in (("hotline_by_channel", "channel"), ("hotline_by_matter", "matter")):
            gone = kept[-1][name][~kept[-1][name][key].isin(tables[name][key])]
            gone = gone.sort_values(key).assign(**dict.fromkeys(COUNTS, 0), **dict.fromkeys(RATES, np.nan))
            found[name] = pd.concat([tables[name], gone], ignore_index=True)
        kept.append(found)
    return kept


def publish(revisions: list[dict[str, pd.DataFrame]], rng: np.random.Generator) -> list[Edition]:
    """Return all that is public of a month's revisions, each with a unit's own page."""
    editions = []
    for number, tables in enumerate(keep_rows(revisions), start=1):
        whole = tables["hotline_by_channel"].set_index("channel").loc[WHOLE]
        own = {name: float(rng.integers(0, whole[name] // 3 + 1)) for name in COUNTS}
        shown = hotline_tables(revisions[:number], PACKS)
        editions.append(Edition(shown, tables, own_page(revisions[:number], own)))
    return editions


@pytest.mark.parametrize("n_revisions", [2, 3])
@pytest.mark.parametrize("seed", range(50 if IS_WHOLE else 4))
def test_an_attacker_with_all_revisions_who_knows_what_did_not_change_bounds_no_small_count(seed, n_revisions):
    rng = np.random.default_rng(1000 + seed)
    n_matters = int(rng.integers(1, 40))
    tickets = [draw_tickets(rng, int(rng.choice([12, 40, 150, 700, 3000])), int(rng.integers(1, 9)), n_matters)]
    while len(tickets) < n_revisions:
        tickets.append(revise(rng, tickets[-1]))
    assert Attacker(*publish([tabulate(each, n_matters) for each in tickets], rng)).leaks() == []


def test_the_attacker_finds_what_plain_withholding_gives_away():
    tables = draw(np.random.default_rng(3), 700, 6, 20)
    shown = listed(tables)
    plain = {}
    for name, frame in shown.items():
        counts = frame[["n_received", "n_due", "n_valid_call_backs"]]
        plain[name] = frame.assign(**counts.astype("Int64").mask((counts > 0) & (counts < SMALL)))
    assert Attacker(Edition(plain, shown)).leaks() != []


@pytest.mark.slow
def test_an_attacker_bounds_no_small_count_in_any_month_of_the_sample(sample_tables):
    from analysis.run.store.revisions import Store

    store = Store(sample_tables)
    leaks = {}
    for number, period in enumerate(store.months()[:: 1 if IS_WHOLE else 12]):
        first = {name: store.load(name, period) for name in TICKET_TABLES}
        own = store.load("hotline_by_unit", period).nlargest(1, "n_received").iloc[0]
        leaks[period] = attack_month(first, {name: float(own[name]) for name in COUNTS}, number)
    assert {period: found for period, found in leaks.items() if found} == {}


def attack_month(tables: dict[str, pd.DataFrame], own: dict[str, float], seed: int) -> list[str]:
    """Attack a month as it is, and with a second revision from which some tickets were taken out."""
    revisions = [tables, take_out(np.random.default_rng(seed), tables)]
    both = [
        Edition(hotline_tables(revisions[: n + 1], PACKS), true, own_page(revisions[: n + 1], own))
        for n, true in enumerate(keep_rows(revisions))
    ]
    return Attacker(both[0]).leaks() + Attacker(*both).leaks()


def take_out(rng: np.random.Generator, tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    found = {name: table.copy() for name, table in tables.items()}
    channels, matters = found["hotline_by_channel"], found["hotline_by_matter"]
    whole = channels.index[channels["channel"] == WHOLE][0]
    for _ in range(int(rng.choice([1, 2, 4, 8]))):
        rows = [
            rng.choice(each.index[(each[list(COUNTS)] > 0).all(axis=1)]) for each in (channels.drop(whole), matters)
        ]
        channels.loc[[rows[0], whole], list(COUNTS)] -= 1
        matters.loc[rows[1], list(COUNTS)] -= 1
    return {name: with_rates(table) for name, table in found.items()}


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


def month(**counts: int) -> dict[str, pd.DataFrame]:
    rows = [{"channel": name} | dict.fromkeys(COUNTS, count) for name, count in counts.items()]
    rows.append({"channel": WHOLE} | dict.fromkeys(COUNTS, sum(counts.values())))
    channels = with_rates(pd.DataFrame(rows)).assign(period="2026-10")
    matters = channels.rename(columns={"channel": "matter"}).iloc[:0].assign(matter_id="")
    return {"hotline_by_channel": channels, "hotline_by_matter": matters}


def shown(*history) -> list[bool]:
    return hotline_tables(history, PACKS)["hotline_by_channel"]["n_received"].notna().tolist()


def test_what_an_earlier_revision_withheld_stays_withheld():
    first, second = month(a=3, b=20, c=30, d=40), month(a=8, b=20, c=30, d=40)
    assert shown(first) == [False, False, True, True, True]
    assert shown(second) == [True] * 5
    assert shown(first, second) == [False, False, True, True, True]


def test_a_count_shown_before_and_unchanged_is_no_cover():
    first = month(a=8, b=20, c=30, d=40)
    assert shown(first) == [True] * 5
    assert shown(first, month(a=3, b=20, c=30, d=45)) == [False, True, True, False, True]  # d has changed: it covers
    assert shown(first, month(a=3, b=20, c=30, d=40)) == [False] * 5  # nothing else has: not even the sum can stand


def test_a_count_withheld_before_and_unchanged_is_no_cover_either():
    first = month(a=3, b=20, c=8, d=40)
    assert shown(first) == [False, True, False, True, True]
    # Otherwise a and c together, 11 as before, would leave the change to d and b alone.
    assert shown(first, month(a=3, b=20, c=8, d=4, e=50))[3:] == [False, False, True]


def test_a_row_that_went_stays_listed_without_its_counts():
    table = hotline_tables([month(a=3, b=20, c=30), month(b=20, c=33)], PACKS)["hotline_by_channel"]
    assert table["channel"].tolist() == ["b", "c", WHOLE, "a"]
    assert table["period"].tolist() == ["2026-10"] * 4
    # c has changed by what a was; nobody is told by how much.
    assert table["n_received"].isna().tolist() == [True, True, False, True]


def test_a_whole_whose_rest_follows_from_a_part_shown_before_is_withheld():
    def judged(n_due: int) -> dict[str, pd.DataFrame]:
        tables = month(a=60, b=60)
        channels = tables["hotline_by_channel"].assign(n_due=[n_due, 60, n_due + 60], n_on_time=[40, 40, 80])
        return tables | {"hotline_by_channel": with_rates(channels)}

    due = hotline_tables([judged(50), judged(42)], PACKS)["hotline_by_channel"]["n_due"]
    assert due.isna().tolist()[0]  # 40 of 50 in time, and then 40 of 42: two late
    assert hotline_tables([judged(42)], PACKS)["hotline_by_channel"]["n_due"].notna().all()


def test_totals_of_the_district_are_withheld_as_in_the_open_tables():
    history = [month(a=8, b=20, c=30, d=40), month(a=3, b=20, c=30, d=40)]
    assert "n_received" in withheld_totals(history, PACKS)
    assert "n_received" not in withheld_totals(history[1:], PACKS)


def test_a_total_that_would_give_a_count_away_is_withheld_as_a_figure_of_the_district():
    tables = tabulate(pd.DataFrame({"channel": ["0"] * 8, "matter": [0] * 7 + [1]} | dict.fromkeys(COUNTS, 1)), 10)
    assert {"n_received", "n_due", "n_valid_call_backs"} <= withheld_totals([tables], PACKS)
    found = hotline_tables([tables], PACKS)
    assert found["hotline_by_channel"][["n_received", "n_due"]].isna().all().all()
