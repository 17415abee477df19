"""A researcher reads tables over months: nothing stacked in silence, nothing twice, with names, with help at a slip."""

import re
import shutil

import pandas as pd
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import analysis
from analysis.policy.draft import draft_weights, save_draft
from analysis.policy.errors import DataError, UsageError
from analysis.policy.tables import TABLES
from analysis.run.store.revisions import Store

from ..conftest import ROOT

pytestmark = pytest.mark.slow
BOTH = "2023-01..2023-02"


@pytest.fixture(scope="module")
def opened(district):
    return analysis.open_district(district)


def test_a_district_is_opened_from_any_folder_inside_it(district, monkeypatch):
    monkeypatch.chdir(district / "data/raw/2023-02")
    assert analysis.open_district().root == district.resolve()
    assert analysis.open_district().months == ["2023-01", "2023-02"]
    assert "澄川区: 2 months, 2023-01 … 2023-02" in repr(analysis.open_district())


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if not table.entry.has_tiers])
def test_each_row_of_a_table_over_months_has_a_key_of_its_own(opened, district, name):
    """Scopes, bases and levels are not stacked, and what a later month repeats is there once."""
    entry, store = TABLES[name].entry, Store(district)
    months = [month for month in opened.months if f"{name}.parquet" in store.manifest(month).outputs]
    frame = opened.load(name)
    key = list(entry.key) if entry.carried else list({"period": 0} | dict.fromkeys(entry.key))
    assert not frame.duplicated(key).any()
    assert set(frame["period"]) <= set(opened.months if entry.carried else months)
    chosen = [name for name in ("scope", "basis", "level") if name in entry.fields and entry.fields[name].default]
    assert all(frame[column].nunique() <= 1 for column in chosen)
    whole = pd.concat([store.load(name, month) for month in months])
    if not (chosen or entry.carried):
        assert len(frame) == len(whole)


def test_scope_level_and_basis_are_arguments(opened):
    month, ytd, every = (opened.load("unit_scores", BOTH, scope=scope) for scope in ("", "ytd", "all"))
    assert (set(month["scope"]), set(ytd["scope"]), set(every["scope"])) == ({"month"}, {"ytd"}, {"month", "ytd"})
    assert len(every) == len(month) + len(ytd)
    channels = opened.load("trends", "2023-02", level="channel")
    assert (set(channels["level"]), set(channels["basis"])) == ({"channel"}, {"mom"})
    assert not channels.duplicated(["unit_id", "channel" if "channel" in channels else "level_id"]).any()


@pytest.mark.parametrize(
    ("table", "choice", "told"),
    [
        ("unit_scores", {"scope": "year"}, "'year' is no scope of unit_scores: write month, ytd or all"),
        ("trends", {"basis": "yoj"}, "'yoj' is no basis of trends: write mom, yoy, ytd, annual or all"),
        ("trends", {"level": "unit"}, "write total, channel, family, group, district or all"),
        ("unit_scores", {"level": "total"}, "unit_scores has no level; leave it out"),
        ("unit_score", {}, "there is no table 'unit_score', perhaps 'unit_scores'; the names are: "),
        ("nonsense_x", {}, "there is no table 'nonsense_x'; the names are: measurements, "),
    ],
)
def test_a_slip_is_answered_with_what_is_allowed(opened, table, choice, told):
    with pytest.raises(UsageError) as refused:
        opened.load(table, BOTH, **choice)
    assert told in str(refused.value)


def test_tickets_that_were_carried_over_count_once_as_they_stood_last(opened, district):
    first, last = (Store(district).load("tickets", month) for month in ("2023-01", "2023-02"))
    both = set(first["ticket_id"]) & set(last["ticket_id"])
    assert both
    tickets = opened.load("tickets", BOTH)
    assert set(tickets["ticket_id"]) == set(first["ticket_id"]) | set(last["ticket_id"])
    assert set(tickets.query("ticket_id in @both")["period"]) == {"2023-02"}


