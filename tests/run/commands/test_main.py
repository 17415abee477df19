"""What the command line says and leaves behind when something is wrong, and the run of a small district."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml
from openpyxl import load_workbook

from analysis.policy.errors import UsageError
from analysis.run.commands import main as cli
from analysis.run.notebooks.engine import execute_notebook
from analysis.run.store.manifest import NOTEBOOKS, package_versions
from analysis.run.store.revisions import Store

from ...conftest import copy_root


@pytest.fixture(autouse=True)
def no_papers(monkeypatch):
    """Months that are only said to be made have nothing that papers are drawn from."""
    monkeypatch.setattr("analysis.run.commands.papers.show_papers", lambda *_, **__: None)


def call(capsys, monkeypatch, *arguments):
    """Return the exit code and what was printed by the command line."""
    monkeypatch.setattr(sys, "argv", ["analysis", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    printed = capsys.readouterr()
    return end.value.code or 0, printed.out + printed.err


@pytest.fixture
def root(tmp_path):
    return copy_root(tmp_path, ["2023-01"])


def find(root, word):
    return next(path for path in (root / "data/raw/2023-01").iterdir() if word in path.name)


def change_cell(path, old, new):
    book = load_workbook(path)
    cell = next(cell for row in book.active.iter_rows() for cell in row if str(cell.value) == old)
    cell.value = new
    book.save(path)
    return cell.coordinate


def unknown_unit(root):
    path = find(root, "日常监管评分表(职责")
    return path.name, change_cell(path, "区财政局", "区财证局"), "区财证局"


def score_of_120(root):
    path = find(root, "日常监管评分表(职责")
    sheet = load_workbook(path).active
    cell = next(c for row in sheet.iter_rows(min_row=6) for c in row if isinstance(c.value, float) and c.value > 60)
    return path.name, change_cell(path, str(cell.value), 120), "120"


def truncated_workbook(root):
    path = find(root, "重点工作")
    path.write_bytes(path.read_bytes()[:3000])
    return (path.name,)


def missing_month(root):
    shutil.rmtree(root / "data/raw/2023-01")
    return ("data/raw/2023-01", "analysis start 2023-01")


def weights_that_sum_to_99(root):
    path = root / "params/weights.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["base"][0]["weights"]["daily"] = 19
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return ("params/weights.yml", "sum to 99")


def not_delivered(root):
    path = find(root, "履职考评系统")
    path.unlink()
    return ("履职考评系统导出", "区大数据局")


BAD = [unknown_unit, score_of_120, truncated_workbook, missing_month, weights_that_sum_to_99, not_delivered]


@pytest.mark.parametrize("spoil", BAD, ids=lambda f: f.__name__)
def test_bad_input_is_named_and_nothing_is_published(root, capsys, monkeypatch, spoil):
    words = spoil(root)
    code, printed = call(capsys, monkeypatch, "run", "2023-01", "--root", root)
    assert code == 1
    assert "Traceback" not in printed
    for word in words:
        assert word in printed.replace("\n", ""), printed
    assert not (root / "reports" / "2023-01").exists()
    assert Store(root).current("2023-01") is None


@pytest.mark.parametrize("period", ["../../x", "2025-13", "2025-01..2024-12", "", "2022-12"])
def test_a_hostile_or_impossible_period_is_wrong_usage(root, capsys, monkeypatch, period):
    before = sorted(root.rglob("*"))
    code, printed = call(capsys, monkeypatch, "run", period, "--root", root)
    assert code == 2
    assert "Traceback" not in printed
    assert sorted(root.rglob("*")) == before


@pytest.mark.parametrize("command", [("check", "2023-01"), ("run", "2023-01"), ("run", "2023-01", "--tables-only")])
def test_an_empty_key_of_callers_is_told_before_anything_else(root, capsys, monkeypatch, command):
    (root / "data" / "caller.key").touch()
    shutil.rmtree(root / "data" / "raw")
    code, said = call(capsys, monkeypatch, *command, "--root", root)
    assert (code, "caller.key: empty" in said, "where nothing was published yet, delete it" in said) == (1, True, True)


def test_check_lists_who_has_not_submitted(root, capsys, monkeypatch):
    not_delivered(root)
    code, printed = call(capsys, monkeypatch, "check", "2023-01", "--root", root)
    assert code == 1
    assert "区大数据局" in printed


def test_check_writes_a_workbook_of_problems_for_each_office_to_send_back(root, tmp_path, capsys, monkeypatch):
    name, cell, _ = unknown_unit(root)
    folder = tmp_path / "back"
    code, printed = call(capsys, monkeypatch, "check", "2023-01", "--root", root, "--send-back", folder)
    assert code == 1
    written = sorted(folder.iterdir())
    assert written and all(path.name in printed for path in written)
    rows = [row for path in written for row in load_workbook(path).active.iter_rows(values_only=True)]
    assert [row for row in rows if row[0] == name and row[2] == cell]


def test_an_unknown_parameter_is_refused_before_the_notebook_runs():
    with pytest.raises(UsageError, match="perod"):
        execute_notebook(NOTEBOOKS / "2_score.ipynb", {"perod": "2023-01"})


def walk_commands(command, path=()):
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk_commands(inner, (*path, name))


ALL_COMMANDS = list(walk_commands(typer.main.get_command(cli.app)))


def test_all_commands_are_walked():
    assert {(), ("run",), ("whatif",), ("draw", "commit"), ("init",)} <= set(ALL_COMMANDS)


@pytest.mark.parametrize("path", ALL_COMMANDS, ids=" ".join)
def test_every_help_is_told(path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, said = call(capsys, monkeypatch, *path, "--help")
    assert (code, "Usage:" in said) == (0, True)


def test_the_help_of_whatif_keeps_its_brackets(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert "UNIT/INDICATOR[/ROLE][@ITEM]=VALUE" in call(capsys, monkeypatch, "whatif", "--help")[1]


def test_a_failed_run_leaves_the_published_month_untouched(district, tmp_path, capsys, monkeypatch):
    root = tmp_path / "copy"
    shutil.copytree(district, root)
    before = {path: path.read_bytes() for path in (root / "reports").rglob("*.html")}
    path = next(p for p in (root / "data/raw/2023-02").iterdir() if "重点工作" in p.name)
    path.write_bytes(path.read_bytes()[:3000])
    code, printed = call(capsys, monkeypatch, "run", "2023-02", "--root", root)
    assert code == 1
    assert "1_clean.ipynb: code cell" not in printed and path.name in printed
    assert {path: path.read_bytes() for path in (root / "reports").rglob("*.html")} == before
    assert Store(root).current("2023-02").name == "r0001"


def test_a_damaged_month_that_the_indexes_need_stops_a_run_before_it_publishes(district, tmp_path, capsys, monkeypatch):
    root = shutil.copytree(district, tmp_path / "root")
    for name in ("r0001", "r0002"):
        shutil.copytree(root / "data/processed/2023-02/r0001", root / "data/processed/2022-12" / name)
    (root / "data/processed/2022-12/r0001/manifest.json").write_text("{}")
    _touch(root)
    monkeypatch.setattr("analysis.run.pipeline.fill_folder", lambda month, staging, tell: _make_little(staging))
    code, said = call(capsys, monkeypatch, "run", "2023-02", "--root", root)
    assert (code, "2022-12/r0001/manifest.json: damaged" in said) == (1, True)
    assert Store(root).revisions("2023-02") == ["r0001"]


def test_code_that_changes_during_a_run_is_not_published(district, tmp_path, capsys, monkeypatch):
    root = shutil.copytree(district, tmp_path / "root")
    _touch(root)

    def save_a_notebook(month, staging, tell) -> None:
        _make_little(staging)
        edited = shutil.copytree(NOTEBOOKS, tmp_path / "notebooks") / "2_score.ipynb"
        edited.write_text(edited.read_text("utf-8").replace("use_theme()", "use_theme(1)"), "utf-8")
        monkeypatch.setattr("analysis.run.store.manifest.NOTEBOOKS", edited.parent)

    monkeypatch.setattr("analysis.run.pipeline.fill_folder", save_a_notebook)
    code, said = call(capsys, monkeypatch, "run", "2023-02", "--root", root)
    assert (code, "notebooks/: changed while 2023-02 was run" in said) == (1, True)
    assert Store(root).revisions("2023-02") == ["r0001"]


def test_explain_leads_to_the_cell_and_verify_agrees(district, capsys, monkeypatch):
    code, printed = call(capsys, monkeypatch, "explain", "2023-02", "区财政局", "--root", district)
    assert code == 0
    assert "三定" in printed and "日常监管评分表" in printed
    code, printed = call(capsys, monkeypatch, "verify", "2023-02", "--root", district)
    assert (code, "files are as they were published" in printed) == (0, True)


def test_a_changed_table_is_noticed_before_it_is_used(district, tmp_path, capsys, monkeypatch):
    root = tmp_path / "copy"
    shutil.copytree(district, root)
    table = root / "data/processed/2023-02/r0001/unit_scores.parquet"
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    for command in ("verify", "explain"):
        unit = ["D01"] if command == "explain" else []
        code, printed = call(capsys, monkeypatch, command, "2023-02", *unit, "--root", root)
        assert code == 1
        assert "unit_scores.parquet" in printed


def test_pages_that_could_not_be_written_are_told_and_made_good_without_a_second_revision(
    district, tmp_path, capsys, monkeypatch
):
    root = shutil.copytree(district, tmp_path / "root")
    shutil.rmtree(root / "reports")
    (root / "reports").write_text("in the way")
    _touch(root)
    monkeypatch.setattr("analysis.run.pipeline.fill_folder", lambda month, staging, tell: _make_little(staging))
    code, said = call(capsys, monkeypatch, "run", "2023-02", "--root", root)
    assert (code, "2023-02 r0002 is published, but" in said, "analysis site" in said) == (1, True, True)
    (root / "reports").unlink()
    assert call(capsys, monkeypatch, "site", "--root", root)[0] == 0
    assert (root / "reports/2023-02/bulletin.html").read_text() == "page"
    assert "r0002" in (root / "reports/index.html").read_text("utf-8")
    assert Store(root).revisions("2023-02") == ["r0001", "r0002"]


NO_CHANGES = {
    "": ("tiers.yml", "grading:", "grading:"),
    "a comment": ("tiers.yml", "grading:", "# read again\ngrading:"),
    "a holiday out of reach": ("calendar.yml", "holidays: [2027-01-01]", "holidays: [2027-01-01, 2027-05-03]"),
}


@pytest.mark.parametrize("change", NO_CHANGES)
def test_a_run_for_which_nothing_changed_publishes_nothing_and_shows_what_stands(
    district, tmp_path, capsys, monkeypatch, change
):
    root = shutil.copytree(district, tmp_path / "root")
    name, old, new = NO_CHANGES[change]
    text = (root / "params" / name).read_text("utf-8")
    assert old in text
    (root / "params" / name).write_text(text.replace(old, new), "utf-8")
    (root / "reports/2023-02/bulletin.html").unlink()
    head = Store(root).chain.printed
    monkeypatch.setattr("analysis.run.pipeline.fill_folder", lambda *_: pytest.fail("the month was run again"))
    again = ("--reason", "correction", "--published", "2023-03-03")
    code, said = call(capsys, monkeypatch, "run", "2023-02", "--root", root, *again)
    assert (code, "2023-02: r0001 stands, nothing changed since" in said) == (0, True)
    assert [Store(root).revisions(month) for month in ("2023-01", "2023-02")] == [["r0001"], ["r0001"]]
    assert Store(root).chain.printed == head
    assert (root / "reports/2023-02/bulletin.html").is_file()


@pytest.mark.parametrize(
    "change", ["a raw file", "a rule", "the as-of date", "the day of publication", "an earlier month", "a package"]
)
def test_a_run_for_which_something_changed_publishes(district, tmp_path, capsys, monkeypatch, change):
    root = shutil.copytree(district, tmp_path / "root")
    monkeypatch.setattr("analysis.run.pipeline.fill_folder", lambda month, staging, tell: _make_little(staging))
    more = ()
    if change == "a raw file":
        _touch(root)
    elif change == "a rule":
        tiers = root / "params/tiers.yml"
        tiers.write_text(tiers.read_text("utf-8").replace("bottom_places: 5", "bottom_places: 4"), "utf-8")
    elif change == "an earlier month":
        monkeypatch.setattr(Store, "hash_history", lambda *_: "other tables")
    elif change == "a package":
        versions = dict(package_versions(), numpy="0.1")
        monkeypatch.setattr("analysis.run.month.package_versions", lambda: versions)
    elif change == "the day of publication":
        more = ("--published", "2023-03-10")
    else:
        more = ("--as-of", "2023-03-05")
    code, said = call(capsys, monkeypatch, "run", "2023-02", "--root", root, *more)
    assert (code, "2023-02: r0002" in said) == (0, True), said
    is_same_day = change not in ("the day of publication", "the as-of date")
    assert ("the same day of publication as r0001, 2023-03-03" in said) == is_same_day
    assert Store(root).manifest("2023-02").publication_day.isoformat() == {
        "the day of publication": "2023-03-10",
        "the as-of date": "2023-03-05",
    }.get(change, "2023-03-03")
    assert Store(root).revisions("2023-02") == ["r0001", "r0002"]


@pytest.mark.parametrize(
    ("more", "word"),
    [
        (("--reason", "correction"), "say on which day the correction is published"),
        (("--published", "2023-02-27"), "before the as-of date 2023-02-28"),
        (("--published", "2023-3-1"), "is not a date"),
    ],
)
def test_a_day_of_publication_that_cannot_be_is_refused(district, capsys, monkeypatch, more, word):
    code, said = call(capsys, monkeypatch, "run", "2023-02", "--root", district, *more)
    assert (code, word in said) == (2, True), said


def test_no_revision_is_published_before_the_one_that_it_follows(district, tmp_path, capsys, monkeypatch):
    root = shutil.copytree(district, tmp_path / "root")
    monkeypatch.setattr("analysis.run.pipeline.fill_folder", lambda month, staging, tell: _make_little(staging))

    def run(day):
        return call(capsys, monkeypatch, "run", "2023-02", "--root", root, "--published", day)

    assert run("2023-03-10")[0] == 0
    code, said = run("2023-03-02")
    assert (code, "published on 2023-03-02, before r0001, which was published on 2023-03-03" in said) == (2, True)
    assert run("2023-03-07")[0] == 0, "a day that was wrong alone is put right, though it was later"
    _touch(root)
    code, said = run("2023-03-06")
    assert (code, "before r0003, which was published on 2023-03-07" in said) == (2, True)
    assert Store(root).revisions("2023-02") == ["r0001", "r0002", "r0003"]


def test_the_day_on_which_a_year_becomes_final_is_not_that_of_several_years(root, capsys, monkeypatch):
    arguments = ("finalise", "2023", "2024", "--as-of", "2025-01-20", "--root", root)
    code, printed = call(capsys, monkeypatch, *arguments)
    assert code == 2 and "the day of one year" in printed


def test_one_day_of_publication_is_not_that_of_several_months(district, capsys, monkeypatch):
    asked = ("run", "2023-01..2023-02", "--root", district, "--published", "2023-03-10")
    assert call(capsys, monkeypatch, *asked)[0] == 2


def _touch(root: Path) -> None:
    """Change a byte that is no fact, so that the next run has something to publish."""
    file = next((root / "data/raw/2023-02").glob("*.csv"))
    file.write_bytes(file.read_bytes() + b"\r\n")


def _make_little(staging: Path) -> list[str]:
    (staging / "pages").mkdir()
    (staging / "pages" / "bulletin.html").write_text("page")
    return []


def test_tables_alone_neither_replace_a_published_month_nor_drop_what_was_asked(
    district, tmp_path, capsys, monkeypatch
):
    root = shutil.copytree(district, tmp_path / "root")
    asked = ("run", "2023-02", "--tables-only", "--root", root)
    assert call(capsys, monkeypatch, *asked, "--reason", "correction")[0] == 2
    assert call(capsys, monkeypatch, *asked)[0] == 0
    file = next((root / "data/raw/2023-02").glob("*.csv"))
    file.write_bytes(file.read_bytes() + b"\r\n")
    code, said = call(capsys, monkeypatch, *asked)
    assert (code, "published with pages and out of date" in said) == (1, True)


def test_the_run_leaves_tables_notebooks_and_pages(district):
    folder = district / "data/processed/2023-02/r0001"
    assert (district / "data/processed/2023-02/current").read_text() == "r0001\n"
    assert {"manifest.json", "unit_scores.parquet", "notebooks", "pages"} <= {path.name for path in folder.iterdir()}
    page = district / "reports/2023-02/bulletin.html"
    assert page.read_bytes() == (folder / "pages/bulletin.html").read_bytes()
    assert str(Path.cwd()) not in page.read_text("utf-8")


def test_load_returns_a_published_table(district, monkeypatch):
    import analysis

    monkeypatch.chdir(district)
    units = analysis.load("unit_scores", "2023-02")
    assert (units["period"] == "2023-02").all()


@pytest.mark.parametrize(
    ("module", "spared"),
    [
        ("analysis.run.commands.main", {"pandas", "papermill"}),
        ("analysis.run.pipeline", {"scipy", "matplotlib", "duckdb"}),
        ("analysis.run.packs", {"scipy", "matplotlib"}),
        ("analysis.insight.duties_evidence", {"analysis.intake.redact"}),
        ("analysis.run.research", {"scipy", "matplotlib", "duckdb"}),
    ],
)
def test_what_only_kernels_or_other_commands_need_is_not_imported(module, spared):
    """Nobody who asks for help, drives notebooks or opens what is published waits for what makes charts or cleans."""
    told = f"import sys, {module}; print(*sorted({spared!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def misspelt_key(root):
    path = root / "params/consequences.yml"
    path.write_text(path.read_text("utf-8").replace("blacklist_years", "blacklist_year", 1), "utf-8")
    return "params/consequences.yml: line 4: rules.1.blacklist_years: the key is missing"


def second_entry(root):
    path = root / "params/draw.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    content["rules"].append({**content["rules"][0], "from": "2026-01"})
    path.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return "params/draw.yml: rules: the entry from 2023-01 reaches into that from 2026-01"


def impossible_holiday(root):
    path = root / "params/calendar.yml"
    path.write_text(path.read_text("utf-8").replace("2026-10-01", "2026-02-30", 1), "utf-8")
    return "params/calendar.yml: line 28: found '2026-02-30'; there is no such date or number"


@pytest.mark.parametrize("spoil", [misspelt_key, second_entry, impossible_holiday], ids=lambda f: f.__name__)
def test_every_command_stops_at_a_wrong_rule_with_the_same_words(root, capsys, monkeypatch, spoil):
    told = spoil(root)
    commands = [
        ("check", "2023-01"),
        ("start", "2023-01"),
        ("run", "2023-01"),
        ("finalise", "2023"),
        ("explain", "2023-01", "D01"),
        ("whatif", "2023-01", "--set", "D01/common-01=50"),
    ]
    answers = {command[0]: call(capsys, monkeypatch, *command, "--root", root) for command in commands}
    assert {code for code, _ in answers.values()} == {1}
    assert len({printed.partition("analysis: ")[2] for _, printed in answers.values()}) == 1
    assert told in answers["check"][1].replace("\n", " ")
    assert not (root / "forms").exists() and not (root / "data" / "processed").exists()
