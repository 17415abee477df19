"""The sample district: the same bytes every time, read without surprise, and every planted truth is there."""

from collections import Counter
from io import BytesIO
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from analysis.insight.likeness import find_alike
from analysis.intake.month import CleanMonth, clean_month
from analysis.policy.book import load_policy
from analysis.policy.errors import UsageError
from analysis.policy.period import month_end, month_range, shift
from analysis.sample.calls import receive_calls
from analysis.sample.key_work import write_key_work
from analysis.sample.ledger import write_ledger
from analysis.sample.scores import write_scores
from analysis.sample.truths import load_truths
from analysis.sample.visits import write_visits
from analysis.sample.world import World, load_world
from analysis.sample.write import write_month, write_sample
from analysis.scoring.score_tables import score_month

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "data" / "raw"
TRUTHS = load_truths()
MONTHS = month_range(TRUTHS.first, TRUTHS.last)
HOTLINE = TRUTHS.hotline
SOME_MONTHS = ["2023-01", "2024-02", "2024-08", "2024-11", "2025-03", "2025-09", "2026-07", "2026-09", "2026-10"]


@pytest.fixture(scope="module")
def world() -> World:
    return load_world(ROOT)


@pytest.fixture(scope="module")
def clean() -> "Cleaner":
    return Cleaner()


class Cleaner:
    """Cleans months of the committed sample, each once."""

    def __init__(self):
        self.book = load_policy(ROOT)
        self.months: dict[str, CleanMonth] = {}

    def __call__(self, period: str) -> CleanMonth:
        if period not in self.months:
            self.months[period] = clean_month(
                RAW / period,
                self.book.at(period),
                as_of=month_end(period),
                secret=b"sample" * 6,
            )
        return self.months[period]

    def score(self, period: str, months: list[str] | None = None) -> dict[str, pd.DataFrame]:
        months = months or self.book.months_that_score(period)
        tables = [self(month).tables for month in months]
        policies = {month: self.book.at(month) for month in months}
        joined = [pd.concat([table[name] for table in tables]) for name in ("measurements", "adjustments")]
        return score_month(policies, *joined, period)


def unit_scores(scores: dict[str, pd.DataFrame], scope: str = "month") -> pd.DataFrame:
    table = scores["unit_scores"]
    return table[table["scope"] == scope].set_index("unit_id")


def column(form, name: str) -> list:
    place = [c.name for c in form.columns].index(name)
    return [row.cells[place] for row in form.rows if not row.is_total]


def delivery(world: World, period: str, id_: str):
    return next(d for d in world.policy(period).sheets.deliveries if d.id == id_)


# --- how it is written ---


@pytest.mark.parametrize("period", ["2023-01", "2024-06", "2026-09", "2026-10"])
def test_committed_month_is_what_the_generator_writes_byte_by_byte(period: str):
    made = write_month(load_world(ROOT), period)  # a world of its own: nothing is left over from other months
    assert {path.name: path.read_bytes() for path in (RAW / period).iterdir()} == made


@pytest.mark.slow
def test_the_whole_committed_sample_is_what_the_generator_writes(tmp_path: Path):
    written = write_sample(tmp_path)
    committed = sorted(path for path in RAW.rglob("[!.]*") if path.is_file())
    assert [p.relative_to(RAW) for p in committed] == sorted(p.relative_to(tmp_path / "data/raw") for p in written)
    for path in committed:
        assert path.read_bytes() == (tmp_path / "data/raw" / path.relative_to(RAW)).read_bytes(), path


def test_the_sample_fits_in_eight_megabytes():
    assert sum(path.stat().st_size for path in RAW.rglob("*") if path.is_file()) <= 8_000_000


def test_every_file_says_that_it_is_synthetic(world: World):
    for name, content in {**write_month(world, "2025-09"), **write_month(world, "2026-09")}.items():
        if name.endswith(".xlsx"):
            book = load_workbook(BytesIO(content))
            assert "模拟数据" in book.worksheets[0]["A1"].value
            assert book.properties.description == world.texts.synthetic
        elif name.endswith(".parquet"):
            assert pq.read_schema(BytesIO(content)).metadata[b"description"].decode() == world.texts.synthetic
        else:
            assert any(world.texts.synthetic.encode(encoding) in content for encoding in ("utf-8", "gb18030"))
    assert "synthetic" in (RAW / "README.md").read_text("utf-8")


def test_another_folder_becomes_a_root_of_its_own(tmp_path: Path):
    shares = []
    write_sample(
        tmp_path, first="2026-10", last="2026-10", progress=lambda period, share: shares.append((period, share))
    )
    assert load_policy(tmp_path).at("2026-10").unit_ids == load_policy(ROOT).at("2026-10").unit_ids
    assert shares == [("2026-10", 1.0)]
    assert sorted(p.name for p in (tmp_path / "data/raw").iterdir() if p.is_dir()) == ["2026-10", "draws"]
    assert [p.name for p in (tmp_path / "data/raw/draws").iterdir()] == ["2026-10"]


