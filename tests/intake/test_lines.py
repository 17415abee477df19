"""A flood of one kind is one line, in the order in which a person counts; offices read what they can act on."""

from datetime import date

import pandas as pd
import pytest
from openpyxl import load_workbook

from analysis.intake.describe import describe_intake
from analysis.intake.lines import gather, in_natural_order
from analysis.intake.month import CleanMonth
from analysis.intake.problems import problems_table, report
from analysis.intake.send_back import answer_until, write_problem_workbooks


def bad_dates(n, file="台账.xlsx"):
    words = {"label": "时限", "raw": "“x”", "expected": "日期"}
    return [report("type-error", file=file, row=row, column=5, **words) for row in range(2, n + 2)]


def test_a_flood_of_one_kind_in_a_file_is_one_line_with_its_count_and_first_cells():
    (line,) = gather(problems_table(bad_dates(754))).itertuples()
    assert line.n == 754
    assert "共754处:E2、E3、E4、E5、E6…" in line.message


def test_kinds_files_and_missing_deliveries_stay_apart():
    missing = [report("missing-delivery", office=name, title="表", what="x") for name in "甲乙丙丁戊"]
    lines = gather(problems_table([*bad_dates(9), *bad_dates(9, "任务.xlsx"), *missing, *bad_dates(2, "短.xlsx")]))
    assert sorted(lines["n"]) == [1] * 7 + [9, 9]


def test_places_are_in_natural_order():
    files = [report("attachment", file=f"表{n}.pdf") for n in (10, 9, 1)]
    ordered = in_natural_order(problems_table([*files, *reversed(bad_dates(12))]))
    assert ordered["file"].tolist()[-3:] == ["表1.pdf", "表9.pdf", "表10.pdf"]
    assert ordered["cell"].tolist()[:12] == [f"E{row}" for row in range(2, 14)]


def test_check_and_run_say_the_same_lines(district):
    rows = [["单位", "“三定”规定落实"], *([f"某局{n}", 90] for n in range(60))]
    district.write("评分.xlsx", rows)
    clean = district.clean()
    with pytest.raises(Exception, match="共60处") as refused:
        clean.refuse_if_blocked()
    told = "\n".join(describe_intake(clean))
    assert [line for line in str(refused.value).splitlines()[1:] if line.strip() not in told] == []


def test_what_goes_back_speaks_to_the_office_with_a_deadline_and_lists_open_tickets(district, tmp_path):
    rows = [
        report("unknown-unit", file="评分.xlsx", row=2, column=1, raw="“某局”", hint=""),
        *bad_dates(9, "评分.xlsx"),
    ]
    problems = problems_table(rows).assign(office="甲局")
    missing = problems.head(1).assign(code="open-ticket-missing", message="有未办结工单未报送。")
    tickets = pd.DataFrame(
        [
            ["GD1", "D01", "2026-09-07", "2026-09-14", "2026-09", False],
            ["GD2", "D01", "2026-10-07", "", "2026-10", False],
        ],
        columns=["ticket_id", "unit_id", "received", "due_final", "delivered_in", "is_closed"],
    )
    clean = CleanMonth(
        "2026-10", {"problems": pd.concat([problems, missing]), "tickets": tickets}, {"D01": "区委办公室"}
    )

    (path,) = write_problem_workbooks(clean, tmp_path, answer_until(district.policy))

    book = load_workbook(path)
    texts = {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}
    assert "请于2026-11-03前" in texts["数据问题"][0][0]
    assert "params/" not in str(texts) and "操作员" not in str(texts)
    assert len(texts["数据问题"]) == 2 + 3 and len(texts["逐条明细"]) == 2 + 11
    assert texts["本月未报送的未办结工单"][2] == ["GD1", "区委办公室", "2026-09-07", "2026-09-14", "2026-09"]


def test_without_a_calendar_for_the_deadline_none_is_named(district):
    later = type(district.policy)(**vars(district.policy) | {"period": "2098-12"})
    assert answer_until(later) is None
    assert answer_until(district.policy) == date(2026, 11, 3)
