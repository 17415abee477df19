"""The site written from a store: what is listed, what stays as it is, what no audience's folder holds."""

import csv
import json
import os
import re
import shutil
import time
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe

from analysis.policy.errors import UsageError
from analysis.policy.period import parse_period
from analysis.policy.tables import TABLES
from analysis.report.province import render_province
from analysis.run.fleet.rules import read_rules
from analysis.run.pages import show_pages
from analysis.run.remind import write_reminders
from analysis.run.site import list_months, write_site
from analysis.run.status import look_around, write_status
from analysis.run.store.manifest import Manifest
from analysis.run.store.revisions import Store, save_table
from analysis.run.store.verify import check_published
from analysis.run.withdraw import withdraw_month

from ..conftest import copy_root
from .fleet.test_fleet import PERIOD as FLEET_PERIOD
from .fleet.test_fleet import some_results

PAGE = (
    '<html lang="zh-CN"><head><title>{0}</title></head><body><main><p class="lead">{0} &lt;一句话。</p>'
    "<p>见公开资料目录、《考评办法说明》。</p></main></body></html>"
)
RUNS = (
    ("2023-01", "tables", {}),
    ("2023-02", "published", {}),
    ("2023-03", "published", {}),
    ("2023-03", "published", {"reason": "correction"}),
)
OWN_INDEX = "leadership/index.html"
INDEX = "index.html"
PAGES = {
    "bulletin.html": "通报",
    OWN_INDEX: "呈报材料",
    "feedback/D01.html": "D01",
    "technical/1_clean.html": "数据清理与核对",
    "public/index.html": "公开版",
    "public/draws/2023-1/draw.html": "摇号公示",
}


def unit_scores(period: str) -> pd.DataFrame:
    text = {"period": period, "scope": "month", "tier_by_score": "good", "tier": "good", "tier_reason": ""}
    flags = {"is_tied": False, "is_bottom_five": False, "is_provisional": False}
    numbers = {"base": 80.0, "bonus": 0.0, "deductions": 0.0, "workload_per_head": 1.0, "key_work_score": 80.0}
    rows = [
        {"unit_id": f"{letter}{n:02d}", "group": group, "total": 70.0 + n, "rank": n, "group_rank": n}
        for letter, group in (("D", "party"), ("T", "town"))
        for n in range(1, 8)
    ]
    return TABLES["unit_scores"].check(pd.DataFrame([row | text | flags | numbers for row in rows]))


