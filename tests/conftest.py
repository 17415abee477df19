"""Fixtures that several rooms' tests share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """Published real figures and messy workbooks, which lie beside the project and not in it."""
    folder = ROOT.parent / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip("the folder shared/cases is not beside the project")
    return folder


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
