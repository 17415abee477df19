"""What the intake found, told for the page of the first notebook and the bulletin's data section."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from analysis.report.page.pieces import Column, table

ACTIONS = {
    "blocking": "待处理",
    "set_aside": "搁置",
    "accepted": "认可",
    "corrected": "更正",
    "shown": "提示",
}
_GRAINS = {"cell": "单元格", "row": "行"}
_STATUSES = {
    "ok": "计分",
    "not_applicable": "不适用",
    "not_submitted": "未报",
    "not_drawn": "未抽中",
    "accepted": "认可缺报",
}
_COUNTS = ("n_read", "n_clean", "n_set_aside", "n_not_data")


def answer(reconciliation: pd.DataFrame, problems: pd.DataFrame) -> str:
    """Return the answer in a sentence: how much was read, used, set aside, and how many problems are left."""
    read, clean, aside, other = (int(reconciliation[name].sum()) for name in _COUNTS)
    counts = problems["action"].value_counts()
    told = "、".join(f"{word}{counts[action]}处" for action, word in ACTIONS.items() if counts.get(action, 0))
    agrees = "核对一致" if read == clean + aside + other else "核对不一致"
    return f"共读取{read}项，采用{clean}项，搁置{aside}项，非数据{other}项，{agrees}。问题处理：{told or '无'}。"


def reconciliation_table(reconciliation: pd.DataFrame) -> Markup:
    """Return the reconciliation, a row a sheet."""
    heads = ("文件", "工作表", "报送单位", "单位", "读取", "采用", "搁置", "非数据")
    columns = [Column(head, place > 3) for place, head in enumerate(heads)]
    rows = (
        [row.file, row.sheet, row.office, _GRAINS[row.grain], *(str(getattr(row, name)) for name in _COUNTS)]
        for row in reconciliation.itertuples()
    )
    return table(columns, rows, "各文件核对（读取=采用+搁置+非数据）")


def problem_table(problems: pd.DataFrame) -> Markup:
    """Return the problems with what was done about each."""
    columns = [Column(head) for head in ("位置", "问题", "处理", "报送单位")]
    rows = (
        ["·".join(filter(None, (row.file, row.sheet, row.cell))), row.message, ACTIONS[row.action], row.office]
        for row in problems.itertuples()
    )
    return table(columns, rows, "数据问题及处理")


def status_table(measurements: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return how many values of each indicator score, and why the others do not."""
    counts = measurements.pivot_table(
        index=["channel", "indicator_id"], columns="status", values="measurement_id", aggfunc="count", fill_value=0
    ).reindex(columns=list(_STATUSES), fill_value=0)
    columns = [Column("指标"), Column("考核渠道"), *(Column(word, True) for word in _STATUSES.values())]
    rows = (
        [names[indicator], names[channel], *(str(n) for n in row)] for (channel, indicator), *row in counts.itertuples()
    )
    return table(columns, rows, "各指标数据状况（个）")
