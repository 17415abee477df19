"""The power fails at any moment: what was published is whole, what was begun too or not there, the next run goes on.

What may be on the disk then is worked out by `power.py` from what was flushed.
"""

import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analysis.intake import callers
from analysis.policy.book import load_policy
from analysis.policy.durable import write_whole
from analysis.policy.errors import DataError
from analysis.run.month import new_month
from analysis.run.pages import copy_pages
from analysis.run.store.history import build_month
from analysis.run.store.manifest import read_manifest, write_manifest
from analysis.run.store.revisions import Store, check_revision
from analysis.run.store.verify import find_stale_pages

from ..conftest import copy_root
from .conftest import PERIOD, TwoTruths
from .power import STYLES, Recorder

PAGES = {"bulletin.html": "通报", "public/index.html": "公开", "feedback/D01.html": "反馈单"}


def cut_off(recorder: Recorder, folder: Path, number: int, dice: random.Random) -> Iterator[tuple[Path, str, bool]]:
    """Yield roots as after a power cut, with where it was and whether the work had ended; the end comes first."""
    last = len(recorder.cuts) - 1
    for place, cut in enumerate([last, *(dice.randint(0, last) for _ in range(number - 1))]):
        root, style = folder / f"cut-{place}", STYLES[place % len(STYLES)]
        recorder.cuts[cut].restore(root, style, dice)
        yield root, f"cut {cut} of {last} after {recorder.cuts[cut].call}, on the disk {style}", cut == last
        shutil.rmtree(root)


def build(root: Path) -> None:
    """Run the month's tables."""
    build_month(new_month(root, load_policy(root), PERIOD))


def publish_pages(root: Path, edition: int) -> None:
    """Publish a small revision with pages and copy them to `reports/`, as a run does once its notebooks are done."""
    store = Store(root)
    with store.lock(PERIOD):
        staging = store.stage(PERIOD)
        for name, words in PAGES.items():
            (staging / "pages" / name).parent.mkdir(parents=True, exist_ok=True)
            (staging / "pages" / name).write_text(f"{words} {edition}" * 1000, encoding="utf-8")
        (staging / "unit_scores.parquet").write_bytes(bytes([edition]) * 5000)
        store.publish(staging, read_manifest(root / "manifest").model_copy(update={"reason": f"edition {edition}"}))
    copy_pages(store, PERIOD)


def check_pages(root: Path, at_least: int) -> None:
    """Assert that all revisions are whole, and that `reports/` shows all of one of them or nothing."""
    store = Store(root)
    names = store.revisions(PERIOD)
    assert len(names) >= at_least
    shown = [check_revision(store.folder(PERIOD) / name) for name in names]
    if at_least > 1:
        assert not find_stale_pages(root, shown[-1])
    elif (root / "reports" / PERIOD).exists():
        assert any(not find_stale_pages(root, each) for each in shown)
    publish_pages(root, 3)
    assert not find_stale_pages(root, store.last_published(PERIOD))
    assert (store.folder(PERIOD) / "current").read_text("ascii") == f"r{len(names) + 1:04d}\n"


@pytest.fixture
def site(truths, tmp_path) -> Path:
    """A root of pages alone, with one revision; `manifest/` holds what its manifests are made from."""
    root = tmp_path / "site"
    shutil.copytree(truths.built[0], root / "manifest", ignore=shutil.ignore_patterns("*.parquet"))
    manifest = read_manifest(root / "manifest").model_copy(update={"stage": "published", "params": {}})
    write_manifest(manifest, root / "manifest")
    publish_pages(root, 1)
    return root


@pytest.mark.slow
def test_pages(site, tmp_path, monkeypatch, share, dice):
    with Recorder(site).follow(monkeypatch) as recorder:
        publish_pages(site, 2)
    for root, where, is_done in cut_off(recorder, tmp_path, share(5, 80), dice):
        print(where)
        check_pages(root, at_least=2 if is_done else 1)


@pytest.mark.slow
def test_without_flushes_these_tests_fail(site, tmp_path, monkeypatch, dice):
    with Recorder(site, is_deaf=True).follow(monkeypatch) as recorder:
        publish_pages(site, 2)
    found = []
    for root, _, is_done in cut_off(recorder, tmp_path, 20, dice):
        try:
            check_pages(root, at_least=2 if is_done else 1)
        except (AssertionError, DataError) as error:
            found.append(type(error))
    assert set(found) == {AssertionError, DataError}  # a revision lost, a revision cut short


@pytest.fixture
def same_key(truths, monkeypatch) -> None:
    """Give every new root the key of callers with which the two truths were built."""
    key = callers.read_caller_secret(truths.root)
    monkeypatch.setattr(callers.secrets, "token_bytes", lambda n: key)


def check_tables(truths: TwoTruths, root: Path, at_least: int) -> None:
    """Assert that the last revisions are one of the two truths each, and that the next run goes on."""
    store = Store(root)
    names = store.revisions(PERIOD)
    assert len(names) >= at_least
    for name in names:
        manifest = check_revision(store.folder(PERIOD) / name)
        of = [each.inputs for each in truths.manifests].index(manifest.inputs)
        assert manifest.outputs == truths.manifests[of].outputs
    assert not names or callers.read_caller_secret(root)
    build(root)
    truths.check(root)
    assert store.manifest(PERIOD).outputs == truths.manifests[1].outputs


def _new_root(truths: TwoTruths, root: Path) -> Path:
    return copy_root(root, [PERIOD])


def _built_root(truths: TwoTruths, root: Path) -> Path:
    return shutil.copytree(truths.root, root)


@pytest.mark.slow
@pytest.mark.parametrize(("start", "before"), [(_new_root, 0), (_built_root, 1)], ids=["first", "second"])
def test_tables(truths, tmp_path, monkeypatch, same_key, share, dice, start: Callable, before: int):
    root = start(truths, tmp_path / "root")
    truths.deliver(root, 1)
    with Recorder(root).follow(monkeypatch) as recorder:
        build(root)
    for cut, where, is_done in cut_off(recorder, tmp_path, share(2, 60), dice):
        print(where)
        check_tables(truths, cut, at_least=before + is_done)


def test_a_file_is_the_old_or_the_new_one(tmp_path, monkeypatch, dice):
    root = tmp_path / "root"
    root.mkdir()
    (root / "corrections.yml").write_bytes(b"old")
    with Recorder(root).follow(monkeypatch) as recorder:
        write_whole(root / "corrections.yml", b"newer")
        write_whole(root / "a" / "b" / "entry", b"first")
    for cut, where, is_done in cut_off(recorder, tmp_path, 200, dice):
        assert (cut / "corrections.yml").read_bytes() in ([b"newer"] if is_done else [b"old", b"newer"]), where
        entry = cut / "a" / "b" / "entry"
        assert (entry.read_bytes() == b"first") if entry.exists() else not is_done, where
