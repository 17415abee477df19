"""The tables behind the packs of one month, cut by unit once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.consequences import ConsequenceRules, PackRules
from analysis.policy.names import Names
from analysis.policy.period import shift
from analysis.policy.tables import TABLES
from analysis.report.edition import Edition
from analysis.report.monthly import MONTHS_BACK
from analysis.report.scores import tier_floors
from analysis.report.site.open_tickets import TICKET_TABLES, hidden_counts, hotline_tables
from analysis.report.tasks import TABLES_OF_TASKS, Task, list_tasks, mark_asked
from analysis.report.words import SMALLEST
from analysis.report.year import annual_page, year_rows
from analysis.scoring.score_tables import lost_points

# Counts behind these could be read off a list of cells: a ticket is a row there.
TICKETS = "tickets"
KEY_WORK = "key_work"
_OWN = (
    "unit_scores",
    "channel_scores",
    "indicator_scores",
    "certainty",
    "adjustments",
    "hotline_by_unit",
    "ledger",
    "consequences",
    "watch_list",
    "staffing",
    "key_work",
    "annual_states",
    "integrity",
)
FIRST_LIMITS = ("period", "unit_id", "n_due", "n_on_time", "n_kept_late")
YEAR = 12
_NO_TICKETS = TABLES["tickets"].empty
_PLACE = "([A-Z]*)([0-9]*)"


@dataclass(frozen=True)
class PackContent:
    """One month for all audiences.

    Attributes:
        policy: the month's rules.
        names: id → Chinese name.
        edition: revision, state, dates, hashes.
        consequences: what follows from annual results.
        rules: what protects those who are not the reader.
        tables: name → processed table of the month; a table that was not made is left out.
        history: `unit_scores` of scope `month` of the thirteen months up to this one.
        draws: names of the month's public draws.
        visits: rows of `measurements` of earlier months whose visits count in this one (S13).
        earlier_tickets: the open tables of tickets of the month's earlier revisions, the oldest first.
        told_tickets: the open tables of tickets of the months before, without what is withheld there.
        marks_before: rows of `indicator_scores` of the year's months so far and the month before; `ytd` of a year ago.
        inspections: rows of `inspections` of the months whose visits count in this one (S13), its own among them.
        late_items: rows of `ledger_items` that fell due in the month, or in those before that a rate may count (S30),
            and were not closed in time, with the day on which they were closed since.
        adjustments: rows of `adjustments` of the year so far, and of last year.
        tickets: the month's tickets that units have to heed (see `list_noted`); empty in the content of a final year.
        extended: unit → how many of its tickets that fell due in the month had their time extended, where any had.
        kept_late: unit → how many of its tickets that counted as in time were closed after the day that they had before
            their time was extended (S19), where any was.
        first_limits: a row a month and unit, the twelve months and the twelve before: `n_due`, `n_on_time`, and
            `n_kept_late` as in `kept_late`; empty where a month is not there.
        tasks_before: what the month before asked for.
        weights_moved: unit → those of the thirteen months from which its channel weights are others.
        annual: the last final year, of which each audience has the notice too; None where there is none.
    """

    policy: Policy
    names: Names
    edition: Edition
    consequences: ConsequenceRules
    rules: PackRules
    tables: Mapping[str, pd.DataFrame]
    history: pd.DataFrame
    draws: tuple[str, ...] = ()
    visits: pd.DataFrame = field(default_factory=TABLES["measurements"].empty)
    marks_before: pd.DataFrame = field(default_factory=TABLES["indicator_scores"].empty)
    earlier_tickets: tuple[Mapping[str, pd.DataFrame], ...] = ()
    told_tickets: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    inspections: pd.DataFrame = field(default_factory=TABLES["inspections"].empty)
    adjustments: pd.DataFrame = field(default_factory=TABLES["adjustments"].empty)
    late_items: pd.DataFrame = field(default_factory=TABLES["ledger_items"].empty)
    tickets: pd.DataFrame = field(default_factory=lambda: _NO_TICKETS().assign(is_repeat=False, is_overdue=False))
    extended: pd.Series = field(default_factory=lambda: pd.Series(dtype="int64"))
    kept_late: pd.Series = field(default_factory=lambda: pd.Series(dtype="int64"))
    first_limits: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=FIRST_LIMITS))
    tasks_before: Sequence[Task] = ()
    weights_moved: Mapping[str, Sequence[str]] = field(default_factory=dict)
    annual: "PackContent | None" = None

    def table(self, name: str, scope: str = "") -> pd.DataFrame:
        """Return a table of the month, of one scope where it is named; empty where it was not made."""
        frame = self.tables.get(name)
        frame = TABLES[name].empty() if frame is None else frame
        return frame[frame["scope"] == scope] if scope else frame

    @cached_property
    def units(self) -> pd.DataFrame:
        """The month's `unit_scores`."""
        return self.table("unit_scores", "month")

    @property
    def annual_page(self) -> tuple[str, str] | None:
        """File and title of the notice of the last final year, None where there is none."""
        year = self.annual and int(self.annual.policy.period[:4])
        return (annual_page(year), f"{year}年度通报（定稿）") if year else None

    @cached_property
    def last_days(self) -> list[str]:
        """The last days for objections of the month's units (S21)."""
        return sorted({*self.table("objection_periods")["until"]})

    @cached_property
    def ticket_history(self) -> list[Mapping[str, pd.DataFrame]]:
        """The tables behind the open tickets of the month's revisions, this one last.

        A notice has other months beside this one in such a table: they are no part of the month's revision.
        """
        own = {name: self.table(name) for name in TICKET_TABLES}
        return [*self.earlier_tickets, {name: rows[rows["period"] == self.policy.period] for name, rows in own.items()}]

    @cached_property
    def open_tickets(self) -> dict[str, pd.DataFrame]:
        """The open tables of tickets of the months before and of this one, as far as they may be told (S46)."""
        now = hotline_tables(self.ticket_history, self.rules)
        earlier = ([self.told_tickets[name]] if self.told_tickets else [] for name in now)
        return {name: pd.concat([*before, now[name]]) for name, before in zip(now, earlier, strict=True)}

    @cached_property
    def told_of_matters(self) -> pd.DataFrame:
        """(month, matter) → what may be told of the district's tickets, missing where it is withheld (S46)."""
        return (
            self.open_tickets["hotline_by_matter"]
            .drop_duplicates(["period", "matter_id"], keep="last")
            .set_index(["period", "matter_id"])
        )

    @cached_property
    def hidden_counts(self) -> set[str]:
        """Counts of tickets of which the district's are withheld."""
        return hidden_counts(self.ticket_history, self.rules)

    def own(self, name: str, unit_id: str) -> list:
        """Return the rows of a table of the month that are a unit's own, of scope `month` where it has scopes."""
        return self._by_unit[name].get(unit_id, [])

    @cached_property
    def _by_unit(self) -> dict[str, dict[str, list]]:
        # Rows, not frames: 85 pages of small frames cost ten times as much.
        found: dict[str, dict[str, list]] = {name: {} for name in _OWN}
        for name, rows in found.items():
            scope = "month" if "scope" in TABLES[name].columns else ""
            for row in self.table(name, scope).itertuples():
                rows.setdefault(row.unit_id, []).append(row)
        return found

    @cached_property
    def all_tasks(self) -> list[Task]:
        """What follows from the month, in the order in which the bulletin lists it."""
        tables = {name: self.tables[name] for name in TABLES_OF_TASKS if name in self.tables}
        found = list_tasks(self.policy, self.edition, tables | {"unit_scores": self.units})
        return mark_asked(found, self.tasks_before)

    @cached_property
    def tasks(self) -> dict[str, list[Task]]:
        """Unit → what it has to do this month."""
        found: dict[str, list[Task]] = {}
        for task in self.all_tasks:
            found.setdefault(task.owner, []).append(task)
        return found

    @cached_property
    def _medians(self) -> dict[tuple[str, str, str], float]:
        rows = self.table("indicator_scores")
        groups = rows["unit_id"].map(self.policy.group_of)
        found = rows[rows["score"].notna()].groupby(["scope", groups, "indicator_id"])["score"].agg(["median", "size"])
        # With as many others as a group needs, and on the peers' grid: two middle marks would give one away.
        shown = found.loc[found["size"] > self.rules.minimum_group, "median"]
        return (np.round(shown / self.rules.peer_step_points) * self.rules.peer_step_points).to_dict()

    def group_median(self, unit_id: str, indicator_id: str, scope: str = "month") -> float:
        """Return the group's median score of an indicator on the peers' grid, NaN where few have one (S23).

        Args:
            unit_id: whose group.
            indicator_id: the indicator.
            scope: `month`, or `ytd` for the year so far.
        """
        return self._medians.get((scope, self.policy.group_of[unit_id], indicator_id), np.nan)

    def side_of_median(self, unit_id: str, row) -> str:
        """Return on which side of its group's median a unit surely is: `above` (or at it), `below`, `near`, or empty.

        The median is told on a grid: the true one may lie half a step to either side. Empty where few have one (S23).

        Args:
            unit_id: the unit.
            row: its row of `indicator_scores`.
        """
        middle, half = self.group_median(unit_id, row.indicator_id, row.scope), self.rules.peer_step_points / 2
        if pd.isna(middle):
            return ""
        return "above" if row.score >= middle + half else "below" if row.score < middle - half else "near"

    def gain_at_median(self, unit_id: str, row) -> tuple[float, float]:
        """Return the points of its total that a unit surely below its group's median would gain there, 0 otherwise.

        With how many points more or fewer it may be, as the median is told on a grid.

        Args:
            unit_id: the unit.
            row: its row of `indicator_scores`.
        """
        if self.side_of_median(unit_id, row) != "below":
            return 0.0, 0.0
        middle = self.group_median(unit_id, row.indicator_id, row.scope)
        return row.weight * (middle - row.score) / 100, row.weight * self.rules.peer_step_points / 2 / 100

    @cached_property
    def weights_before(self) -> dict[str, dict[str, float]]:
        """Unit → its indicators that counted the month before, with their weights."""
        found: dict[str, dict[str, float]] = {}
        for (unit_id, indicator_id), row in self.before.items():
            found.setdefault(unit_id, {})[indicator_id] = row.weight
        return found

    @cached_property
    def before(self) -> dict[tuple[str, str], tuple]:
        """(unit, indicator) → its row of the month before, of the indicators that counted then."""
        rows = self.marks_before[self.marks_before["period"] == shift(self.policy.period, -1)]
        return {(row.unit_id, row.indicator_id): row for row in rows[rows["weight"] > 0].itertuples()}

    @cached_property
    def year_scores(self) -> dict[tuple[str, str], tuple]:
        """(unit, indicator) → its row of `indicator_scores` of the year so far."""
        return {(row.unit_id, row.indicator_id): row for row in self.table("indicator_scores", "ytd").itertuples()}

    @cached_property
    def year_so_far(self) -> dict[str, tuple]:
        """Unit → its row of the order of the year so far (see `year_rows`)."""
        rows = year_rows(self.table("year_standing"), self.table("certainty"))
        return {row.unit_id: row for row in rows.itertuples()}

    @cached_property
    def means(self) -> pd.Series:
        """Month → the district's mean total."""
        return self.history.groupby("period")["total"].mean()

    @cached_property
    def course(self) -> dict[str, dict[str, float]]:
        """Unit → month → total, of the last thirteen months."""
        found: dict[str, dict[str, float]] = {}
        for row in self.history[["unit_id", "period", "total"]].itertuples():
            found.setdefault(row.unit_id, {})[row.period] = row.total
        return found

    @cached_property
    def lines(self) -> dict[str, float]:
        """Tier → lowest score in it."""
        return tier_floors(self.units, self.names.tiers)

    @cached_property
    def totals(self) -> dict[str, float]:
        """Unit → total, of the units that have one."""
        return {row.unit_id: row.total for row in self.units.itertuples() if pd.notna(row.total)}

    def middle_half(self, peers: Sequence[str], channel: str) -> tuple[float, float]:
        """Return the quartiles (method `higher`) of the peers' scores of a channel, NaN where they are few.

        With few peers a quartile is somebody's score.
        """
        rows = self.table("channel_scores", "month")
        is_shown = rows["unit_id"].isin(peers) & (rows["channel"] == channel) & rows["score"].notna()
        scores = rows.loc[is_shown, "score"].to_numpy()
        if len(scores) < self.rules.minimum_group:
            return np.nan, np.nan
        low, high = np.quantile(scores, (0.25, 0.75), method="higher")
        return float(low), float(high)

    @cached_property
    def _middle_halves(self) -> dict[str, dict[str, tuple[float, float]]]:
        peers = dict(map(self.peers, self.policy.unit_ids))
        return {name: {c: self.middle_half(own, c) for c in self.policy.channel_ids} for name, own in peers.items()}

    def middle_halves(self, unit_id: str) -> dict[str, tuple[float, float]]:
        """Return channel → quartiles of the unit's peers."""
        return self._middle_halves[self.peers(unit_id)[0]]

    @cached_property
    def sources(self) -> dict[tuple[str, str], list]:
        """(unit, indicator) → its cells in order, from `lineage`; none for what comes from tickets."""
        hidden = {i.id for i in self.policy.indicators if i.data.sheet == TICKETS}
        measured = self.table("measurements")[["measurement_id", "unit_id", "indicator_id", "item_id"]]
        cells = self.table("lineage").merge(measured[~measured["indicator_id"].isin(hidden)], on="measurement_id")
        places = cells["cell"].astype(str).str.extract(_PLACE)
        # Cells of a row stand as in the sheet: by row, then by column, Z before AA.
        cells = cells.assign(row=pd.to_numeric(places[1]).fillna(0), width=places[0].str.len(), column=places[0])
        ordered = cells.sort_values(["item_id", "file", "sheet", "row", "width", "column", "role"])
        found: dict[tuple[str, str], list] = {}
        for row in ordered.itertuples():
            found.setdefault((row.unit_id, row.indicator_id), []).append(row)
        return found

    @cached_property
    def earlier_visits(self) -> dict[tuple[str, str], list]:
        """(unit, indicator) → the visits of earlier months that count, a unit's predecessors' among them (S9, S13)."""
        found: dict[tuple[str, str], list] = {}
        for row in self.visits.sort_values(["period", "item_id"]).itertuples():
            found.setdefault((self.policy.heir_of.get(row.unit_id, ""), row.indicator_id), []).append(row)
        return found

    @cached_property
    def findings(self) -> dict[tuple[str, str], list]:
        """(unit, indicator) → the visits that count with what each found, the latest first, of predecessors too."""
        found: dict[tuple[str, str], list] = {}
        known = self.inspections if len(self.inspections) else self.table("inspections")
        for row in known.sort_values(["date", "visit_id"], ascending=[False, True]).itertuples():
            found.setdefault((self.policy.heir_of.get(row.unit_id, row.unit_id), row.indicator_id), []).append(row)
        return found

    @cached_property
    def own_tickets(self) -> dict[str, list]:
        """Unit → its tickets to heed, those that fell due first in front."""
        found: dict[str, list] = {}
        for row in self.tickets.sort_values(["due_final", "ticket_id"]).itertuples():
            found.setdefault(row.unit_id, []).append(row)
        return found

    @cached_property
    def losses(self) -> dict[str, list]:
        """Unit → its indicators of the month that cost points of its total (`lost_points`), the costliest first."""
        return self._lost("month")

    @cached_property
    def year_losses(self) -> dict[str, list]:
        """The same of the year so far."""
        return self._lost("ytd")

    def _lost(self, scope: str) -> dict[str, list]:
        rows = self.table("indicator_scores", scope)
        rows = rows.assign(lost_points=lost_points(rows))
        rows = rows[rows["lost_points"] >= SMALLEST]
        found: dict[str, list] = {}
        for row in rows.sort_values(["lost_points", "indicator_id"], ascending=[False, True]).itertuples():
            found.setdefault(row.unit_id, []).append(row)
        return found

    @cached_property
    def changes(self) -> dict[tuple[str, str], pd.Series]:
        """(unit, basis) → its row of `trends`: total against the month before, last year's and last year's to date."""
        trends = self.table("trends")
        of_months = trends["basis"].isin([*MONTHS_BACK, "ytd"])
        rows = trends[(trends["level"] == "total") & of_months & trends["change"].notna()]
        return {(row["unit_id"], row["basis"]): row for _, row in rows.iterrows()}

    @cached_property
    def moving(self) -> dict[str, list]:
        """Unit → its indicators that performed otherwise than the month before, the largest change first."""
        parts = self.table("change_parts")
        rows = parts[(parts["basis"] == "mom") & (parts["indicator_id"] != "") & (parts["performance"] != 0)]
        rows = rows.assign(size=rows["performance"].abs())
        found: dict[str, list] = {}
        for row in rows.sort_values(["size", "indicator_id"], ascending=[False, True]).itertuples():
            found.setdefault(row.unit_id, []).append(row)
        return found

    def lost_points(self, unit_id: str) -> float:
        """Return what the unit's indicators cost of its total."""
        return sum(row.lost_points for row in self.losses.get(unit_id, []))

    def peers(self, unit_id: str) -> tuple[str, list[str]]:
        """Return the peers that a unit is shown beside: its group's name and units, or all where the group is small.

        In a group smaller than `minimum_group` a place would name its owner (S23).
        """
        group = self.policy.group_of[unit_id]
        own = [peer for peer in self.totals if self.policy.group_of[peer] == group]
        if len(own) >= self.rules.minimum_group:
            return self.names[group], own
        return "全区", list(self.totals)
