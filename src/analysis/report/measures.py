"""结果运用: what follows from results: interviews, criticism, blacklist, and the years behind them (R20–R22, S27)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import pandas as pd
from markupsafe import Markup

from analysis.policy.consequences import ConsequenceRules
from analysis.policy.models import Grading
from analysis.report.grading import bottom_name, interview_names, listed_name
from analysis.report.page.pieces import Table, number, table, text
from analysis.report.words import DASH, OVER, WORDS, is_over, listing, numeral

VERIFIED_FIRST = "须先核实"  # of a unit that chance may have listed
VERIFIED = ("blacklist", "interview", "notice")  # kinds that wait for it


def consequence_rule(rules: ConsequenceRules, grading: Grading, names: Mapping[str, str]) -> str:
    """Return what leads to interview, notice and blacklist, as the rules in force have it (R21, R22, S27)."""
    return (
        f"{listed_name(grading, names)}的单位约谈、通报批评（R21），"
        f"连续{numeral(rules.blacklist_years, of_things=True)}年的列入机构编制黑名单并问责（R22）；"
        "以年度定稿结果为准，月度只作预警（S27）。"
    )


VERIFY_KEEPS = "核实不改变定稿的等次和连续列入年数"  # what a verification leaves as it is


def verify_rule(office: str, days: int = 0) -> str:
    """Return that what chance may have brought is verified first, and within how many working days of the result."""
    until = f"在年度定稿后{days}个工作日内" * bool(days)
    return f"列入约谈范围不能排除偶然起伏的，先由{office}{until}核实结果，经核实属履职问题的，再作约谈、通报批评。"


def consequence_finding(
    consequences: pd.DataFrame,
    states: pd.DataFrame,
    rules: ConsequenceRules,
    names: Mapping[str, str],
    unsure: Collection[str] = (),
) -> str:
    """Return the sentence on what follows: warnings of the month, interviews and notices, blacklist, drafts.

    `annual_finding` tells of the arguments.
    """
    monthly = consequences[consequences["is_current"] & (consequences["basis"] == "month")]
    warned = f"本月预警{len(monthly)}个单位（月度结果为暂定，不作约谈和黑名单依据，S27）"
    return "；".join([warned, *_annual_parts(consequences, states, rules, names, unsure)]) + "。"


def annual_finding(
    consequences: pd.DataFrame,
    states: pd.DataFrame,
    rules: ConsequenceRules,
    names: Mapping[str, str],
    unsure: Collection[str] = (),
) -> str:
    """Return the sentence on what follows from annual results; empty where nothing does.

    Args:
        consequences: the month's table.
        states: the month's table `annual_states`.
        rules: how many years a blacklist looks back on.
        names: id → Chinese name.
        unsure: whose result is verified first.
    """
    parts = _annual_parts(consequences, states, rules, names, unsure)
    return "；".join(parts) + "。" * bool(parts)


def _annual_parts(
    consequences: pd.DataFrame,
    states: pd.DataFrame,
    rules: ConsequenceRules,
    names: Mapping[str, str],
    unsure: Collection[str] = (),
) -> list[str]:
    annual = consequences[consequences["is_current"] & (consequences["basis"] == "annual")]
    parts = []
    interviewed = annual[annual["kind"] == "interview"]
    if len(interviewed):
        year = int(interviewed["year"].max())
        first = share_words(interviewed["unit_id"], unsure, VERIFIED_FIRST)
        told = f"依据{year}年度定稿结果，应约谈并通报批评{len(interviewed)}个单位"
        parts.append("，".join(filter(None, [told, first])) + "（R21）")
    black = annual[annual["kind"] == "blacklist"]
    if len(black):
        who = listing([_with_inherited(row, names) for row in black.itertuples()])
        parts.append(f"列入机构编制黑名单的有{who}，按规定应予问责（R22）")
    for left, rows in annual[annual["kind"] == "warning"].groupby(rules.blacklist_years - annual["streak_years"]):
        who = listing([names[u] for u in rows["unit_id"]], 8)
        run = numeral(rules.blacklist_years - int(left), of_things=True)
        parts.append(f"{who}已连续{run}年列入，{again_words(int(left))}将进入黑名单")
    years = draft_years(states)
    if years:
        parts.append(f"{'、'.join(map(str, years))}年度结果未定稿，不据此约谈、通报或列入黑名单")
    return parts


def share_words(units: Collection[str], some: Collection[str], words: str, counted: str = "个") -> str:
    """Return of how many units something holds: `其中7个须先核实`, of all `均须先核实`; empty where of none."""
    whole, count = len({*units}), len({*units} & {*some})
    if not count:
        return ""
    return f"其中{count}{counted}{words}" if count < whole else "均" * (whole > 1) + words


def overdue_measures(consequences: pd.DataFrame, day: date) -> dict[int, tuple[str, int]]:
    """Return year → which measures of it have last days that are over, in words, and of how many units.

    Whether a measure was carried out stands in no table.

    Args:
        consequences: the month's table.
        day: of the publication.
    """
    rows = consequences[consequences["is_current"] & (consequences["basis"] == "annual")]
    is_past = rows["until"].map(lambda until: is_over(until, day)).astype(bool)
    found = {}
    for year, own in rows[is_past & rows["kind"].isin(WORDS.consequence_limits)].groupby("year"):
        kinds = [word for kind, word in WORDS.consequence_limits.items() if kind in set(own["kind"])]
        found[int(year)] = ("、".join(kinds), own["unit_id"].nunique())
    return found


def outcome_words(consequences: pd.DataFrame, year: int, day: date) -> list[str]:
    """Return what a year's measures in force ask to be done by days that are over, and what has none.

    Whether it was done stands in no table.

    Args:
        consequences: the month's table.
        year: the year.
        day: of the publication.
    """
    is_own = consequences["is_current"] & (consequences["basis"] == "annual") & (consequences["year"] == year)
    is_open = consequences["until"].map(lambda until: bool(until) and not is_over(until, day)).astype(bool)
    kinds = {*consequences.loc[is_own & ~is_open, "kind"]}
    return [word for kind, word in WORDS.consequence_outcomes.items() if kind in kinds]


def overdue_clauses(consequences: pd.DataFrame, day: date, unsure: Collection[str] = ()) -> list[str]:
    """Return in a clause a year of which measures are past their last days, their outcome being unknown.

    Args:
        consequences: the month's table.
        day: of the publication.
        unsure: whom the last year called after its result was verified: that comes before all measures.
    """
    found = sorted(overdue_measures(consequences, day).items())
    first = {year: "核实、" * bool(unsure) for year, _ in found[-1:]}
    return [
        f"{year}年度{first.get(year, '')}{what}时限已过，{count}个单位的办理情况"
        f"{_blame_words(consequences, year)}均未登记"
        for year, (what, count) in found
    ]


def count_blacklisted(consequences: pd.DataFrame, year: int) -> int:
    """Return how many units a year put on the blacklist, which are to be called to account (R22)."""
    rows = consequences[consequences["is_current"] & (consequences["basis"] == "annual")]
    return rows.loc[(rows["kind"] == "blacklist") & (rows["year"] == year), "unit_id"].nunique()


def _blame_words(consequences: pd.DataFrame, year: int) -> str:
    """Return that among what is not known of a year is whether whom it blacklists was called to account (R22)."""
    n_black = count_blacklisted(consequences, year)
    return f"（含列入黑名单的{n_black}个单位的问责）" * bool(n_black)


def tell_overdue_measures(consequences: pd.DataFrame, day: date, unsure: Collection[str] = ()) -> str:
    """Return these clauses as sentences; empty where there is none."""
    return "".join(f"{clause}。" for clause in overdue_clauses(consequences, day, unsure))


def measure_word(row) -> str:
    """Return what a measure is called: a year warns of the blacklist, a month of what the year may bring."""
    word = WORDS.consequences[row.kind]
    return f"黑名单{word}" if row.kind == "warning" and row.basis == "annual" else word


def again_words(left: int) -> str:
    """Return how often a unit must be listed again until it is blacklisted; a year without assessment ends no run."""
    return "下一参评年度再次列入" if left <= 1 else f"再连续{numeral(left, of_things=True)}年列入"


def clear_words(rules: ConsequenceRules) -> str:
    """Return how a unit leaves the blacklist (R22): 连续两个年度不再列入的移出."""
    years = numeral(rules.clear_years, of_things=True)
    return "有一个年度不再列入即移出" if rules.clear_years == 1 else f"连续{years}个年度不再列入的移出"


def years_looked_back(states: pd.DataFrame, rules: ConsequenceRules) -> list[int]:
    """Return the years of `annual_states` that a blacklist looks back on, the last one last (R22)."""
    return sorted(map(int, states["year"].unique()))[-rules.blacklist_years :]


def draft_years(states: pd.DataFrame) -> list[int]:
    """Return the past years whose results are not final yet."""
    return sorted({int(year) for year in states.loc[states["state"] == "draft", "year"]})


def consequence_table(
    consequences: pd.DataFrame,
    grading: Grading,
    names: Mapping[str, str],
    unsure: Collection[str] = (),
    *,
    is_annex: bool = True,
) -> Markup:
    """Return what is in force: unit, kind, why, since, until, document; in the annex rule and evidence too."""
    order = {kind: place for place, kind in enumerate(WORDS.consequences)}
    now = consequences[consequences["is_current"]]
    now = now.assign(place=now["kind"].map(order), waits=_mark_waiting(now, unsure))
    now = now.sort_values(["place", "basis", "total", "unit_id"])
    provisional = {True: "（得分暂定，S11）", False: ""}
    columns = [
        text("单位", lambda r: _with_inherited(r, names)),
        text("措施", lambda r: measure_word(r) + f"（{VERIFIED_FIRST}）" * r.waits),
        text("事由", lambda r: reason_words(r, grading, names) + provisional[r.is_provisional]),
        number("起始", "since"),
        number("时限", lambda r: WORDS.consequence_limits.get(r.kind, "") + r.until if r.until else DASH),
        text("依据文件", lambda r: r.document or DASH),
        *([text("规则", "rule"), text("数据依据", "evidence")] if is_annex else []),
    ]
    return table(columns, now, "现行结果运用措施（年度措施以定稿结果为准）")


def _mark_waiting(rows: pd.DataFrame, unsure: Collection[str]) -> pd.Series:
    """Tell which measures wait until the last year's result is verified: none that an earlier year brought."""
    is_last = (rows["basis"] == "annual") & (rows["year"] == rows.loc[rows["basis"] == "annual", "year"].max())
    return is_last & rows["kind"].isin(VERIFIED) & rows["unit_id"].isin(list(unsure))


