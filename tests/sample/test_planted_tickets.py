"""What is planted in the sample's tickets is found, each truth by its own model; in a shuffled copy nothing is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.action.watch_list import watch_units
from analysis.insight.duties import DutiesFindings, analyse_duties
from analysis.insight.hotline import measure_hotline
from analysis.insight.hotline_rising import find_rising_matters
from analysis.insight.integrity import find_integrity
from analysis.intake.tickets.clean import clean_tickets
from analysis.policy.book import PolicyBook
from analysis.policy.period import month_range, shift
from analysis.policy.tables import TABLES
from analysis.sample.tickets import write_tickets, write_transfers
from analysis.sample.truths import load_truths
from analysis.sample.world import load_world

from .raw import read_months

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
PERIOD = "2026-10"
# The model's year and its month before, and the seasonal past of the last month.
MONTHS = [
    *(shift(PERIOD, -12 * year + step) for year in (3, 2, 1) for step in (-1, 0, 1)),
    *month_range("2025-12", PERIOD),
]
WRITERS = {"tickets": write_tickets, "transfers": write_transfers}


@dataclass
class Sample:
    """The sample's clean tickets and transfers, a frame of all months each, and what the models find in them."""

    folder: Path
    book: PolicyBook
    tickets: pd.DataFrame
    transfers: pd.DataFrame

    def write(self, name: str, frame: pd.DataFrame) -> Sequence[Path]:
        path = self.folder / f"{name}.parquet"
        frame.to_parquet(path)
        return [path]

    def measure(self, tickets: pd.DataFrame, periods: Sequence[str]):
        return measure_hotline(self.write("asked", tickets), periods, self.book.at(PERIOD))

    def rising(self, tickets: pd.DataFrame) -> list[str]:
        by_matter = self.measure(tickets, MONTHS).by_matter
        found = find_rising_matters(by_matter, PERIOD, self.book.tickets.rising)
        return found.loc[found["is_rising"], "matter"].tolist()

    def watch(self, tickets: pd.DataFrame, period: str, earlier: pd.DataFrame) -> pd.DataFrame:
        """Return the watch list of a month as tickets alone make it, after that of the month before."""
        rules = self.book.at(period).watch
        by_unit = self.measure(tickets, month_range(shift(period, 1 - rules.window_months), period)).by_unit
        scores, sure = (
            TABLES["unit_scores"].empty(),
            pd.DataFrame(columns=["period", "scope", "unit_id", "p_bottom_five"]),
        )
        return watch_units(by_unit, scores, sure, earlier, rules, period)["watch_list"]

    def watched(self, tickets: pd.DataFrame, reason: str) -> list[str]:
        watch = self.watch(tickets, PERIOD, TABLES["watch_list"].empty())
        return watch.loc[watch["reason"] == reason, "unit_id"].tolist()

    def duties(self, tickets: pd.DataFrame, transfers: pd.DataFrame) -> DutiesFindings:
        towns = [unit.id for unit in self.book.at(PERIOD).units if unit.is_town]
        paths = self.write("asked", tickets), self.write("moves", transfers)
        return analyse_duties(*paths, self.book.at(PERIOD), towns)


@pytest.fixture(scope="module")
def sample(tmp_path_factory, whole_book) -> Sample:
    folder = tmp_path_factory.mktemp("sample")
    world = load_world(ROOT)
    tickets, transfers, kept = [], [], []
    for period in MONTHS:
        policy = whole_book.at(period)
        files = []
        for delivery in policy.sheets.deliveries:
            if delivery.kind in WRITERS:
                ending, content = WRITERS[delivery.kind](world, period, delivery)
                files.append(folder / f"{period}-{delivery.kind}.{ending}")
                files[-1].write_bytes(content)
        intake = clean_tickets(files, policy, secret=b"k" * 32, earlier_tickets=kept[-3:])
        kept.append(folder / f"clean-{period}.parquet")
        intake.tickets.to_parquet(kept[-1])
        tickets.append(intake.tickets)
        transfers.append(intake.transfers)
    return Sample(folder, whole_book, pd.concat(tickets), pd.concat(transfers))


@pytest.fixture(scope="module")
def truths():
    return load_truths().hotline


def read_items() -> pd.DataFrame:
    """Return the rectification items of the last months as the offices delivered them."""
    rows = read_months(month_range(shift(PERIOD, -14), PERIOD), "台账", "责任单位")
    due = pd.to_datetime(
        rows["整改时限"].astype(str).str.replace(r"[年月.]", "-", regex=True).str.strip("日 "), format="mixed"
    )
    state = np.where(rows["状态"] == "已销号", "closed", "rectifying")
    named = rows.rename(columns={"问题编号": "item_id"}).assign(due=due.dt.strftime("%Y-%m-%d"), state=state)
    return named[["period", "item_id", "unit_id", "due", "state"]]


