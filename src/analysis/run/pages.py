"""The pages of a month: made from its executed notebooks, and copied to `reports/`."""

import shutil
from pathlib import Path

from nbformat import NotebookNode

from analysis.policy.book import Policy
from analysis.policy.durable import make_folder, rename_whole
from analysis.policy.errors import DataError
from analysis.policy.messages import say
from analysis.report.edition import Edition, frame
from analysis.report.page.html import notebook_body, render_page
from analysis.report.page.rule_marks import without_rule_marks
from analysis.run.site import write_site
from analysis.run.steps import AUDIENCE_OF, BULLETIN, TECHNICAL
from analysis.run.store.revisions import Store
from analysis.run.store.shown import is_recorded, read_record
from analysis.run.store.verify import find_stale_pages


def write_page(name: str, executed: NotebookNode, folder: Path, policy: Policy, edition: Edition) -> None:
    """Write the page of an executed notebook: the bulletin's in `folder`, any other in its audience's folder below.

    The bulletin says itself which edition it is; every other page is told here. Ids of rules are for the technical
    pages alone.
    """
    body, audience = notebook_body(executed), AUDIENCE_OF.get(name, TECHNICAL)
    if name == BULLETIN:
        file = folder / f"{name}.html"
    else:
        back = f"{BULLETIN}.html" * (audience != TECHNICAL)  # leadership has both beside each other
        file, body = folder / audience / f"{name}.html", frame(body, policy, edition, back)
    if name == BULLETIN or audience != TECHNICAL:
        body = without_rule_marks(body)
    file.parent.mkdir(parents=True, exist_ok=True)
    page = render_page(body, title=executed.metadata.get("title"))
    file.write_text(page, encoding="utf-8", newline="\n")


def show_pages(root: Path, period: str) -> Path:
    """Bring `reports/` up to what was last published of a month, indexes included, and return its folder there.

    Raises:
        DataError: a page cannot be replaced, for instance because it is open, or what is published is damaged.
    """
    pages = copy_pages(Store(root), period)
    write_site(root, period)
    return pages


def copy_pages(store: Store, period: str) -> Path:
    """Copy the pages that were last published of a month, unless they stand already, and return their folder.

    Nobody sees half a copy.

    Raises:
        DataError: the folder cannot be replaced, for instance because a page is open.
    """
    shown, target = store.last_published(period), store.root / "reports" / period
    if store.withdrawal(period):  # `write_site` writes that it is withdrawn on each of its pages
        _clear_withdrawn(store, target)
        return target
    if not find_stale_pages(store.root, shown):
        return target
    fresh, old = target.with_name(f".{target.name}.new"), target.with_name(f".{target.name}.old")
    try:
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)
        make_folder(target.parent)
        shutil.copytree(store.folder(period) / shown.revision / "pages", fresh)
        if target.exists():
            target.rename(old)
        rename_whole(fresh, target)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        why = error.args[0][0][-1] if isinstance(error, shutil.Error) else error  # of many files the first one
        told = say("reports/{period}: cannot be written ({why}); close open pages, free space")
        raise DataError(told.format(period=period, why=why)) from None
    return target


def _clear_withdrawn(store: Store, folder: Path) -> None:
    """Take away what stands in `reports/` of a withdrawn month and was not written since to say so."""
    known = {store.root / "reports" / name for name in read_record(store) or {}} if is_recorded(store) else set()
    for file in [path for path in folder.rglob("*") if path.is_file()]:
        if file not in known or not file.name.endswith(".html"):
            file.unlink()
