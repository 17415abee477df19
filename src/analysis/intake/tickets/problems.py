"""What can be wrong with a row of tickets or transfers: each code's effect, sentence and the field that shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from analysis.intake.problems import UNREADABLE, Code, Problem, quote, report
from analysis.intake.readers import UnreadableFile

_TELL = "请核对原始工单后更正重报"
ROW_CODES: dict[str, Code] = {
    "number-as-id": Code("blocking", "工单编号{raw}是按数字存的,已被缩写或遮住原样", "请把该列设为文本,重新导出后报送"),
    "missing-ticket": Code("set_aside", "工单编号为空", "请补填后重报"),
    "unknown-unit": Code(
        "set_aside", "单位{raw}不在被评单位名单中", "请改用规范名称后重报。操作员:名称无误的,在 params/units.yml 中登记"
    ),
    "missing-received": Code("set_aside", "受理日期为空", "请补填后重报"),
    "invalid-date": Code("set_aside", "日期{raw}无法识别", "请按“2026-04-05”的形式填写后重报"),
    "date-outside-calendar": Code(
        "set_aside", "日期{raw}超出工作日历的年份", "请核实日期。操作员:日期无误的,补充 params/calendar.yml"
    ),
    "received-in-future": Code("set_aside", "受理日期{raw}晚于统计截止日", "请核实日期"),
    "closed-before-received": Code("set_aside", "办结日期{raw}早于受理日期", _TELL),
    "due-before-received": Code("set_aside", "办理时限{raw}早于受理日期", _TELL),
    "ambiguous-value": Code("set_aside", "是否类内容{raw}无法识别", "请填“是”或“否”后重报"),
    "status-contradicts": Code("set_aside", "办理状态{raw}与办结日期矛盾", _TELL),
    "conflicting-ticket": Code("set_aside", "同一工单编号{raw}的内容前后不一致", "请核实以哪一条为准,删除其余后重报"),
    "duplicate-ticket": Code("shown", "工单{raw}重复出现且内容相同,只计一次", "请核对导出条件"),
    "marked-duplicate": Code("shown", "工单的状态为{raw},系重复登记,不计件", "请核对是否确为重复"),
    "unknown-ticket": Code("set_aside", "转办记录所指工单{raw}不在工单表中", "请核对工单编号"),
    "invalid-step": Code("set_aside", "转办序号{raw}不是正整数", "请更正后重报"),
    "self-transfer": Code("set_aside", "转出单位与转入单位相同({raw})", _TELL),
    "moved-before-received": Code("set_aside", "转办日期{raw}早于受理日期", _TELL),
    "moved-in-future": Code("set_aside", "转办日期{raw}晚于统计截止日", "请核实日期"),
    "conflicting-transfer": Code("set_aside", "工单{raw}同一步转办的内容前后不一致", "请核实以哪一条为准"),
    "duplicate-transfer": Code("shown", "工单{raw}的转办记录重复,只计一次", "请核对导出条件"),
    "late-return": Code("shown", "工单{raw}的退回超过规定的工作日,办理时限不重新起算", "请规范退回"),
    "long-extension": Code("shown", "延期至{raw}超过延期上限,按上限计算", "请核对延期审批"),
    "early-extension": Code("shown", "延期至{raw}早于原办理时限,延期不计", "请核对延期审批"),
}
FILE_CODES: dict[str, Code] = {
    "ragged-rows": Code("blocking", "{count}行(如第{row}行)的格数与表头不同,各列可能已错位", "请核对分隔符后重新导出"),
    "transfers-alone": Code("shown", "没有可用的工单表,{count}条转办记录无法核对,未采用", "请先补报工单表"),
    "too-many-set-aside": Code(
        "blocking", "{count}行数据中有{set_aside}行存疑未采用,超过上限{share:.1%}", "请更正后重报"
    ),
    "unknown-matter": Code("shown", "事项{raw}不在权责清单和边界清单中,共{count}件", "照常统计,提请研究职责归属"),
    "unknown-channel": Code(
        "shown",
        "来源渠道{raw}不认识,共{count}件,计入“其他渠道”",
        "请核实渠道名称。操作员:无误的,在 params/tickets.yml 中登记",
    ),
    "open-ticket-missing": Code("shown", "上月末未办结的{count}件工单(如{raw})本月未报送,按仍未办结计算", "请补报"),
    "late-registration": Code(
        "shown", "{count}件工单(如{raw})的到期月已公布而此前未报送,不计入任何月的办结率", "请核实原因"
    ),
}
_ABOUT_TICKETS = frozenset({"open-ticket-missing", "late-registration"})
# The field whose cell a problem names; the ticket's own cell where nothing else says it better.
FIELD_OF = {
    "marked-duplicate": "status",
    "unknown-unit": "unit", "missing-received": "received", "received-in-future": "received",
    "closed-before-received": "closed", "due-before-received": "due", "status-contradicts": "status",
    "invalid-step": "step", "self-transfer": "to_unit", "moved-before-received": "date", "moved-in-future": "date",
    "long-extension": "extended_to", "early-extension": "extended_to",
}  # fmt: skip


class Source(NamedTuple):
    """A file (or sheet of a workbook) of the delivery and where its fields stand (column from 0)."""

    file: str
    sheet: str
    kind: str
    office: str
    columns: Mapping[str, int]


def row_problem(code: str, source: Source, row: int, field: str, raw: str, unit_id: str = "") -> Problem:
    """Return the problem of one row, at the cell of `field` (the row's first mapped cell where the file lacks it)."""
    column = source.columns.get(field, source.columns.get("ticket", 0)) + 1
    severity, found, advice = ROW_CODES[code]
    sentence = f"《{source.file}》第{row}行:{found.format(raw=quote(raw, is_id=field == 'ticket'))}。{advice}。"
    return Problem(code, sentence, severity, source.file, source.sheet, row, column, source.office, unit_id)


def file_problem(code: str, source: Source, **words: object) -> Problem:
    """Return the problem of a whole file."""
    severity, found, advice = FILE_CODES[code]
    words = {name: quote(word, is_id=code in _ABOUT_TICKETS) if name == "raw" else word for name, word in words.items()}
    sentence = f"《{source.file}》:{found.format(**words)}。{advice.format(**words)}。"
    return Problem(code, sentence, severity, source.file, source.sheet, office=source.office)


def unreadable(refusal: UnreadableFile, office: str) -> Problem:
    """Return the blocking problem of a file that the readers refuse."""
    why, todo = UNREADABLE[refusal.reason]
    problem = report("unreadable-file", file=refusal.file, row=refusal.row, why=why, todo=todo)
    return replace(problem, office=office)


def ragged_rows(source: Source, rows: tuple[int, ...]) -> list[Problem]:
    """Return the blocking problem of a text file with rows of data that are longer or shorter than its header."""
    if not rows:
        return []
    problem = file_problem("ragged-rows", source, count=len(rows), row=rows[0])
    return [replace(problem, row=rows[0], column=1)]


def too_many_set_aside(counts: Iterable[tuple[Source, int, int]], share: float) -> list[Problem]:
    """Return a blocking problem for each source (with its data rows and those set aside) past the share in params."""
    return [
        file_problem("too-many-set-aside", source, count=n_rows, set_aside=n_aside, share=share)
        for source, n_rows, n_aside in counts
        if n_aside > share * n_rows
    ]
