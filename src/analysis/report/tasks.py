"""What follows from a month: who does what by when. The bulletin lists all of it, a unit's page its own part."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import pandas as pd

from analysis.policy.book import Policy
from analysis.policy.period import shift
from analysis.policy.tables import TABLES
from analysis.report.duties import name_unit
from analysis.report.edition import Edition
from analysis.report.measures import outcome_words, overdue_measures
from analysis.report.words import WORDS, day_name, is_month_over, listing
from analysis.report.year import LISTED, year_rows
from analysis.scoring.tiers import mark_interview

# The tables of a month that ask something of somebody; one that was not made asks nothing.
TABLES_OF_TASKS = (
    "unit_scores",
    "year_standing",
    "certainty",
    "ledger",
    "watch_list",
    "draw",
    "inspections",
    "consequences",
    "rising_matters",
    "duties_by_matter",
    "matter_handlers",
    "indicator_changes",
    "hotline_by_unit",
    "integrity",
    "draw_checks",
    "reconciliation",
    "coverage_plan",
    "monthly_loads",
)
PRESSING = ("dunned", "measures", "year_ahead")  # kinds that the first screen names
# No table tells what became of them; of what was dunned none tells whether it was answered.
UNTOLD = ("year_ahead", "watch", "rising", "meeting", "verify", "outcomes", "worsened", "dunned", "visits")
_ARREARS = "outcomes"  # the office's own, with which the first screen has what must be done begin
_OWNERS = 15
_NAMED = 3  # of those who were asked before
_WITH_DUNNING = "never_closed"  # a question about data that an answer to dunning answers too


@dataclass(frozen=True)
class Task:
    """Something to be done.

    Attributes:
        kind: id of `WORDS.tasks`, which says what.
        until: the last day.
        owner: id of the unit that does it; empty: the office.
        count: how many things it is about.
        subject: which matters it is about.
        n_answers: how many questions about its data the owner answers with it (S34).
        asked_by: the last day by which the month before had asked for it, where no table says what became of that.
        things: ids of what it is about, where the month before may have asked for the same about others.
    """

    kind: str
    until: date
    owner: str = ""
    count: int = 1
    subject: str = ""
    n_answers: int = 0
    asked_by: date | None = None
    things: frozenset[str] = field(default=frozenset(), compare=False)

    def words(self) -> str:
        """Return what is to be done."""
        return WORDS.tasks[self.kind].format(count=self.count, subject=self.subject)


def list_tasks(policy: Policy, edition: Edition, tables: Mapping[str, pd.DataFrame]) -> list[Task]:
    """Return the tasks of a month, a task a unit, in the order in which the bulletin lists them.

    Args:
        policy: the month's rules; its deadlines count from the day of publication (R21, S21, S22).
        edition: for the dates.
        tables: name → table of the month, those of `TABLES_OF_TASKS` that were made; `unit_scores` of scope `month`.
    """
    found = {name: tables.get(name, TABLES[name].empty()) for name in TABLES_OF_TASKS}
    days = policy.calendar.add_working_days(edition.published, policy.consequences.answer_working_days)
    results = list(_of_results(policy, edition, found["unit_scores"], found["consequences"]))
    ledger = _with_answers(list(_of_ledger(policy, edition, found["ledger"], days)), found["integrity"])
    return [
        *results,
        *_of_the_year(policy, edition, found["year_standing"], found["certainty"]),
        *ledger,
        *(Task("watch", days, unit) for unit in _watched(found["watch_list"], _owners(results, "measures"))),
        *(Task("inspection", days, unit) for unit in _not_visited(found["draw"], found["inspections"])),
        *_of_matters(found["rising_matters"], found["duties_by_matter"], found["matter_handlers"], days),
        *_of_tickets(found["hotline_by_unit"], days),
        *_of_questions(found["integrity"], _owners(ledger, "dunned"), days),
        *_of_outcomes(found["consequences"], edition, days),
        *_of_posts(found["monthly_loads"], policy, days),
        *_of_the_office(policy, found["indicator_changes"], found["draw_checks"], found["reconciliation"], days),
        *_of_visits(found["coverage_plan"], edition, days),
    ]


def _units(rows: pd.DataFrame, is_meant: pd.Series) -> list[str]:
    return sorted(set(rows.loc[is_meant.astype(bool), "unit_id"]))


def _owners(tasks: Sequence[Task], kind: str) -> set[str]:
    return {task.owner for task in tasks if task.kind == kind}


def _watched(watch_list: pd.DataFrame, asked: set[str]) -> list[str]:
    """Return the listed units of which something is asked beyond the measures that their score asks for already."""
    is_met = watch_list["is_met"].astype(bool)
    if asked:
        is_met &= ~(watch_list["unit_id"].isin(asked) & (watch_list["reason"] == "bottom_five"))
    return _units(watch_list, is_met)


def _not_visited(draw: pd.DataFrame, inspections: pd.DataFrame) -> list[str]:
    """Return the drawn units that the month's visits have not reached yet."""
    return [unit for unit in _units(draw, draw["status"] == "drawn") if unit not in set(inspections["unit_id"])]


