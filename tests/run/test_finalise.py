"""A year becomes final after the time for objections (S21, S27), on one December of the sample district."""

import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from docx import Document

from analysis.action.objection_periods import Draft, open_periods, renew_periods
from analysis.policy.book import load_policy
from analysis.policy.errors import DataError, UsageError
from analysis.policy.period import month_range
from analysis.policy.tables import TABLES
from analysis.report.verify import unsure_units
from analysis.report.year import ANNUAL_TABLES
from analysis.run import papers, published
from analysis.run.finalise import finalise_year
from analysis.run.month import describe, new_month
from analysis.run.packs import open_annual
from analysis.run.papers import write_papers
from analysis.run.published import (
    has_notice,
    notice_year,
    open_final_year,
    open_last_year,
    unsure_of_last_year,
)
from analysis.run.rerun import rerun
from analysis.run.site import write_site, write_text
from analysis.run.store import history
from analysis.run.store.finality import annual_results, final_revision
from analysis.run.store.history import build_history, build_tables
from analysis.run.store.manifest import hash_bytes, hash_code
from analysis.run.store.revisions import Store, check_revision, save_table
from analysis.run.store.verify import check_published
from analysis.sample.write import write_sample

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def drafted(tmp_path_factory) -> Path:
    """A district that starts in 2023-12, with that month's draft."""
    root = tmp_path_factory.mktemp("district")
    write_sample(root, first="2023-12", last="2024-02")
    district = root / "params" / "district.yml"
    district.write_text(district.read_text("utf-8").replace("start: 2023-01", "start: 2023-12"), encoding="utf-8")
    tiers = root / "params" / "tiers.yml"
    tiers.write_text(tiers.read_text("utf-8").replace("minimum_months: 9", "minimum_months: 1"), encoding="utf-8")
    month = new_month(root, load_policy(root), "2023-12")
    build_tables(month, ["2023-12"])
    return root


@pytest.fixture
def root(drafted, tmp_path) -> Path:
    """A copy of it, free to change."""
    return shutil.copytree(drafted, tmp_path / "district")


def scored_cell(root):
    """A raw cell of daily supervision of the unit at the fifth-lowest place, and the correction that lifts it."""
    store = Store(root)
    units = store.load("unit_scores", "2023-12").query("scope == 'ytd' and is_bottom_five").sort_values("total")
    unit = units.iloc[-1]["unit_id"]
    lineage = store.load("lineage", "2023-12")
    cell = lineage[lineage["measurement_id"] == f"2023-12/{unit}/common-01"].iloc[0]
    return unit, {"file": cell["file"], "sheet": cell["sheet"], "cell": cell["cell"]}, cell["raw"]


def write_objection(root, unit, cell, **told):
    entry = {"id": "Y-1", "unit": unit, "period": "2023-12", "indicator": "common-01", "claim": "漏计", **cell}
    path = root / "data" / "raw" / "objections" / "2023.yml"
    path.parent.mkdir(exist_ok=True)
    entry |= {"received": "2024-01-04", "outcome": "open", **told}
    path.write_text(yaml.safe_dump({"objections": [entry]}, allow_unicode=True), encoding="utf-8")


def write_correction(root, cell, raw, value):
    signed = {"reason": "异议成立", "who": "监督检查科", "document": "澄编办函〔2024〕2号", "date": "2024-01-08"}
    path = root / "data" / "raw" / "2023-12" / "corrections.yml"
    content = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}
    content["corrections"] = [*content.get("corrections", []), cell | {"expect": raw.strip(), "value": value} | signed]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def test_a_draft_becomes_final_as_a_new_revision(root):
    done = finalise_year(root, 2023, with_pages=False)
    assert done.published.revision.name == "r0002"
    assert check_revision(done.published.revision).state == "final"
    assert (str(done.finality.final_on), str(done.finality.objections_until)) == ("2024-01-12", "2024-01-11")
    assert done.differences.empty
    at_work = new_month(root, load_policy(root), "2023-12", folder=done.published.revision)
    assert at_work.edition.state == "final"
    assert new_month(root, load_policy(root), "2023-12", folder=root).edition.state == "draft"
    assert Store(root).load("claims", "2023-12").empty  # its year has no other month
    rows = Store(root).load("consequences", "2023-12")
    assert set(rows.loc[rows["basis"] == "annual", "kind"]) == {"interview", "notice"}
    assert (
        rows.loc[rows["basis"] == "annual", "evidence"]
        .str.contains("2023-12/r0002/year_standing.parquet unit_id=")
        .all()
    )