@pytest.mark.parametrize(("first", "last"), [("../../x", "2026-10"), ("2022-12", "2023-01"), ("2026-10", "2026-09")])
def test_wrong_months_are_refused(tmp_path: Path, first: str, last: str):
    with pytest.raises(UsageError):
        write_sample(tmp_path, first=first, last=last)
    assert not list(tmp_path.iterdir())


# --- how it reads ---


@pytest.mark.parametrize("period", SOME_MONTHS)
def test_intake_finds_only_the_planted_problems(clean: Cleaner, period: str):
    expected = Counter({"unknown-matter": int(HOTLINE.boundary_gap.holds_in(period))})
    expected["not-submitted"] = sum(len(a.indicators) for a in TRUTHS.accepted if a.period == period)
    expected["corrected"] = sum(c.period == period for c in TRUTHS.corrected)
    expected["closed-before-received"] = HOTLINE.broken.count if HOTLINE.broken.period == period else 0
    cleaned = clean(period)
    assert Counter(cleaned.problems["code"]) == +expected
    assert not cleaned.is_blocked


def test_accepted_and_corrected_values_reach_the_measurements(clean: Cleaner):
    for gap in TRUTHS.accepted:
        rows = (
            clean(gap.period).tables["measurements"].query("unit_id == @gap.unit and indicator_id in @gap.indicators")
        )
        assert set(rows["status"]) == {"accepted"}
        assert len(rows) == len(gap.indicators)
    for slip in TRUTHS.corrected:
        rows = (
            clean(slip.period).tables["measurements"].query("unit_id == @slip.unit and indicator_id == @slip.indicator")
        )
        assert rows["value"].tolist() == [slip.value]


@pytest.mark.slow
def test_totals_are_spread_as_in_practice(clean: Cleaner):
    totals = unit_scores(clean.score("2026-10"))["total"]
    assert 75 < totals.min() < 85
    assert 95 < totals.max() < 99
    assert totals.between(85, 95).mean() > 0.7


# --- what is planted ---


@pytest.mark.slow
def test_two_units_tie_at_the_line_of_excellent_and_both_go_down(clean: Cleaner):
    units = unit_scores(clean.score(TRUTHS.tie.period))
    tied = units.loc[list(TRUTHS.tie.units)]
    assert tied["rank"].tolist() == [TRUTHS.tie.places[0]] * 2
    for key in ("total", "workload_per_head", "key_work_score", "deductions"):
        assert tied[key].nunique(dropna=False) == 1
    assert tied["tier"].tolist() == ["good", "good"]
    assert units["tier_by_score"].value_counts().to_dict() == {"excellent": 16, "good": 44, "pass": 17, "fail": 8}


@pytest.mark.slow
@pytest.mark.parametrize(("period", "alike"), [(TRUTHS.tie.period, set(TRUTHS.tie.units)), ("2026-09", set())])
def test_the_two_that_tie_to_the_last_digit_are_alike_and_nobody_in_another_month(clean: Cleaner, period, alike):
    scores = clean.score(period)["indicator_scores"]
    found = find_alike(scores, [unit.id for unit in clean.book.at(period).units])
    assert set(found.loc[found["p_value"] < 0.01, "unit_id"]) == alike
    assert (found["p_value"] > 0.05).sum() == len(found) - len(alike)


@pytest.mark.slow
def test_one_units_total_falls_only_because_the_weights_changed(clean: Cleaner):
    after, unit = TRUTHS.weight_change.period, TRUTHS.weight_change.unit
    before = shift(after, -1)
    scores = {period: clean.score(period) for period in (before, after)}
    points = []
    for tables in scores.values():
        table = tables["indicator_scores"]
        rows = table[(table["unit_id"] == unit) & (table["scope"] == "month")]
        points.append(rows.set_index("indicator_id")["score"])
    assert points[0].notna().sum() >= 8
    pd.testing.assert_series_equal(*points)
    totals = [unit_scores(s).loc[unit, "total"] for s in scores.values()]
    assert totals[1] < totals[0] - 1


@pytest.mark.slow
def test_a_veto_and_a_judgement_change_a_tier(clean: Cleaner):
    vetoed = unit_scores(clean.score(TRUTHS.veto.period)).loc[TRUTHS.veto.unit]
    assert (vetoed["tier_by_score"], vetoed["tier"]) == ("excellent", "good")
    judged = unit_scores(clean.score(TRUTHS.judgement.period)).loc[TRUTHS.judgement.unit]
    assert (judged["tier_by_score"], judged["tier"]) == ("pass", "good")


def test_a_merged_unit_is_delivered_up_to_its_last_month(world: World):
    merger = TRUTHS.merger
    names = {name for u in world.book.units.units if u.id == merger.unit for name in (u.name, *u.aliases)}
    for period, is_there in ((merger.last, True), (shift(merger.last, 1), False)):
        units = [
            str(u).replace(" ", "")
            for u in column(write_scores(world, period, delivery(world, period, "daily-a")).form, "被评单位")
        ]
        assert bool(names & set(units)) == is_there


def test_one_unit_never_has_key_work(world: World):
    unit = world.book.unit_by_id[TRUTHS.no_key_work]
    for period in MONTHS:
        form = write_key_work(world, period, delivery(world, period, "key-work"))
        units = {str(cells.cells[4]).replace(" ", "") for cells in form.rows}
        assert not units & {unit.name, *unit.aliases}
        assert len(units) > 40