def measures_table(
    consequences: pd.DataFrame,
    states: pd.DataFrame,
    rules: ConsequenceRules,
    grading: Grading,
    names: Mapping[str, str],
    day: date,
    unsure: Collection[str] = (),
    *,
    is_short: bool = False,
    with_past: bool = False,
) -> Table:
    """Return what follows from annual results, a row a unit: its years, what is in force and until when (R21, R22).

    The table says so where nothing does. Warnings of the month stand with the month's results.

    Args:
        consequences: the month's table.
        states: the month's table `annual_states`.
        rules: how many years a blacklist looks back on.
        grading: what the bottom places are called.
        names: id → Chinese name.
        day: of the publication: a last day before it is told to be over.
        unsure: whose result is verified first.
        is_short: whether a listed year says why alone (see `state_words`).
        with_past: whether units follow that only an earlier year lists.
    """
    annual = consequences[consequences["is_current"] & (consequences["basis"] == "annual")]
    order = {kind: place for place, kind in enumerate(WORDS.consequences)}
    annual = annual.assign(place=annual["kind"].map(order), waits=_mark_waiting(annual, unsure))
    annual = annual.sort_values(["place", "total", "unit_id"])
    years, cells = _year_cells(states, rules, grading, names, is_short=is_short)
    held = {unit_id: list(rows.itertuples()) for unit_id, rows in annual.groupby("unit_id", sort=False)}
    past = _listed_units(states[states["year"].isin(years)]).set_index("unit_id")["streak"]
    ids = [*held, *(unit_id for unit_id in past.index if with_past and unit_id not in held)]
    columns = [
        text("单位", lambda unit: _with_inherited(held[unit][0], names) if unit in held else names[unit]),
        *(text(f"{year}年度", lambda unit, year=year: cells.get((unit, year), DASH)) for year in years),
        number("连续年数", lambda unit: str(max([row.streak_years for row in held.get(unit, [])] or [past.get(unit)]))),
        text("现行措施", lambda unit: _measures_words(held.get(unit, []), names)),
        text("时限", lambda unit: _last_days(held[unit], day) if unit in held else ""),
    ]
    documents = "、".join(annual.loc[annual["document"] != "", "document"].unique())
    based = f"；依据：{documents}" if documents else ""
    title = "近年年度结果和运用情况" if with_past else "年度结果运用情况"
    return table(columns, ids, f"{title}（未参评年度不影响连续年数，未定稿年度不计{based}）", css="")