def publish(root: Path, period: str, stage: str = "published", **told) -> None:
    """Publish a small revision and copy its pages to `reports/`, as a run does."""
    store = Store(root)
    with store.lock(period):
        folder = store.stage(period)
        save_table("unit_scores", unit_scores(period), folder)
        for name, title in PAGES.items() if stage == "published" else ():
            for target in (folder / "pages" / name, root / "reports" / period / name):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(PAGE.format(title), "utf-8")
        content = {
            "state": "draft",
            "reason": "update",
            "as_of": f"{period}-28",
            "history": "",
            "version": "0.1.0",
            "code": "c",
        }
        empty = {"history": "", "inputs": {}, "params": {}, "outputs": {}, "packages": {}}
        store.publish(folder, Manifest(period=period, revision="", stage=stage, **content | empty | told))


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A root with a month of tables, a published one and a corrected one, and its site; tests leave it as it is."""
    root = copy_root(tmp_path_factory.mktemp("site"), [])
    for period, stage, told in RUNS:
        publish(root, period, stage, **told)
    write_site(root)
    return root


@pytest.fixture
def root(site, tmp_path) -> Path:
    """A copy of it that a test may change."""
    return shutil.copytree(site, tmp_path / "root")


def read_all(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def links_of(page: Path) -> list[str]:
    return [unquote(link) for link in re.findall(r'<a href="([^"#]+)', page.read_text("utf-8"))]


def test_a_unit_whose_page_is_called_otherwise_from_now_on_has_one_page_and_all_revisions_hold(root, monkeypatch):
    fresh, folder = "feedback/D01_区委办公室（区委研究室）.html", root / "reports/2023-03"
    monkeypatch.delitem(PAGES, "feedback/D01.html")
    monkeypatch.setitem(PAGES, fresh, "D01")
    publish(root, "2023-03", reason="correction")
    (folder / fresh).unlink()  # as before a run's pages are shown
    assert show_pages(root, "2023-03") == folder
    assert [path.relative_to(folder).as_posix() for path in folder.glob("feedback/D*")] == [fresh]
    assert fresh.removeprefix("feedback/") in links_of(folder / "feedback/index.html")
    assert check_published(Store(root)).faults == ()
    assert (Store(root).folder("2023-03") / "r0002/pages/feedback/D01.html").is_file()


def test_months_without_pages_are_not_listed(site):
    assert [(month.period, len(month.revisions)) for month in list_months(Store(site))] == [
        ("2023-02", 1),
        ("2023-03", 2),
    ]


def test_every_link_of_every_page_leads_to_a_file(site):
    pages = sorted((site / "reports").rglob("*.html"))
    broken = [(page.name, link) for page in pages for link in links_of(page) if not (page.parent / link).is_file()]
    assert not broken
    assert {"index.html", "method.html"} <= {page.name for page in pages}


def test_pages_of_an_audience_lead_nowhere_outside_its_folder(site):
    for name in ("2023-03/feedback", "2023-03/technical", "public"):
        folder = (site / "reports" / name).resolve()
        for page in folder.rglob("*.html"):
            assert not [link for link in links_of(page) if not (page.parent / link).resolve().is_relative_to(folder)]


def test_audience_index_names_units_and_takes_titles_from_pages(site):
    assert "区委办公室" in (site / "reports/2023-03/feedback/index.html").read_text("utf-8")
    assert "数据清理与核对" in (site / "reports/2023-03/technical/index.html").read_text("utf-8")


def test_index_that_an_audience_brings_along_stays(site):
    assert (site / "reports/2023-03" / OWN_INDEX).read_text("utf-8") == PAGE.format("呈报材料")
    assert f"2023-03/{OWN_INDEX}" in links_of(site / "reports/index.html")


def test_every_page_of_a_run_says_its_edition_that_data_are_synthetic_and_the_chain(district):
    store = Store(district)
    before = next(each.head for each in store.manifests("2023-02") if each.stage == "published")
    heads = store.chain.before(before).printed, store.chain.printed  # the index of technical pages is written after it
    pages = (district / "reports/2023-02").rglob("*.html")
    told = {page: page.read_text("utf-8") for page in pages if "draws" not in page.parts}
    assert len(told) > 90
    for page, content in told.items():
        assert "数据截至" in content and content.count("合成数据，仅供演示") == 1, page
        assert content.count('<p class="foot">') == 1, page
        assert any(f"发布链校验值 {head}" in content for head in heads), page


def test_a_run_ends_with_the_site(district):
    links = links_of(district / "reports/index.html")
    assert "2023-02/bulletin.html" in links
    assert not [link for link in links if not (district / "reports" / link).is_file()]


def test_every_link_of_every_page_of_a_real_month_leads_to_a_file(district):
    pages = sorted((district / "reports").rglob("*.html"))
    broken = [(page.name, link) for page in pages for link in links_of(page) if not (page.parent / link).is_file()]
    assert not broken
    assert len(pages) > 90


def test_no_folder_that_is_handed_out_links_out_of_itself(district):
    for audience in ("leadership", "feedback", "offices", "public", "technical"):
        folder = (district / "reports/2023-02" / audience).resolve()
        for page in folder.rglob("*.html"):
            assert not [link for link in links_of(page) if not (page.parent / link).resolve().is_relative_to(folder)]


def test_the_public_folder_holds_the_months_pages_and_draws_and_its_index_leads_to_them(site):
    public, store = site / "reports/public", Store(site)
    assert {"2023-02/index.html", "2023-03/index.html", "2023-03/draws/2023-1/draw.html"} <= {*links_of(public / INDEX)}
    for page, up in (("index.html", "../"), ("draws/2023-1/draw.html", "../../../")):
        shown = store.folder("2023-03") / "r0002/pages/public" / page
        # What the page names stands in the public folder: only there it is a link.
        assert links_of(shown) == []
        copied = (public / "2023-03" / page).read_text("utf-8")
        assert links_of(public / "2023-03" / page) == [f"{up}index.html", f"{up}method.html"]
        assert re.sub("</?a[^>]*>", "", copied) == shown.read_text("utf-8")
    assert '<p class="lead">公开版 &lt;一句话。</p>' in (public / INDEX).read_text("utf-8")
    assert "2023-01" not in (public / INDEX).read_text("utf-8")


def test_a_month_whose_public_page_an_older_version_did_not_put_there_is_put_there(root):
    folder = root / "reports/public/2023-02"
    shutil.rmtree(folder)
    write_site(root, "2023-03")
    assert (folder / INDEX).is_file() and (folder / "draws/2023-1/draw.html").is_file()
    assert "2023-02/index.html" in links_of(root / "reports/public" / INDEX)


def test_the_public_folder_keeps_nothing_of_a_withdrawn_month(root):
    withdraw_month(root, "2023-03", "误用上月数据", date(2023, 4, 10))
    public = root / "reports/public"
    assert not [path for path in (public / "2023-03").rglob("*") if path.is_file()]
    assert not [link for link in links_of(public / INDEX) if "2023-03" in link]
    assert "2023-02/index.html" in links_of(public / INDEX)
    assert "已作废" in (root / "reports/2023-03/public/index.html").read_text("utf-8")


def test_open_data_has_a_dictionary_that_names_every_column(district):
    folder = district / "reports/public/open-data"
    told = pd.read_csv(folder / "data_dictionary.csv", encoding="utf-8-sig")
    for path in sorted((folder / "2023-02").glob("*.csv")):
        columns = pd.read_csv(path, encoding="utf-8-sig", nrows=0).columns
        assert list(columns) == told[told["table"] == path.stem]["column"].tolist()


# How a cell is read, by its column's type (Table Schema).
READ = {
    "string": str,
    "number": Decimal,
    "integer": int,
    "boolean": {"True": True, "False": False}.__getitem__,
    "date": date.fromisoformat,
    "yearmonth": parse_period,
}


def find_misfits(text: str, schema: dict) -> list[str]:
    """Return what of a CSV its schema does not allow: heads, types, constraints, primary keys."""
    head, *rows = csv.reader(StringIO(text))
    fields = schema["fields"]
    misfits = [] if head == [field["name"] for field in fields] else [f"heads {head}"]
    for field, cells in zip(fields, zip(*rows, strict=True), strict=True):
        limits = field.get("constraints", {})
        if limits.get("required") and not all(cells):
            misfits.append(f"{field['name']}: an empty cell")
        for cell in filter(None, cells):
            try:
                value = READ[field["type"]](cell)
            except (ArithmeticError, KeyError, ValueError, UsageError):
                misfits.append(f"{field['name']}: {cell} is no {field['type']}")
                continue
            fits = cell in (limits.get("enum") or [cell])
            if not (fits and limits.get("minimum", value) <= value <= limits.get("maximum", value)):
                misfits.append(f"{field['name']}: {cell} is not allowed")
    keys = [tuple(row[head.index(name)] for name in schema["primaryKey"]) for row in rows]
    return misfits + ([] if len({*keys}) == len(keys) and all(map(any, keys)) else ["primary keys"])


def test_open_data_are_what_their_descriptor_says(district):
    folder = district / "reports/public/open-data/2023-02"
    resources = json.loads((folder / "datapackage.json").read_text("utf-8"))["resources"]
    assert {resource["path"] for resource in resources} == {path.name for path in folder.glob("*.csv")}
    for resource in resources:
        text = (folder / resource["path"]).read_bytes().decode("utf-8").removeprefix("\ufeff")
        assert find_misfits(text, resource["schema"]) == [], resource["name"]
        assert len(text.splitlines()) > 2


@pytest.mark.parametrize(
    ("old", "new", "misfit"),
    [
        ("period,scope", "scope,period", "heads ['scope', 'period'"),
        ("2023-03,month,all", "2023-13,month,all", "period: 2023-13 is no yearmonth"),
        ("2023-03,month,all", "2023-03,week,all", "scope: week is not allowed"),
        ("2023-03,month,all", ",month,all", "period: an empty cell"),
        (",14,", ",14.5,", "n_units: 14.5 is no integer"),
        (",74.00,", ",174.00,", "mean_total: 174.00 is not allowed"),
        ("2023-03,month,all", "2023-03,month,party", "primary keys"),
    ],
)
def test_what_a_descriptor_does_not_allow_is_found(site, old, new, misfit):
    folder = site / "reports/public/open-data/2023-03"
    resources = json.loads((folder / "datapackage.json").read_text("utf-8"))["resources"]
    (schema,) = (each["schema"] for each in resources if each["name"] == "scores_by_group")
    text = (folder / "scores_by_group.csv").read_text("utf-8-sig")
    assert old in text
    assert misfit in " ".join(find_misfits(text.replace(old, new, 1), schema))


def test_public_folder_names_no_unit_in_its_data(site):
    text = "".join(path.read_text("utf-8-sig") for path in (site / "reports/public/open-data").rglob("*.csv"))
    assert "scores_by_group" in text
    assert not re.search(r"\b[DT]\d\d\b", text)


def test_correction_stands_in_the_list_of_revisions_and_the_old_one_can_be_read(site):
    page = site / "reports/index.html"
    assert "更正" in page.read_text("utf-8")
    assert "../data/processed/2023-03/r0001/pages/bulletin.html" in links_of(page)


def test_written_again_or_month_by_month_the_bytes_are_the_same(site, tmp_path):
    other = copy_root(tmp_path, [])
    for period, stage, told in RUNS:
        publish(other, period, stage, **told)
        write_site(other, period)
    assert _without_feet(read_all(other / "reports")) == _without_feet(read_all(site / "reports"))
    before = read_all(other / "reports")
    write_site(other)
    assert read_all(other / "reports")["index.html"] == before["index.html"]
    assert _without_feet(read_all(other / "reports")) == _without_feet(before)


def _without_feet(files):
    """Pages name the chain's head, which knows in which order things were done (S45); fonts hold its letters."""
    told = rb'<p class="foot">.*?</p>|base64,[A-Za-z0-9+/=]+'
    return {name: re.sub(told, b"", content) for name, content in files.items()}


