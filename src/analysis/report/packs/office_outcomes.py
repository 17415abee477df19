"""What copied offices and the public read became of measures: whose result was verified, which days are over (S27)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from analysis.report.measures import VERIFIED_FIRST
from analysis.report.packs.content import PackContent
from analysis.report.verify import is_own, verify_until, year_at_hand
from analysis.report.words import WORDS, day_name, is_over, listing


def verify_words(content: PackContent, year: int) -> str:
    """Return that the office verifies results first, and until when; later that they were to be when it was final."""
    if not is_own(content, year):
        own = year_at_hand(content, year)
        known = verify_until(own) if own else None
        return f"在定稿时{VERIFIED_FIRST}" + (f"（时限{day_name(known)}）" if known else "")
    until = verify_until(content)
    return f"须先由{content.policy.district.office}{f'于{day_name(until)}前' if until else ''}核实"


def state_of_verifying(content: PackContent, rows: Sequence, unsure: Collection[tuple[int, str]]) -> str:
    """Return of a unit's measures whether its result is, or was to be, verified first; empty where nobody is.

    Args:
        content: the month's or year's.
        rows: of `consequences`, of one unit.
        unsure: (year, unit) of those that may be listed by chance.
    """
    years = [row.year for row in rows if row.basis == "annual" and (row.year, row.unit_id) in unsure]
    return "定稿时" * bool(years and not is_own(content, max(years))) + VERIFIED_FIRST * bool(years)


def state_of_measures(
    content: PackContent, rows: Sequence, unsure: Collection[tuple[int, str]] = (), *, with_blame: bool = False
) -> str:
    """Return which of the last days of measures are over, and that no table says what became of it (S27).

    That a day is still to come would be untrue the day after. A blacklist has no last day. The verification comes
    before all measures, so that it is over with the first of them.

    Args:
        content: the month's or year's.
        rows: of `consequences`, of one unit.
        unsure: (year, unit) of those whose result was to be verified first.
        with_blame: whether it says that a blacklisted unit is to be called to account too, which a page says of all.
    """
    over = [row for row in rows if row.until and is_over(row.until, content.edition.published)]
    if not over:
        return ""
    first = ["核实"] * any((row.year, row.unit_id) in unsure for row in over)
    which = "、".join(dict.fromkeys([*first, *(WORDS.consequence_limits[row.kind] for row in over)]))
    is_year = any(row.basis == "annual" for row in over)
    blame = "（含问责）" * (with_blame and any(row.kind == "blacklist" for row in rows))
    return f"{which}时限已过，{f'办理情况{blame}未登记' if is_year else '报送情况未登记'}"


def waits_on_page(
    content: PackContent, units: Sequence[Sequence], unsure: Collection[tuple[int, str]]
) -> Collection[tuple[int, str]]:
    """Return whose state on a page names the verification: all of them where it says once what else they share.

    Args:
        content: the month's or year's.
        units: rows of `consequences`, unit by unit.
        unsure: (year, unit) of those whose result was to be verified first.
    """
    is_once = unsure and len({state_of_measures(content, rows) for rows in units}) == 1
    return {(row.year, row.unit_id) for rows in units for row in rows} if is_once else unsure


def _asked(day: date | None) -> str:
    """Return that this was to be done by an earlier day already."""
    return f"（原定{day_name(day)}前完成，逾期未登记）" if day else ""


def registered_by(content: PackContent, year: int) -> str:
    """Return by when who finds out what became of a year's measures, and by when it was to before; empty if nobody."""
    tasks = [task for task in content.all_tasks if task.kind == "outcomes" and task.subject.startswith(f"{year}年度")]
    office, what = content.policy.district.office, WORDS.heeded["outcomes"]
    return "".join(f"由{office}于{day_name(task.until)}前{what}{_asked(task.asked_by)}" for task in tasks[:1])


def tell_days(rows: Iterable, content: PackContent, *, is_verified: bool) -> str:
    """Return the last days of measures, and whom to ask what became of those that are over: no table says it.

    Nor does one of notice and calling to account (R22), which have no last days.

    Args:
        rows: of `consequences`, of one year.
        content: the month's or year's.
        is_verified: whether some of their results were to be verified first.
    """
    rows = list(rows)
    timed = [row for row in rows if row.until and row.kind in WORDS.consequence_limits]
    kinds = WORDS.consequence_limits.items()
    days = {word: sorted({row.until for row in timed if row.kind == kind}) for kind, word in kinds}
    told = [
        f"{word}时限{listing([day_name(date.fromisoformat(each)) for each in found], 2)}"
        for word, found in days.items()
        if found
    ]
    over = [is_over(row.until, content.edition.published) for row in timed]
    own = {row.kind for row in rows}
    done = [word for kind, word in WORDS.consequence_outcomes.items() if kind in own]
    what = listing(["核实"] * is_verified + done)
    by = max((registered_by(content, year) for year in {row.year for row in timed}), default="")
    ask = f"{what}的情况尚未登记，{by or f'请向{content.policy.district.office}询问'}"
    end = f"{'均' * (len(told) > 1)}已过，{ask}" if over and all(over) else ""
    return f"；{'、'.join(told)}{end}" if told else ""
