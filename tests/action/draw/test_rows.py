from datetime import date

from analysis.action.draw.office import read_rounds
from analysis.action.draw.rounds import compute_draw
from analysis.action.draw.rows import COLUMNS, draw_rows


def test_a_row_per_place_and_per_candidate_passed_over(published):
    rounds = read_rounds(published)
    rows = draw_rows(rounds, "2026-12")
    assert list(rows.columns) == COLUMNS
    assert len(rows) == sum(len(r.drawn) + len(r.unit_skips) for r in rounds)
    assert not rows.duplicated(["draw_id", "round", "stratum", "unit_id"]).any()
    assert set(rows["period"]) == {"2026-12"}


def test_a_replaced_unit_says_so_with_the_published_reason(published):
    rows = draw_rows(read_rounds(published), "2026-12")
    replaced = rows[rows["status"] == "replaced"]
    assert list(replaced["round"]) == [0, 1]
    assert set(replaced["reason"]) == {"机构撤并"}
    assert set(replaced["order"]) == {3}


def test_a_candidate_passed_over_has_no_place_in_the_order(make_announcement, numbers, code):
    barred = [f"D{n:02d}" for n in range(1, 28)]
    recusals = [{"inspector_id": f"P{n:02d}", "unit_id": unit} for unit in barred for n in range(1, 10)]
    result = compute_draw(make_announcement(recusals=recusals), numbers, code(0), date(2026, 12, 7))
    rows = draw_rows([result], "2026-12")
    skipped = rows[rows["status"] == "skipped"]
    assert len(skipped) > 0
    assert set(skipped["order"]) == {0} and set(skipped["inspectors"]) == {""}
    assert (rows.loc[rows["status"] != "skipped", "order"] > 0).all()


def test_a_failed_reveal_stands_in_the_table(published):
    rows = draw_rows(read_rounds(published), "2026-12")
    last = rows[(rows["round"] == 2) & (rows["status"] == "drawn")]
    assert list(last["reason"]) == ["missing_reveal"]


def test_a_month_without_a_draw_gives_an_empty_table():
    assert draw_rows([], "2026-12").empty
