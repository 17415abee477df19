"""Whatever is changed in what was published, the quick check names it; what is no change it passes (S45)."""

import json
import os
import shutil
import time
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis.policy.tables import TABLES
from analysis.run.pages import show_pages
from analysis.run.store.finality import Finality, write_finality
from analysis.run.store.manifest import Manifest, hash_bytes, hash_code, hash_tree, read_manifest, write_manifest
from analysis.run.store.revisions import Store, save_table
from analysis.run.store.shown import RECORD, note_files
from analysis.run.store.verify import check_published

from ..conftest import copy_root

# Month, state of each revision; the last month has no pages.
MONTHS = {"2023-11": ["draft"], "2023-12": ["draft", "final"], "2024-01": ["draft", "draft"], "2024-02": ["draft"]}
PAGES = ("bulletin.html", "leadership/bulletin.html", "feedback/D01.html", "public/index.html")
D12, J24 = "data/processed/2023-12", "data/processed/2024-01"


def publish(root: Path, period: str, state: str = "draft", word: str = "") -> Path:
    """Publish a small hand-made revision."""
    store = Store(root)
    has_pages = period != "2024-02"
    told = {
        "stage": "published" if has_pages else "tables",
        "state": state,
        "reason": "update",
        "as_of": f"{period}-28",
    }
    sources = hash_tree(root / "data" / "raw" / period, root) | hash_tree(root / "data/raw/draws" / period, root)
    made = {"inputs": sources, "params": hash_tree(root / "params", root), "code": hash_code(told["stage"])}
    rest = {"history": "", "outputs": {}, "packages": {}, "version": "0.1.0"}
    manifest = Manifest(period=period, revision="", **told, **made, **rest)
    with store.lock(period):
        staging = store.stage(period)
        save_table("unit_scores", unit_scores(period), staging)
        for name in PAGES if has_pages else ():
            (staging / "pages" / name).parent.mkdir(parents=True, exist_ok=True)
            page = f"<title>{period} {word} {name}</title>{store.next_revision(period)}"
            (staging / "pages" / name).write_text(page, "utf-8")
        if state == "final":
            objections = hash_bytes((root / "data/raw/objections/2023.yml").read_bytes())
            days = {
                "final_on": date(2024, 1, 9),
                "draft_as_of": date(2023, 12, 31),
                "objections_until": date(2024, 1, 8),
            }
            write_finality(Finality(year=2023, draft="r0001", objections_file=objections, **days), staging)
        return store.publish(staging, manifest)


def unit_scores(period: str) -> pd.DataFrame:
    text = {"period": period, "scope": "month", "tier_by_score": "good", "tier": "good", "tier_reason": ""}
    flags = {"is_tied": False, "is_bottom_five": False, "is_provisional": False}
    numbers = {"base": 80.0, "bonus": 0.0, "deductions": 0.0, "workload_per_head": 1.0, "key_work_score": 80.0}
    rows = [
        {"unit_id": f"D{n:02d}", "group": "party", "total": 70.0 + n, "rank": n, "group_rank": n} for n in range(1, 8)
    ]
    return TABLES["unit_scores"].check(pd.DataFrame([row | text | flags | numbers for row in rows]))


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Path:
    """A district of four months, with pages, a PDF, a draw, objections and a final year; made once, then copied."""
    root = copy_root(tmp_path_factory.mktemp("tampering"), [])
    raw = root / "data" / "raw"
    for period in MONTHS:
        (raw / period).mkdir(parents=True)
        (raw / period / "scores.csv").write_text(f"{period},85.5\n")
        (raw / period / "corrections.yml").write_text("corrections: []\n")
    (raw / "draws" / "2024-01" / "first").mkdir(parents=True)
    (raw / "draws" / "2024-01" / "first" / "announcement.json").write_text("{}\n")
    (raw / "objections").mkdir()
    (raw / "objections" / "2023.yml").write_text("objections: []\n")
    (root / "data" / "caller.key").write_text("ab" * 32)
    for period, states in MONTHS.items():
        for state in states:
            publish(root, period, state)
        if period != "2024-02":
            show_pages(root, period)
    (root / "reports" / "2024-01" / "bulletin.pdf").write_bytes(b"%PDF-")
    note_files(Store(root), ["2024-01/bulletin.pdf"])
    return root


@pytest.fixture
def root(published, tmp_path) -> Path:
    return shutil.copytree(published, tmp_path / "root", symlinks=True)


def check(root: Path, head: str = "") -> tuple[str, str]:
    """Return faults and words."""
    checked = check_published(Store(root), head=head)
    return "\n".join(checked.faults), "\n".join(checked.words)


