"""The monthly run: history first, then the notebooks, then one publication, whole or not at all."""

from dataclasses import replace
from pathlib import Path

from analysis.policy.errors import DataError, UsageError
from analysis.policy.messages import say
from analysis.run.month import Month, describe
from analysis.run.notebooks.own import run_own_notebooks
from analysis.run.notebooks.schedule import Job, execute_all
from analysis.run.pages import show_pages, write_page
from analysis.run.steps import BULLETIN, plan_notebooks
from analysis.run.store.finality import Finality, write_finality
from analysis.run.store.history import OnProgress, Published, build_history, tell_built
from analysis.run.store.kept_rules import KeptRules
from analysis.run.store.manifest import NOTEBOOKS, Manifest, refuse_changed


def run_month(
    month: Month, *, reason: str = "update", finality: Finality | None = None, on_progress: OnProgress | None = None
) -> Published:
    """Run all notebooks of a month and publish tables, notebooks and pages as a new revision.

    Where nothing changed since the revision in force was published, that one stands and its pages are shown (S39); a
    day of publication that somebody says anew is a change.

    Args:
        month: the month, without a working folder; its history is built first where it is missing.
        reason: why this revision is published: `update`, `improvement`, `correction` or `final`.
        finality: what makes the month's year final (S21); None publishes a draft.
        on_progress: called with a word about the work and the share done, 0–1.

    Raises:
        AnalysisError: data, rules, a notebook or the day are wrong; what was published before stays untouched.
    """
    tell = on_progress or (lambda word, share: None)
    month = replace(month, reason=reason)
    with month.store.lock(month.period):
        history = tell_built(build_history(month, lambda word, share: tell(word, 0.5 * share)))
        for period in month.store.months():  # a damaged month that the indexes need stops the run before it publishes
            month.store.manifests(period)
        then = describe(month, "published", reason)
        if finality is None and _is_unchanged(month, then):
            tell("done", 1.0)
            stands = month.store.revision(month.period)
            return Published(month.period, stands, show_pages(month.root, month.period), is_new=False, remarks=history)
        _refuse_earlier_day(month, then)
        staging = month.store.stage(month.period)
        if finality is not None:
            write_finality(finality, staging)
        remarks = fill_folder(month, staging, lambda word, share: tell(word, 0.5 + 0.46 * share))
        tell("publish", 0.96)
        state = "draft" if finality is None else "final"
        # A notebook of its own that is saved during the run stops nothing: it is another at the next run.
        update = {"state": state, "notebooks": then.notebooks}
        manifest = describe(month, "published", reason).model_copy(update=update)
        refuse_changed(then, manifest)
        revision = month.store.publish(staging, manifest)
    try:
        pages = show_pages(month.root, month.period)
    except DataError as error:
        told = say("{period} {name} is published, but {error}; then: analysis site")
        raise DataError(told.format(period=month.period, name=revision.name, error=error)) from None
    tell("done", 1.0)
    remarks = (*history, *remarks, *_tell_same_day(month, revision.name))
    return Published(month.period, revision, pages, remarks=remarks)


def _is_unchanged(month: Month, wanted: Manifest) -> bool:
    present = month.store.manifest(month.period)
    if present is None or present.stage != "published" or present.packages != wanted.packages:
        return False
    is_same_day = month.published_on in (None, present.publication_day)
    return is_same_day and KeptRules(month.store).stands(present, wanted, month.book)


def _refuse_earlier_day(month: Month, wanted: Manifest) -> None:
    """Refuse a day before that of the revision which this one follows (S21).

    A run that changes nothing but the day says what the last revision should have said: it follows the one before that.
    """
    last = month.last_published
    if last is not None and KeptRules(month.store).stands(last, wanted, month.book):
        last = month.store.last_published(month.period, last.revision)
    if last is not None and month.published_on is not None and month.published_on < last.publication_day:
        told = say("{period}: published on {day}, before {revision}, which was published on {last}; look at the day")
        of = {"period": month.period, "revision": last.revision, "last": last.publication_day}
        raise UsageError(told.format(day=month.published_on, **of))


def _tell_same_day(month: Month, revision: str) -> list[str]:
    """Return a warning where a revision moves units and says no later day than the one before; else nothing (S21)."""
    from analysis.run.steps.action import periods_of  # brings what only tables need

    last = month.store.last_published(month.period, revision)
    if last is None or month.published_on is not None:
        return []
    present = month.store.manifest(month.period)
    n_fresh, since = int((periods_of(month, present)["revision"] == revision).sum()), present.publication_day
    if not n_fresh or since > last.publication_day:
        return []
    told = say(
        "{period} {revision}: moves {n_fresh} units, and says the same day of publication as {last}, {since}; where it "
        "goes out later: analysis run {period} --published YYYY-MM-DD (S21)"
    )
    of = {"period": month.period, "revision": revision, "n_fresh": n_fresh, "last": last.revision, "since": since}
    return [told.format(**of)]


def fill_folder(month: Month, staging: Path, tell: OnProgress) -> list[str]:
    """Make all that a published revision holds: tables, executed notebooks, pages, packs.

    Returns:
        What was wrong with the district's own notebooks, which stop nothing, a line each.

    Args:
        month: the month; its history is built.
        staging: an empty folder of the month's store, or one that holds `final.json` alone.
        tell: called with a word about the work and the share done, 0–1.
    """
    _run_notebooks(month, staging, lambda word, share: tell(word, 0.9 * share))
    from analysis.run.packs import write_packs  # imported when the kernels have long begun

    tell("packs", 0.9)
    at_work = replace(month, folder=staging)
    write_packs(at_work, staging / "pages")
    return run_own_notebooks(at_work)


def _run_notebooks(month: Month, staging: Path, tell: OnProgress) -> None:
    """Run the notebooks; the page of one is written while others are at work."""
    # Paths are told from the root, where the kernel works: an executed notebook names no folder of this machine.
    parameters = {
        "root": ".",
        "period": month.period,
        "folder": staging.relative_to(month.root).as_posix(),
        "as_of": month.as_of.isoformat(),
        "published": month.publication_day.isoformat(),
    }
    own = {BULLETIN: {"reason": month.reason}}  # the bulletin alone says why it is published
    (staging / "notebooks").mkdir()
    plan = plan_notebooks()
    shares = dict.fromkeys(plan, 0.0)

    def show(job: Job, n_done: int, n_cells: int) -> None:
        shares[job.notebook.stem] = n_done / n_cells
        at_work = " ".join(name for name, share in shares.items() if 0 < share < 1)
        tell(at_work, sum(shares.values()) / len(shares))

    jobs = []
    for name, tables in plan.items():
        needs = tuple(staging / f"{table}.parquet" for table in tables)
        file = staging / "notebooks" / f"{name}.ipynb"
        jobs.append(Job(NOTEBOOKS / file.name, parameters | own.get(name, {}), file, cwd=month.root, needs=needs))
    told = staging / "pages", month.policy, replace(month, folder=staging).edition
    execute_all(jobs, on_progress=show, on_done=lambda job, executed: write_page(job.notebook.stem, executed, *told))
