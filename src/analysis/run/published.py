"""What a published revision says, for papers and pages that are made of it: its tables under the rules it keeps."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from analysis.policy.book import Policy, load_policy
from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.policy.period import year_to_date
from analysis.policy.tables import TABLES
from analysis.report.edition import Edition
from analysis.report.year import ANNUAL_TABLES, NEEDED_TABLES, final_year, two_years
from analysis.run.month import Month, answer_until
from analysis.run.store.finality import final_revision, read_finality
from analysis.run.store.kept_rules import KeptRules
from analysis.run.store.manifest import Manifest, read_manifest
from analysis.run.store.revisions import Store

if TYPE_CHECKING:
    from analysis.report.packs.content import PackContent


def open_revision(store: Store, manifest: Manifest, names: Iterable[str]) -> "PackContent":
    """Return a revision's content, under the rules that it was made with.

    Args:
        store: the district's months.
        manifest: the revision.
        names: its tables; those that it lacks are left out.

    Raises:
        DataError: a table is damaged, or of an older version.
    """
    from analysis.report.packs.content import PackContent  # brings duckdb, which asking for a notice does without

    policy = (KeptRules(store).read(manifest) or load_policy(store.root)).at(manifest.period)
    tables = {name: _load(store, name, manifest) for name in names if f"{name}.parquet" in manifest.outputs}
    units = tables["unit_scores"]
    return PackContent(
        policy=policy,
        names=policy.names,
        edition=_edition(store, manifest, policy),
        consequences=policy.consequences,
        rules=policy.packs,
        tables=tables,
        history=units[units["scope"] == "month"],
    )


def open_final_year(store: Store, year: int) -> "PackContent":
    """Return what the notice of a final year is made from (S27), tickets of its months and the year before among it.

    Raises:
        DataError: a table is damaged, or one that the notice needs is of an older version (see `has_notice`).
    """
    manifest = read_manifest(store.folder(f"{year}-12") / final_revision(store, year))
    content = open_revision(store, manifest, dict.fromkeys((*NEEDED_TABLES, *_whole_tables(store, year))))
    december = f"{year}-12"
    tickets = load_months(store, "hotline_by_channel", two_years(december), own=manifest)
    adjustments = load_months(store, "adjustments", year_to_date(december), own=manifest)
    return replace(content, tables=content.tables | {"hotline_by_channel": tickets}, adjustments=adjustments)


def has_notice(store: Store, year: int) -> bool:
    """Tell whether a year is final and has the tables that today's notice needs: an older version's may lack some."""
    return final_revision(store, year) is not None and set(NEEDED_TABLES) <= set(_whole_tables(store, year))


def _whole_tables(store: Store, year: int) -> list[str]:
    period, name = f"{year}-12", final_revision(store, year)
    outputs = read_manifest(store.folder(period) / name).outputs
    held = [table for table in ANNUAL_TABLES if f"{table}.parquet" in outputs]
    return [table for table in held if not store.lacking(table, period, name)]


def notice_year(month: Month) -> int | None:
    """Return the year whose notice a month shows: the last that is final by its as-of date, its own among them."""
    year = final_year(month.table("annual_states"))
    is_own = month.finality is not None and year == month.finality.year
    return year if is_own or (year and has_notice(month.store, year)) else None


def unsure_of_last_year(store: Store, states: pd.DataFrame) -> list[str]:
    """Return whom the last final year calls to an interview only after its result is verified (R21).

    Args:
        store: the district's months.
        states: table `annual_states` of a month.
    """
    from analysis.report.verify import unsure_units  # see above

    content = open_last_year(store, states)
    return unsure_units(content) if content else []


def open_last_year(store: Store, states: pd.DataFrame) -> "PackContent | None":
    """Return what the notice of the last final year is made from; None where no year is final (see `has_notice`)."""
    year = final_year(states)
    return open_final_year(store, year) if year and has_notice(store, year) else None


def load_months(store: Store, name: str, months: Iterable[str], own: Manifest | None = None) -> pd.DataFrame:
    """Return a table of several months in force, one below another.

    Args:
        store: the district's months.
        name: the table; months that were not built or do not hold it are left out, and so are those of an older
            version whose table lacks columns.
        months: in the order of the rows.
        own: the revision that is read of its own month, in place of the one in force.
    """
    found = {each: own if own and each == own.period else store.manifest(each) for each in months}
    held = [each for each in found.values() if each and f"{name}.parquet" in each.outputs]
    whole = [each for each in held if not store.lacking(name, each.period, each.revision)]
    frames = [store.load(name, each.period, each.revision) for each in whole]
    return pd.concat(frames, ignore_index=True) if frames else TABLES[name].empty()


def _load(store: Store, name: str, manifest: Manifest) -> pd.DataFrame:
    frame = store.load(name, manifest.period, manifest.revision)
    if lacking := store.lacking(name, manifest.period, manifest.revision):
        told = say(
            "{period}: {table} lacks {columns}, it is of an older version of the project; publish the month again: "
            "analysis run {period}"
        )
        raise DataError(told.format(period=manifest.period, table=name, columns=", ".join(lacking)))
    return frame


def _edition(store: Store, manifest: Manifest, policy: Policy) -> Edition:
    finality = read_finality(store.folder(manifest.period) / manifest.revision)
    published = finality.final_on if finality else manifest.publication_day
    return Edition(
        revision=manifest.revision,
        state=manifest.state,
        as_of=date.fromisoformat(manifest.as_of),
        published=published,
        answer_until=answer_until(policy, published),
        inputs=manifest.short_inputs,
        code=manifest.code[:12],
        version=manifest.version,
        head=manifest.head or "",
        is_first=store.last_published(manifest.period, manifest.revision) is None,
        reason=manifest.reason,
    )