def _measures_words(unit: Sequence, names: Mapping[str, str]) -> str:
    """Return a unit's measures; those that wait for the same verification say so once."""
    waits, others = ("、".join(_measure(r, names) for r in unit if bool(r.waits) == is_so) for is_so in (True, False))
    return "；".join(filter(None, [f"{waits}（{VERIFIED_FIRST}）" * bool(waits), others])) or DASH


def _measure(row, names: Mapping[str, str]) -> str:
    about = f"（{names[row.inherited_from]}{row.year}年度结果）" if row.kind == "told" else ""
    return measure_word(row) + about + "（得分暂定，S11）" * bool(row.is_provisional)


def _last_days(unit: Sequence, day: date) -> str:
    """Return what is to be done until when, and whether those days are over."""
    timed = [row for row in unit if row.until]
    if not timed:
        return DASH
    what = WORDS.consequence_limits
    return "、".join(what[row.kind] + row.until + f"（{OVER}）" * is_over(row.until, day) for row in timed)


def _year_cells(
    states: pd.DataFrame, rules: ConsequenceRules, grading: Grading, names: Mapping[str, str], *, is_short: bool
) -> tuple[list[int], dict[tuple[str, int], str]]:
    """Return the years that a blacklist looks back on, and each unit's state in them, in words."""
    years = years_looked_back(states, rules)
    recent = states[states["year"].isin(years)]
    told = {(r.unit_id, r.year): state_words(r, grading, names, is_short=is_short) for r in recent.itertuples()}
    return years, told


