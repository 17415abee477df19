"""A month's empty forms to send out, and the list of who sends what (`analysis start`).

The forms go to `forms/<period>/` under the root. `data/raw/<period>/` holds deliveries alone: an empty form that lay
there would be read as a delivery in which nothing was submitted.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from analysis.intake import objection_files, objections, register
from analysis.intake.entry_sheets import EntrySheet
from analysis.intake.send_back import due_on
from analysis.policy.book import Policy, load_policy
from analysis.policy.errors import UsageError
from analysis.policy.messages import say
from analysis.policy.period import month_end, parse_period, year_to_date
from analysis.policy.sheets import Delivery
from analysis.run.forms.columns import listing_columns, score_columns, value_range
from analysis.run.forms.workbooks import Form, FormColumn, FormRow, build_workbook

_EMPTY_ROWS = 60
_FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))  # of every year: the others follow the moon
_LIST = "报送清单"
_UNITS = "单位名单"


def write_forms(root: Path, period: str, out: Path | None = None) -> list[Path]:
    """Write the month's empty forms, one for each delivery, and the list of who sends what.

    Args:
        root: Where params/ lies.
        period: The month; the units, indicators and choices are those in force in it (R7).
        out: The folder to write into; `forms/<period>` under the root if none is given.

    Returns:
        The files written: the forms in the order of the deliveries, then the list; in a January last the next year's
        calendar to fill in, where `params/calendar.yml` has none (S19).

    Raises:
        UsageError: the month is wrong, the folder lies under data/raw, or one of the files is there already.
        PolicyError: params/ is wrong.
    """
    root = Path(root)
    book = load_policy(root)
    policy = book.at(parse_period(period))
    folder = Path(out) if out else root / "forms" / period
    if folder.resolve().is_relative_to((root / "data" / "raw").resolve()):
        told = say("{folder}: data/raw holds deliveries alone; write the forms elsewhere, such as forms/{period}")
        raise UsageError(told.format(folder=folder, period=period))
    families = {family.id: family.name for family in book.indicators.families}
    files = {_file_name(policy, d): _make(policy, d, families) for d in policy.sheets.deliveries}
    registers = {register.REGISTER: _register(policy), objection_files.REGISTER: _objections(policy)}
    files |= {f"{name}{_month(policy)}.xlsx": _to_workbook(sheets, policy) for name, sheets in registers.items()}
    files[f"{_LIST}{_month(policy)}.xlsx"] = _to_workbook([_list_deliveries(policy)], policy)
    files |= _calendar_template(policy)
    present = [name for name in files if (folder / name).exists()]
    if present:
        told = say("{folder}: {present} there already; move or delete what is there first")
        raise UsageError(told.format(folder=folder, present="、".join(present)))
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


def _calendar_template(policy: Policy) -> dict[str, bytes]:
    """Return the next year's entry of `params/calendar.yml`, with the fixed holidays that are weekdays."""
    year = int(policy.period[:4]) + 1
    if not policy.period.endswith("-01") or year in {entry.year for entry in policy.calendar.years}:
        return {}
    days = [date(year, month, day) for month, day in _FIXED_HOLIDAYS]
    holidays = ", ".join(day.isoformat() for day in days if day.weekday() < 5)
    text = (
        f"# {year}年节假日（S19）：放假通知发布后核对补全，status改为official，document写文号，\n"
        "# 整段接到params/calendar.yml末尾。\n"
        "# holidays：放假的星期一至星期五；extra_working_days：调休上班的星期六、星期日。\n"
        f"  - year: {year}\n    status: provisional\n    document: 放假通知尚未发布\n"
        f"    holidays: [{holidays}]\n    extra_working_days: []\n"
    )
    return {f"{year}年节假日.yml": text.encode()}


def _month(policy: Policy) -> str:
    return f"{int(policy.period[:4])}年{int(policy.period[5:])}月"


def _file_name(policy: Policy, delivery: Delivery) -> str:
    stem, dot, ending = delivery.file.rpartition(".")
    return f"{stem}{_month(policy)}{dot}{ending}"