def _of_results(policy: Policy, edition: Edition, units: pd.DataFrame, consequences: pd.DataFrame) -> Iterator[Task]:
    """Yield what scores and annual results ask for: measures, missing data, interviews, rectification."""
    until = policy.calendar.add_working_days(edition.published, policy.consequences.measures_working_days)
    listed = units[mark_interview(units, policy.grading)].sort_values(["total", "unit_id"])
    yield from (Task("measures", until, unit) for unit in listed["unit_id"])
    yield from (Task("supply", edition.answer_until, unit) for unit in _units(units, units["is_provisional"]))
    for row in consequences.itertuples():
        is_open = row.is_current and row.basis == "annual" and row.until >= edition.published.isoformat()
        if is_open and row.kind in ("interview", "notice"):
            yield Task(row.kind, date.fromisoformat(row.until), row.unit_id, subject=str(row.year))


def _of_the_year(policy: Policy, edition: Edition, standing: pd.DataFrame, sure: pd.DataFrame) -> Iterator[Task]:
    """Yield what the year so far asks of units that it would list, whatever the month does, the likeliest first (S36).

    Not where months are too few to say how likely that is, nor in December, whose year is over.
    """
    rows = year_rows(standing, sure) if len(standing) else standing
    if rows.empty or policy.period.endswith("-12"):
        return
    until = policy.calendar.add_working_days(edition.published, policy.consequences.measures_working_days)
    ahead = rows[rows["is_interview"] & rows["p_interview"].notna()]
    ahead = ahead.sort_values("p_interview", ascending=False, kind="stable")
    yield from (Task("year_ahead", until, unit) for unit in ahead["unit_id"])


def mark_asked(tasks: Iterable[Task], before: Sequence[Task]) -> list[Task]:
    """Return the tasks, each with the day by which the month before had asked for the same, if no table tells of that.

    Args:
        tasks: of a month.
        before: of the month before (see `list_tasks`).
    """
    asked = {(task.kind, task.owner, task.subject): task for task in before if task.kind in UNTOLD}

    def day(task: Task) -> date | None:
        then = asked.get((task.kind, task.owner, task.subject))
        return then.until if then and task.things <= then.things else None

    return [replace(task, asked_by=day(task)) for task in tasks]


def asked_words(parts: Sequence[Task], names: Mapping[str, str] | None = None, *, is_whole: bool = False) -> str:
    """Return that a task was asked for the month before already, of several owners of how many; else nothing.

    Args:
        parts: the parts of one task.
        names: id → Chinese name, of parts of several owners: few of them are named.
        is_whole: whether it is said too that nothing is known of what became of it.
    """
    again = [part for part in parts if part.asked_by]
    if not again:
        return ""
    who = ""
    if len(again) < len(parts):
        named = [name_unit(part.owner, names) for part in again if names and part.owner]
        who = f"其中{listing(named) if len(named) == len(again) <= _NAMED else f'{len(again)}个单位'}"
    until = day_name(max(part.asked_by for part in again))
    return f"（{who}上月已要求，时限{until}{'，未见结果登记' * is_whole}）"