def states_table(
    states: pd.DataFrame,
    rules: ConsequenceRules,
    grading: Grading,
    names: Mapping[str, str],
    *,
    is_short: bool = False,
) -> Markup:
    """Return the years that a blacklist looks back on, of the units listed in one of them or blacklisted (R22, S9).

    Empty where there is none. A listed year that `is_short` says why alone (see `state_words`).
    """
    shown, cells = _year_cells(states, rules, grading, names, is_short=is_short)
    recent = states[states["year"].isin(shown)]
    order = _listed_units(recent)
    if order.empty:
        return Markup("")
    columns = [
        text("单位", "unit_id", names),
        *(text(f"{year}年度", lambda r, year=year: cells.get((r.unit_id, year), DASH)) for year in shown),
        number("连续年数", "streak"),
        text("黑名单", lambda r: "列入" if r.black else DASH),
    ]
    return table(columns, order, "近年年度结果（R22、S9：未参评年度不影响连续年数，未定稿年度不计）")


def _listed_units(recent: pd.DataFrame) -> pd.DataFrame:
    """Return the units that a year lists or that are blacklisted, with how many years in a row, the longest first."""
    told = recent.groupby("unit_id").agg(streak=("streak_years", "last"), black=("is_blacklisted", "last"))
    listed = recent[(recent["state"] == "listed") | recent["is_blacklisted"]]["unit_id"].unique()
    return told.loc[listed].reset_index().sort_values(["black", "streak", "unit_id"], ascending=[False, False, True])


def state_words(row, grading: Grading, names: Mapping[str, str], *, is_short: bool = False) -> str:
    """Return a unit's state of a year with its reason, `列入（后五名且不达标）`; in short the reason alone."""
    marks = [_reason(row, grading, names)] * bool(row.reason) + ["暂定"] * bool(row.is_provisional)
    if is_short and row.reason and row.state == "listed":
        return "，".join(marks)
    return WORDS.year_states[row.state] + (f"（{'，'.join(marks)}）" if marks else "")


def reason_words(row, grading: Grading, names: Mapping[str, str]) -> str:
    """Return why a consequence came, with the years of a run."""
    reason = _reason(row, grading, names)
    if row.kind == "told":
        return f"{names[row.inherited_from]}{row.year}年度{reason}"
    if row.reason == "streak":
        years = "、".join(row.years.split())
        return f"{years}年连续{numeral(row.streak_years, of_things=True)}年列入{listed_name(grading, names)}"
    if row.basis == "month":
        return f"本月{reason}（暂定）"
    return reason if row.reason in ("inherited", "ended") else f"{row.year}年度{reason}"


def _reason(row, grading: Grading, names: Mapping[str, str]) -> str:
    return WORDS.consequence_reasons[row.reason].format(
        bottom=bottom_name(grading), last=interview_names(grading, names)
    )


def _with_inherited(row, names: Mapping[str, str]) -> str:
    taken = f"（承继{names[row.inherited_from]}）" if row.inherited_from else ""
    return names[row.unit_id] + taken
