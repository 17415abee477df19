"""`analysis export`: a table over months as CSV or as a workbook, from any folder of the district."""

import io

import openpyxl
import pandas as pd
import pytest

from analysis.run.commands import main

pytestmark = pytest.mark.slow


def export(monkeypatch, *words) -> int:
    monkeypatch.setattr("sys.argv", ["analysis", "export", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main.main()
    return ended.value.code or 0


def test_csv_is_printed_with_names(district, capsys, monkeypatch):
    monkeypatch.chdir(district / "data/raw")
    assert export(monkeypatch, "unit_scores", "--from", "2023-01", "--to", "2023-02", "--scope", "ytd") == 0
    frame = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert (frame["period"].nunique(), set(frame["scope"])) == (2, {"ytd"})
    assert "unit_name" in frame


def test_a_workbook_has_chinese_heads_numbers_as_numbers_and_no_formula(district, tmp_path, monkeypatch):
    file = tmp_path / "scores.xlsx"
    assert export(monkeypatch, "unit_scores", "--from", "2023-02", "--root", district, "--xlsx", file) == 0
    heads, first, *others = openpyxl.load_workbook(file).active.iter_rows(values_only=True)
    assert heads[:4] == ("考核月份", "口径", "单位编号", "单位名称")
    assert isinstance(first[heads.index("总分")], float)
    assert len(others) > 80
    kinds = {cell.data_type for row in openpyxl.load_workbook(file).active.iter_rows() for cell in row}
    assert "f" not in kinds


def test_a_slip_in_the_name_is_wrong_usage(district, capsys, monkeypatch):
    assert export(monkeypatch, "unit_score", "--root", district) == 2
    assert "perhaps 'unit_scores'" in capsys.readouterr().err
