"""The vocabulary of problems: what each code does to publication, and the Chinese sentence that says what to do.

The names are Frictionless's where one fits. The severity of each follows the table "What a problem in the data
does": `blocking` stops publication until corrected or accepted by name, `set_aside` takes the row or cell out and
counts it, `shown` only tells.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import pandas as pd

from analysis.intake.readers import RawCell, cell_address
from analysis.intake.readers.model import DEFAULT
from analysis.intake.redact import redact
from analysis.policy.tables import TABLES
from analysis.policy.visible import escape_unseen, mark_unseen

Severity = Literal["blocking", "set_aside", "shown"]
_LONGEST_QUOTE = 40
_DAY = r"=?[\"'“]*(?:[0-9]{1,4}[-/.年月][0-9]{1,2}(?:[-/.月][0-9]{0,4})?[日号]?|20[0-9]{6})"
_CLOCK = (
    r"(?:[ T]*(?:上午|下午)?[0-9]{1,2}[:时][0-9]{0,2}[:分]?[0-9]{0,2}(?:\.[0-9]{1,9})?[^0-9]{0,5}(?:[+-][0-9:]{2,5})?)?"
)
_NAMES_NOBODY = re.compile(rf"{_DAY}{_CLOCK}[\"'”]*|[+-]?[0-9]{{1,10}}\.[0-9]+(?:E[+-]?[0-9]+)?%?")


class Code(NamedTuple):
    """What a code does, what was found, and what is to be done; `{...}` are filled in where it occurs."""

    severity: Severity
    found: str
    advice: str


CODES: dict[str, Code] = {
    # files and sheets
    "unreadable-file": Code("blocking", "文件无法读取:{why}", "{todo}"),
    "open-in-excel": Code("shown", "文件可能正在表格软件中打开", "请核对是否已保存"),
    "repeated-file": Code("shown", "与{other}逐字节相同,只采用一份", "请核对是否重复报送"),
    "two-registers": Code("shown", "与corrections.yml同时存在", "两处的更正和认可一并采用,请核对是否只用一处"),
    "replaced-file": Code("shown", "已由《{other}》取代,未采用", "决定:{by}"),
    "no-record": Code(
        "blocking",
        "没有读到一条数据:{seen}",
        "请改报可读取的表格,确无数据的请说明。操作员:确无数据的,删除该文件,或用 analysis accept --as no_data 认可",
    ),
    "earlier-file": Code(
        "blocking",
        "与{other}内容相同,是以前月份的数据",
        "请改报本月的数据。操作员:确属无误的,用 analysis accept --as value 认可",
    ),
    "overlapping-files": Code(
        "blocking",
        "与《{other}》有{count}个编号相同而内容不同",
        "请说明以哪一份为准。操作员:用 analysis accept --as replaced_by --by 写明另一份由它取代",
    ),
    "attachment": Code("shown", "文件是附件(扫描件、文档等),不作为数据读取", "其中的数据须另以表格报送"),
    "unknown-header": Code("blocking", "认不出表头,看到的是:{seen}", "请使用下发的表样;可识别的表有:{kinds}"),
    "missing-label": Code("blocking", "缺少“{label}”列", "请补上该列后重报,列名须与表样一致"),
    "duplicate-label": Code("blocking", "“{label}”列出现多次", "请只保留一列后重报"),
    "extra-label": Code(
        "set_aside",
        "“{label}”列不在表样中{hint},该列未采用",
        "如为考核数据,请改用表样中的列名后重报。操作员:列名登记在 params/sheets.yml 和 params/indicators.yml",
    ),
    "hidden-sheet": Code("shown", "工作表是隐藏的", "请核对其中数据是否应当报送"),
    "cut-off": Code("shown", "最后一行没有换行,文件可能在导出或传送时被截断", "请核对末尾各行是否齐全"),
    "units-left-out": Code("shown", "表中没有{units}({count}个单位)", "请核对表是否完整"),
    "format-unseen": Code("shown", "此格式的文件看不到错误值、公式或隐藏行列", "请另存为 .xlsx 后报送"),
    "unread-delivery": Code(
        "blocking",
        "{office}的“{title}”({what})没有可用的数据,送来的可能是未能读取的{files}",
        "请按该文件的问题更正后重报。操作员:确不报送的用 analysis accept 认可",
    ),
    "missing-delivery": Code(
        "blocking", "{office}未报送“{title}”({what})", "请报送。操作员:请催报,确不报送的用 analysis accept 认可"
    ),
    "wrong-month": Code("blocking", "{where}写的是{found},不是{month}", "请核对是否误报了其他月份的表"),
    "row-outside-table": Code("blocking", "表头以上有单位和数值", "请把数据移到表头以下后重报"),
    # units
    "unknown-unit": Code(
        "blocking",
        "单位名称{raw}不在被评单位名单中{hint}",
        "请改用规范名称后重报。操作员:名称无误的,在 params/units.yml 中登记",
    ),
    "inactive-unit": Code("blocking", "单位{raw}本月不参加考评({why})", "请删除该行,或按现行单位报送"),
    # cells
    "blank-cell": Code("blocking", "“{label}”为空", "请补填后重报"),
    "missing-cell": Code("blocking", "“{label}”为空", "请补填后重报"),
    "not-applicable-here": Code("blocking", "“{label}”每行必填,不能填{raw}", "请补填;整行不适用的,请删除该行"),
    "zero-count": Code(
        "blocking",
        "“{label}”填0,而其他单位不为0:填0会使“{fed}”不适用、权重转移",
        "请核实后更正,确为0的请书面说明。操作员:确为0的用 analysis accept --as value 认可",
    ),
    "extra-cell": Code("blocking", "本行比表头多出内容{raw},各列可能已错位", "请核对分隔符后重新导出"),
    "short-row": Code("blocking", "本行有{found}格,表头有{expected}格,各列可能已错位", "请核对分隔符后重新导出"),
    "blank-label": Code("set_aside", "内容{raw}所在列没有列名,未采用", "如为考核数据,请补列名后重报"),
    "stray-cell": Code("shown", "表格以外的内容{raw}未采用", "如为考核数据,请移入表内相应列后重报"),
    "error-value": Code("blocking", "“{label}”是错误值{raw}", "请修正公式或改填数值后重报"),
    "formula-uncached": Code("blocking", "“{label}”是未计算的公式{raw}", "请在表格软件中打开、计算并保存后重报"),
    "type-error": Code("blocking", "“{label}”填的{raw}不是{expected}", "请改填{expected}后重报"),
    "constraint-error": Code("blocking", "“{label}”填的{raw}超出允许范围({allowed})", "请核实后重报"),
    "ambiguous-number": Code("blocking", "“{label}”填的{raw}有多种读法(如分数、小数与百分数)", "请写明确切数值后重报"),
    "ambiguous-date": Code("blocking", "“{label}”填的{raw}不能确定是哪一天", "请按“2026年4月5日”的形式填写后重报"),
    "invalid-date": Code("blocking", "“{label}”填的{raw}没有这一天", "请核实日期后重报"),
    "unseen-sign": Code(
        "blocking", "“{label}”填的{raw}含有看不见的符号,显示的可能不是存储的", "请删去内容、重新键入后重报"
    ),
    "number-as-id": Code(
        "blocking",
        "“{label}”{raw}是按数字存的编号,格式遮住了它的原样(如1.1与1.10、过长的编号)",
        "请把该列设为文本,重新填写编号后重报",
    ),
    "struck-through": Code("blocking", "“{label}”填的{raw}带删除线,不能确定是否有效", "请删去内容或去掉删除线后重报"),
    "half-ratio": Code(
        "blocking", "“{label}”的分子、分母只有一方不适用(填的是{raw})", "请补填;整项不适用的,两方都填“/”"
    ),
    "merged-value": Code("blocking", "“{label}”的数值跨行合并,不能确定归哪一行", "请取消合并、逐行填写后重报"),
    "hidden-cell": Code("shown", "{what}是隐藏的,其中的数据已照常读取", "请核对是否应当计入"),
    # rows
    "duplicate-row": Code("set_aside", "与{other}完全相同,只计一次", "请核对是否重复填报"),
    "conflicting-values": Code("blocking", "与{other}不一致:{difference}", "请核实以哪一处为准,更正另一处后重报"),
    "judgement": Code("blocking", "{why}", "请核实后重报"),
    "inconsistent-row": Code("blocking", "{why}", "请核实后重报"),
    "above-cap": Code("shown", "{unit}本月加分合计{points}分,按上限{cap}分计", "请核对加分依据"),
    "not-meant": Code("set_aside", "“{label}”不考核该单位,所填{raw}未采用", "请核对指标的适用范围"),
    "above-whole": Code("shown", "“{label}”的分子{numerator}大于分母{denominator},按满分计", "请核对原始数据"),
    # reports
    "not-submitted": Code(
        "blocking", "{unit}的“{label}”未报送", "请补报,不适用的填“/”。操作员:确不报送的用 analysis accept 认可"
    ),
    "accepted-value": Code("shown", "{raw}经认可照此采用", "认可:{by}"),
    "corrected": Code("shown", "原值{raw}按{document}更正为{value}({reason})", "更正人{who},{date};原始文件未改动"),
}

# What an acceptance of a file as a whole settles.
SETTLED_BY = {
    "value": frozenset({"earlier-file", "wrong-month", "too-many-set-aside"}),
    "no_data": frozenset({"unreadable-file", "unknown-header", "no-record"}),
    "replaced_by": frozenset(),
}

# The readers' reasons in words, each with what to do.
UNREADABLE: dict[str, tuple[str, str]] = {
    "missing": ("打不开", "请检查文件及其权限"),
    "special": ("不是普通文件(管道、设备等)", "请删除"),
    "open-in-excel": ("正在表格软件中打开", "请保存并关闭后重新运行"),
    "web-page": ("是网页,不是表格文件", "请用表格软件打开并另存为 .xlsx 后重报"),
    "archive": ("是压缩包", "请解压后把其中的文件放入月份文件夹"),
    "binary-workbook": ("是二进制工作簿(.xlsb)", "请用表格软件打开并另存为 .xlsx 后重报"),
    "unfinished": ("下载没有完成", "请重新下载"),
    "unknown-parquet": ("认不出其中的列,不是工单或转办记录", "请改用下发的表样"),
    "private-use": ("含有自造字或表情符号", "请删去该符号,或另存为“CSV UTF-8”后重报"),
    "swallowed-rows": ("引号在此打开,把后面的行吞进了一格", "请删去多余的引号后重新导出"),
    "file-name": ("文件名不是 UTF-8 编码,或含有换行等控制字符", "请改名后重新放入"),
    "empty": ("文件是空的", "请重新报送"),
    "too-large": ("文件过大", "请拆分,或改为 CSV 报送"),
    "too-many-sheets": (f"工作表超过{DEFAULT.sheets}个", "请删去空白工作表,或拆分后重报"),
    "too-many-cells": ("单元格过多", "请删去表格以外带格式的空白行列,或拆分、改为 CSV 后重报"),
    "too-many-rows": ("行数过多", "请按周拆分后重报"),
    "too-much-memory": ("读取所需的内存过大", "请删去图片和多余的格式,或改为 CSV 后重报"),
    "endless-line": ("有一行没有结尾,不是按行分开的表格", "请重新导出并报送"),
    "encrypted": ("文件设有密码", "请取消密码后重报"),
    "truncated": ("文件不完整或已损坏", "请重新导出并报送"),
    "bomb": ("压缩内容异常膨胀", "请用表格软件另存为 .xlsx 后重报"),
    "doctype": ("文件含有不允许的声明", "请用表格软件另存为 .xlsx 后重报"),
    "far-cell": ("数据区以外很远处有内容", "请删除表格以外的行和列后重报"),
    "unsafe-path": ("压缩包内路径异常", "请用表格软件另存为 .xlsx 后重报"),
    "not-a-workbook": ("不是表格文件", "请另存为 .xlsx 后重报"),
    "malformed": ("文件结构有误", "请用表格软件打开并另存为 .xlsx 后重报"),
    "encoding": ("文字编码不能确定", "请另存为“CSV UTF-8”后重报"),
    "not-text": ("含有控制字符,不是文本", "请重新导出并报送"),
    "unclosed-quote": ("引号没有成对", "请重新导出并报送"),
    "timeout": ("读取超时", "请拆分后重报"),
    "crashed": ("文件使读取程序中断", "请用表格软件打开并另存为 .xlsx 后重报"),
    "folder": ("这是子文件夹,不读取", "请把其中的文件移到月份文件夹"),
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong or worth telling, and where; `row` and `column` are 0 where there is no one place.

    `touches` holds the unit-indicator pairs whose value it keeps from scoring; `delivery` names one that is missing.
    """

    code: str
    message: str
    severity: Severity
    file: str = ""
    sheet: str = ""
    row: int = 0
    column: int = 0
    office: str = ""
    unit_id: str = ""
    touches: tuple[tuple[str, str], ...] = ()
    action: str = ""
    delivery: str = ""

    @property
    def cell(self) -> str:
        """The address, or an empty text."""
        return cell_address(self.row, self.column) if self.row and self.column else ""

    @property
    def is_blocking(self) -> bool:
        """Whether it stops publication."""
        return self.severity == "blocking"

    @property
    def sets_aside(self) -> bool:
        """Whether the cell or row is taken out."""
        return self.severity != "shown" or self.action == "accepted"


