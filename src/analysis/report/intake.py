"""What the intake found: each file accounted for, the problems, and what scores (S11)."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from analysis.policy.tables import TABLES
from analysis.policy.visible import escape_unseen
from analysis.report.page.pieces import number, table, text
from analysis.report.words import WORDS

_COUNTS = {"n_read": "读取", "n_clean": "采用", "n_set_aside": "存疑未采用", "n_not_data": "表头等非数据行"}


def answer(reconciliation: pd.DataFrame, problems: pd.DataFrame) -> str:
    """Return the answer in a sentence: how much was read, used, set aside, and how many problems are left."""
    read, clean, aside, other = (int(reconciliation[name].sum()) for name in _COUNTS)
    counts = problems["action"].value_counts()
    told = "、".join(
        f"{word}{counts[action]}处" for action, word in WORDS.problem_actions.items() if counts.get(action, 0)
    )
    agrees = "核对一致" if read == clean + aside + other else "核对不一致"
    counts = f"共读取{read}项，采用{clean}项，存疑未采用{aside}项，表头等非数据{other}项"
    return f"{counts}，{agrees}。问题处理：{told or '无'}。"


def reconciliation_table(reconciliation: pd.DataFrame) -> Markup:
    """Return the reconciliation, a row a sheet."""
    columns = [
        text("文件", lambda r: escape_unseen(r.file)),
        text("工作表", lambda r: escape_unseen(r.sheet)),
        text("报送单位", "office"),
        text("单位", "grain", WORDS.grains),
        *(number(head, count) for count, head in _COUNTS.items()),
    ]
    return table(columns, reconciliation, "各文件核对（读取=采用+存疑未采用+表头等非数据）")


def problem_table(problems: pd.DataFrame) -> Markup:
    """Return the problems with what was done about each."""
    columns = [
        text("位置", lambda r: escape_unseen("·".join(filter(None, (r.file, r.sheet, r.cell))))),
        text("问题", "message"),
        text("处理", "action", WORDS.problem_actions),
        text("报送单位", "office"),
    ]
    return table(columns, problems, "数据问题及处理")


def status_table(measurements: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return how many values of each indicator score, and why the others do not."""
    statuses = TABLES["measurements"].entry.fields["status"].constraints.enum
    counts = measurements.pivot_table(
        index=["channel", "indicator_id"], columns="status", values="measurement_id", aggfunc="count", fill_value=0
    ).reindex(columns=list(statuses), fill_value=0)
    columns = [
        text("指标", lambda r: names[r.indicator_id]),
        text("考核渠道", lambda r: names[r.channel]),
        *(number(WORDS.statuses[status], status) for status in statuses),
    ]
    return table(columns, counts.reset_index(), "各指标数据状况（个）")


def quality_table(reconciliation: pd.DataFrame, problems: pd.DataFrame) -> Markup:
    """Return 数据质量: what each office delivered, what was used, set aside, corrected, accepted."""
    by_office = reconciliation.groupby("office", sort=True)[list(_COUNTS)].sum()
    actions = problems.pivot_table(index="office", columns="action", values="file", aggfunc="count").reindex(
        columns=["corrected", "accepted"]
    )
    joined = by_office.join(actions).fillna(0).astype(int)
    columns = [
        text("报送单位", lambda r: r.Index or "未识别"),
        *(number(head, count) for count, head in _COUNTS.items()),
        number("更正", "corrected"),
        number("经确认", "accepted"),
    ]
    return table(columns, joined, "数据接收与核对（评分表按单元格、其余按行计；读取=采用+存疑未采用+表头等非数据）")
