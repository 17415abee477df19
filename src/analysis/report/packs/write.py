"""The packs of a month: a folder and an index for each audience, each with nothing but its own (R20, S23, S26)."""

import hashlib
from pathlib import Path

from markupsafe import Markup

from analysis.policy.file_names import unit_file
from analysis.report.coverage import POSTS
from analysis.report.edition import foot, imprint
from analysis.report.packs.content import PackContent
from analysis.report.packs.feedback import feedback_body
from analysis.report.packs.offices import office_body
from analysis.report.packs.public import public_body
from analysis.report.packs.workbook import office_workbook
from analysis.report.page.assets import fill_template
from analysis.report.page.html import render_page
from analysis.report.page.pieces import link, table, text
from analysis.report.page.rule_marks import without_rule_marks

BULLETIN = "bulletin.html"
STAFFING = f"leadership/{POSTS}"
PUBLIC = "public"


def write_folders(content: PackContent, folder: Path) -> list[Path]:
    """Write `leadership/`, `feedback/`, `offices/` and `public/` below `folder`.

    `bulletin.html` stands at the top of `folder` when this is called, where there is one: leadership gets a copy, the
    copied offices its hash. Leadership's own page on posts gets a copy beside the bulletin, which leads to it.

    Args:
        content: the month's tables and rules.
        folder: the pages of the revision.

    Returns:
        The files written, sorted.
    """
    bulletin = folder / BULLETIN
    page = bulletin.read_bytes() if bulletin.is_file() else b""
    digest = hashlib.sha256(page).hexdigest() if page else ""
    files: dict[str, bytes] = {"offices/offices.xlsx": office_workbook(content, digest)}
    offices = {"offices/index.html": office_body(content, digest)}
    bodies = {f"{PUBLIC}/index.html": public_body(content)}
    posts = folder / STAFFING
    own = {"has_bulletin": bool(page), "has_staffing": posts.is_file()}
    bodies["leadership/index.html"] = leadership_index(content, **own)
    # Free text stands on the units' pages only, so that their letters stay out of the fonts of all others.
    # Copied offices get results with the rules behind them (R20); all other readers have no list of rules.
    pages = {name: without_rule_marks(body) for name, body in (bodies | feedback_bodies(content)).items()}
    annual = _annual_bodies(content, has_bulletin=bool(page))
    files |= {name: render_page(body).encode("utf-8") for name, body in (pages | offices | annual).items()}
    if page:
        files[f"leadership/{BULLETIN}"] = page
    if page and posts.is_file():
        files[POSTS] = posts.read_bytes()
    return [_write(folder / name, data) for name, data in sorted(files.items())]


def _annual_bodies(content: PackContent, *, has_bulletin: bool) -> dict[str, Markup]:
    """Return the notice of the last final year by file: beside the bulletin, and in the folder of each audience."""
    if content.annual is None:
        return {}
    from analysis.report.packs.annual import annual_pages, later_pages  # brings scipy, which only a year's notice needs

    file, _ = content.annual_page
    own = content.policy.period
    paths = {"offices": "index.html", "public": "index.html"} | ({"leadership": BULLETIN} if has_bulletin else {})
    later = later_pages(own, paths) if own > content.annual.policy.period else None
    pages = annual_pages(content.annual, later)
    return {file: pages["leadership"]} | {f"{audience}/{file}": body for audience, body in pages.items()}


def feedback_bodies(content: PackContent) -> dict[str, Markup]:
    """Return the content of every unit's page and of their index, by file."""
    pages = {f"feedback/{_page_of(content, i)}": feedback_body(content, i) for i in content.policy.unit_ids}
    return pages | {"feedback/index.html": feedback_index(content)}


def feedback_index(content: PackContent) -> Markup:
    """Return the list by which the office hands the pages out; it goes to no unit."""
    policy, edition = content.policy, content.edition
    columns = [
        text("单位", lambda unit_id: link(_page_of(content, unit_id), content.names[unit_id])),
        text("编号", lambda unit_id: unit_id),
    ]
    files = table(columns, policy.unit_ids, "反馈单", css="")
    told = {"policy": policy, "imprint": imprint(policy, edition, content.last_days), "foot": foot(edition)}
    return fill_template("packs/feedback_index.html.j2", files=files, **told)


def _page_of(content: PackContent, unit_id: str) -> str:
    return f"{unit_file(unit_id, content.names[unit_id])}.html"


def leadership_index(content: PackContent, *, has_bulletin: bool, has_staffing: bool) -> Markup:
    """Return the index of what leadership gets."""
    policy, edition = content.policy, content.edition
    head = imprint(policy, edition, content.last_days)
    pages = [(BULLETIN, "月度考评通报")] * has_bulletin + [(POSTS, "编制与工作量")] * has_staffing
    pages += [content.annual_page] if content.annual_page else []
    told = {"policy": policy, "imprint": head, "foot": foot(edition), "pages": pages}
    return fill_template("packs/leadership.html.j2", has_bulletin=has_bulletin, **told)


def _write(file: Path, content: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file