def _make(policy: Policy, delivery: Delivery, families: dict[str, str]) -> bytes:
    if delivery.file.endswith(".csv"):
        stream = io.StringIO(newline="")
        fields = policy.sheets.kinds[delivery.kind].fields
        csv.writer(stream, lineterminator="\r\n").writerow([field.names[0] for field in fields.values()])
        return stream.getvalue().encode("utf-8-sig")  # Excel reads UTF-8 only with the mark
    if policy.sheets.kinds[delivery.kind].has_indicator_columns:
        return _to_workbook([_score_form(policy, delivery, families)], policy)
    units = FormColumn("本月被评单位", width=30), tuple(FormRow((unit.name,)) for unit in policy.units)
    return _to_workbook([_listing_form(policy, delivery), _unit_list(*units)], policy)


def _unit_list(column: FormColumn, rows: tuple[FormRow, ...]) -> Form:
    return Form(_UNITS, "", "", (column,), rows)


def _to_workbook(forms: list[Form], policy: Policy) -> bytes:
    day = month_end(policy.period).replace(day=1)
    about = f"{policy.district.office}{_month(policy)}空白表样"
    return build_workbook(forms, description=about, created=datetime(day.year, day.month, 1))


def _score_form(policy: Policy, delivery: Delivery, families: dict[str, str]) -> Form:
    mark = policy.sheets.marks.not_applicable[0]
    groups = {group.id: group.name for group in policy.groups}
    indicators = [policy.indicator_by_id[id_] for id_ in delivery.indicators]
    rows = []
    for number, unit in enumerate(policy.units, start=1):
        meant = [not i.groups or unit.group in i.groups for i in indicators]
        cells = [None if is_meant else mark for is_meant in meant]
        rows.append(FormRow((number, groups[unit.group], unit.name, *cells)))
    ranges = [(i.name, value_range(i)) for i in indicators]
    limits = [_say_range(name, limits) for name, limits in ranges if limits]
    return Form(
        sheet=delivery.file.rpartition(".")[0][:31],
        title=_title(policy, delivery),
        head=_head(delivery),
        columns=score_columns(policy, delivery, families),
        rows=tuple(rows),
        notes=(
            f"说明：1.单位名称已按本月名单填好，请勿增删。2.不适用的填“{mark}”；{_say_blank(policy)}",
            *([f"说明：3.分值范围：{'；'.join(limits)}。"] if limits else []),
            "填表人：          审核人：          单位负责人：",
        ),
        entry_rows=len(rows),
        marks=(mark,),
    )


def _listing_form(policy: Policy, delivery: Delivery) -> Form:
    columns = listing_columns(policy, delivery)
    fields = policy.sheets.kinds[delivery.kind].fields.values()
    required = "、".join(field.names[0] for field in fields if field.is_required)
    return Form(
        sheet=delivery.file.rpartition(".")[0][:31],
        title=_title(policy, delivery),
        head=_head(delivery),
        columns=columns,
        rows=tuple(FormRow((None,) * len(columns)) for _ in range(_EMPTY_ROWS)),
        notes=(
            f"说明：1.必填：{required}。2.单位名称见“{_UNITS}”工作表；行数不够时请在表内插入行。",
            "填表人：          审核人：          单位负责人：",
        ),
        entry_rows=_EMPTY_ROWS,
    )


def _register(policy: Policy) -> list[Form]:
    """Return the sheets in which the office enters corrections and acceptances."""
    where = f"填好后放入 data/raw/{policy.period}/，文件名以“{register.REGISTER}”开头；原始文件不改动。"
    head = f"{where}每行均须写明理由、负责人、文号和日期。"
    deliveries = [f"{each.id} {each.file}" for each in policy.sheets.deliveries]
    return _entry_forms(policy, register.REGISTER, head, register.SHEETS, {"报送表": deliveries})


