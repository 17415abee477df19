"""A month at work: its rules, its tables as they are made, and the months before it."""

import gc
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from importlib import metadata
from pathlib import Path
from pkgutil import resolve_name
from tempfile import TemporaryDirectory

import pandas as pd

from analysis.intake.callers import read_caller_secret
from analysis.policy.book import Policy, PolicyBook
from analysis.policy.errors import DataError, UsageError
from analysis.policy.messages import say
from analysis.policy.period import month_end, month_range, parse_period, shift
from analysis.policy.tables import TABLES
from analysis.report.edition import Edition
from analysis.run.scratch import scratch_folder
from analysis.run.steps import STEP_OF, STEPS
from analysis.run.store.finality import Finality, read_finality
from analysis.run.store.manifest import (
    Manifest,
    hash_code,
    hash_notebook,
    hash_tree,
    list_files,
    package_versions,
    read_manifest,
)
from analysis.run.store.revisions import Store, read_table, save_table, with_year


@dataclass(frozen=True)
class Month:
    """One month of one district, as notebooks and the runner work on it.

    Attributes:
        root: the district's folder.
        rules: the rules of all months.
        period: the month.
        as_of: the date from which deadlines count (S21).
        folder: where this run writes its tables; None in a researcher's session, which publishes nothing.
        opened: the revision that a session reads: it makes what this one lacks, or what it is told to build.
        ahead: a folder with one for each earlier month that a back-fill has made and not yet published.
        published_on: the day on which it is published, where somebody said it (S21).
        reason: why this revision is published; empty where none is.
        shelf: the root whose store a session reads, where it is not the district's own.
    """

    root: Path
    rules: PolicyBook
    period: str
    as_of: date
    folder: Path | None = None
    opened: str = ""
    shelf: Path | None = None
    ahead: Path | None = None
    published_on: date | None = None
    reason: str = ""
    _made: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @cached_property
    def book(self) -> PolicyBook:
        """The rules as this month knows them, so that what is entered for later ones changes nothing in it (S39).

        A year that becomes final knows which units ended before that day (S35).
        """
        day = max(self.as_of, self.finality.final_on) if self.finality else self.as_of
        return self.rules.as_known_in(max(self.period, f"{day:%Y-%m}"))

    @cached_property
    def policy(self) -> Policy:
        """The rules in force in this month."""
        return self.book.at(self.period)

    @cached_property
    def policies(self) -> dict[str, Policy]:
        """Month → its rules, of the months on whose measurements this month's scores may rest."""
        return {period: self.book.at(period) for period in self.book.months_that_score(self.period)}

    @cached_property
    def publication_day(self) -> date:
        """The day from which objections and answers count: the one given, else the policy's working day (S21).

        A revision is not published before the one that it follows, nor before its own as-of date.
        """
        if self.published_on is not None:
            return self.published_on
        day = default_publication_day(self.policy, self.period)
        return max(day, self.as_of, *([self.last_published.publication_day] if self.last_published else []))

    @property
    def last_published(self) -> Manifest | None:
        """The manifest of the revision with pages that this one follows, None where there is none."""
        return self.store.last_published(self.period, self.opened)

    @cached_property
    def finality(self) -> Finality | None:
        """What makes this month's year final (S21), None in every run that publishes a draft."""
        return read_finality(self.folder)

    @property
    def store(self) -> Store:
        """The published months."""
        return Store(self.shelf or self.root)

    @property
    def raw_folder(self) -> Path:
        """Where this month's deliveries lie."""
        return self.root / "data" / "raw" / self.period

    @cached_property
    def _scratch(self) -> TemporaryDirectory:
        return scratch_folder("month")

    @property
    def work(self) -> Path:
        """Where this month's tables are written as they are made."""
        return self.folder or Path(self._scratch.name)

    def build(self, step: str) -> dict[str, pd.DataFrame]:
        """Make the tables of one step (`clean`, `score`, `trends`, …), write them where the run works, return them."""
        # A month's tables are small: thousands of short columns of text cost less as Python objects than as Arrow's.
        with pd.option_context("mode.string_storage", "python"):
            try:
                tables = resolve_name(STEPS[step].make)(self)
            except (KeyError, AttributeError):
                self._refuse_older_tables()
                raise
        for name, frame in tables.items():
            save_table(name, frame, self.work)
            self._made[name] = frame
        return tables

    def table(self, name: str, period: str | None = None) -> pd.DataFrame:
        """Return a table of this month, made now if nobody made it yet, or a published one of an earlier month."""
        if period not in (None, self.period):
            return read_table(self._content(name, period))
        if name not in self._made:
            file = self.path(name)
            self._made.setdefault(name, read_table(file.read_bytes()))
        return self._made[name]

    def path(self, name: str, period: str | None = None) -> Path:
        """Return the file of a table of this month, made now if nobody made it yet, or of an earlier one, verified."""
        if period not in (None, self.period):
            return self._path_ahead(name, period) or self.store.path(name, period)
        file = self.work / f"{name}.parquet"
        if file.is_file():
            return file
        if self.opened and file.name in self._opened_files and not self.store.lacking(name, self.period, self.opened):
            return self.store.path(name, self.period, self.opened)
        self.build(STEP_OF[name].name)
        return file

    def _content(self, name: str, period: str) -> bytes:
        if period == self.period:
            return self.path(name).read_bytes()
        ahead = self._path_ahead(name, period)
        return ahead.read_bytes() if ahead else self.store.content(name, period)

    def _refuse_older_tables(self) -> None:
        """Say which earlier months were published with tables that lack what today's dictionary has, if any were."""
        told = []
        older = say(
            "{period}: {table} lacks {columns}, it is of an older version of the project; publish the month again: "
            "analysis run {period}"
        )
        for period in self.earlier(12):
            lacking = {name: self.store.lacking(name, period) for name in TABLES if self.store.current(period)}
            if name := next((name for name, columns in lacking.items() if columns), ""):
                told.append(older.format(period=period, table=name, columns=", ".join(lacking[name])))
        if told:
            raise DataError("\n".join(told)) from None

    def _path_ahead(self, name: str, period: str) -> Path | None:
        file = self.ahead and self.ahead / period / f"{name}.parquet"
        return file if file and file.is_file() else None

    def has(self, period: str) -> bool:
        """Tell whether an earlier month is there."""
        return bool(self._path_ahead("measurements", period) or self.store.current(period))

    @cached_property
    def _opened_files(self) -> Collection[str]:
        return read_manifest(self.store.revision(self.period, self.opened)).outputs

    def month_table(self, name: str) -> pd.DataFrame:
        """Return the rows of scope `month` of a table of this month."""
        frame = self.table(name)
        return frame[frame["scope"] == "month"].reset_index(drop=True)

    @property
    def neighbours(self) -> list[str]:
        """The same month last year, the month before and this month, those since the district's start (S25)."""
        months = (shift(self.period, -12), shift(self.period, -1), self.period)
        return [period for period in months if period >= self.book.district.start]

    def before(self, name: str) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
        """Return a table of the month before and of the same month last year, None where there is no such month."""
        found = {period: self.table(name, period) for period in self.neighbours if period != self.period}
        return tuple(found.get(shift(self.period, back)) for back in (-1, -12))

    def tables_of(
        self, name: str, periods: Sequence[str], columns: Sequence[str] | None = None, scope: str = ""
    ) -> pd.DataFrame:
        """Return one table over several months, the month at work included, as one frame; empty where there is none.

        Args:
            name: the table.
            periods: the months, in the order of the rows.
            columns: those that are read; all by default.
            scope: whose rows are read, in a table of several scopes; all by default.
        """
        contents = [self._content(name, period) for period in periods]
        return read_table(*contents, columns=columns, scope=scope) if contents else TABLES[name].empty()

    def holding(self, name: str, periods: Sequence[str]) -> list[str]:
        """Return those of the months that hold a table: months that an older version published may lack it."""

        def holds(period: str) -> bool:
            is_at_hand = period == self.period or self._path_ahead(name, period)
            return bool(is_at_hand or f"{name}.parquet" in self.store.manifest(period).outputs)

        return [period for period in periods if holds(period)]

    @property
    def revision(self) -> str:
        """The revision that this run makes; in a session the published one that it reads, empty where there is none."""
        if self.folder is None:
            return "" if self.shelf else self.opened
        return self.store.next_revision(self.period)

    @cached_property
    def edition(self) -> Edition:
        """Which edition of the month this run makes, for its pages; a session makes none."""
        told = describe(self, "published", "")
        return Edition(
            revision=self.revision,
            state="trial" if self.folder is None else "draft" if self.finality is None else "final",
            as_of=self.as_of,
            published=self.publication_day,
            answer_until=answer_until(self.policy, self.publication_day),
            is_first=self.last_published is None,
            reason=self.reason,
            inputs=told.short_inputs,
            code=told.code[:12],
            version=told.version,
            head="" if self.folder is None else self.store.chain.printed,
        )

    def results(self) -> pd.DataFrame:
        """Return what units may object to: `unit_scores`, for the year the result of `year_standing` (S21, S35)."""
        return with_year(self.table("unit_scores"), self.table("year_standing"))

    def published_results(self) -> pd.DataFrame | None:
        """Return the results of the revision with pages that this one follows, None where there is none."""
        last = self.last_published
        return self.store.results(self.period, last.revision) if last else None

    def earlier(self, months: int) -> list[str]:
        """Return up to `months` months before this one, the oldest first, none before the district's start."""
        first = max(shift(self.period, -months), self.book.district.start)
        return month_range(first, shift(self.period, -1))