def report(
    code: str,
    *,
    file: str = "",
    sheet: str = "",
    row: int = 0,
    column: int = 0,
    unit_id: str = "",
    touches: Iterable[tuple[str, str]] = (),
    **words: object,
) -> Problem:
    """Return a problem with its sentence, always one line: where, what, what to do.

    Args:
        code: A key of `CODES`.
        file: The file's name; empty where nothing was delivered.
        sheet: The sheet's name.
        row: Row number from 1, 0 for the whole sheet.
        column: Column number from 1, 0 for the whole row.
        unit_id: The unit that it concerns.
        touches: The unit-indicator pairs whose value it keeps from scoring.
        words: What fills the code's sentence.
    """
    severity, found, advice = CODES[code]
    place = _where(file, sheet, row, column)
    sentence = f"{found.format(**words)}。{advice.format(**words)}。"
    message = escape_unseen(f"{place}:{sentence}" if place else sentence)
    return Problem(code, message, severity, file, sheet, row, column, unit_id=unit_id, touches=tuple(touches))


def _where(file: str, sheet: str, row: int, column: int) -> str:
    parts = [f"《{file}》" if file else ""]
    if sheet and sheet != file.rpartition(".")[0]:
        parts.append(f"工作表“{sheet}”")
    if row and column:
        parts.append(f"{cell_address(row, column)}单元格")
    elif row:
        parts.append(f"第{row}行")
    return "".join(parts)


