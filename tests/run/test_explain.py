"""`analysis explain` tells how far the unit is from the lines, or plainly that the month cannot say."""

import json

import pytest

from analysis.policy.book import load_policy
from analysis.run.commands import main as cli
from analysis.run.explain import explain_published
from analysis.run.store.revisions import Store

UNIT = "D24"


@pytest.mark.parametrize("scope", ["month", "ytd"])
def test_the_margins_are_those_of_the_table_certainty_in_the_scope_asked(district, scope):
    told = explain_published(district, load_policy(district), "2023-02", UNIT, scope)["margins"]
    rows = Store(district).load("certainty", "2023-02").set_index(["scope", "unit_id"])
    row = rows.loc[(scope, UNIT)]
    assert (told["scope"], told["note"]) == (scope, "")
    assert told["down"]["points"] == pytest.approx(row["margin_down_points"])
    assert told["interview"]["points"] == pytest.approx(abs(row["margin_interview_points"]))
    assert told["is_listed"] == (row["margin_interview_points"] > 0)


def test_a_month_without_the_table_certainty_says_that_it_has_no_margins(district, monkeypatch, capsys):
    monkeypatch.setattr("analysis.run.explain._certainty", lambda *_: None)
    for arguments in ([], ["--json"]):
        command = ["analysis", "explain", "2023-01", UNIT, "--root", str(district), *arguments]
        monkeypatch.setattr("sys.argv", command)
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert not end.value.code
        printed = capsys.readouterr().out
        assert "没有 certainty 表" in printed
        if arguments:
            told = json.loads(printed)
            assert told["margins"]["up"] is None
            assert told["total"] is not None