def test_a_final_year_has_its_notice_and_a_paper_for_each_consequence(root):
    done = finalise_year(root, 2023, with_pages=False)
    names, standing = load_policy(root).names, Store(root).load("year_standing", "2023-12")
    written = write_papers(root, "2023")
    notice, offices = (Document(str(file)) for file in written.files[:2])
    lines = [p.text for p in notice.paragraphs]
    listed = standing[standing["is_interview"]]["unit_id"].map(names).tolist()
    assert "2023年度机关职能运行监管结果的报告" in lines and "2024年1月12日" in lines and "定稿" in "".join(lines)
    held = {file.parent for file in written.files if file.stem.endswith("_待核实")}
    all_held = {file.parent for file in written.files[2:]} == held
    first = ("，均须先核实" if all_held else f"，其中{len(held)}个须先核实") if held else ""
    assert f"依据2023年度定稿结果，应约谈并通报批评{len(listed)}个单位{first}。" in lines
    places = next(each for each in notice.tables if each.rows[0].cells[1].text == "位次")
    shown = [[cell.text for cell in row.cells] for row in places.rows][1:]
    assert [(row[0], row[1], row[2]) for row in shown] == [
        (names[row.unit_id], str(row.rank), f"{row.total:.2f}")
        for row in standing.sort_values(["rank", "unit_id"]).itertuples()
    ]
    found = {(file.parent.name.partition("_")[2], file.stem.removesuffix("_待核实")) for file in written.files[2:]}
    assert found == {(name, kind) for name in listed for kind in ("约谈通知书", "整改通知书")}
    text = "".join(cell.text for shown in offices.tables for row in shown.rows for cell in row.cells)
    assert "预警" not in text and not [t for t in standing["total"] if f"{t:.2f}" in text]
    assert done.published.revision.name in str(written.files[0])


def test_papers_of_a_year_have_the_marks_of_its_months(root, monkeypatch):
    """With December's alone each indicator's lowest month was December, which lay above the year's mean."""
    finalise_year(root, 2023, with_pages=False)
    december, load = Store(root).load("indicator_scores", "2023-12"), papers.load_months

    def pretend(store, name, months, **own):
        if name != "indicator_scores":
            return load(store, name, months, **own)
        assert list(months) == [f"2023-{month:02d}" for month in range(1, 12)]
        return december.assign(period="2023-05", first_period="2023-05", score=1.25)

    monkeypatch.setattr(papers, "load_months", pretend)
    (notice, *_) = [file for file in write_papers(root, "2023").files if file.stem.startswith("整改通知书")]
    cells = [cell.text for shown in Document(str(notice)).tables for row in shown.rows for cell in row.cells]
    assert [cell for cell in cells if cell.startswith("5月1.25")]


def links_of(page: Path) -> list[Path]:
    return [page.parent / link for link in re.findall('<a href="([^"#]+)', page.read_text("utf-8"))]


def test_a_final_year_of_tables_has_its_notice_for_each_audience_and_the_indexes_lead_there(root):
    finalise_year(root, 2023, with_pages=False)
    reports = root / "reports"
    notices = {name: reports / name for name in ("2023/leadership/annual-2023.html", "2023/offices/annual-2023.html")}
    public = reports / "public" / "annual-2023.html"
    assert {*notices.values(), public} <= {*map(Path.resolve, links_of(reports / "index.html"))}
    assert public in links_of(reports / "public" / "index.html")
    assert not [link for page in reports.rglob("*.html") for link in links_of(page) if not link.is_file()]
    names, standing = load_policy(root).names, Store(root).load("year_standing", "2023-12")
    text = notices["2023/leadership/annual-2023.html"].read_text("utf-8")
    assert all(f"{names[r.unit_id]}（{r.total:.2f}分" in text for r in standing[standing["is_interview"]].itertuples())
    assert "2024年1月12日定稿" in text and "第2版" in text