def test_names_stand_beside_ids(opened):
    scores = opened.load("indicator_scores", "2023-02")
    place = scores.columns.get_loc("unit_id")
    assert list(scores.columns[place : place + 4]) == ["unit_id", "unit_name", "indicator_id", "indicator_name"]
    assert scores.query("unit_id == 'D01'")["unit_name"].unique().tolist() == [opened.book.names["D01"]]
    assert scores["channel_name"].isin(opened.book.names.values()).all()
    assert "unit_name" not in opened.load("indicator_scores", "2023-02", names=False)
    flows = opened.load("transfers", BOTH)
    assert flows["from_unit_name"].ne("").any()


def test_a_table_without_a_month_of_its_own_says_where_its_rows_come_from(opened):
    assert opened.load("reconciliation", BOTH)["period"].unique().tolist() == ["2023-01", "2023-02"]


def test_a_month_that_was_never_built_is_named(opened):
    with pytest.raises(DataError, match="2023-03: nothing is published"):
        opened.load("unit_scores", "2023-01..2023-03")
    with pytest.raises(UsageError, match="ends before it starts"):
        opened.load("unit_scores", "2023-02..2023-01")


def test_a_district_without_months_says_so(tmp_path):
    for name in ("params", "data"):
        (tmp_path / name).mkdir()
    with pytest.raises(DataError, match="no month with the table unit_scores is published"):
        analysis.load("unit_scores", root=tmp_path)


def test_whatif_over_months_is_a_frame(opened):
    value = opened.load("indicator_scores", BOTH).query("status == 'ok' and indicator_id == 'common-01'").iloc[0]
    moved = opened.whatif(BOTH, [f"{value.unit_id}/common-01=1"])
    assert list(moved.columns[:4]) == ["period", "scope", "unit_id", "unit_name"]
    own = moved.query("unit_id == @value.unit_id and scope == 'month'")
    assert own["period"].tolist() == ["2023-01", "2023-02"]
    assert (own["total_after"] < own["total_before"]).all()
    assert opened.whatif(BOTH).empty


def test_whatif_takes_a_draft_and_writes_no_file(opened, district, tmp_path):
    channels = opened.book.at("2023-02").channel_ids
    draft = draft_weights(opened.book, "2023-02", dict.fromkeys(channels, 100 / len(channels)))
    moved = opened.whatif("2023-02", policy=draft)
    assert not (district / "drafts").exists()
    assert len(moved)
    pd.testing.assert_frame_equal(moved, opened.whatif("2023-02", policy=save_draft(draft, tmp_path, "2023-02")))


def test_tab_completion_lists_tables(opened):
    shell = InteractiveShell()
    shell.user_ns["d"] = opened
    for text in ("d.tables.unit_", "d.tables['unit_"):
        with provisionalcompleter():  # as a kernel asks
            assert "unit_scores" in [found.text for found in shell.Completer.completions(text, len(text))]
    assert opened.tables.unit_scores == "unit_scores"
    assert opened.tables["unit_scores"] == "单位得分: unit × scope"


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_example_of_the_readme_runs(district, monkeypatch, page):
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    monkeypatch.chdir(district)
    space = {}
    exec(example.replace("2026-01..2026-10", BOTH).replace("2026-10", "2023-02"), space)
    assert space["d"].root == district.resolve()


def test_help_begins_with_what_one_needs():
    told = analysis.__doc__
    assert told.index("analysis.open_district()") < 300
    assert all(word in told for word in (".months", ".tables", ".load(", ".whatif("))
    assert (analysis.Path(analysis.__file__).parent / "py.typed").is_file()


def test_reading_leaves_no_trace(district, tmp_path):
    root = shutil.copytree(district, tmp_path / "root")
    before = sorted((path, path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file())
    analysis.load("unit_scores", BOTH, root=root)
    analysis.open_district(root).whatif("2023-02")
    assert sorted((path, path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file()) == before
