"""What `analysis check` prints: who has not submitted, what is wrong and what to do, and the reconciliation."""

import pandas as pd

from analysis.intake.lines import gather
from analysis.intake.month import CleanMonth
from analysis.policy.visible import escape_unseen

_GRAIN = {"cell": "单元格", "row": "行"}
_ACTIONS = {
    "blocking": "必须处理(不处理不能发布)",
    "set_aside": "存疑未采用",
    "accepted": "已确认,不计入并公示",
    "corrected": "已更正",
    "shown": "提示",
}
_MISSING = ("missing-delivery", "missing-label", "not-submitted")
_MOST_SHOWN = 50
_MOST_ENTRIES = 20


def describe_intake(clean: CleanMonth, refused: str = "") -> list[str]:
    """Return the state of a month's deliveries as lines for the command line.

    Args:
        clean: The month's intake.
        refused: Why a run refuses the month although nothing in it blocks; empty where it does not.
    """
    problems = clean.problems
    is_missing = problems["code"].isin(_MISSING) & problems["is_blocking"]
    lines = [f"{clean.period} 数据接收情况"]
    lines += ["一、未报送", *_list(problems[is_missing])]
    lines += ["二、问题及处理", *_problem_lines(problems[~is_missing])]
    lines += ["三、核对(读取=采用+存疑未采用+表头等非数据)", *_reconciliation_lines(clean.tables["reconciliation"])]
    if clean.entries:
        lines += ["四、确需认可的,填明理由、负责人、文号、日期后写入 corrections.yml(或用 analysis accept)"]
        lines += [f"  {entry}" for entry in clean.entries[:_MOST_ENTRIES]]
        lines += [f"  … 共{len(clean.entries)}条"] if len(clean.entries) > _MOST_ENTRIES else []
    n_blocking = int(problems["is_blocking"].sum())
    if refused:
        return [*lines, *refused.splitlines(), "结论:不能发布。"]
    lines.append(f"结论:有{n_blocking}处问题未处理,不能发布。" if n_blocking else "结论:数据齐全,可以发布。")
    return lines


def missing_deliveries(clean: CleanMonth) -> pd.DataFrame:
    """Return what has not been submitted and still blocks (S11).

    Returns:
        Columns office, unit_id, indicator_id, message; a row a missing delivery, column or value.
    """
    problems = clean.problems
    is_missing = problems["code"].isin(_MISSING) & problems["is_blocking"]
    return problems.loc[is_missing, ["office", "unit_id", "indicator_id", "message"]].reset_index(drop=True)


def _list(problems: pd.DataFrame) -> list[str]:
    lines = gather(problems)["message"]
    shown = [f"  {message}" for message in lines.head(_MOST_SHOWN)] or ["  无"]
    return [*shown, f"  … 共{len(lines)}条"] if len(lines) > _MOST_SHOWN else shown


def _problem_lines(problems: pd.DataFrame) -> list[str]:
    lines = []
    for action, title in _ACTIONS.items():
        own = problems[problems["action"] == action]
        if len(own):
            lines += [f"  {title}({len(own)})", *(f"  {line}" for line in _list(own))]
    return lines or ["  无"]


def _reconciliation_lines(reconciliation: pd.DataFrame) -> list[str]:
    return [
        escape_unseen(f"  《{row.file}》“{row.sheet}”:读取{row.n_read}{_GRAIN[row.grain]} = 采用{row.n_clean} + ")
        + f"存疑未采用{row.n_set_aside} + 表头等非数据{row.n_not_data}"
        for row in reconciliation.itertuples()
    ]
