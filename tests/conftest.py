"""Fixtures that several rooms' tests share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from analysis.policy.book import PolicyBook, load_policy

ROOT = Path(__file__).resolve().parents[1]

# Tests of wording read the English; tests/project/test_messages.py reads the Chinese.
os.environ["ANALYSIS_LANGUAGE"] = "en"

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """Published real figures and messy workbooks, which lie beside the project and not in it."""
    folder = ROOT.parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip("the folder shared/cases is not beside the project")
    return folder


def copy_root(target: Path, months: list[str]) -> Path:
    """Return a root of its own with the project's params and the sample's raw files of these months."""
    shutil.copytree(ROOT / "params", target / "params")
    for month in months:
        shutil.copytree(ROOT / "data" / "raw" / month, target / "data" / "raw" / month)
        if (draws := ROOT / "data" / "raw" / "draws" / month).is_dir():
            shutil.copytree(draws, target / "data" / "raw" / "draws" / month)
    return target


@pytest.fixture(scope="session")
def district(tmp_path_factory) -> Path:
    """A root whose second month was run through the real runner, notebooks and pages included."""
    from analysis.policy.book import load_policy
    from analysis.run.month import new_month
    from analysis.run.pipeline import run_month

    root = copy_root(tmp_path_factory.mktemp("district"), ["2023-01", "2023-02"])
    run_month(new_month(root, load_policy(root), "2023-02"))
    return root


@pytest.fixture(scope="session")
def sample_tables(tmp_path_factory) -> Path:
    """A root with the tables of every month of the sample, built without notebooks."""
    from analysis.policy.book import load_policy
    from analysis.run.month import new_month
    from analysis.run.store.history import build_tables

    months = sorted(path.name for path in (ROOT / "data" / "raw").glob("[0-9]*"))
    root = copy_root(tmp_path_factory.mktemp("sample"), months)
    build_tables(new_month(root, load_policy(root), months[-1]), months)
    return root


@pytest.fixture(scope="session")
def whole_book() -> PolicyBook:
    """The project's own rules."""
    return load_policy(ROOT)


# One module at a time: while it is open, Playwright's event loop keeps notebooks from running.
@pytest.fixture(scope="module")
def browser() -> Iterator:
    """Debian's Chromium, headless, driven by Playwright."""
    chromium = shutil.which("chromium")
    if chromium is None:
        word = "no Chromium on this machine (Debian: apt-get install chromium)"
        pytest.fail(word) if os.environ.get("CI") else pytest.skip(word)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        yield browser
        browser.close()