def test_pages_name_the_head_of_the_chain(site):
    head = Store(site).chain.printed
    assert len(head) == 64
    for page in ("index.html", "public/method.html", "public/index.html", "2023-03/feedback/index.html"):
        assert f"发布链校验值 {head}" in (site / "reports" / page).read_text("utf-8")


def test_a_december_that_was_begun_and_not_published_stops_no_site(root):
    (Store(root).processed / "2022-12").mkdir()  # a blocked run leaves its month's folder
    write_site(root)
    assert (root / "reports" / "public" / "method.html").is_file()


def test_unchanged_page_is_not_written_again(root):
    method = root / "reports/public/method.html"
    os.utime(method, (0, 0))
    write_site(root, "2023-03")
    assert method.stat().st_mtime == 0
    path = root / "params/tiers.yml"
    path.write_text(path.read_text("utf-8").replace("bonus_cap: 5", "bonus_cap: 4.25"), "utf-8")
    write_site(root, "2023-03")
    assert "4.25" in method.read_text("utf-8")


def test_open_data_of_a_table_that_is_no_longer_made_is_taken_away(root):
    stale = root / "reports/public/open-data/2023-03/department_scores.csv"
    stale.write_text("x", "utf-8")
    write_site(root, "2023-03")
    assert not stale.exists()