def _of_ledger(policy: Policy, edition: Edition, ledger: pd.DataFrame, days: date) -> Iterator[Task]:
    """Yield what the ledger asks for: answers to dunning, items that fall due soon, and what waits for the office.

    Of an item that fell due before the publication an answer is due as of a dunned one: nobody can meet a day gone by.
    """
    dunned = ledger[ledger["is_dunned"]].sort_values("overdue_working_days", ascending=False, kind="stable")
    for (unit, until), rows in dunned.groupby(["unit_id", "answer_until"], sort=False):
        things = frozenset(rows["item_id"])
        yield Task("dunned", date.fromisoformat(until), unit, len(rows), things=things)
    pressing = ledger[ledger["light"].isin(["yellow", "red"]) & ~ledger["is_dunned"]]
    own = pressing[pressing["state"].isin(policy.ledger.dun_states)]
    is_past = own["due"] < edition.published.isoformat()
    answer = policy.calendar.add_working_days(edition.published, policy.ledger.dun_working_days)
    yield from (Task("fell_due", answer, unit, len(rows)) for unit, rows in own[is_past].groupby("unit_id"))
    for (due, unit), rows in own[~is_past].groupby(["due", "unit_id"]):
        yield Task("due_soon", date.fromisoformat(due), unit, len(rows))
    all_waiting = ledger[(ledger["state"] == "to_accept") & (ledger["light"] != "closed")]
    waiting = all_waiting[all_waiting["light"].isin(["yellow", "red"])]
    ahead = waiting.loc[waiting["due"] >= edition.published.isoformat(), "due"]
    if len(ahead):  # an item that the office accepts late is late for its unit: by the first day none is
        first, last = (date.fromisoformat(day) for day in (ahead.min(), ahead.max()))
        span = f"（各项时限{day_name(first)}至{day_name(last)}）" * (first < last)
        yield Task("accept_soon", min(days, first), count=len(ahead), subject=span)
    if rest := (len(all_waiting) - len(ahead)) * bool(len(waiting)):
        yield Task("accept", days, count=rest, subject="其余" * bool(len(ahead)))


def _of_matters(rising: pd.DataFrame, duties: pd.DataFrame, handlers: pd.DataFrame, days: date) -> Iterator[Task]:
    """Yield what matters ask for: the unit that handles most of a rising one, the office for those without a border."""
    most = handlers.sort_values(["n_tickets", "unit_id"], ascending=[False, True]).drop_duplicates("matter")
    owner_of = dict(zip(most["matter"], most["unit_id"], strict=True))
    for matter in rising.loc[rising["is_rising"], "matter"]:
        yield Task("rising", days, owner_of.get(matter, ""), subject=matter)
    unclear = duties[duties["is_for_meeting"]].sort_values(["overlap_index", "matter"], ascending=[False, True])
    if len(unclear):
        yield Task("meeting", days, count=len(unclear), subject=listing(unclear["matter"].tolist()))


def _of_tickets(by_unit: pd.DataFrame, days: date) -> Iterator[Task]:
    """Yield the tickets that are overdue and still open, the unit with most of them first."""
    late = by_unit[by_unit["n_overdue"] > 0].sort_values(["n_overdue", "unit_id"], ascending=[False, True])
    yield from (Task("tickets", days, row.unit_id, int(row.n_overdue)) for row in late.itertuples())


def _of_questions(integrity: pd.DataFrame, dunned: set[str], days: date) -> Iterator[Task]:
    """Yield what units are asked about their data (S34); who answers to dunning says there why items stay open."""
    asked = integrity[integrity["is_question"].astype(bool)].sort_values(["measure", "unit_id"])
    for row in asked.itertuples():
        if row.measure == _WITH_DUNNING and row.unit_id in dunned:
            continue
        yield Task("verify", days, row.unit_id, subject=WORDS.integrity[row.measure].name)