def test_what_is_final_is_as_published_and_the_site_is_made_again_alike(root):
    finalise_year(root, 2023, with_pages=False)
    checked = check_published(Store(root))
    assert (checked.faults, checked.words) == ((), ())
    notice = root / "reports" / "2023" / "leadership" / "annual-2023.html"
    before = notice.read_bytes()
    notice.write_bytes(before.replace("不达标".encode(), "达标".encode()))
    assert [line for line in check_published(Store(root)).shown if "annual-2023.html" in line]
    write_site(root)
    assert notice.read_bytes() == before and check_published(Store(root)).faults == ()


def test_a_final_year_of_tables_can_be_made_again(root):
    finalise_year(root, 2023, with_pages=False)
    done = rerun(root, "2023-12")
    assert (done.differing, done.changes, done.is_excused) == ((), (), False)
    assert Store(root).manifest("2023-12").published == "2024-01-12"


def test_the_end_of_a_unit_that_a_final_year_knew_is_told_where_it_changed(root):
    finalise_year(root, 2023, with_pages=False)
    units = root / "params" / "units.yml"
    content = yaml.safe_load(units.read_text("utf-8"))
    next(each for each in content["units"] if each["id"] == "D22").update({"to": "2023-12", "merged_into": "D21"})
    units.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    checked = check_published(Store(root))
    assert checked.faults == () and checked.rules == {"units.yml": ("2023-12",)}


def test_a_month_shows_the_notice_of_the_last_year_that_is_final_for_it_and_december_its_own(root, monkeypatch):
    revision, book = finalise_year(root, 2023, with_pages=False).published.revision, load_policy(root)
    final = open_final_year(Store(root), 2023)
    own = new_month(root, book, "2023-12", folder=revision)
    never_made = {"duties_by_matter", "matter_loops"}  # of a year of which only tables were built
    assert final.edition.state == "final" and set(final.tables) == set(ANNUAL_TABLES) - never_made
    assert set(open_annual(own, final).tables) == set(ANNUAL_TABLES)
    later, states = new_month(root, book, "2024-01"), final.table("annual_states")
    monkeypatch.setattr(type(later), "table", lambda *_: states)
    assert open_annual(later, final).edition == final.edition
    assert open_last_year(later.store, states).edition == final.edition
    assert unsure_of_last_year(later.store, states) == unsure_units(final) != []
    assert open_last_year(later.store, states.assign(state="draft")) is None
    assert unsure_of_last_year(later.store, states.assign(state="draft")) == []
    monkeypatch.setattr(type(later), "table", lambda *_: states.assign(state="draft"))
    assert open_annual(later, final) is None


def test_a_final_year_has_what_was_deducted_in_each_of_its_months(root, monkeypatch):
    """The paper said why a deduction alone lists a unit; the page beside it had the points without their reasons."""
    finalise_year(root, 2023, with_pages=False)
    asked, held = {}, TABLES["adjustments"].empty()  # of any name
    monkeypatch.setattr(published, "load_months", lambda _, name, months, **own: asked.update({name: months}) or held)
    assert open_final_year(Store(root), 2023).adjustments is held
    assert {name: list(months) for name, months in asked.items()} == {
        "adjustments": month_range("2023-01", "2023-12"),
        "hotline_by_channel": month_range("2022-01", "2023-12"),
    }


def test_what_an_older_version_wrote_of_a_final_year_stops_neither_its_notice_nor_the_site(root, monkeypatch):
    finalise_year(root, 2023, with_pages=False)
    store, month = Store(root), new_month(root, load_policy(root), "2024-01")
    states = store.load("annual_states", "2023-12")
    monkeypatch.setattr(type(month), "table", lambda *_: states)
    lacking = Store.lacking
    assert notice_year(month) == 2023
    for table, has in (("coverage_plan", True), ("certainty", False)):
        monkeypatch.setattr(Store, "lacking", lambda s, n, *of, t=table: ("x",) if n == t else lacking(s, n, *of))
        write_site(root)
        assert (has_notice(store, 2023), notice_year(month)) == (has, 2023 if has else None)
        assert ("annual-2023.html" in (root / "reports" / "index.html").read_text("utf-8")) == has


