"""A researcher's session opens what is published, says what is out of date, and leaves no trace in the district."""

import re
import shutil
from threading import Timer

import pandas as pd
import pytest
from filelock import FileLock

from analysis.policy.book import load_policy
from analysis.policy.errors import DataError, UsageError
from analysis.report.packs.write import write_folders
from analysis.report.papers.notice import month_notice
from analysis.report.papers.units import month_papers
from analysis.run import session
from analysis.run.month import Month
from analysis.run.notebooks.engine import execute_notebook
from analysis.run.packs import pack_content
from analysis.run.session import open_month, session_root
from analysis.run.steps import STEP_OF
from analysis.run.store.manifest import NOTEBOOKS, hash_bytes
from analysis.run.store.revisions import Store
from analysis.scoring import score_tables

from ..conftest import ROOT, copy_root

pytestmark = pytest.mark.slow


def trace(root) -> dict[str, str]:
    """Every file of a district, hidden ones too, with its content."""
    return {str(path): hash_bytes(path.read_bytes()) for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "analysis" / "scratch"


@pytest.fixture
def root(district, tmp_path):
    return shutil.copytree(district, tmp_path / "root")


@pytest.fixture
def fresh(tmp_path):
    """A district whose months were never run."""
    return copy_root(tmp_path / "fresh", ["2023-01", "2023-02"])


def edit(path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def refuse(*arguments, **options):
    raise AssertionError("nothing is to be made")


def test_a_published_month_opens_from_its_tables(root, capsys, monkeypatch):
    before = trace(root)
    monkeypatch.setattr(Month, "build", refuse)
    month = open_month(root, "2023-02")
    for name in STEP_OF:
        pd.testing.assert_frame_equal(month.table(name), Store(root).load(name, "2023-02"))
    assert capsys.readouterr().out == "2023-02：打开已发布的r0001，数据、规则和程序都是现行的。\n"
    assert trace(root) == before


def change_a_raw_file(root):
    path = next((root / "data/raw/2023-02").glob("*.csv"))
    path.write_bytes(path.read_bytes() + b"\r\n")
    return f"原始文件（{path.name}）"


def change_a_rule(root):
    edit(root / "params/tiers.yml", "bottom_places: 5", "bottom_places: 4")
    return "规则（tiers.yml）"


@pytest.mark.parametrize("change", [change_a_raw_file, change_a_rule], ids=lambda f: f.__name__)
def test_what_is_out_of_date_is_said_in_one_line(root, capsys, change):
    told = change(root)
    month = open_month(root, "2023-02")
    assert capsys.readouterr().out == (
        f"2023-02：打开已发布的r0001；此后有变化：{told}。如要全部按现行的试算：open_month(…, today=True)。\n"
    )
    pd.testing.assert_frame_equal(month.table("unit_scores"), Store(root).load("unit_scores", "2023-02"))


def test_other_code_is_out_of_date_and_a_comment_in_the_rules_is_not(root, capsys, monkeypatch):
    edit(root / "params/tiers.yml", "grading:", "# a comment\ngrading:")
    open_month(root, "2023-02")
    assert "此后有变化" not in capsys.readouterr().out
    monkeypatch.setattr(session, "hash_sources", lambda stage: "0" * 64)
    open_month(root, "2023-02")
    assert "此后有变化：程序。" in capsys.readouterr().out


def test_today_computes_the_month_with_todays_rules(root, capsys):
    change_a_rule(root)
    before = trace(root)
    month = open_month(root, "2023-02", today=True)
    bottom = month.month_table("unit_scores")["is_bottom_five"].sum()
    assert bottom < open_month(root, "2023-02").month_table("unit_scores")["is_bottom_five"].sum()
    assert capsys.readouterr().out.startswith("2023-02：全部按现行数据、规则和程序试算，未发布。\n")
    assert trace(root) == before


def test_another_as_of_date_makes_tables_of_its_own(root):
    assert open_month(root, "2023-02", as_of="2023-03-08").opened == ""
    assert open_month(root, "2023-02", as_of="2023-02-28").opened == "r0001"


def test_an_edit_of_scoring_shows_in_what_is_built_and_leaves_no_trace(root, monkeypatch):
    before = trace(root)
    month = open_month(root, "2023-02")
    published = month.table("unit_scores")
    with monkeypatch.context() as editing:  # as the notebooks' reloading of code does
        whole = score_tables.score_month
        editing.setattr(
            "analysis.run.steps.scoring.score_month",
            lambda *given: {name: frame.assign(score=0.0) for name, frame in whole(*given).items()},
        )
        edited = month.build("score")
        assert (edited["unit_scores"]["score"] == 0).all()
        assert (month.table("unit_scores")["score"] == 0).all()
    built = month.build("score")["unit_scores"]
    pd.testing.assert_frame_equal(built, published, check_dtype=False, check_column_type=False)
    pd.testing.assert_frame_equal(open_month(root, "2023-02").table("unit_scores"), published)
    assert trace(root) == before


def test_months_that_were_never_run_are_built_in_scratch_once(fresh, cache, capsys, monkeypatch):
    before = trace(fresh)
    month = open_month(fresh, "2023-02")
    told = capsys.readouterr().out
    assert "\r尚未发布的月份先行试算：已完成0/2个月" in told
    assert told.endswith("已完成2/2个月\n2023-02：尚未发布，打开试算的数据表，数据、规则和程序都是现行的。\n")
    assert set(month.month_table("unit_scores")["period"]) == {"2023-02"}
    assert len(month.tables_of("unit_scores", ["2023-01", "2023-02"])["period"].unique()) == 2
    assert trace(fresh) == before
    (place,) = (path for path in cache.iterdir() if path.is_dir())
    assert place.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(session, "build_tables", refuse)
    monkeypatch.setattr(Month, "build", refuse)
    pd.testing.assert_frame_equal(open_month(fresh, "2023-02").table("unit_scores"), month.table("unit_scores"))


def test_scratch_takes_published_months_as_they_stand(root, cache):
    shutil.copytree(ROOT / "data/raw/2023-03", root / "data/raw/2023-03")
    before = trace(root)
    month = open_month(root, "2023-03")
    for period in ("2023-01", "2023-02"):
        pd.testing.assert_frame_equal(
            month.table("unit_scores", period), Store(root).load("unit_scores", period), check_exact=True
        )
    assert month.table("trends").query("basis == 'mom' and level == 'total'")["before"].notna().any()
    assert trace(root) == before


def test_scratch_is_named_by_raw_files_rules_code_and_what_is_published(fresh, monkeypatch):
    month = session.new_month(fresh, session.load_policy(fresh), "2023-02")
    names = [session._scratch_folder(month)]
    change_a_raw_file(fresh)
    names.append(session._scratch_folder(month))
    change_a_rule(fresh)
    names.append(session._scratch_folder(month))
    monkeypatch.setattr(session, "hash_code", lambda stage: "0" * 64)
    names.append(session._scratch_folder(month))
    assert len(set(names)) == 4
    assert session._scratch_folder(month) == names[-1]


def test_a_second_session_waits_with_a_word_and_uses_what_the_first_built(fresh, cache, capsys, monkeypatch):
    open_month(fresh, "2023-02")
    (place,) = (path for path in cache.iterdir() if path.is_dir())
    capsys.readouterr()
    monkeypatch.setattr(session, "build_tables", refuse)
    monkeypatch.setattr(session, "_LOOK_SECONDS", 0.1)
    other = FileLock(place.with_suffix(".lock"), thread_local=False)
    other.acquire()
    Timer(0.5, other.release).start()
    open_month(fresh, "2023-02")
    assert capsys.readouterr().out.count("已完成2/2个月") > 2


def test_what_was_stopped_half_way_is_gone_on_with(fresh, monkeypatch):
    build, built = session.build_tables, []

    def stop_after_one(month, wanted, tell):
        build(month, wanted[:1], tell)
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "build_tables", stop_after_one)
    with pytest.raises(KeyboardInterrupt):
        open_month(fresh, "2023-02")
    monkeypatch.setattr(session, "build_tables", lambda month, wanted, tell: built.extend(build(month, wanted, tell)))
    open_month(fresh, "2023-02")
    assert [one.period for one in built] == ["2023-02"]


def test_code_that_changed_in_the_session_builds_no_scratch(fresh, monkeypatch):
    monkeypatch.setattr(session, "hash_sources", lambda stage: "0" * 64)
    with pytest.raises(DataError, match=r"src/: changed since this session began, .*: restart the kernel"):
        open_month(fresh, "2023-02")


def test_scratch_that_nobody_opened_for_long_is_removed(fresh, cache, monkeypatch):
    old = cache / "old"
    old.mkdir(parents=True)
    monkeypatch.setattr(session, "_KEPT_SECONDS", -1)
    monkeypatch.setattr(session, "build_tables", refuse)
    with pytest.raises(AssertionError):
        open_month(fresh, "2023-02")
    assert not old.exists()


def test_the_root_is_found_upwards_and_is_else_the_projects_own(root, tmp_path, monkeypatch):
    monkeypatch.chdir(root / "data/raw/2023-02")
    assert session_root() == root
    assert session_root("..") == root
    assert session_root(root / "params") == root
    monkeypatch.chdir("/")
    assert session_root() == NOTEBOOKS.parent
    with pytest.raises(UsageError, match="has params/ and data/; name the district's folder"):
        session_root("/")


@pytest.mark.parametrize(("page", "n_told"), [("bulletin", 2), ("feedback", 3)])
@pytest.mark.parametrize("is_published", [True, False])
def test_a_sessions_page_calls_itself_a_trial_and_cites_no_revision_that_is_not_there(
    root, fresh, is_published, page, n_told, monkeypatch
):
    place = root if is_published else fresh
    before = trace(place)
    monkeypatch.chdir(place / "data")
    executed = execute_notebook(NOTEBOOKS / f"{page}.ipynb", {"period": "2023-02"})
    shown = " ".join(
        "".join(output["data"].get("text/html", ""))
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if "data" in output
    )
    assert shown.count("试算，未发布") == n_told  # below the title and at the foot, and in a unit's form to object
    assert not re.findall(r"征求意见稿|第\d+版|修订版 |发布链", shown)
    assert set(re.findall(r"\br\d{4}\b", shown)) <= ({"r0001"} if is_published else set())
    assert trace(place) == before


@pytest.mark.parametrize("is_published", [True, False])
def test_every_page_and_paper_can_be_made_in_a_session_and_calls_itself_a_trial(root, fresh, is_published, tmp_path):
    content = pack_content(open_month(root if is_published else fresh, "2023-02"))
    files = write_folders(content, tmp_path / "pages")
    shown = [file.read_text("utf-8") for file in files if file.suffix == ".html"]
    units = [unit_id for unit_id in content.policy.unit_ids if content.own("unit_scores", unit_id)]
    papers = [month_notice(content, reader) for reader in load_policy(fresh).papers.notices]
    papers += [paper for unit_id in units for paper in month_papers(content, unit_id)]
    assert len(shown) > len(units)
    assert len(papers) > len(units)
    for told in [*shown, *map(repr, papers)]:
        assert "试算，未发布" in told
        assert not re.findall(r"征求意见稿|第\d+版|修订版 ", told)


def publish_without(root, period, column):
    """Publish a month again as an older version of the project would have: its `unit_scores` lack a column."""
    store = Store(root)
    with store.lock(period):
        staging = store.stage(period)
        shutil.copytree(store.current(period), staging, dirs_exist_ok=True)
        units = store.load("unit_scores", period).drop(columns=column)
        units.to_parquet(staging / "unit_scores.parquet", index=False)
        store.publish(staging, store.manifest(period))


def test_a_table_of_an_older_version_is_made_anew_in_a_session(root):
    before = trace(root)
    publish_without(root, "2023-02", "workload_per_head")
    after = trace(root)
    assert "workload_per_head" in open_month(root, "2023-02").table("unit_scores")
    assert trace(root) == after != before


def test_a_step_that_needs_what_an_older_month_lacks_ends_in_words(root):
    publish_without(root, "2023-01", "total")
    with pytest.raises(DataError, match=r"2023-01: unit_scores lacks total.*: analysis run 2023-01"):
        open_month(root, "2023-02", today=True).build("trends")