def _with_answers(tasks: Sequence[Task], integrity: pd.DataFrame) -> list[Task]:
    """Return the tasks; a unit that answers to dunning says there why its items stay open, where it is asked (S34)."""
    left = {*integrity.loc[integrity["is_question"].astype(bool) & (integrity["measure"] == _WITH_DUNNING), "unit_id"]}
    told = []
    for task in tasks:
        is_asked = task.kind == "dunned" and task.owner in left
        left -= {task.owner} if is_asked else set()
        told.append(replace(task, n_answers=int(is_asked)))
    return told


def why_open(task: Task) -> str:
    """Return that an answer to dunning also says why items were never closed, empty where that is not asked (S34)."""
    return WORDS.own_tasks[_WITH_DUNNING] * bool(task.n_answers)


def count_answers(tasks: Iterable[Task]) -> int:
    """Return how many questions about data are answered with other tasks than of their own (S34)."""
    return sum(task.n_answers for task in tasks)


def _of_outcomes(consequences: pd.DataFrame, edition: Edition, days: date) -> Iterator[Task]:
    """Yield, of measures whose last days are over, that somebody finds out what became of them: no table says it."""
    day = edition.published
    for year, (_, count) in sorted(overdue_measures(consequences, day).items()):
        what = "、".join(outcome_words(consequences, year, day))
        yield Task("outcomes", days, count=count, subject=f"{year}年度{what}")


def changed_posts(monthly: pd.DataFrame, period: str) -> pd.DataFrame:
    """Return posts and staff now and the month before (`last_`) of units whose approved posts are others; by `unit_id`.

    Args:
        monthly: table `monthly_loads`.
        period: the month.
    """
    now, last = (monthly[monthly["period"] == at].set_index("unit_id") for at in (period, shift(period, -1)))
    both = now[["posts", "in_post"]].join(last[["posts", "in_post"]].add_prefix("last_"))
    return both[both["posts"].notna() & both["last_posts"].notna() & (both["posts"] != both["last_posts"])]


def _of_posts(monthly: pd.DataFrame, policy: Policy, days: date) -> Iterator[Task]:
    """Yield that the office looks for the document behind approved posts that changed: only one changes them."""
    changed = changed_posts(monthly, policy.period)
    if len(changed):
        yield Task("posts", days, subject=listing([policy.names[unit] for unit in changed.index], LISTED))


def _of_the_office(
    policy: Policy, indicators: pd.DataFrame, checks: pd.DataFrame, deliveries: pd.DataFrame, days: date
) -> Iterator[Task]:
    """Yield what the office itself answers for: indicators that grew worse, its draw, doubtful deliveries."""
    worse = indicators.loc[indicators["has_worsened"].astype(bool), "indicator_id"].map(policy.names)
    if len(worse):
        yield Task("worsened", days, count=len(worse), subject=listing(worse.tolist()))
    if len(checks):
        yield Task("explain_draw", days, count=len(checks))
    doubtful = deliveries[deliveries["n_set_aside"] > 0]
    if len(doubtful):
        offices = listing(sorted(doubtful["office"].unique()))
        yield Task("set_aside", days, count=int(doubtful["n_set_aside"].sum()), subject=offices)


def overdue_visits(plan: pd.DataFrame, day: date) -> pd.DataFrame:
    """Return the rows of `coverage_plan` whose units should have been seen before the month of a publication (S42)."""
    return plan[plan["due"].map(lambda due: is_month_over(due, day)).astype(bool)]


def _of_visits(plan: pd.DataFrame, edition: Edition, days: date) -> Iterator[Task]:
    """Yield that the office has the units seen that nobody went to see in time."""
    late = overdue_visits(plan, edition.published)
    if len(late):
        yield Task("visits", days, count=len(late), things=frozenset(late["unit_id"]))


