"""A district's own `params/` from a list of its units (`analysis init`), without anything of the sample.

Rules that the source states, and the defaults where it is silent, are copied with their comments. What only the
district knows is written as `PENDING` and listed, so that nothing fictional reaches a notice (S37).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from analysis.intake.labels import Labels, read_labels
from analysis.intake.readers import RawSheet, read_file
from analysis.policy.book import FILES, load_policy
from analysis.policy.errors import DataError, UsageError
from analysis.policy.load import write_inline
from analysis.policy.messages import say
from analysis.policy.names import normalise_name
from analysis.policy.period import parse_period
from analysis.report.words import PENDING
from analysis.run.forms.listed import YES, list_rows, split_names
from analysis.run.store.manifest import NOTEBOOKS

_SAMPLE = NOTEBOOKS.parent / "params"
_TOWNS = re.compile("(乡|镇|街道|街|办事处|[、和及/()])+")
_DOCUMENT = re.compile(r"(\bdocument: )[^{,}\n][^,}\n]*")  # the calendar's are the country's own
_COLUMNS = {
    "name": ("单位名称", "单位", "名称", "被评单位", "部门"),
    "group": ("单位类别", "类别", "组别", "分组"),
    "aliases": ("简称", "别名", "曾用名"),
    "id": ("单位编号", "编号"),
    "is_window": ("窗口单位", "是否窗口", "是否窗口单位"),
}


@dataclass(frozen=True)
class ListedUnit:
    """A unit as the list names it; `group` is its group's name, `id` empty where the list gives none."""

    name: str
    group: str
    aliases: tuple[str, ...]
    id: str
    is_window: bool


@dataclass(frozen=True)
class Begun:
    """What `begin_district` wrote: the files, and each place that is left to decide as (file, line, its text)."""

    files: tuple[Path, ...]
    pending: tuple[tuple[str, int, str], ...]
    n_units: int


def begin_district(root: Path, units: Path, *, name: str = "", office: str = "", start: str) -> Begun:
    """Write `params/` of a new district and return what is left to decide.

    Args:
        root: the district's folder; its `params/` must not be there yet.
        units: a table with a column 单位名称, and 单位类别, 简称, 编号 and 窗口单位 where they are known.
        name: the district's name.
        office: the name of the office that supervises.
        start: the first month, YYYY-MM; every rule holds from it on.

    Raises:
        UsageError: there is a `params/` already, or the month is wrong.
        DataError: the list cannot be read as one of units.
        PolicyError: a name or an id in the list cannot be one; nothing is left behind.
    """
    folder = root / "params"
    if folder.exists():
        told = say("{folder}: there already, and never overwritten; name another folder, or edit that one")
        raise UsageError(told.format(folder=folder))
    listed = read_units(units)
    texts = dict(_texts(listed, name or PENDING, office or PENDING, parse_period(start)))
    folder.mkdir(parents=True)
    try:
        for file, text in texts.items():
            (folder / file).write_text(text, "utf-8", newline="\n")
        load_policy(root)
    except Exception:
        for file in texts:
            (folder / file).unlink(missing_ok=True)
        folder.rmdir()
        raise
    lines = ((file, n, line.strip()) for file, text in texts.items() for n, line in enumerate(text.splitlines(), 1))
    pending = tuple((file, n, line) for file, n, line in lines if PENDING in line.partition(" #")[0])
    return Begun(tuple(folder / file for file in texts), pending, len(listed))


def read_units(path: Path) -> list[ListedUnit]:
    """Return the units of a list in its order; titles above the column names, totals and notes are passed over.

    Raises:
        DataError: no sheet has a column of names, no unit stands below it, or one stands twice.
    """
    rules = load_policy(_SAMPLE.parent)
    labels = read_labels(rules.at(rules.district.start))  # for what totals and notes below a table are called
    found = [units for sheet in read_file(path) if (units := list(_units_of(sheet, labels)))]
    if len(found) != 1:
        wanted = "、".join(_COLUMNS["name"])
        told = say(
            "{name}: {n_found} sheets with a column of units' names and units below it; one is needed, with "
            "the column called one of {wanted}"
        )
        raise DataError(told.format(name=path.name, n_found=len(found), wanted=wanted))
    seen: set[str] = set()
    for unit in found[0]:
        if normalise_name(unit.name) in seen:
            raise DataError(f"{path.name}: {unit.name} stands twice; leave it once, aliases in the column 简称")
        seen.add(normalise_name(unit.name))
    return found[0]


def _units_of(sheet: RawSheet, labels: Labels) -> Iterator[ListedUnit]:
    for _, cells in list_rows(sheet, _COLUMNS, ("name",), labels):
        found = {key: cell.text.strip() for key, cell in cells.items()}
        if found["name"]:
            yield ListedUnit(
                found["name"], found["group"], split_names(found["aliases"]), found["id"], found["is_window"] in YES
            )