def test_a_month_that_is_published_later_leaves_the_notice_recorded(root):
    finalise_year(root, 2023, with_pages=False)
    publish(root, "2024-01", as_of="2024-01-31", published="2024-02-05")
    write_site(root, "2024-01")
    assert check_published(Store(root)).shown == ()
    write_site(root, "2024-01")
    assert check_published(Store(root)).shown == ()


def test_a_month_that_shows_a_final_years_notice_has_it_written_in_the_same_words_beside_the_indexes(root):
    finalise_year(root, 2023, with_pages=False)
    notice = root / "reports" / "public" / "annual-2023.html"
    before = notice.read_bytes()
    for period, page in (("2024-01", ""), ("2024-02", "leadership/annual-2023.html")):
        publish(root, period, page, as_of=f"{period}-28", published="2024-03-05")
    write_site(root)
    notice.write_text("an older version's words", "utf-8")
    for period, is_shown in (("2024-01", False), ("2024-02", True)):
        write_site(root, period)
        assert (notice.read_bytes() == before) == is_shown


def test_a_final_years_public_notice_leads_to_the_last_month_that_shows_it_to_the_public(root):
    finalise_year(root, 2023, with_pages=False)
    notice = root / "reports" / "public" / "annual-2023.html"
    for period, page in (("2024-01", "public/annual-2023.html"), ("2024-02", "public/index.html")):
        publish(root, period, page, as_of=f"{period}-28", published="2024-03-05")
    write_site(root)
    assert 'href="2024-01/index.html">2024年1月公开版</a>' in notice.read_text("utf-8")


def test_a_later_draft_does_not_change_a_final_years_papers(root):
    finalise_year(root, 2023, with_pages=False)
    month = new_month(root, load_policy(root), "2023-12")
    with month.store.lock("2023-12"):
        history.publish_tables(month, describe(month, "tables", "update"), history.HISTORY)
    assert Store(root).revisions("2023-12")[-1] == "r0003"
    assert all("r0002" in str(file) for file in write_papers(root, "2023").files)


def test_a_year_of_one_month_becomes_final_and_nobody_is_interviewed_for_it(root):
    tiers = root / "params" / "tiers.yml"
    tiers.write_text(tiers.read_text("utf-8").replace("minimum_months: 1", "minimum_months: 9"), encoding="utf-8")
    done = finalise_year(root, 2023, with_pages=False, despite_changes=True)
    assert done.n_short == len(load_policy(root).at("2023-12").unit_ids)
    assert set(Store(root).load("consequences", "2023-12")["basis"]) == {"month"}
    states = Store(root).load("annual_states", "2023-12")
    assert set(states["state"] + " " + states["reason"]) == {"unassessed short_year"}
    notice = Document(str(write_papers(root, "2023").files[0]))
    assert any("数据不满9个月、不计位次和等次的有" in p.text for p in notice.paragraphs)
    assert not any("居后的是" in p.text for p in notice.paragraphs)


def test_before_the_time_for_objections_is_over_nothing_becomes_final(root):
    with pytest.raises(DataError, match=r"open to objections until 2024-01-11, as of 2024-01-11"):
        finalise_year(root, 2023, "2024-01-11", with_pages=False)
    assert Store(root).revisions("2023-12") == ["r0001"]


def test_what_was_withdrawn_and_not_published_again_does_not_become_final(root, monkeypatch):
    monkeypatch.setattr(Store, "withdrawal", lambda self, period: object() if period == "2023-12" else None)
    with pytest.raises(DataError, match="2023-12: the published draft was withdrawn"):
        finalise_year(root, 2023, with_pages=False)
    assert Store(root).revisions("2023-12") == ["r0001"]


def change_code(root, monkeypatch):
    monkeypatch.setattr("analysis.run.month.hash_code", lambda stage: "f" * 64)


def change_history(root, monkeypatch):
    monkeypatch.setattr(Store, "hash_history", lambda *_: "other tables")


def change_a_rule(root, monkeypatch):
    tiers = root / "params" / "tiers.yml"
    tiers.write_text(tiers.read_text("utf-8").replace("bottom_places: 5", "bottom_places: 4"), "utf-8")


