"""Tables are declared column by column: head, cell and side together."""

import pandas as pd
import pytest
from markupsafe import Markup

from analysis.report.page.pieces import Change, number, table, text

UNITS = pd.DataFrame({"unit": ["a", "b"], "tier": ["good", "fail"], "total": [91.5, 60.0]})
COLUMNS = [
    text("单位", "unit"),
    text("等次", "tier", {"good": "良好", "fail": "不达标"}),
    number("得分", "total", "{:.2f}".format),
    text("备注", lambda row: "<b>" if row.total < 90 else Markup("<i>高</i>")),
]


def test_a_row_of_a_frame_is_written_as_its_columns_say():
    shown = table(COLUMNS[:3], UNITS, "得分", css="dense")
    assert '<tr><th scope="row">a</th><td>良好</td><td class="num">91.50</td></tr>' in shown
    assert '<td data-head="备注"><i>高</i></td></tr>' in table(COLUMNS, UNITS, "得分", css="dense")


def test_heads_stand_on_the_side_of_their_cells():
    shown = table(COLUMNS, UNITS, "得分")
    assert '<th scope="col">等次</th><th scope="col" class="num">得分</th>' in shown


def test_cells_heads_and_captions_are_escaped():
    shown = table([*COLUMNS, text("<u>", "unit")], UNITS, "<s>")
    assert "&lt;b&gt;</td>" in shown
    assert "&lt;u&gt;</th>" in shown
    assert "<caption>&lt;s&gt;</caption>" in shown


def test_rows_of_few_columns_are_cards_where_that_is_asked_for():
    assert 'class="dated cards"' in table(COLUMNS[:3], UNITS, "得分", css="dated cards")
    assert "data-head" in table(COLUMNS[:3], UNITS, "得分", css="cards")
    assert 'class="cards"' in table(COLUMNS, UNITS, "得分", css="cards")
    assert "data-head" not in table(COLUMNS[:3], UNITS, "得分")


def test_columns_that_a_card_does_not_begin_with_are_folded_where_there_are_rows():
    shown = table(COLUMNS, UNITS, "得分", first=("等次",))
    assert '<th scope="col">等次</th>' in shown and '<th scope="col" class="num folded">得分</th>' in shown
    assert shown.count("<details") == 1 and "<details" not in table(COLUMNS, UNITS[:0], "得分", first=("等次",))


def test_rows_may_be_any_objects():
    rows = UNITS.itertuples()
    assert table(COLUMNS, list(rows), "得分") == table(COLUMNS, UNITS, "得分")


def test_a_table_without_rows_says_so():
    assert f'<td colspan="{len(COLUMNS)}">无</td>' in table(COLUMNS, UNITS[:0], "得分")


def test_a_value_without_a_word_is_not_shown_as_it_is():
    with pytest.raises(KeyError):
        table([text("等次", "tier", {"good": "良好"})], UNITS, "等次")


@pytest.mark.parametrize(("moved", "is_good"), [(-0.23, None), (0.36, None), (-0.37, False), (0.4, True)])
def test_a_change_within_the_usual_is_neither_good_nor_bad(moved, is_good):
    assert Change("环比", moved, 0.36).is_good(True) is is_good
    assert Change("环比", moved).is_good(True) is None