def test_a_revision_moved_aside_is_no_month(root):
    (root / "data/processed/2023-02-r0001-damaged").mkdir()
    (root / "data/processed/2023-02.bak").mkdir()
    assert [month.period for month in list_months(Store(root))] == ["2023-02", "2023-03"]


def test_district_without_months_has_a_site_that_says_so(tmp_path):
    page = write_site(copy_root(tmp_path, []))
    assert "尚未发布任何月份" in page.read_text("utf-8")


def test_after_the_first_time_the_site_takes_little_of_a_run(root):
    start = time.process_time()
    write_site(root, "2023-03")
    assert time.process_time() - start < 2


@pytest.fixture(scope="module")
def page_files(site, tmp_path_factory) -> list[Path]:
    """Pages of the site; of another with a withdrawn month the public page, the status and a letter; a province's."""
    other = shutil.copytree(site, tmp_path_factory.mktemp("other") / "root")
    withdraw_month(other, "2023-03", "误用上月数据", date(2023, 4, 10))
    province = other / "province.html"
    province.write_text(render_province("虚构省", FLEET_PERIOD, some_results(), read_rules("a", other)), "utf-8")
    names = ("index.html", "public/index.html", "public/method.html", "2023-03/feedback/index.html")
    withdrawn = [other / "reports" / name for name in ("2023-03/public/index.html", "public/index.html")]
    letter = write_reminders(other, "2023-04")[0]
    return [
        *(site / "reports" / name for name in names),
        *withdrawn,
        write_status(other, look_around(other)),
        letter,
        province,
    ]


@pytest.mark.browser
@pytest.mark.parametrize("width", [1100, 360])
def test_pages_have_no_fault_load_nothing_and_never_move_sideways(browser, page_files, width):
    for path in page_files:
        page = browser.new_page(viewport={"width": width, "height": 900})
        noise = []
        page.on("console", lambda message, noise=noise: noise.append(message.text))
        page.on("request", lambda request, noise=noise: noise.append(request.url))
        file = path.as_uri()
        page.goto(file)
        assert noise == [file]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        faults = Axe().run(page).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in faults] == []
        page.close()