@pytest.mark.parametrize(
    ("change", "what"),
    [(change_code, "the code"), (change_history, "earlier months"), (change_a_rule, "params/tiers.yml")],
)
def test_a_draft_that_is_out_of_date_becomes_final_only_if_that_is_said(root, monkeypatch, change, what):
    change(root, monkeypatch)
    with pytest.raises(DataError, match=f"2023-12 r0001: changed since this draft: {what}; publish it again"):
        finalise_year(root, 2023, with_pages=False)
    assert Store(root).revisions("2023-12") == ["r0001"]
    done = finalise_year(root, 2023, with_pages=False, despite_changes=True)
    assert done.published.remarks[-1] == f"2023-12 r0001: changed since this draft: {what}"


def test_what_a_draft_does_not_know_does_not_make_it_out_of_date(root):
    tiers = root / "params" / "tiers.yml"
    tiers.write_text(tiers.read_text("utf-8") + "# read again\n", "utf-8")
    assert finalise_year(root, 2023, with_pages=False).published.remarks == ()


def test_without_a_date_only_later_files_show_that_the_time_is_over(root):
    february = root / "data" / "raw" / "2024-02"
    for later in ("2024-03", "2024-04"):  # prepared, nothing delivered
        (root / "data" / "raw" / later).mkdir()
    (root / "data" / "raw" / "2024-03" / ".DS_Store").touch()
    shutil.rmtree(february)  # a file of January may have come on its first day
    with pytest.raises(DataError, match="the files here reach to 2024-01-01, which does not show"):
        finalise_year(root, 2023, with_pages=False)
    assert finalise_year(root, 2023, "2024-01-12", with_pages=False).published.revision.name == "r0002"


def publish(root, period, page="", **told):
    """Publish a copy of a month's tables as if it had pages, one of them named."""
    store = Store(root)
    with store.lock(period):
        staging = store.stage(period)
        for table in store.folder("2023-12").glob("r0001/*.parquet"):
            shutil.copy(table, staging)
        draft = Draft(period, store.next_revision(period), date(2024, 1, 4), date(2024, 1, 11))
        late = replace(draft, until=date(2024, 1, 29))
        save_table(
            "objection_periods",
            renew_periods(open_periods(draft, ["D01", "D02"]), late, ["D01", "D02"], {"D02"}),
            staging,
        )
        if page:
            write_text(staging / "pages" / page, "<title>通报</title>")
        store.publish(
            staging,
            store.manifest("2023-12").model_copy(
                update={"period": period, "stage": "published", "code": hash_code("published")} | told
            ),
        )


def test_a_year_waits_for_the_last_units_objections(root):
    publish(root, "2023-12", published="2024-01-22")
    with pytest.raises(DataError, match=r"r0002, published on 2024-01-22, is open to objections until 2024-01-29"):
        finalise_year(root, 2023, "2024-01-29", with_pages=False)
    done = finalise_year(root, 2023, "2024-01-30", with_pages=False)
    assert (str(done.finality.draft_published), str(done.finality.final_on)) == ("2024-01-22", "2024-01-30")


def test_a_later_month_that_is_published_shows_that_the_time_is_over(root):
    shutil.rmtree(root / "data" / "raw" / "2024-02")
    publish(root, "2024-01", as_of="2024-01-31", published="2024-02-05")
    assert str(finalise_year(root, 2023, with_pages=False).finality.final_on) == "2024-01-12"


def test_an_open_objection_holds_the_year_open(root):
    unit, cell, _ = scored_cell(root)
    write_objection(root, unit, cell)
    with pytest.raises(DataError, match=r"objections \(2023\): not settled: Y-1"):
        finalise_year(root, 2023, with_pages=False)


def test_an_upheld_objection_moves_the_unit_and_others(root):
    unit, cell, raw = scored_cell(root)
    decided = {"outcome": "upheld", "decided": "2024-01-08", "reason": "成立", "document": "函〔2024〕2号"}
    write_objection(root, unit, cell, value=100, **decided)
    with pytest.raises(DataError, match="add the correction"):
        finalise_year(root, 2023, with_pages=False)
    write_correction(root, cell, raw, 100)
    done = finalise_year(root, 2023, with_pages=False)
    moved = done.differences.query("scope == 'ytd'").set_index("unit_id")
    assert moved.loc[unit, "total_after"] > moved.loc[unit, "total_before"]
    assert len(moved) > 1, "whoever it overtakes moves too"
    assert done.finality.objections[0].outcome == "upheld"
    assert done.finality.objections_file == hash_bytes((root / "data/raw/objections/2023.yml").read_bytes())