def merge_tasks(tasks: Iterable[Task]) -> list[tuple[Task, list[Task]]]:
    """Return what several are to do by the same day as one task with its parts, the earliest first; counts add up.

    Of a task that asks each unit about something of its own, the parts alone say about what.
    """
    found: dict[tuple, list[Task]] = {}
    for task in tasks:
        subject = "" if "{subject}" in WORDS.task_shares.get(task.kind, "") else task.subject
        found.setdefault((task.until, task.kind, subject), []).append(task)
    return [
        (Task(kind, until, count=sum(part.count for part in parts), subject=subject), parts)
        for (until, kind, subject), parts in sorted(found.items(), key=lambda item: item[0][0])
    ]


def where_all_are(tasks: Sequence[Task], office: str) -> str:
    """Return how many tasks stand above, beside what needs an eye, in 下一步 alone, and how many are not new.

    Args:
        tasks: the month's (see `list_tasks`).
        office: what the office is called, which answers for those of them that no unit owns.
    """
    above = {*PRESSING, _ARREARS}
    beside = {*WORDS.heeded} - above
    rest = {task.kind for task in tasks} - above - beside
    counts = [len(merge_tasks(task for task in tasks if task.kind in kinds)) for kinds in (above, beside, rest)]
    told = [form.format(count) for form, count in zip(("以上{}项", "“需要关注”中{}项"), counts, strict=False) if count]
    told += [f"{'其余' if told else '有'}{counts[-1]}项见“六、下一步”"]
    again = [parts for _, parts in merge_tasks(task for task in tasks if task.asked_by)]
    own = sum(not any(part.owner for part in parts) for parts in again)  # what no unit owns is the office's
    whose = f"，其中{own}项由{office}负责" * (0 < own < len(again)) + f"，均由{office}负责" * (own == len(again))
    late = f"有{len(again)}项上月已要求、未见结果登记{whose}。" * bool(again)
    return f"{'，'.join(told)}{f'（共{sum(counts)}项）' * (len(told) > 1)}。" * bool(rest) + late


def owner_words(parts: Sequence[Task], names: Mapping[str, str], at_most: int = _OWNERS) -> str:
    """Return who does a task, of several each with its share; nothing where it is the office's.

    Args:
        parts: the parts of one task (see `merge_tasks`).
        names: id → Chinese name.
        at_most: so many are named.
    """
    form = WORDS.task_shares.get(parts[0].kind, "")
    shares: dict[str, list[str]] = {}
    for part in parts:
        if part.owner:
            shares.setdefault(part.owner, []).append(form.format(count=part.count, subject=part.subject))
    is_told = "{subject}" in form or ("{count}" in form and len(shares) > 1)
    told = [name_unit(owner, names) + f"（{'、'.join(share)}）" * is_told for owner, share in shares.items()]
    return listing(told, at_most)


def _answer_words(parts: Sequence[Task], names: Mapping[str, str]) -> str:
    """Return what owners of a task answer with it; empty where nobody is asked more."""
    owners = [name_unit(part.owner, names) for part in parts if part.n_answers]
    form = WORDS.answers_too[parts[0].kind] if owners else ""
    return form.format(owners=listing(owners, _OWNERS), count=count_answers(parts))


def task_rows(policy: Policy, tasks: Sequence[Task], names: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return the rows of 下一步: what, who, until when; what no unit owns is the office's."""
    rest = "其余" * bool(count_answers(tasks))
    return [
        (
            (WORDS.tasks_together.get(task.kind, "").format(count=task.count, rest=rest) or task.words())
            + _answer_words(parts, names)
            + asked_words(parts, names, is_whole=True),
            (WORDS.task_objects.get(task.kind, "{owners}") if len(parts) <= LISTED else "{owners}").format(
                owners=owner_words(parts, names) or policy.district.office,
                office=policy.district.office,
                count=len(parts),
            ),
            "各项时限前" if task.kind == "accept_soon" and task.count > 1 else day_name(task.until),
        )
        for task, parts in merge_tasks(tasks)
    ]
