"""What is wrong with a file as a whole: it yields no record, or it belongs to another month."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from analysis.intake.labels import Labels
from analysis.intake.months import another_month, month_in_words
from analysis.intake.problems import Problem, report
from analysis.intake.sheets import CleanSheet


def find_empty_files(sheets: Sequence[CleanSheet], problems: Iterable[Problem], labels: Labels) -> Iterator[Problem]:
    """Yield each file that yields no record and that no other problem stops already: nothing vanishes as remarks.

    An empty form of a kind that nobody has to send says that there was none, unless a picture lies on it.
    """
    required = {delivery.kind for delivery in labels.policy.sheets.deliveries if delivery.is_required}
    stopped = {problem.file for problem in problems if problem.is_blocking}
    by_file: dict[str, list[CleanSheet]] = {}
    for sheet in sheets:
        by_file.setdefault(sheet.file, []).append(sheet)
    for file, own in by_file.items():
        kinds = {kind for sheet in own for kind in sheet.kinds}
        says_none = kinds and not kinds & required and not any(sheet.has_drawing for sheet in own)
        if file not in stopped and not says_none and not any(sheet.has_records for sheet in own):
            yield report("no-record", file=file, seen=_what_is_there(own))


def _what_is_there(sheets: Sequence[CleanSheet]) -> str:
    if any(sheet.has_drawing for sheet in sheets):
        return "只有图片,没有数据"
    if any(sheet.kinds for sheet in sheets):
        return "只有表头"
    return "只有文字,没有分列的表格" if any(sheet.fates for sheet in sheets) else "是空的"


def hash_contents(sheet: CleanSheet, telling_values: int) -> str:
    """Return a hash of what was read from a sheet: the same, whatever program saved it and in whatever order.

    Args:
        sheet: The clean sheet.
        telling_values: How many different numbers the cells of a score sheet must hold; with fewer, full marks say,
            equal sheets of two months prove nothing.

    Returns:
        Sixteen hexadecimal digits; an empty text where there is nothing to compare.
    """
    marks = [(cell.unit_id, cell.indicator_id, cell.state, cell.value) for cell in sheet.scores]
    if len({value for *_, value in marks if isinstance(value, int | float)}) < telling_values:
        marks = []
    rows = [
        (kind, *((name, reading.state, reading.value) for name, reading in sorted(record.readings.items())))
        for kind, records in sheet.records.items()
        for record in records
    ]
    lines = sorted(map(repr, [*marks, *rows]))
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=8).hexdigest() if lines else ""


def find_other_months(files: Iterable[str], earlier: Mapping[str, str], labels: Labels) -> Iterator[Problem]:
    """Yield the files with records that an earlier month delivered, or whose name says another month.

    Args:
        files: Names of the files that yield records.
        earlier: File → where the same file, or a sheet with the same contents, lies in an earlier month.
        labels: The month's words.
    """
    period = labels.policy.period
    for file in sorted(set(files)):
        if file in earlier:
            yield report("earlier-file", file=file, other=earlier[file])
        elif found := another_month(file.rpartition(".")[0], period):
            yield report("wrong-month", file=file, found=found, where="文件名", month=month_in_words(period))
