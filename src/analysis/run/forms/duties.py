"""An office's lists of duties into `params/duties.yml` (R8): a row is added, stands there already, or is set aside.

What stands in the file is never changed: a changed duty is a new entry with a later `from`, which a person decides.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.intake.labels import Labels, read_labels
from analysis.intake.readers import RawCell, RawSheet, read_file
from analysis.policy.book import Policy, PolicyBook, load_policy
from analysis.policy.durable import write_whole
from analysis.policy.duties import PROCESS, Duties, Matter, index_matters
from analysis.policy.errors import DataError, PolicyError, UsageError
from analysis.policy.load import load_yaml, validate, write_inline
from analysis.policy.messages import say
from analysis.policy.names import normalise_name
from analysis.policy.period import parse_period
from analysis.run.forms.listed import YES, list_rows, split_names

COLUMNS = {
    "name": ("事项名称", "事项", "工作流程名称", "工作流程", "流程名称", "边界事项", "职责事项"),
    "lead": ("牵头单位", "牵头部门", "责任单位", "责任部门", "主管部门", "单位名称", "单位", "部门"),
    "co_operating": ("配合单位", "配合部门", "协办单位"),
    "towns": ("镇街属地管理", "属地管理"),
    "list": ("所属清单", "清单"),
    "clause": ("清单条款", "条款"),
    "number": ("序号",),
    "aliases": ("别名", "常用名称"),
    "id": ("事项编号", "编号"),
}
_NEEDED = ("name", "lead")
_NO_ID = "M"
_ALL_TOWNS = re.compile("[各有关相属地]*(乡|镇|街道|街|办事处|[()/和及])+")


@dataclass(frozen=True)
class ListedDuty:
    """A row of a list: where it stands, and its duty, or why it is set aside and what to do."""

    sheet: str
    row: int
    matter: Matter | None
    reason: str = ""


@dataclass(frozen=True)
class ImportedDuties:
    """What became of a list: duties added by list's name, rows that say what stood there, rows set aside, in order.

    `passed_over` names the sheets without the columns.
    """

    n_rows: int
    added: Mapping[str, int]
    set_aside: tuple[ListedDuty, ...]
    passed_over: tuple[str, ...]

    @property
    def n_known(self) -> int:
        """Rows that say what stands in the file or in another row."""
        return self.n_rows - sum(self.added.values()) - len(self.set_aside)


def import_duties(root: Path, path: Path, start: str) -> ImportedDuties:
    """Add an office's list of duties to `params/duties.yml`.

    Args:
        root: the district's folder.
        path: a table with the columns 事项名称 and 牵头单位, and others of `COLUMNS` where they are known.
        start: the month from which its duties hold, YYYY-MM.

    Raises:
        UsageError: there is no such file or month.
        DataError: the file cannot be read, or no sheet of it has the columns.
        PolicyError: `params/` has faults, or `matters` is not the last key of its file. Nothing is written then.
    """
    if not path.is_file():
        raise UsageError(say("{path}: there is no such file").format(path=path))
    book = load_policy(root)
    labels = read_labels(book.at(parse_period(start)))
    by_sheet = {sheet.name: list(_read_sheet(sheet, path.stem, labels)) for sheet in read_file(path)}
    rows = [row for found in by_sheet.values() for row in found]
    if not rows:
        wanted = " / ".join("、".join(COLUMNS[key]) for key in _NEEDED)
        told = say("{name}: no sheet has rows below columns for the matter and its lead; name them {wanted}")
        raise DataError(told.format(name=path.name, wanted=wanted))
    settled = list(_settle(list(_tell_apart(rows, labels.policy)), labels.policy))
    new = _give_ids([row.matter for row in settled if row.matter], book.duties.matters)
    if new:
        _append(root, book, new)
    return ImportedDuties(
        len(rows),
        Counter(book.duties.list_names[matter.list] for matter in new),
        tuple(row for row in settled if row.reason),
        tuple(name for name, found in by_sheet.items() if not found),
    )


def _read_sheet(sheet: RawSheet, file: str, labels: Labels) -> Iterator[ListedDuty]:
    for number, cells in list_rows(sheet, COLUMNS, _NEEDED, labels):
        try:
            yield ListedDuty(sheet.name, number, _read_matter(cells, (sheet.name, file), labels))
        except PolicyError as error:
            yield ListedDuty(sheet.name, number, None, str(error))


def _read_matter(cells: Mapping[str, RawCell], titles: Sequence[str], labels: Labels) -> Matter:
    """Return the duty of a row, called `_NO_ID` where the list gives it no id.

    Raises:
        PolicyError: says what was found and what to do.
    """
    for cell in cells.values():
        if cell.kind in ("error", "formula_uncached") or cell.is_hidden or cell.is_struck:
            told = say("{address} is hidden, struck through, or holds an error; show and type it, or delete the row")
            raise PolicyError(told.format(address=cell.address))
    told = {key: cell.text.strip() for key, cell in cells.items()}
    clause = told["clause"] or (f"第{told['number']}项" if told["number"] else "")
    blank = [COLUMNS[key][0] for key in _NEEDED if not told[key]] + ([] if clause else [COLUMNS["clause"][0]])
    if blank:
        raise PolicyError(say("{columns} is blank; fill it in").format(columns="、".join(blank)))
    others = split_names(told["co_operating"])
    towns = [name for name in others if _ALL_TOWNS.fullmatch(normalise_name(name))]
    content = {
        "id": told["id"] or _NO_ID,
        "name": told["name"],
        "lead": _find_unit(told["lead"], labels),
        "co_operating": [_find_unit(name, labels) for name in others if name not in towns],
        "towns": bool(towns) or told["towns"] in YES,
        "list": _find_list([told["list"]] if told["list"] else titles, labels.policy.duties),
        "clause": clause,
        "from": labels.policy.period,
        "aliases": split_names(told["aliases"]),
    }
    return validate(say("the row"), content, Matter)


def _find_unit(text: str, labels: Labels) -> str:
    found = labels.unit(text)
    if found is None:
        told = say("found unit {text!r}; one name of params/units.yml is needed{suggestion}")
        like = labels.suggest_unit(text)
        raise PolicyError(told.format(text=text, suggestion=say(", perhaps {like}").format(like=like) if like else ""))
    return found


def _find_list(titles: Sequence[str], duties: Duties) -> str:
    """Return the list that a row's own cell names, or else its sheet, or else its file."""
    known = {id_: normalise_name(name) for id_, name in duties.list_names.items()}
    for title in map(normalise_name, titles):
        found = [id_ for id_, name in known.items() if name in title or title in name]
        if len(found) == 1:
            return found[0]
    told = say("found list {titles}; write one of {names} in the column {column}, or as the sheet's name")
    names = "、".join(duties.list_names.values())
    raise PolicyError(told.format(titles=" / ".join(titles), names=names, column=COLUMNS["list"][0]))


