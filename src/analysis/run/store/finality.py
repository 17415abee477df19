"""`final.json`: what made a revision of December the final result of its year (S21, S27)."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from analysis.action.annual import AnnualResult
from analysis.intake.objection_files import list_objection_files
from analysis.policy.base import Model
from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.run.store.manifest import Manifest, hash_bytes, read_manifest, read_verified
from analysis.run.store.revisions import Store, read_table

FINAL = "final.json"


class Settled(Model):
    """An objection that was settled before the year became final."""

    id: str
    unit: str
    period: str
    indicator: str
    outcome: str
    document: str


class Finality(Model):
    """Which draft became final, when, and which objections were settled before.

    Attributes:
        year: the year.
        final_on: the day on which it became final; deadlines of interview and notice count from it.
        draft: the revision that the units could object to.
        draft_as_of: that draft's as-of date.
        draft_published: the day on which it was published; None in years that became final before that was kept.
        objections_until: the last day for objections of any unit.
        objections: those that came in, with their outcome.
        objections_file: SHA-256 of the file of objections, or of the list of several (see `hash_objections`), empty
            where there is none.
    """

    year: int
    final_on: date
    draft: str
    draft_as_of: date
    draft_published: date | None = None
    objections_until: date
    objections: tuple[Settled, ...] = ()
    objections_file: str = ""


def hash_objections(root: Path, year: int) -> str:
    """Return the SHA-256 of the file of a year's objections; of several, that of the list of their names and hashes."""
    hashes = {path.name: hash_bytes(path.read_bytes()) for path in list_objection_files(root, year)}
    if list(hashes) == [f"{year}.yml"] or not hashes:
        return "".join(hashes.values())
    return hash_bytes(json.dumps(hashes, ensure_ascii=False).encode())


def write_finality(finality: Finality, folder: Path) -> None:
    """Write `final.json` into the folder in which the final revision is built."""
    text = json.dumps(finality.model_dump(mode="json"), ensure_ascii=False, indent=1, sort_keys=True)
    (folder / FINAL).write_text(text + "\n", encoding="utf-8", newline="\n")


def read_finality(folder: Path | None) -> Finality | None:
    """Return what makes the revision in `folder` final, None where it is a draft."""
    file = folder / FINAL if folder else None
    return _parse(file.read_bytes(), file) if file and file.is_file() else None


def final_revision(store: Store, year: int) -> str | None:
    """Return the last final revision of a year's December, whatever drafts came after it; None where there is none."""
    folder = store.folder(f"{year}-12")
    names = reversed(store.revisions(f"{year}-12"))
    return next((name for name in names if read_manifest(folder / name).state == "final"), None)


def annual_results(store: Store, years: Iterable[int]) -> dict[int, AnnualResult]:
    """Return year → annual result (S27): the final one, else the draft in force; years never built are left out."""
    results = {}
    for year in years:
        period, final = f"{year}-12", final_revision(store, year)
        folder = store.folder(period) / final if final else store.current(period)
        if folder is None:
            continue
        manifest = read_manifest(folder)
        units, file = _annual_units(folder, manifest)
        final_on = _parse(read_verified(folder, FINAL, manifest), folder / FINAL).final_on if final else None
        results[year] = AnnualResult(units, final_on, f"data/processed/{period}/{folder.name}/{file}")
    return results


def _annual_units(folder: Path, manifest: Manifest) -> tuple[pd.DataFrame, str]:
    """Return the units of a year's result and the table that holds them; years older than S35 stand as they were."""
    if (file := "year_standing.parquet") in manifest.outputs:
        return read_table(read_verified(folder, file, manifest)), file
    units = read_table(read_verified(folder, file := "unit_scores.parquet", manifest))
    return units[units["scope"] == "ytd"], f"{file} scope=ytd"


def _parse(content: bytes, file: Path) -> Finality:
    try:
        return Finality.model_validate_json(content)
    except ValidationError:
        raise DataError(
            say("{file}: damaged; finalise the year again to publish a new revision").format(file=file)
        ) from None