def _texts(listed: Sequence[ListedUnit], name: str, office: str, start: str) -> Iterator[tuple[str, str]]:
    own = {
        "district": lambda text: _district(name, office, start),
        "units": lambda text: _units(listed, start),
        "weights": lambda text: text.partition("adjustments:")[0] + "adjustments: []\n",
        "duties": _without_matters,
        "workload": _without_standards,
        "calendar": lambda text: _years_from(text, start),
    }
    for file in FILES:
        text = own.get(file, lambda text: text)((_SAMPLE / f"{file}.yml").read_text("utf-8"))
        text = re.sub(r"\bfrom: [0-9]{4}-[0-9]{2}\b", f"from: {start}", text)
        yield f"{file}.yml", text if file == "calendar" else _DOCUMENT.sub(rf"\g<1>{PENDING}", text)


def _district(name: str, office: str, start: str) -> str:
    return (
        "# Who supervises.\n"
        f"id: d{token_hex(8)}          # S45: names the chain of publications; never changed\n"
        f"name: {write_inline(name)}\n"
        f"office: {write_inline(office)}\n"
        "calls_itself: ''             # in its own papers, such as 我办; empty: by its name\n"
        f"start: {start}\n"
        "language: zh                 # what the command line says and asks in; or en\n"
        "is_synthetic: false\n"
        "document_prefix: []          # S37: how numbers of documents begin that rules may cite; empty: any\n"
        "objection:                   # S21: draft → 5 working days for objections → final\n"
        "  publication_working_day: 3 # of the next month: the day of publication, unless a run says another\n"
        "  working_days: 5\n"
        f"  contact: {PENDING}\n"
        "  how: 书面说明所涉指标、原始数据位置和依据，加盖单位公章后报送；受理结果书面答复。\n"
        "contacts:                    # R5, R12: whom the public turns to; empty: 未登记 on public pages\n"
        "  progress: ''               # who asks how far a request is\n"
        "  results: ''                # who is not content with how a request was handled\n"
        "  staffing: ''               # who tells of bodies, posts and duties, such as 12310\n"
        "  pages: ''                  # who asks about pages and lots; units and copied offices read it too\n"
        "  announcements: ''          # where the SHA-256 of an announcement of lots is published on its day\n"
        "  section: ''                # whom one asks about a paper, printed below it; empty: a blank\n"
        "  phone: ''                  # its telephone, printed beside it; empty: a blank\n"
        "copied_offices: []           # R20: offices that get results as a reference, by name\n"
    )


def _units(listed: Sequence[ListedUnit], start: str) -> str:
    groups = {group: f"group-{n}" for n, group in enumerate(dict.fromkeys(unit.group for unit in listed), 1)}
    width = max(2, len(str(len(listed))))
    lines = [
        "# The assessed units (R3). Ids never change: a rename keeps the id and adds the old name to `aliases`; a",
        "# merger sets `to` (the last month) and `merged_into` (S9). is_window: window or service unit, drawn by lot",
        "# for random inspection (R12); is_town: a town or sub-district.",
        "groups:",
        *(f"  - {write_inline({'id': id_, 'name': group or '全部单位'})}" for group, id_ in groups.items()),
        "units:",
    ]
    for number, unit in enumerate(listed, 1):
        told = {"id": unit.id or f"U{number:0{width}}", "name": unit.name, "group": groups[unit.group], "from": start}
        told |= {"aliases": list(unit.aliases)} if unit.aliases else {}
        told |= {"is_town": True} if _TOWNS.fullmatch(normalise_name(unit.group)) else {}
        told |= {"is_window": True} if unit.is_window else {}
        lines.append(f"  - {write_inline(told)}")
    return "\n".join(lines) + "\n"


def _without_matters(text: str) -> str:
    head = text.partition("matters:\n")[0]
    return re.sub(r"# District, units and documents are fictional\. ", "# ", head) + "matters: []\n"


def _without_standards(text: str) -> str:
    """Return the file without standard hours, and with posts that move inside groups alone."""
    head, _, rest = text.partition("standards:")
    return re.sub(r"pools: \[.*\] ", "pools: [] ", f"{head}standards: []\n{rest[rest.index('# 忙') :]}")


def _years_from(text: str, start: str) -> str:
    """Return the calendar from the year before the first month on: deadlines of its tickets reach back there."""
    head, *years = re.split(r"(?m)^(?=  - year: )", text)
    return head + "".join(year for year in years if int(year[10:14]) >= int(start[:4]) - 1)