def _tell_apart(rows: Sequence[ListedDuty], policy: Policy) -> Iterator[ListedDuty]:
    """Yield the rows, with work processes that several units have by one name called `name（unit）`."""
    leads: dict[str, set[str]] = defaultdict(set)
    processes = {row: row.matter for row in rows if row.matter and row.matter.list == PROCESS}
    for matter in processes.values():
        leads[normalise_name(matter.name)].add(matter.lead)
    for row in rows:
        if row in processes and len(leads[normalise_name(row.matter.name)]) > 1:
            name = f"{row.matter.name}（{policy.names[row.matter.lead]}）"
            yield replace(row, matter=row.matter.model_copy(update={"name": name}))
        else:
            yield row


def _settle(rows: Sequence[ListedDuty], policy: Policy) -> Iterator[ListedDuty]:
    """Yield the rows: without a matter where it is known already, with a reason where it contradicts what is known."""
    stated: dict[str, set[tuple]] = defaultdict(set)
    for row in rows:
        if row.matter:
            stated[normalise_name(row.matter.name)].add(_says(row.matter))
    owners = index_matters(m for m in policy.duties.matters if m.to is None or m.to >= policy.period)
    for row in rows:
        yield _settle_row(row, owners, stated) if row.matter else row


def _settle_row(row: ListedDuty, owners: dict[str, Matter], stated: Mapping[str, set[tuple]]) -> ListedDuty:
    """Return the row and, where its matter is new, add its names to `owners`."""
    matter = row.matter
    names = [normalise_name(name) for name in (matter.name, *matter.aliases, matter.id) if name != _NO_ID]
    owner = next((owners[name] for name in names if name in owners), None)
    if len(stated[names[0]]) > 1:
        told = say("rows on this matter name different units, lists or clauses; leave the right one")
        return replace(row, matter=None, reason=told)
    if owner is None:
        owners |= dict.fromkeys(names, matter)
        return row
    if normalise_name(owner.name) == names[0] and _says(owner) == _says(matter):
        return replace(row, matter=None)
    told = say(
        "{name} has this name or id already, with other units, list or clause; give it another, or end the old entry "
        "of params/duties.yml with `to` and read the list again with a later month"
    )
    return replace(row, matter=None, reason=told.format(name=owner.name))


def _says(matter: Matter) -> tuple:
    return matter.lead, frozenset(matter.co_operating), matter.towns, matter.list, normalise_name(matter.clause)


def _give_ids(matters: Sequence[Matter], earlier: Sequence[Matter]) -> list[Matter]:
    """Return the matters with ids: those of the list or of an entry that ended, else the next free numbers."""
    ended = {name: matter.id for name, matter in index_matters(earlier).items()}
    taken = {matter.id for matter in (*earlier, *matters)}
    free = (f"M{number:03}" for number in count(1) if f"M{number:03}" not in taken)
    return [
        matter.model_copy(update={"id": ended.get(normalise_name(matter.name)) or next(free)})
        if matter.id == _NO_ID
        else matter
        for matter in matters
    ]


def _append(root: Path, book: PolicyBook, new: Sequence[Matter]) -> None:
    """Write the new matters below those that stand there.

    Raises:
        PolicyError: the file with them does not hold those before and the new ones, and nothing else.
    """
    path = root / "params" / "duties.yml"
    lines = "".join(f"  - {write_inline(_entry(matter))}\n" for matter in new)
    text = re.sub(r"(?m)^matters: *\[\](.*)$", r"matters:\1", path.read_text("utf-8")).rstrip("\n") + "\n" + lines
    with TemporaryDirectory() as folder:
        draft = Path(folder) / path.name
        draft.write_text(text, "utf-8", newline="\n")
        duties = load_yaml(draft, Duties)
    if duties != book.duties.model_copy(update={"matters": (*book.duties.matters, *new)}):
        told = say("params/duties.yml: rows cannot be added; let `matters:` be its last key, its entries indented by 2")
        raise PolicyError(told)
    book.revise(duties=duties)
    write_whole(path, text.encode())


def _entry(matter: Matter) -> dict:
    told = matter.model_dump(by_alias=True, exclude_defaults=True, mode="json") | {
        "co_operating": [*matter.co_operating]
    }
    order = ("id", "name", "lead", "co_operating", "towns", "list", "clause", "from", "aliases")
    return {key: told[key] for key in order if key in told}
