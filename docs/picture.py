"""Take the picture of a bulletin's first screen: `python docs/picture.py PAGE PICTURE` (see `make picture`)."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from analysis.run.pdf import find_browser

WIDTH, HEIGHT = 1440, 900


def main(page_path: str, picture: str) -> None:
    """Open the page in the installed Chromium and save what a reader sees first, as PNG."""
    browser_path = find_browser()
    if browser_path is None:
        sys.exit("no Chromium on this machine (Debian: apt-get install chromium)")
    if not Path(page_path).is_file():
        sys.exit(f"{page_path} is not there; run: make report")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(Path(page_path).resolve().as_uri())
        page.evaluate("document.fonts.ready")
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