def shuffle(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Return `frame` with columns dealt out anew to its rows."""
    order = np.random.default_rng(17).permutation(len(frame))
    return frame.assign(**{column: frame[column].to_numpy()[order] for column in columns})


def test_the_rising_matter_is_found_and_no_other(sample, truths):
    assert sample.rising(sample.tickets) == [truths.rising.matter]
    assert sample.rising(shuffle(sample.tickets, "matter", "matter_id")) == []


def test_the_unit_with_repeats_is_watched_for_them(sample, truths):
    assert truths.repeats.unit in sample.watched(sample.tickets, "repeats")
    assert sample.watched(shuffle(sample.tickets, "caller_key"), "repeats") == []


def test_the_unit_with_complaints_of_attitude_is_watched_for_them(sample, truths):
    assert sample.watched(sample.tickets, "attitude_complaints") == [truths.attitude.unit]
    assert truths.attitude.unit not in sample.watched(
        shuffle(sample.tickets, "is_attitude_complaint"), "attitude_complaints"
    )


def test_the_published_draw_overlooks_no_unit_of_the_watch_list_of_its_day(sample):
    """The announcement keeps its bytes: what it marks beyond the list is bad in truth, and the run tells it (R9)."""
    listed = TABLES["watch_list"].empty()
    for period in month_range("2026-02", shift(PERIOD, -1)):
        listed = sample.watch(sample.tickets, period, listed)
    (file,) = (ROOT / "data" / "raw" / "draws" / PERIOD).glob("*/announcement.json")
    pool = [unit for unit in json.loads(file.read_bytes())["units"] if not unit["is_must"]]
    marked = {unit["unit_id"] for unit in pool if unit["is_watch"]}
    overlooked = set(listed["unit_id"]) & {unit["unit_id"] for unit in pool} - marked
    assert not overlooked and len(marked & set(listed["unit_id"])) > 1
    assert marked - set(listed["unit_id"]) <= load_truths().watched(PERIOD)


def test_the_loop_between_three_units_is_named_and_no_other(sample, truths):
    loops = sample.duties(sample.tickets, sample.transfers).loops
    named = loops[loops["is_named"]]
    assert named["matter"].tolist() == [truths.loop.matter]
    assert sorted(named["loop"].item().split(">")) == sorted(truths.loop.units)
    moves = shuffle(sample.transfers, "from_unit_id", "to_unit_id")
    shuffled = moves[moves["from_unit_id"] != moves["to_unit_id"]]
    assert not sample.duties(sample.tickets, shuffled).loops["is_named"].any()


def test_the_matter_that_no_clause_covers_is_found_and_no_other(sample, truths):
    by_matter = sample.duties(sample.tickets, sample.transfers).by_matter
    unknown = by_matter[~by_matter["is_known"] & by_matter["is_for_meeting"]]
    assert unknown["matter"].tolist() == [truths.boundary_gap.matter]
    assert unknown["strength"].tolist() == ["none"]
    # The same tickets under the names of listed matters, drawn at random.
    listed = sample.tickets[sample.tickets["matter_id"] != ""][["matter", "matter_id"]]
    drawn = listed.sample(len(sample.tickets), replace=True, random_state=17)
    is_gap = (sample.tickets["matter_id"] == "").to_numpy()
    covered = sample.tickets.assign(
        matter=np.where(is_gap, drawn["matter"], sample.tickets["matter"]),
        matter_id=np.where(is_gap, drawn["matter_id"], sample.tickets["matter_id"]),
    )
    assert sample.duties(covered, sample.transfers).by_matter["is_known"].all()


@pytest.fixture(scope="module")
def asked(sample):
    """Return a function: what is asked about tickets, transfers and items, as pairs of unit and measure."""

    def ask(tickets: pd.DataFrame, transfers: pd.DataFrame, items: pd.DataFrame) -> set[tuple[str, str]]:
        paths = sample.write("asked", tickets), sample.write("moves", transfers)
        found = find_integrity(*paths, items, TABLES["indicator_scores"].empty(), sample.book.at(PERIOD))
        return set(found.loc[found["is_question"], ["unit_id", "measure"]].itertuples(index=False, name=None))

    return ask


def test_habits_that_are_planted_are_asked_about_and_no_others(sample, asked):
    habits = load_truths().integrity
    assert asked(sample.tickets, sample.transfers, read_items()) == {
        (habits.late_extensions.unit, "extended"),
        (habits.late_extensions.unit, "extended_late"),
        (habits.invalid_call_backs.unit, "invalid_call_backs"),
        (habits.last_day_hand_overs.unit, "handed_over_late"),
        (habits.never_closed.unit, "never_closed"),
    }


def test_nothing_is_asked_where_tickets_moves_and_items_are_dealt_out_anew(sample, asked):
    """Each ticket and item keeps one unit over its months; moves keep how near the due date they are."""

    def deal(frame: pd.DataFrame, key: str, column: str) -> pd.DataFrame:
        units = frame.drop_duplicates(key, keep="last").set_index(key)[column]
        dealt = pd.Series(np.random.default_rng(17).permutation(units), units.index)
        return frame.assign(**{column: dealt[frame[key]].to_numpy()})

    moves = shuffle(sample.transfers, "from_unit_id")
    assert asked(deal(sample.tickets, "ticket_id", "unit_id"), moves, deal(read_items(), "item_id", "unit_id")) == set()


def test_tickets_closed_before_they_were_received_are_set_aside_and_counted(sample, truths):
    policy = sample.book.at(truths.broken.period)
    (path,) = sample.folder.glob(f"{truths.broken.period}-tickets.*")
    intake = clean_tickets([path], policy, secret=b"k" * 32)
    codes = [problem.code for problem in intake.problems if problem.severity == "set_aside"]
    assert codes == ["closed-before-received"] * truths.broken.count
    assert intake.reconciliation["n_set_aside"].sum() == truths.broken.count