def new_month(
    root: Path, book: PolicyBook, period: str, as_of: str = "", folder: Path | None = None, published: str = ""
) -> Month:
    """Return a month whose raw files are known to be there, and whose caller secret is whole where there is one.

    Raises:
        DataError: there are no raw files for the month: a month is never zero; or `data/caller.key` is damaged.
        UsageError: the period or a date cannot be.
    """
    read_caller_secret(root)  # damaged, it would be told after minutes of work on months before
    parse_period(period)
    book.at(period)
    day = month_end(period) if not as_of else parse_day(as_of)
    published_on = parse_day(published) if published else None
    if published_on is not None and published_on < day:
        told = say("{period}: published on {published_on}, before the as-of date {day}; look at the two dates")
        raise UsageError(told.format(period=period, published_on=published_on, day=day))
    month = Month(root, book, period, day, folder, published_on=published_on)
    if not list_files(month.raw_folder):
        told = say(
            "data/raw/{period}: no raw files of this month; put the offices' deliveries there "
            "(analysis start {period} writes the empty forms)"
        )
        raise DataError(told.format(period=period))
    return month


def default_publication_day(policy: Policy, period: str) -> date:
    """Return the working day of the next month on which a month is published by default (S21)."""
    return policy.calendar.add_working_days(month_end(period), policy.district.objection.publication_working_day)