def test_inspections_are_missing_in_the_named_months_and_keep_their_limits_in_the_others(world: World):
    visits: dict[str, Counter] = {}
    for period in MONTHS:
        form = write_visits(world, period, delivery(world, period, "inspections"))
        if period in TRUTHS.no_inspections:
            assert form is None or not form.rows
            continue
        rows = [row.cells for row in form.rows]
        assert all(len(set(cells[4].split("、"))) >= 2 for cells in rows)
        drawn = {cells[1]: str(cells[2]).replace(" ", "") for cells in rows}
        assert 5 <= len(drawn) <= 8
        ids = {n: u for u in world.book.units.units for n in (u.name, *u.aliases)}
        units = [ids[name] for name in drawn.values()]
        assert all(unit.is_window for unit in units)
        visits.setdefault(period[:4], Counter()).update({unit.id: 1 for unit in units})
    assert all(max(counts.values()) <= 2 for counts in visits.values())


def test_the_ledger_carries_open_items_on(world: World):
    def items(period: str) -> dict[str, str]:
        form = write_ledger(world, period, delivery(world, period, "ledger"))
        return dict(zip(column(form, "问题编号"), column(form, "状态"), strict=True))

    before, after = items("2025-05"), items("2025-06")
    still_open = {item for item, state in before.items() if state != "已销号"}
    assert still_open
    assert still_open <= after.keys()


# --- what citizens say ---


def received(world: World, period: str) -> pd.DataFrame:
    calls = receive_calls(world, period)
    return pd.DataFrame([{**vars(call), "unit": call.route[-1][0]} for call in calls])


def test_tickets_are_as_many_as_in_a_district_and_concentrated(world: World):
    for period in ("2023-02", "2024-07", "2026-10"):
        by_unit = received(world, period)["unit"].value_counts()
        assert 450 <= by_unit.sum() <= 950
        assert (by_unit < 20).any()
        assert by_unit.head(10).sum() > 0.4 * by_unit.sum()


def test_a_matter_goes_round_between_three_units(world: World):
    a, b, c = HOTLINE.loop.units
    routes = [tuple(unit for unit, _ in call.route) for m in MONTHS[-12:] for call in receive_calls(world, m)]
    assert routes.count((a, b, c, a)) >= 20
    assert sum(len(set(route)) < len(route) for route in routes) == routes.count((a, b, c, a))


def test_one_units_callers_call_again(world: World):
    calls = received(world, TRUTHS.last)
    again = calls[calls.duplicated(["caller", "matter"])]
    counts = again["unit"].value_counts()
    assert counts.idxmax() == HOTLINE.repeats.unit
    assert counts.max() >= HOTLINE.repeats.count


def test_one_matter_rises_against_its_past(world: World):
    def count(period: str) -> int:
        return int(received(world, period)["matter"].isin(["预付卡退费", "预付卡跑路"]).sum())

    assert HOTLINE.rising.matter == "预付卡退费"
    past = [count(f"{year}-10") for year in (2023, 2024, 2025)]
    assert count("2026-10") >= 2 * max(past)


def test_no_clause_covers_the_boundary_gap_and_several_units_handle_it(world: World):
    gap = HOTLINE.boundary_gap
    assert gap.matter not in {name for m in world.book.duties.matters for name in (m.name, *m.aliases)}
    calls = pd.concat([received(world, m) for m in MONTHS[-6:]])
    assert set(calls.loc[calls["matter"] == gap.matter, "unit"]) == set(gap.units)


def test_one_unit_draws_complaints_of_its_attitude(world: World):
    calls = received(world, TRUTHS.last)
    counts = calls.loc[calls["is_attitude_complaint"], "unit"].value_counts()
    assert counts.idxmax() == HOTLINE.attitude.unit
    assert counts.max() >= HOTLINE.attitude.count


def test_texts_carry_invented_names_and_numbers_that_no_one_has(world: World):
    texts = received(world, TRUTHS.last)["text"]
    assert texts.str.contains(r"电话154\d{8}").all()


# --- over the years ---


@pytest.mark.slow
def test_annual_results_show_the_improver_and_only_one_unit_three_years_at_the_bottom(clean: Cleaner):
    years = TRUTHS.bottom_five.years
    annual = {
        year: unit_scores(clean.score(f"{year}-12", month_range(f"{year}-01", f"{year}-12")), "ytd") for year in years
    }
    low = [set(table.index[table["is_bottom_five"] | (table["tier"] == "fail")]) for table in annual.values()]
    assert set.intersection(*low) == {TRUTHS.bottom_five.unit}
    assert all(table.loc[TRUTHS.bottom_five.unit, "is_bottom_five"] for table in annual.values())
    improver = TRUTHS.steady_improver.unit
    totals = [table.loc[improver, "total"] for table in annual.values()]
    ranks = [table.loc[improver, "rank"] for table in annual.values()]
    assert totals == sorted(totals)
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] - ranks[-1] >= 30
