"""The bulletin as PDF, printed by a Chromium where one is installed.

The browser is no locked package, so that the PDF lies beside the pages in `reports/<period>/` and not in the hashed
revision: another browser may print other bytes. The same browser prints the same ones, its clock is taken out.
"""

import os
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.run.month import Month
from analysis.run.scratch import scratch_folder
from analysis.run.store.shown import note_files

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PDF = "bulletin.pdf"
_TIMEOUT_SECONDS = 120
_CLOCK = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}[^)]*\)")


def find_browser() -> str | None:
    """Return the Chromium (or Chrome, or Edge) that is on the PATH, None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def print_published(month: Month, pages: Path) -> str:
    """Print a month's bulletin as `try_printing` does, and record what was printed (S45)."""
    told = try_printing(pages, month.as_of)
    note_files(month.store, [path.relative_to(month.root / "reports").as_posix() for path in pages.rglob(PDF)])
    return told


def try_printing(pages: Path, as_of: date) -> str:
    """Print the bulletin and return the file, or why there is none: without a browser the pages stand all the same."""
    browser = find_browser()
    if browser is None:
        return (
            f"no PDF: none of {', '.join(BROWSERS)} is on the PATH (Debian: apt-get install chromium); the pages are "
            "published（未找到 Chromium，未生成 PDF；网页已发布，可在浏览器中打开后打印）"
        )
    return str(print_bulletin(pages, as_of, browser))


def print_bulletin(pages: Path, as_of: date, browser: str) -> Path:
    """Print `bulletin.html` to `bulletin.pdf` beside it, and again into the leadership's folder.

    Args:
        pages: `reports/<period>` of a published month.
        as_of: the date that the PDF shows as that of its making.
        browser: the program, from `find_browser`.

    Returns:
        The PDF beside the bulletin.

    Raises:
        DataError: the browser could not print; the pages stay as they are.
    """
    bulletin = (pages / "bulletin.html").resolve()
    with scratch_folder("pdf") as folder:
        printed = Path(folder) / PDF
        command = [browser, *_options(Path(folder)), f"--print-to-pdf={printed}", bulletin.as_uri()]
        try:
            run = subprocess.run(command, capture_output=True, check=False, timeout=_TIMEOUT_SECONDS)
            content = printed.read_bytes() if run.returncode == 0 else b""
        except (OSError, subprocess.TimeoutExpired):
            content = b""
    if not content.startswith(b"%PDF-"):
        told = say("{browser} could not print the bulletin; the pages are published, open and print them by hand")
        raise DataError(told.format(browser=browser))
    content = _CLOCK.sub(lambda found: _stamp(found, as_of), content)
    targets = [pages / PDF, *([pages / "leadership" / PDF] if (pages / "leadership").is_dir() else [])]
    for target in targets:
        target.write_bytes(content)
    return targets[0]


def _options(folder: Path) -> list[str]:
    """Nothing is loaded from a network, nothing is kept of the reader's own profile."""
    options = ["--headless", "--disable-gpu", "--no-pdf-header-footer", "--no-first-run", "--disable-extensions"]
    options += ["--host-resolver-rules=MAP * ~NOTFOUND", "--disable-background-networking"]
    options.append(f"--user-data-dir={folder / 'profile'}")
    # Chromium's sandbox does not start for root, as in a container.
    return [*options, "--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else options


def _stamp(found: re.Match[bytes], as_of: date) -> bytes:
    # As long as before: a PDF names the place of each of its parts in bytes.
    head = f"/{found[1].decode()} (D:{as_of:%Y%m%d}000000".encode()
    return head + b"Z".ljust(len(found[0]) - len(head) - 1, b" ") + b")"