def answer_until(policy: Policy, published: date) -> date:
    """Return the last day for objections to what was published on a day, and for answers to it (S21)."""
    return policy.calendar.add_working_days(published, policy.district.objection.working_days)


def draws_folder(root: Path, period: str) -> Path:
    """Return where the public folders of a month's draws lie."""
    return root / "data" / "raw" / "draws" / period


def build_steps(month: Month, folder: Path, names: Iterable[str], ahead: Path | None = None) -> None:
    """Make the tables of these steps of a month in `folder`, without notebooks (`ahead`: see `Month`)."""
    at_work = new_month(month.root, month.rules, month.period, month.as_of.isoformat(), folder)
    at_work = replace(at_work, ahead=ahead, published_on=month.published_on)
    with _collector_paused():
        for name in names:
            at_work.build(name)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep Python from searching all libraries for cycles again and again: a tenth of what a month's tables cost."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def describe(month: Month, stage: str, reason: str) -> Manifest:
    """Return the manifest of what a run would publish now, still without revision and outputs."""
    own_notebooks = month.book.notebooks.notebooks if stage == "published" else ()
    return Manifest(
        period=month.period,
        revision="",
        stage=stage,
        state="draft",
        reason=reason,
        as_of=month.as_of.isoformat(),
        published=month.publication_day.isoformat() if stage == "published" else "",
        history=month.store.hash_history(month.period, month.book.district.start),
        inputs=hash_tree(month.raw_folder, month.root) | hash_tree(draws_folder(month.root, month.period), month.root),
        params=hash_tree(month.root / "params", month.root),
        notebooks={own.path: hash_notebook(month.root / own.path, own.title) for own in own_notebooks},
        outputs={},
        packages=package_versions(),
        version=metadata.version("analysis"),
        code=hash_code(stage),
    )


def parse_day(text: str) -> date:
    """Return a day that somebody typed.

    Raises:
        UsageError: it is no day, or not written as YYYY-MM-DD.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            say("{text!r} is not a date: write it as YYYY-MM-DD, for example 2025-12-31").format(text=text)
        ) from None
