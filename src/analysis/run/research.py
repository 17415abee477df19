"""A district as a researcher reads it: published tables over any months, as frames with names; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis.policy.book import PolicyBook, load_policy
from analysis.policy.dictionary import TableEntry
from analysis.policy.draft import Draft
from analysis.policy.errors import DataError, UsageError
from analysis.policy.messages import say
from analysis.policy.period import parse_periods
from analysis.policy.tables import TABLES
from analysis.run.store.revisions import Store

EVERY = "all"
_DESCRIBED = {name: f"{table.entry.title}: {table.entry.description}" for name, table in TABLES.items()}
_NAMED = ("unit_id", "indicator_id", "channel", "family")


class TableNames(dict[str, str]):
    """Table → what a row of it is. `tables.<Tab>` completes a name, which stands for itself."""

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def __getattr__(self, name: str) -> str:
        if name in self:
            return name
        raise AttributeError(name)


@dataclass(frozen=True)
class District:
    """The published months of one district.

    Attributes:
        root: the district's folder.
        tables: every table → what a row of it is; `docs/data_dictionary.yml` says what its columns mean.
    """

    root: Path
    tables: TableNames = field(default_factory=lambda: TableNames(_DESCRIBED), init=False)

    def __repr__(self) -> str:
        months = self.months
        span = f"{months[0]} … {months[-1]}" if months else "nothing published"
        return f"<District {self.book.district.name}: {len(months)} months, {span}; .months .tables .load .whatif>"

    @cached_property
    def book(self) -> PolicyBook:
        """The rules of all months."""
        return load_policy(self.root)

    @property
    def months(self) -> list[str]:
        """The months of which something is published, the oldest first."""
        store = Store(self.root)
        return [month for month in store.months() if store.current(month)]

    def load(
        self, table: str, months: str = "", *, scope: str = "", level: str = "", basis: str = "", names: bool = True
    ) -> pd.DataFrame:
        """Return a table over months, of the revisions in force, each thing once.

        Rows that a later month's table repeats, such as a ticket that was carried over, are taken from the last one.

        Args:
            table: a name of `tables`.
            months: a month `2025-12` or a range `2023-01..2025-12`; empty is every month that has the table.
            scope: `month` (default) or `ytd`; here and below `all` keeps every value, told apart by its column.
            level: what a change is of: `total` (default), `channel`, `family`, `group`, `district`.
            basis: what is compared: `mom` (default), `yoy`, `ytd`, `annual`.
            names: puts the name of a unit, indicator, channel or family beside its id.

        Returns:
            The dictionary's columns, with `period` first where the table has none, and `…_name` beside ids.

        Raises:
            UsageError: an unknown table or choice; says the nearest name, or what is allowed.
            DataError: a month or its table was never built, or a file changed since it was published.
        """
        entry = _find(table)
        wanted = {"scope": scope, "level": level, "basis": basis}
        chosen = {column: _choose(table, entry, column, value) for column, value in wanted.items()}
        store = Store(self.root)
        frames = [_of_month(store.load(table, month), month) for month in self._months_of(table, months)]
        frame = pd.concat(frames, ignore_index=True)
        for column, value in chosen.items():
            frame = frame[frame[column] == value] if value else frame
        if entry.carried:
            frame = frame.drop_duplicates(list(entry.key), keep="last")
        return self.name(frame.reset_index(drop=True)) if names else frame.reset_index(drop=True)

    def whatif(
        self, months: str, changes: Sequence[str] = (), policy: str | Path | Draft | None = None
    ) -> pd.DataFrame:
        """Return who would differ in each of some months if raw values or the policy were others.

        Args:
            months: a month or a range.
            changes: texts `UNIT/INDICATOR[/ROLE][@ITEM]=VALUE`.
            policy: a changed copy of a file of `params/`, or a draft (see `policy/draft.py`).

        Returns:
            A row per month, scope and unit that differs: its figures before and after (see `list_differences`).

        Raises:
            AnalysisError: a change names what is not there, the policy is wrong, or a month was never built.
        """
        from analysis.run.whatif import whatif_published  # brings scipy, which reading does without

        draft = Path(policy) if policy and isinstance(policy, str) else policy
        asked = parse_periods(months)
        found = [_of_month(whatif_published(self.root, self.book, m, changes, draft), m) for m in asked]
        return self.name(pd.concat(found, ignore_index=True))

    def name(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a frame with the name of each unit, indicator, channel and family beside its id."""
        frame = frame.copy()
        for column in [column for column in frame if column.endswith(_NAMED)]:
            frame.insert(
                frame.columns.get_loc(column) + 1,
                f"{column.removesuffix('_id')}_name",
                frame[column].map(self.book.names).fillna("").astype("str"),
            )
        return frame

    def _months_of(self, table: str, months: str) -> list[str]:
        if months:
            return parse_periods(months)
        store = Store(self.root)
        found = [month for month in self.months if f"{table}.parquet" in store.manifest(month).outputs]
        if not found:
            told = say("{root}: no month with the table {table} is published; run: analysis run MONTH")
            raise DataError(told.format(root=self.root, table=table))
        return found


def _find(table: str) -> TableEntry:
    if table in TABLES:
        return TABLES[table].entry
    near = get_close_matches(table, TABLES, n=1, cutoff=0.5)
    perhaps = say(", perhaps {near!r}").format(near=near[0]) if near else ""
    told = say("there is no table {table!r}{perhaps}; the names are: {tables}")
    raise UsageError(told.format(table=table, perhaps=perhaps, tables=", ".join(TABLES)))


def _choose(table: str, entry: TableEntry, column: str, asked: str) -> str:
    """Return the value of a column whose rows are taken, empty for all rows."""
    if column not in entry.fields:
        if asked:
            raise UsageError(say("{table} has no {column}; leave it out").format(table=table, column=column))
        return ""
    value, allowed = asked or entry.fields[column].default, entry.fields[column].constraints.enum
    if value and value not in (*allowed, EVERY):
        told = say("{value!r} is no {column} of {table}: write {allowed} or {every}")
        raise UsageError(told.format(value=value, column=column, table=table, allowed=", ".join(allowed), every=EVERY))
    return "" if value == EVERY else value


def _of_month(frame: pd.DataFrame, month: str) -> pd.DataFrame:
    """Return a table's rows with the month that they come from in front, where they do not say it."""
    if "period" not in frame:
        frame.insert(0, "period", month)
    return frame
