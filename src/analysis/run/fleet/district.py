"""The task of one district: run its month once, and answer with a small summary, whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from analysis.policy.book import load_policy
from analysis.policy.durable import make_folder
from analysis.policy.errors import AnalysisError, DataError
from analysis.policy.fleet import DistrictResult, FleetDistrict, Reference
from analysis.policy.messages import say
from analysis.run.failures import told_plainly
from analysis.run.fleet.remote import local_folder, open_root
from analysis.run.fleet.rules import compare_rules, read_rules
from analysis.run.month import Month, describe, new_month
from analysis.run.store.history import build_history, build_month
from analysis.run.store.kept_rules import KeptRules
from analysis.run.store.manifest import MANIFEST, hash_bytes
from analysis.run.store.revisions import Store
from analysis.run.store.rights import FOLDER

WAIT_SECONDS = 3600


def read_reference(district: FleetDistrict) -> Reference | None:
    """Return the district's rules for the comparison, None where they cannot be read (its own run will say why)."""
    try:
        with told_plainly(), open_root(district.root, folders=("params",)) as root:
            return read_rules(district.id, root)
    except AnalysisError:
        return None


def run_district(
    district: FleetDistrict, period: str, reference: Reference | None, *, tables_only: bool = False
) -> DistrictResult:
    """Run a district's month, unless its revision in force was built from the same inputs, rules and code.

    May be called again after a worker was lost: what an earlier call published stands and is not published twice.

    Args:
        district: its entry in the list.
        period: the fleet's month; the district's own goes before.
        reference: the rules with which its own are compared.
        tables_only: build tables without notebooks and pages.

    Returns:
        The summary; an expected error is told in it and not raised.
    """
    period = district.period or period
    shown = district.root
    try:
        with told_plainly(), open_root(district.root) as root:
            shown = str(root)
            return _run(district, root, period, reference, tables_only)
    except AnalysisError as error:
        # A scratch folder's or a machine's name says nothing to the reader and differs from run to run.
        told = str(error).replace(shown, district.id)
        return DistrictResult(district.id, district.name, period, "failed", error=told)


def _run(
    district: FleetDistrict, root: Path, period: str, reference: Reference | None, tables_only: bool
) -> DistrictResult:
    book = load_policy(root)
    if book.district.name != district.name:
        told = say(
            "params/district.yml: found the name {name!r}, the list says {district_name!r}; "
            "correct the one that is wrong"
        )
        raise DataError(told.format(name=book.district.name, district_name=district.name))
    present = Store(root).manifest(period)  # whose date stands: a fleet sets none of its own
    month = new_month(root, book, period, present.as_of if present else "")
    with _alone(month.store, period):
        is_built = not _is_settled(month) and (_build(month) if tables_only else _publish(month))
        if not (is_built or tables_only):
            _make_pages_good(district, month)
    return _summarise(district, month, "built" if is_built else "unchanged", reference)


@contextmanager
def _alone(store: Store, period: str) -> Iterator[None]:
    """Hold the district's month from the look at what is published to the publication itself.

    A task that the scheduler gave up and gave to another worker may still be at work: the second waits for the first
    and then finds its revision. The store's own lock keeps out other runs, but only refuses.
    """
    make_folder(store.folder(period), FOLDER)
    try:
        with FileLock(store.folder(period) / ".fleet.lock", timeout=WAIT_SECONDS):
            yield
    except Timeout:
        told = say("{period}: another fleet has been at this month for {wait_seconds} s; end it first")
        raise DataError(told.format(period=period, wait_seconds=WAIT_SECONDS)) from None


def _is_settled(month: Month) -> bool:
    """Whether the month is final (S21): newer code does not unsettle it, changed files are for people to decide."""
    present = month.store.manifest(month.period)
    if present is None or present.state != "final":
        return False
    now = describe(month, present.stage, "")
    if present.inputs != now.inputs or KeptRules(month.store).list_changed(present, now, month.book):
        told = say(
            "{period} {revision}: final, but raw files or rules changed since; if they are right, "
            "publish the correction in that district: "
            "analysis run {period} --reason correction --published YYYY-MM-DD"
        )
        raise DataError(told.format(period=month.period, revision=present.revision))
    return True


def _build(month: Month) -> bool:
    return month.period in [built.period for built in build_month(month)]


def _publish(month: Month) -> bool:
    from analysis.run.pipeline import run_month  # brings the notebook libraries, which tables do without

    build_history(month)
    present = month.store.manifest(month.period)
    is_published = present is not None and present.stage == "published"
    if is_published and KeptRules(month.store).stands(present, describe(month, "published", ""), month.book):
        return False
    run_month(month)
    return True


def _make_pages_good(district: FleetDistrict, month: Month) -> None:
    """Bring `reports/` up to what stands, where a run ended between publication and pages; no other root keeps any."""
    from analysis.run.pages import show_pages

    if local_folder(district.root) and month.store.last_published(month.period):
        show_pages(month.root, month.period)


def _summarise(district: FleetDistrict, month: Month, state: str, reference: Reference | None) -> DistrictResult:
    store, period = month.store, month.period
    folder = store.current(period)
    manifest = store.manifest(period)
    units, channels, indicators = (
        frame[frame["scope"] == "month"]
        for frame in (store.load(name, period) for name in ("unit_scores", "channel_scores", "indicator_summary"))
    )
    means = dict(zip(indicators["indicator_id"], indicators["mean_score"].astype(float), strict=True))
    return DistrictResult(
        district=district.id,
        name=district.name,
        period=period,
        state=state,
        revision=manifest.revision,
        manifest=hash_bytes((folder / MANIFEST).read_bytes()),
        code=manifest.code,
        stage=manifest.stage,
        is_final=manifest.state == "final",
        is_synthetic=month.policy.district.is_synthetic,
        n_units=len(units),
        n_provisional=int(units["is_provisional"].sum()),
        mean=float(units["total"].mean()),
        tiers={tier: int(count) for tier, count in units["tier"].value_counts().items() if tier},
        channels=channels.groupby("channel")["score"].mean().to_dict(),
        indicators={i.id: means.get(i.id, float("nan")) for i in month.policy.indicators},
        differences=compare_rules(reference, month.root) if reference else (),
    )