def flip(place: str):
    def change(root: Path) -> None:
        content = bytearray((root / place).read_bytes())
        content[len(content) // 2] ^= 1
        (root / place).write_bytes(content)

    return change


def cut(place: str):
    return lambda root: (root / place).write_bytes((root / place).read_bytes()[:-3])


def remove(place: str):
    return lambda root: shutil.rmtree(root / place) if (root / place).is_dir() else (root / place).unlink()


def add(place: str):
    def plant(root: Path) -> None:
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text("planted")

    return plant


def link(place: str, to: str):
    def replace(root: Path) -> None:
        target = root / place
        aside = root / "aside"
        target.rename(aside) if target.exists() else None
        target.symlink_to(aside if aside.exists() else root / to)

    return replace


def rewrite(place: str, **told):
    """Change a manifest so that its own hash fits."""

    def change(root: Path) -> None:
        write_manifest(read_manifest(root / place).model_copy(update=told), root / place)

    return change


def change_a_row(root: Path) -> None:
    """Change one score, and every hash that the manifest has of it."""
    folder = root / J24 / "r0002"
    frame = pd.read_parquet(folder / "unit_scores.parquet")
    frame.loc[0, "total"] += 0.01
    save_table("unit_scores", frame, folder)
    manifest = read_manifest(folder)
    digest = hash_bytes((folder / "unit_scores.parquet").read_bytes())
    write_manifest(manifest.model_copy(update={"outputs": manifest.outputs | {"unit_scores.parquet": digest}}), folder)


def change_kept_rules(root: Path) -> None:
    """Change the rules that a revision keeps, and every hash that its manifest has of them."""
    folder, name = root / J24 / "r0002", "params/weights.yml"
    (folder / name).write_text((folder / name).read_text("utf-8").replace("30", "29"), "utf-8")
    digest, manifest = hash_bytes((folder / name).read_bytes()), read_manifest(folder)
    hashes = {"outputs": manifest.outputs | {name: digest}, "params": manifest.params | {name: digest}}
    write_manifest(manifest.model_copy(update=hashes), folder)


def forge_a_final(root: Path) -> None:
    forged = shutil.copytree(root / J24 / "r0002", root / J24 / "r0003")
    write_manifest(read_manifest(forged).model_copy(update={"revision": "r0003", "state": "final"}), forged)
    (root / J24 / "current").write_text("r0003\n")


def swap_revisions(root: Path) -> None:
    one, other = root / J24 / "r0001", root / J24 / "r0002"
    one.rename(root / J24 / "x"), other.rename(one), (root / J24 / "x").rename(other)


def roll_back(root: Path) -> None:
    """Take the newest revision away, from the chain too, and all that it left in `reports/`."""
    store = Store(root)
    head = store.chain.heads.index(read_manifest(root / J24 / "r0002").head)
    store.chain.path.write_bytes(b"".join(store.chain.content.splitlines(keepends=True)[: head + 1]))
    shutil.rmtree(root / J24 / "r0002"), shutil.rmtree(root / "data/processed/2024-02")
    (root / J24 / "current").write_text("r0001\n")


def edit_line(before: bytes, after: bytes):
    def change(root: Path) -> None:
        path = root / "data/processed/chain.jsonl"
        path.write_bytes(path.read_bytes().replace(before, after, 1))

    return change


def drop_line(number: int):
    def change(root: Path) -> None:
        path = root / "data/processed/chain.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))

    return change


def forge_the_record(root: Path) -> None:
    add("reports/public/open-data/2024-01/units.csv")(root)
    path = root / "data/processed" / RECORD
    told = json.loads(path.read_text()) | {"public/open-data/2024-01/units.csv": hash_bytes(b"planted")}
    path.write_text(json.dumps(told))


def move_in_time(root: Path) -> None:
    """Set back the clock of a changed page: times are no evidence."""
    page = root / "reports/2024-01/bulletin.html"
    then = page.stat().st_mtime
    page.write_text(page.read_text().replace("r0002", "r0003"))
    os.utime(page, (then, then))


# What is done → (how, the place that is named, what is said of it).
WAYS = {
    "a bit of a table": (flip(f"{D12}/r0002/unit_scores.parquet"), f"{D12}/r0002/unit_scores.parquet", "changed"),
    "a bit of an old revision's table": (
        flip(f"{D12}/r0001/unit_scores.parquet"),
        "r0001/unit_scores.parquet",
        "changed",
    ),
    "a bit of a manifest": (flip(f"{D12}/r0002/manifest.json"), f"{D12}/r0002/manifest.json", "damaged"),
    "a bit of a page": (flip(f"{J24}/r0002/pages/bulletin.html"), "pages/bulletin.html", "changed"),
    "a table cut short": (cut(f"{J24}/r0002/unit_scores.parquet"), "unit_scores.parquet", "changed"),
    "a row, with its hash": (change_a_row, f"{J24}/r0002/manifest.json", "not the one that was published"),
    "the state, with its hash": (rewrite(f"{J24}/r0002", state="final"), f"{J24}/r0002/manifest.json", "not the one"),
    "the as-of date, with its hash": (
        rewrite(f"{J24}/r0001", as_of="2024-02-28"),
        f"{J24}/r0001/manifest.json",
        "not the one",
    ),
    "raw hashes in a manifest": (rewrite(f"{J24}/r0002", inputs={}), f"{J24}/r0002/manifest.json", "not the one"),
    "a table is gone": (remove(f"{J24}/r0002/unit_scores.parquet"), "r0002/unit_scores.parquet", "missing"),
    "a manifest is gone": (remove(f"{J24}/r0002/manifest.json"), "r0002/manifest.json", "missing"),
    "a page is gone": (remove(f"{J24}/r0002/pages/feedback/D01.html"), "feedback/D01.html", "missing"),
    "kept rules": (flip(f"{J24}/r0002/params/weights.yml"), "r0002/params/weights.yml", "changed"),
    "kept rules, with their hash": (change_kept_rules, f"{J24}/r0002/manifest.json", "not the one that was published"),
    "kept rules are gone": (remove(f"{J24}/r0002/params"), "r0002/params/tiers.yml", "missing"),
    "final.json": (flip(f"{D12}/r0002/final.json"), "r0002/final.json", "changed"),
    "the newest revision is gone": (remove(f"{J24}/r0002"), f"{J24}/r0002", "published and gone"),
    "an old revision is gone": (remove(f"{J24}/r0001"), f"{J24}/r0001", "published and gone"),
    "a final is gone": (remove(f"{D12}/r0002"), f"{D12}/r0002", "published and gone"),
    "a month is gone": (remove("data/processed/2023-11"), "data/processed/2023-11/r0001", "published and gone"),
    "a final is forged": (forge_a_final, f"{J24}/r0003", "no run published it"),
    "revisions are swapped": (swap_revisions, f"{J24}/r0001/manifest.json", "not the one that was published"),
    "a month is put in another's place": (
        lambda root: shutil.copytree(root / J24 / "r0001", root / "data/processed/2023-10/r0001"),
        "data/processed/2023-10/r0001",
        "no run published it",
    ),
    "a line of the chain": (edit_line(b'"final"', b'"draft"'), "chain.jsonl: line", "does not follow"),
    "the last line of the chain": (
        lambda root: drop_line(len(Store(root).chain.entries) - 1)(root),
        RECORD,
        "not the one that",
    ),
    "the first line of the chain is gone": (drop_line(0), "chain.jsonl: line 1", "does not follow"),
    "a line within the chain is gone": (drop_line(2), "chain.jsonl: line 3", "does not follow"),
    "rubbish in the chain": (edit_line(b"{", b"x{"), "chain.jsonl: line 1", "damaged"),
    "the chain is gone": (remove("data/processed/chain.jsonl"), "chain.jsonl", "missing, though"),
    "current": (lambda root: (root / J24 / "current").write_text("r0001\n"), f"{J24}/current", "names r0001"),
    "current is gone": (remove(f"{J24}/current"), f"{J24}/current", "names nothing"),
    "current is a link": (link(f"{J24}/current", ""), f"{J24}/current", "a link"),
    "a revision is a link": (link(f"{J24}/r0002", ""), f"{J24}/r0002", "a link"),
    "a table is a link": (link(f"{J24}/r0002/unit_scores.parquet", ""), "unit_scores.parquet", "a link"),
    "a link among the pages": (link("reports/2024-01/more.html", "data/caller.key"), "2024-01/more.html", "a link"),
    "a month's pages are a link": (link("reports/2024-01", ""), "reports/2024-01", "a link"),
    "a file more in a revision": (add(f"{J24}/r0002/more.parquet"), "r0002/more.parquet", "not in the manifest"),
    "a hidden file in a revision": (add(f"{J24}/r0002/.more"), "r0002/.more", "nothing that was published"),
    "a file more beside revisions": (
        add(f"{J24}/unit_scores.parquet"),
        "2024-01/unit_scores.parquet",
        "nothing that was",
    ),
    "a folder more among months": (add("data/processed/old/x"), "data/processed/old", "nothing that was published"),
    "a page in reports": (flip("reports/2024-01/bulletin.html"), "2024-01/bulletin.html", "not the page of r0002"),
    "a page in reports, its time kept": (move_in_time, "reports/2024-01/bulletin.html", "not the page of r0002"),
    "a page in reports is gone": (remove("reports/2024-01/feedback/D01.html"), "feedback/D01.html", "not the page"),
    "a month in reports is gone": (remove("reports/2024-01"), "reports/2024-01/bulletin.html", "not the page"),
    "a page more in reports": (add("reports/2024-01/leadership/more.html"), "leadership/more.html", "nothing that was"),
    "a hidden file in reports": (add("reports/2024-01/.more"), "2024-01/.more", "nothing that was published"),
    "a month more in reports": (add("reports/2024-03/bulletin.html"), "reports/2024-03", "nothing that was published"),
    "the PDF": (flip("reports/2024-01/bulletin.pdf"), "2024-01/bulletin.pdf", "not as it was written"),
    "a PDF more": (add("reports/2023-12/bulletin.pdf"), "2023-12/bulletin.pdf", "nothing that was published"),
    "the office's index": (flip("reports/index.html"), "reports/index.html", "not as it was written"),
    "an audience's index": (
        flip("reports/2024-01/feedback/index.html"),
        "feedback/index.html",
        "not as it was written",
    ),
    "the method page": (flip("reports/public/method.html"), "public/method.html", "not as it was written"),
    "the public index is gone": (remove("reports/public/index.html"), "public/index.html", "not as it was written"),
    "open data": (flip("reports/public/open-data/data_dictionary.csv"), "data_dictionary.csv", "not as it was written"),
    "a file more in open data": (add("reports/public/open-data/2024-01/x.csv"), "2024-01/x.csv", "nothing that was"),
    "the record of reports": (forge_the_record, RECORD, "not the one that"),
    "the record is gone": (remove(f"data/processed/{RECORD}"), RECORD, "not the one that"),
    "a raw cell of a month with pages": (flip("data/raw/2023-12/scores.csv"), "data/raw/2023-12/scores.csv", "changed"),
    "a raw cell of a month of tables": (flip("data/raw/2024-02/scores.csv"), "data/raw/2024-02/scores.csv", "changed"),
    "a raw file is gone": (remove("data/raw/2024-01/scores.csv"), "data/raw/2024-01/scores.csv", "missing"),
    "a raw file more": (add("data/raw/2024-01/more.csv"), "data/raw/2024-01/more.csv", "new"),
    "a month's raw files are gone": (remove("data/raw/2023-11"), "data/raw/2023-11/scores.csv", "missing"),
    "a correction after publication": (cut("data/raw/2024-01/corrections.yml"), "2024-01/corrections.yml", "changed"),
    "a draw's announcement": (cut("data/raw/draws/2024-01/first/announcement.json"), "announcement.json", "changed"),
    "settled objections": (cut("data/raw/objections/2023.yml"), "objections/2023.yml", "not the objections"),
    "objections are gone": (remove("data/raw/objections/2023.yml"), "objections/2023.yml", "not the objections"),
    "an objection after the year became final": (
        add("data/raw/objections/异议登记表2023年12月.xlsx"),
        "异议登记表2023年12月.xlsx",
        "not the objections",
    ),
    "another key of callers": (flip("data/caller.key"), "data/caller.key", "not the key"),
    "the key of callers is gone": (remove("data/caller.key"), "data/caller.key", "missing"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_change_is_named(root, way):
    meddle, place, words = WAYS[way]
    meddle(root)
    faults, _ = check(root)
    named = [line for line in faults.splitlines() if place in line and words in line]
    assert named, faults
    assert all(";" in line for line in faults.splitlines())  # what to do


def test_nothing_is_said_of_an_untouched_root(root):
    assert check(root) == ("", "")


def test_a_head_that_was_printed_tells_a_chain_that_was_rolled_back(root):
    printed = Store(root).chain.printed
    assert check(root, printed[:16]) == ("", "")
    roll_back(root)
    faults, _ = check(root, printed[:16])
    assert f"head {printed[:16]}: " in faults and "rolled back" in faults


def edit_params(name: str, change):
    def edit(root: Path) -> None:
        path = root / "params" / name
        told = yaml.safe_load(path.read_text("utf-8"))
        change(told)
        path.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")

    return edit


def weigh_anew(told: dict) -> None:
    last = told["base"][-1]
    told["base"].append(
        {**last, "from": "2024-03", "weights": dict(zip(last["weights"], (25, 25, 30, 20), strict=True))}
    )
    last["to"] = "2024-02"


def add_a_holiday(told: dict) -> None:
    next(year for year in told["years"] if year["year"] == 2024)["holidays"].append(date(2024, 11, 11))


NOTHING = {
    "a comment": lambda root: (root / "params/tiers.yml").open("a", encoding="utf-8").write("# read again\n"),
    "a weight from next month": edit_params("weights.yml", weigh_anew),
    "a holiday out of reach": edit_params("calendar.yml", add_a_holiday),
    "files of the system": lambda root: add("reports/2024-01/.DS_Store")(root),
    "files of the system in a raw month": add("data/raw/2024-01/Thumbs.db"),
    "an archive's remains in a raw month": add("data/raw/2024-01/__MACOSX/._scores.csv"),
    "a page open in a spreadsheet": add("reports/2024-01/offices/.~lock.offices.xlsx#"),
    "a page open in Excel": add("reports/2024-01/offices/~$offices.xlsx"),
    "a settings file in a revision": add(f"{J24}/r0002/desktop.ini"),
    "a clock set back": lambda root: os.utime(root / J24 / "r0002" / "unit_scores.parquet", (0, 0)),
    "a clock set ahead": lambda root: os.utime(root / "data/processed/chain.jsonl", (time.time() + 1e6,) * 2),
    "raw files of a month to come": add("data/raw/2024-03/scores.csv"),
}


@pytest.mark.parametrize("what", NOTHING)
def test_what_changes_nothing_is_not_told(root, what):
    NOTHING[what](root)
    assert check(root) == ("", "")


def lighten(told: dict) -> None:
    told["base"][0]["weights"] = dict(zip(told["base"][0]["weights"], (25, 25, 30, 20), strict=True))


def test_an_old_weight_is_told_with_its_file_and_is_no_fault(root):
    edit_params("weights.yml", lighten)(root)
    assert check(root) == ("", "today's rules differ: weights.yml (2023-11 … 2024-02, 4 months)")


def test_a_holiday_within_reach_is_told_for_the_months_that_it_reaches(root):
    def add_another(told: dict) -> None:
        next(year for year in told["years"] if year["year"] == 2024)["holidays"].append(date(2024, 5, 15))

    edit_params("calendar.yml", add_another)(root)
    assert check(root) == ("", "today's rules differ: calendar.yml (2024-02)")


def test_rules_that_cannot_be_read_are_told_and_no_fault(root):
    (root / "params" / "tiers.yml").write_text("no: rules\n")
    faults, words = check(root)
    assert (faults, "today's rules cannot be read" in words) == ("", True)


def test_a_later_round_of_a_draw_changes_no_published_month(root):
    add("data/raw/draws/2024-01/first/result-1.json")(root)
    assert check(root) == ("", "data/raw/draws/2024-01/first/result-1.json: new since 2024-01 r0002")


def test_other_code_is_told_and_no_fault(root, monkeypatch):
    monkeypatch.setattr("analysis.run.store.verify.hash_code", lambda stage: "0" * 64)
    faults, words = check(root)
    assert (faults, words.count("today's code differs from 0.1.0 (")) == ("", 2)


def test_a_record_that_was_cut_off_or_forged_is_written_anew_by_the_next_run(root):
    (root / "reports/2024-01/bulletin.pdf").unlink()  # which nobody can vouch for then
    forge_the_record(root)
    show_pages(root, "2023-11")
    assert check(root) == ("", "")
    assert not (root / "reports/public/open-data/2024-01/units.csv").exists()


def test_a_killed_run_is_told_until_the_next_one(root):
    publish(root, "2024-02", word="again")
    path = root / "data/processed/chain.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert "data/processed/2024-02/r0002: whole, but chain.jsonl does not name it: a run was killed" in check(root)[0]
    with Store(root).lock("2023-11"):
        pass
    faults, words = check(root)
    assert (faults, "or because the run was killed: 2024-02 r0002 (chain.jsonl" in words) == ("", True)


def test_a_back_up_taken_into_use_is_told_and_no_fault(root):
    shutil.rmtree(root / J24 / "r0002")
    Store(root).restore()
    show_pages(root, "2024-01")
    faults, words = check(root)
    assert (faults, "a back-up was taken into use" in words) == ("", True)
    assert "lost when a back-up was taken into use: 2024-01 r0002 (chain.jsonl" in words


def test_a_district_older_than_the_chain_is_whole(root):
    for name in ("chain.jsonl", RECORD):
        (root / "data/processed" / name).unlink()
    for folder in Store(root).revision_folders.values():
        write_manifest(read_manifest(folder).model_copy(update={"head": None}), folder)
    faults, words = check(root)
    assert (faults, "the next publication begins it with what stands" in words) == ("", True)
