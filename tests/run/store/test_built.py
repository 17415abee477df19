"""What is said of earlier months that are built: how many, and why."""

import shutil

import pytest

from analysis.policy.book import load_policy
from analysis.run.month import new_month
from analysis.run.store import history
from analysis.run.store.history import Published, build_tables, tell_built

from ...conftest import copy_root

MONTHS = ["2023-01", "2023-02", "2023-03"]


def publish_little(month, manifest, ahead=None):
    with_word = month.store.stage(month.period)
    (with_word / "unit_scores.parquet").write_text(f"{sorted(manifest.inputs.items())} {manifest.history}")
    return Published(month.period, month.store.publish(with_word, manifest), None)


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Build three months, with one small table each, and return what is said of it."""
    root = copy_root(tmp_path, MONTHS)
    monkeypatch.setattr(history, "publish_tables", publish_little)
    return lambda: (tell_built(build_tables(new_month(root, load_policy(root), MONTHS[-1]), MONTHS)), root)


def test_months_that_were_never_built_are_counted_and_then_nothing_is_said(build):
    assert build()[0] == ("tables built: 2023-01 … 2023-03 (3): never built before",)
    assert build()[0] == ()


def test_an_upgrade_says_that_the_code_changed(build, monkeypatch):
    build()
    monkeypatch.setattr("analysis.run.month.hash_code", lambda stage: "0" * 64)
    assert build()[0] == ("tables built: 2023-01 … 2023-03 (3): the code changed",)


def test_rules_that_changed_are_named(build):
    _, root = build()
    tiers = root / "params" / "tiers.yml"
    tiers.write_text(tiers.read_text("utf-8").replace("bottom_places: 5", "bottom_places: 4"), "utf-8")
    assert build()[0] == ("tables built: 2023-01 … 2023-03 (3): params/tiers.yml changed",)


def test_a_raw_file_that_changed_is_named_and_the_later_months_follow(build):
    _, root = build()
    file = min((root / "data" / "raw" / "2023-02").glob("*.csv"))
    file.write_bytes(file.read_bytes() + b"\r\n")
    assert build()[0] == (
        f"tables built: 2023-02 (1): data/raw/2023-02/{file.name} changed",
        "tables built: 2023-03 (1): earlier months changed",
    )


def test_a_lost_revision_is_not_passed_over_where_no_month_is_to_be_built(build):
    _, root = build()
    shutil.rmtree(root / "data" / "processed" / "2023-03" / "r0001")
    with pytest.raises(history.DataError, match="published and gone"):
        history.build_month(new_month(root, load_policy(root), "2023-02"))