def test_raw_files_that_changed_without_an_objection_are_refused(root):
    _, cell, raw = scored_cell(root)
    write_correction(root, cell, raw, 100)
    with pytest.raises(DataError, match=r"corrections\.yml: changed since 2023-12 r0001 without an upheld objection"):
        finalise_year(root, 2023, with_pages=False)


def test_a_final_year_of_tables_holds_what_its_notice_tells(root):
    finalise_year(root, 2023, with_pages=False)
    for table in ("coverage", "staffing", "annual_states"):
        assert set(Store(root).load(table, "2023-12")["unit_id"]) >= {"D01", "T01"}, table


def test_a_year_that_is_final_and_unchanged_stands(root):
    first, again = (finalise_year(root, 2023, with_pages=False) for _ in range(2))
    assert (first.published.is_new, again.published.is_new) == (True, False)
    assert again.finality == first.finality and again.published.revision == first.published.revision
    assert again.differences.empty and again.n_short == first.n_short
    assert Store(root).revisions("2023-12") == ["r0001", "r0002"]


def object_later(root):
    unit, cell, _ = scored_cell(root)
    write_objection(root, unit, cell)


def correct_later(root):
    _, cell, raw = scored_cell(root)
    write_correction(root, cell, raw, 100)


@pytest.mark.parametrize("change", [object_later, correct_later])
def test_a_final_year_of_which_something_changed_needs_a_new_draft_first(root, change):
    finalise_year(root, 2023, with_pages=False)
    change(root)
    with pytest.raises(DataError, match="r0002 is final already; after a correction publish a new draft first"):
        finalise_year(root, 2023, with_pages=False)


def test_history_leaves_a_final_year_alone(root):
    finalise_year(root, 2023, with_pages=False)
    district = root / "params" / "watch.yml"
    district.write_text(district.read_text("utf-8") + "# changed\n", encoding="utf-8")
    month = new_month(root, load_policy(root), "2024-01")
    build_history(month)
    assert Store(root).revisions("2023-12") == ["r0001", "r0002"]
    assert final_revision(Store(root), 2023) == "r0002"


def test_a_later_draft_does_not_undo_a_final_year(root):
    finalise_year(root, 2023, with_pages=False)
    store = Store(root)
    with store.lock("2023-12"):
        staging = store.stage("2023-12")
        shutil.copy(store.current("2023-12") / "unit_scores.parquet", staging)
        draft = store.manifest("2023-12").model_copy(update={"state": "draft", "reason": "correction"})
        store.publish(staging, draft)
    result = annual_results(store, [2023])[2023]
    assert str(result.final_on) == "2024-01-12"
    assert result.evidence == "data/processed/2023-12/r0002/year_standing.parquet"


def test_a_raw_file_that_changes_meanwhile_does_not_become_final(root, monkeypatch):
    build = history.build_steps

    def deliver_meanwhile(month, *given) -> None:
        build(month, *given)
        file = next(month.raw_folder.glob("*.csv"))
        file.write_bytes(file.read_bytes() + b"\r\n")

    monkeypatch.setattr(history, "build_steps", deliver_meanwhile)
    with pytest.raises(DataError, match="while 2023-12 was run"):
        finalise_year(root, 2023, with_pages=False)
    assert final_revision(Store(root), 2023) is None


@pytest.mark.parametrize("year", [23, 20230])
def test_a_year_that_cannot_be_is_refused(root, year):
    with pytest.raises(UsageError, match="is not a year"):
        finalise_year(root, year, with_pages=False)


def test_a_date_that_cannot_be_is_refused(root):
    with pytest.raises(UsageError, match="2024-13-01"):
        finalise_year(root, 2023, "2024-13-01", with_pages=False)


def test_a_year_without_raw_files_is_refused(root):
    with pytest.raises(DataError, match="data/raw/2024-12: no raw files"):
        finalise_year(root, 2024, with_pages=False)