def _objections(policy: Policy) -> list[Form]:
    """Return the sheet in which the office enters objections to a month of the year, up to the policy's (S21)."""
    head = (
        f"填好后放入 {objection_files.FOLDER}/，文件名不改；编号以字母开头，如 Y1。"
        "成立的写明文件、单元格和更正为，并在当月作更正；成立和不成立的写明理由、文号和处理日期。"
    )
    months = [each for each in year_to_date(policy.period) if each >= policy.district.start]
    return _entry_forms(policy, objection_files.REGISTER, head, [objections.SHEET], {"月份": months})


def _entry_forms(
    policy: Policy, title: str, head: str, sheets: Sequence[EntrySheet], more: Mapping[str, Sequence[str]]
) -> list[Form]:
    """Return empty sheets of entries, and the names to choose from: units, indicators and more."""
    lists = {"单位": [u.name for u in policy.units], "指标": [i.name for i in policy.indicators], **more}
    forms = [
        Form(
            sheet=sheet.name,
            title=f"{policy.district.name}{_month(policy)}{title}（{sheet.name}）",
            head=head,
            columns=tuple(_entry_column(sheet, heading, lists) for heading in sheet.headings),
            rows=(FormRow((None,) * len(sheet.headings)),) * _EMPTY_ROWS,
            entry_rows=_EMPTY_ROWS,
        )
        for sheet in sheets
    ]
    return [*forms, *(_choices(heading, names) for heading, names in lists.items())]


def _entry_column(sheet: EntrySheet, heading: str, lists: Mapping[str, Sequence[str]]) -> FormColumn:
    return FormColumn(
        heading,
        width=24 if heading in ("文件", "理由", "异议内容", *lists) else 13,
        choices=tuple(sheet.words.get(heading, ())),
        source=f"{heading}名单!$A$2:$A${len(lists[heading]) + 1}" if heading in lists else "",
        is_date=heading.endswith("日期"),
    )


def _choices(heading: str, names: Sequence[str]) -> Form:
    return Form(f"{heading}名单", "", "", (FormColumn(heading, width=40),), tuple(FormRow((name,)) for name in names))


def _say_blank(policy: Policy) -> str:
    is_missing = policy.sheets.marks.blank == "not_submitted"
    return "留空即为未报，不得以空白表示不适用。" if is_missing else "留空视为不适用。"


def _say_range(name: str, limits: tuple[float, float | None]) -> str:
    low, high = limits
    return f"{name}不小于{low:g}" if high is None else f"{name}{low:g}至{high:g}"


def _title(policy: Policy, delivery: Delivery) -> str:
    return f"{policy.district.name}{_month(policy)}{delivery.file.rpartition('.')[0]}"


def _head(delivery: Delivery) -> str:
    return f"填报单位：{delivery.office}（盖章）    填报日期：      年    月    日"


def _list_deliveries(policy: Policy) -> Form:
    columns = (
        FormColumn("报送顺序", width=10),
        FormColumn("报送部门", width=24),
        FormColumn("表格", width=26),
        FormColumn("文件", width=44),
        FormColumn("是否必报", width=11),
        FormColumn("报送期限", width=13, is_date=True),
        FormColumn("所涉指标", width=44),
    )
    rows = []
    for number, delivery in enumerate(policy.sheets.deliveries, start=1):
        title = policy.sheets.kinds[delivery.kind].title
        required = "必报" if delivery.is_required else "有则报送"
        names = "、".join(_indicators_of(policy, delivery))
        cells = (number, delivery.office, title, _file_name(policy, delivery), required, due_on(policy), names)
        rows.append(FormRow(cells))
    folder = f"说明：收齐后放入 data/raw/{policy.period}/，文件名不限；空白表样不要放入。"
    return Form(
        _LIST, f"{policy.district.name}{_month(policy)}{_LIST}", policy.district.office, columns, tuple(rows), (folder,)
    )


def _indicators_of(policy: Policy, delivery: Delivery) -> list[str]:
    if delivery.indicators:
        return [policy.indicator_by_id[id_].name for id_ in delivery.indicators]
    return [
        indicator.name
        for indicator in policy.indicators
        if indicator.data.sheet == policy.sheets.marks_of(delivery.kind)
    ]