def quote(raw: RawCell | object, *, is_id: bool = False) -> str:
    """Return a raw value as a sentence may quote it: on one line, not too long, what points to a citizen taken out.

    An id, a date and a number with a point name nobody: they are shown, so that they can be mended.
    """
    text = mark_unseen(" ".join(str(raw.text if isinstance(raw, RawCell) else raw).split()))
    text = text if is_id or _NAMES_NOBODY.fullmatch(text) else redact(text)
    return f"“{text[:_LONGEST_QUOTE]}…”" if len(text) > _LONGEST_QUOTE else f"“{text}”"


def accept(problem: Problem, by: str) -> Problem:
    """Return a problem that a named person accepted: it no longer blocks, what it touches stays excluded."""
    return replace(problem, severity="set_aside", action="accepted", message=f"{problem.message}已认可:{by}。")


def problems_table(problems: Iterable[Problem]) -> pd.DataFrame:
    """Return the table `problems`: a row a raw cell or row that is set aside, corrected, accepted or shown."""
    rows = {
        (p.file, p.sheet, p.cell, p.code, p.unit_id, p.message): {
            "file": p.file,
            "sheet": p.sheet,
            "cell": p.cell,
            "office": p.office,
            "unit_id": p.unit_id,
            "indicator_id": p.touches[0][1] if len(p.touches) == 1 else "",
            "code": p.code,
            "message": p.message,
            "action": p.action or ("corrected" if p.code == "corrected" else p.severity),
            "is_blocking": p.is_blocking,
        }
        for p in problems
    }
    return TABLES["problems"].check(pd.DataFrame(list(rows.values()))) if rows else TABLES["problems"].empty()
