"""For the copied offices: tiers, bottom places, interviews, years, the bulletin's hash, nothing else (R20, S23)."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from operator import itemgetter

from markupsafe import Markup

from analysis.report.edition import chain_words, imprint, revision_words
from analysis.report.grading import bottom_name, listed_name
from analysis.report.measures import (
    VERIFIED,
    again_words,
    measure_word,
    reason_words,
    share_words,
    state_words,
    years_looked_back,
)
from analysis.report.packs.content import PackContent
from analysis.report.packs.office_outcomes import (
    state_of_measures,
    state_of_verifying,
    tell_days,
    verify_words,
    waits_on_page,
)
from analysis.report.packs.office_terms import (
    CAPPED,
    NO_REPLY,
    THIS_MONTH,
    capped_units,
    capped_words,
    final_years,
    rules_named,
    starred_years,
    terms,
    tier_notes,
    use_rows,
)
from analysis.report.packs.said_once import say_once
from analysis.report.page.assets import fill_template
from analysis.report.page.pieces import Column, Table, number, table, text
from analysis.report.scores import quota_reasons, tier_counts
from analysis.report.verify import unsure_of
from analysis.report.words import DASH, WORDS, listing, numeral

MEASURES, _WARNINGS = "约谈与名单", "本月预警"
# To sort and filter by; pages and papers have no room for them.
_WORKBOOK_ALONE = "编号"
PARTS_OF_MEASURES = ("状态",)  # which a workbook is filtered by, whatever all rows share
OFF_PAPER = ("规则", "距黑名单年数")  # the last columns of a sheet, which paper has no room for


def office_lists(content: PackContent) -> dict[str, tuple[list[Column], list]]:
    """Return what the copied offices get: name of the list → columns, all of them text, and rows.

    No score, no rank but the bottom places', no reason beyond the rule. Pages leave a few columns to the workbook.
    """
    grading = content.policy.grading
    bottom = {bottom_name(grading): (_bottom_columns(content), _bottom(content))} if grading.bottom_places else {}
    return {
        MEASURES: (_measure_columns(content), _measures(content, "annual")),
        _WARNINGS: (_warning_columns(content), _measures(content, "month")),
        **bottom,
        "等次": (_tier_columns(content), _tiers(content)),
        years_title(content): _states(content),
    }


def years_title(content: PackContent) -> str:
    """Return what the table of the last years is called on page, in workbook and paper."""
    return f"近{numeral(content.consequences.blacklist_years, of_things=True)}个年度列入情况"


def _tier_columns(content: PackContent) -> list[Column]:
    names = content.names
    return [
        text("编号", "unit_id"),
        text("单位", "unit_id", names),
        text("等次", lambda r: names.get(r.tier, "未参评")),
        text("备注", lambda r: "；".join(tier_notes(content, r))),
    ]


def _tiers(content: PackContent) -> list:
    units = {row.unit_id: row for row in content.units.itertuples()}
    ordered = [units[unit_id] for unit_id in content.policy.unit_ids if unit_id in units]
    tiers = (*content.names.tiers, "")
    return sorted(ordered, key=lambda row: tiers.index(row.tier))


def _by_tier(content: PackContent, scope: str) -> Table:
    _, name, tier, _ = _tier_columns(content)
    found: dict[str, list[str]] = {}
    capped = capped_units(content)
    for row in _tiers(content):
        marks = "*" * bool(row.is_provisional) + CAPPED * (row.unit_id in capped)
        found.setdefault(tier.read(row), []).append(name.read(row) + marks)
    columns = [
        text("等次", itemgetter(0)),
        number("单位数", lambda r: str(len(r[1]))),
        text("单位", lambda r: "、".join(r[1])),
    ]
    starred = "；“*”为有缺报数据、等次暂定，S11" * any(row.is_provisional for row in _tiers(content))
    starred += f"；“{CAPPED}”为{capped_words(content)}" * bool(capped)
    why = quota_reasons(content.units, content.policy.grading, content.names).removesuffix("。")
    provisional = "暂定；" * (scope == THIS_MONTH)
    caption = f"{scope}各单位等次（{provisional}同一等次内按单位名册排列，不分先后，R19{starred}）"
    return table(columns, found.items(), "；".join(filter(None, [caption, why])), css="cards")


def _bottom_columns(content: PackContent) -> list[Column]:
    return [
        text("编号", "unit_id"),
        text("单位", "unit_id", content.names),
        number("位次", "rank"),
        text("等次", "tier", content.names),
        text("备注", lambda r: "并列" * r.is_tied),
    ]


def _bottom(content: PackContent) -> list:
    listed = content.units[content.units["is_bottom_five"]].sort_values(["total", "unit_id"])
    return list(listed.itertuples())


def _measure_columns(content: PackContent, *, is_workbook: bool = True) -> list[Column]:
    """Return the columns of what follows from final years: a row a unit, its measures side by side.

    What a page says behind a measure has columns of its own in a workbook, to sort and filter by.
    """
    grading, names = content.policy.grading, content.names
    unsure, (run, *off_paper) = _unsure(content), _run_columns(content)
    waits = unsure if is_workbook else waits_on_page(content, _measures(content, "annual"), unsure)
    return [
        text("编号", lambda rows: rows[0].unit_id),
        text("单位", lambda rows: names[rows[0].unit_id]),
        text(
            "措施",
            lambda rows: _measures_words(content, rows, set() if is_workbook else unsure, with_run=not is_workbook),
        ),
        *[text("核实", lambda rows: state_of_verifying(content, rows, unsure))] * is_workbook,
        text("事由", lambda rows: _once((reason_words(row, grading, names) for row in rows), "；")),
        *[run] * is_workbook,
        number("起始", lambda rows: min(row.since for row in rows)),
        number("约谈时限", lambda rows: _last_day(row for row in rows if row.kind == "interview")),
        number("整改时限", lambda rows: _last_day(row for row in rows if row.kind != "interview")),
        text("状态", lambda rows: state_of_measures(content, rows, waits, with_blame=is_workbook)),
        text("依据文件", lambda rows: _once(row.document for row in rows)),
        *off_paper * is_workbook,
    ]


def _unsure(content: PackContent) -> set[tuple[int, str]]:
    """Return (year, unit) of those that are called and may be listed by chance."""
    years = {row.year for rows in _measures(content, "annual") for row in rows}
    return {(year, unit_id) for year in years for unit_id in unsure_of(content, year)}


def _run_columns(content: PackContent) -> list[Column]:
    """Return how many years are listed in a row, by which rules, and how many more until the blacklist (R22)."""
    until = content.consequences.blacklist_years

    def run(rows: Sequence) -> int | None:  # what a unit is told of one that is gone is no run of its own (S35)
        return max((row.streak_years for row in rows if row.kind != "told"), default=None)

    def left(rows: Sequence) -> str:
        is_over = run(rows) is None or any(row.kind == "blacklist" for row in rows)
        return "" if is_over else str(max(0, until - run(rows)))

    by_rule, until_black = OFF_PAPER
    return [
        number("连续列入年数", lambda rows: "" if run(rows) is None else str(run(rows))),
        text(by_rule, lambda rows: _once(sorted({rule for row in rows for rule in row.rule.split()}, key=_by_number))),
        number(until_black, left),
    ]


def _by_number(rule: str) -> tuple[str, int]:
    return rule[0], int(rule[1:])


def _measures_words(
    content: PackContent, rows: Sequence, unsure: Collection[tuple[int, str]], *, with_run: bool
) -> str:
    """Return a unit's measures, first those that wait for its result to be verified."""
    words = [(row.kind in VERIFIED, _measure_words(content, row, with_run=with_run)) for row in rows]
    first = state_of_verifying(content, rows, unsure)
    waits, others = (
        _once(told for waits, told in words if (waits and bool(first)) is is_so) for is_so in (True, False)
    )
    return _once([f"{waits}（{first}）" * bool(waits), others], "；")


def _measure_words(content: PackContent, row, *, with_run: bool = True) -> str:
    """Return a measure; of a run of listed years, which these are and how often more until the blacklist (R22)."""
    left = content.consequences.blacklist_years - row.streak_years
    years = "、".join(row.years.split())
    listed = listed_name(content.policy.grading, content.names)
    more = f"（{years}年度均为{listed}，{again_words(left)}将进入黑名单）"
    also = "（并问责）" * (row.kind == "blacklist")  # R22: what the list brings beside itself
    return measure_word(row) + also + more * (with_run and row.kind == "warning" and row.basis == "annual" and left > 0)


def _warning_columns(content: PackContent) -> list[Column]:
    grading, names = content.policy.grading, content.names
    unsure, annual = _unsure(content), _measures(content, "annual")
    held = {rows[0].unit_id: _measures_words(content, rows, unsure, with_run=False) for rows in annual}
    return [
        text("编号", lambda rows: rows[0].unit_id),
        text("单位", lambda rows: names[rows[0].unit_id]),
        text("事由", lambda rows: _once((reason_words(row, grading, names) for row in rows), "；")),
        text("年度定稿应采取的措施", lambda rows: held.get(rows[0].unit_id, "无" if held else "")),
        number("报送措施时限", _last_day),
        text("状态", lambda rows: state_of_measures(content, rows)),
        text("依据文件", lambda rows: _once(row.document for row in rows)),
    ]


def _once(words: Iterable[str], between: str = "、") -> str:
    return between.join(dict.fromkeys(filter(None, words)))


def _last_day(rows: Iterable) -> str:
    return max((row.until for row in rows), default="")


def _measures(content: PackContent, basis: str) -> list[list]:
    """Return what is in force from years (`annual`) or of the month (`month`): rows by unit, the gravest first."""
    rows = content.table("consequences")
    now = rows[rows["is_current"] & (rows["basis"] == basis)]
    place = {unit_id: at for at, unit_id in enumerate(content.policy.unit_ids)}
    order = now.assign(grave=now["kind"].map(list(WORDS.consequences).index), at=now["unit_id"].map(place))
    found: dict[str, list] = {}
    for row in order.sort_values(["grave", "at", "year"]).itertuples():
        found.setdefault(row.unit_id, []).append(row)
    return list(found.values())


def _states(content: PackContent) -> tuple[list[Column], list[str]]:
    states, names = content.table("annual_states"), content.names
    shown = years_looked_back(states, content.consequences)
    cells = {(row.unit_id, row.year): row for row in states.itertuples()}
    last = states[states["year"] == shown[-1]].set_index("unit_id") if shown else states.set_index("unit_id")
    final = final_years(content)
    warned = {row.unit_id for rows in _measures(content, "annual") for row in rows if row.kind == "warning"}
    listed = last.index[last["is_blacklisted"].astype(bool)]
    black = dict.fromkeys(sorted(warned), "预警") | dict.fromkeys(listed, "列入")
    columns = [text("编号", lambda unit_id: unit_id), text("单位", names.__getitem__)]
    for year in shown:
        head = f"{year}年度{'' if year in final else '（未定稿）'}"
        columns.append(text(head, lambda unit_id, year=year: _state_words(content, cells.get((unit_id, year)))))
    columns += [
        number("连续年数", lambda unit_id: str(last["streak_years"].get(unit_id, 0))),
        text("黑名单", lambda unit_id: black.get(unit_id, "")),
    ]
    return columns, list(content.policy.unit_ids) if shown else []


def _state_words(content: PackContent, row) -> str:
    """Return a unit's year in words: its tier, with the bottom places where it was among them; `*` is provisional."""
    if row is None:
        return DASH
    if not (row.tier and row.final_on and row.state in ("listed", "clear")):
        return state_words(row, content.policy.grading, content.names)
    lowest = [bottom_name(content.policy.grading)] * row.reason.startswith("bottom_five")
    return "·".join([content.names[row.tier], *lowest]) + "*" * bool(row.is_provisional)


def summary(content: PackContent, scope: str = THIS_MONTH) -> str:
    """Return what the lists come to, in a sentence each (see `summary_parts`)."""
    return "".join(summary_parts(content, scope))


def summary_parts(content: PackContent, scope: str = THIS_MONTH, *, with_places: bool = False) -> list[str]:
    """Return what the lists come to: measures of final years, which may be used, and tiers and warnings of the scope.

    Args:
        content: of a month, or of a year (see `at_year`).
        scope: of which time.
        with_places: whether the bottom places' ranks stand there, where no list follows that has them.
    """
    names, grading, units = content.names, content.policy.grading, content.units
    tiers = "、".join(f"{names[tier]}{count}个" for tier, count in tier_counts(units, content.names.tiers).items())
    provisional = "（暂定）" * (scope == THIS_MONTH)
    told = [f"{scope}参评单位{units['tier'].ne('').sum()}个，等次{provisional}：{tiers}。"]
    lowest = [
        names[row.unit_id] + f"（{'并列' * bool(row.is_tied)}第{row.rank}位）" * with_places
        for row in (_bottom(content) if grading.bottom_places else [])
    ]
    told += [f"{bottom_name(grading)}{provisional}：{'、'.join(lowest)}。"] * bool(lowest)
    warned = len(_measures(content, "month"))
    told += [f"本月预警（暂定）{warned}个单位。"] * bool(warned)
    annual = _tell_annual(content) or ["没有现行的年度措施。"]
    return ["".join(annual), "".join(told)] if scope == THIS_MONTH else ["".join(told), "".join(annual)]


def _tell_annual(content: PackContent) -> list[str]:
    """Return for each final year whose measures are in force how many units have which, and whether days are over."""
    rows = [row for unit in _measures(content, "annual") for row in unit]
    told = []
    for year in sorted({row.year for row in rows}, reverse=True):
        own = [row for row in rows if row.year == year]
        count = Counter(kind for kind, _ in {(row.kind, row.unit_id) for row in own})
        words = {row.kind: measure_word(row) for row in own}
        due = {kind: "应" * (kind in ("interview", "notice")) for kind in words}  # nobody here knows that it was done
        kinds = "、".join(f"{due[kind]}{words[kind]}{count[kind]}个单位" for kind in WORDS.consequences if count[kind])
        called = [row.unit_id for row in own if row.kind == "interview"]
        first = share_words(called, unsure_of(content, year), verify_words(content, year))
        first = f"；约谈、通报批评的{len(called)}个单位，{first}" * bool(first)
        told.append(f"{year}年度定稿结果：{kinds}{first}{tell_days(own, content, is_verified=bool(first))}。")
    return told


def office_tables(content: PackContent, scope: str = THIS_MONTH) -> list[tuple[str, Table]]:
    """Return the workbook's lists as tables, each with its name; `scope` says of which time."""
    grading, lists = content.policy.grading, office_lists(content)
    bottom, lowest = bottom_name(grading), numeral(grading.bottom_places)
    years = years_title(content)
    warns, provisional = ("；供预警", "暂定；") if scope == THIS_MONTH else ("", "")
    listed = listed_name(grading, content.names)
    captions = {
        MEASURES: "年度定稿结果应采取的措施（R21、R22）",
        _WARNINGS: "月度结果预警（暂定，不作约谈、通报批评和黑名单依据，S27）",
        bottom: f"{scope}{bottom}（{provisional}R21、S7：第{lowest}低分及以下全部列出，并列注明{warns}）",
        years: f"各单位各年度的等次（{listed}即列入；R22、S9）",
    }
    told = [name for name in captions if name in lists and (scope == THIS_MONTH or name != _WARNINGS)]
    lists |= {MEASURES: (_measure_columns(content, is_workbook=False), lists[MEASURES][1])}
    (columns, _), (rows, rest) = lists[years], listed_alone(content)
    starred = any("*" in column.read(row) for row in rows for column in columns)
    lists |= {years: (columns, rows)}
    captions[years] += "；“*”为有缺报数据、等次暂定" * starred + f"；{rest}" * bool(rest)
    shown = [(name, _shown(*lists[name], captions[name], is_short=name == bottom)) for name in told]
    shown.insert(-1, ("等次", _by_tier(content, scope)))
    return shown


def listed_alone(content: PackContent) -> tuple[list[str], str]:
    """Return the units of which a year says more than that they were not listed, and how many others there are."""
    states = content.table("annual_states")
    years = years_looked_back(states, content.consequences)
    is_told = ~states["state"].isin(["clear", "draft"]) | states["is_blacklisted"].astype(bool)
    told = set(states.loc[is_told & states["year"].isin(years), "unit_id"])
    units = content.policy.unit_ids if years else []
    shown = [unit_id for unit_id in units if unit_id in told]
    final = "已定稿的" * bool((states["state"] == "draft").any())
    rest = f"{'其余' if shown else '全部'}{len(units) - len(shown)}个单位{final}各年均未列入"
    starred = {unit_id: own for unit_id, own in starred_years(content).items() if unit_id not in told}
    hidden = [f"{content.names[unit_id]}{listing([*map(str, own)])}年度" for unit_id, own in starred.items()]
    rest += f"（其中{listing(hidden)}有缺报数据，等次暂定）" * bool(hidden)
    return shown, rest * (len(shown) < len(units))


def list_scopes(content: PackContent) -> dict[str, str]:
    """Return of the lists of final results the years that they are of; all others are of the month."""
    years, done = years_looked_back(content.table("annual_states"), content.consequences), final_years(content)
    final = [year for year in years if year in done]
    held = sorted({row.year for unit in _measures(content, "annual") for row in unit})
    told = {MEASURES: held, years_title(content): final}
    return {name: f"{span_of_years(years)}年度定稿结果" for name, years in told.items() if years}


def span_of_years(years: Sequence[int]) -> str:
    """Return years that follow each other as a span: `2023—2025`, others one by one."""
    is_run = len(years) > 1 and years[-1] - years[0] == len(years) - 1
    return f"{years[0]}—{years[-1]}" if is_run else listing([*map(str, years)])


def office_body(content: PackContent, bulletin_hash: str) -> Markup:
    """Return the content of the copied offices' page: the workbook's lists."""
    sections = [(numeral(at), *named) for at, named in enumerate(office_tables(content), start=1)]
    listed, _ = listed_alone(content)
    captions = " ".join(shown.caption for *_, shown in sections)
    return fill_template(
        "packs/offices.html.j2",
        policy=content.policy,
        imprint=imprint(content.policy, content.edition, content.last_days),
        summary=summary_parts(content),
        use=use_rows(content),
        no_reply=NO_REPLY,
        sections=sections,
        terms=terms(content),
        rules=rules_named(content, captions),
        bulletin_hash=bulletin_hash,
        inputs=content.edition.inputs,
        n_listed=len(listed),
        n_units=len(content.policy.unit_ids),
        revision=revision_words(content.edition),
        chain=chain_words(content.edition.head),
        annual=content.annual_page,
        contact=content.policy.district.contacts.pages,
    )


def _shown(columns: Sequence[Column], rows: Sequence, caption: str, *, is_short: bool) -> Table:
    columns = [column for column in columns if column.head != _WORKBOOK_ALONE]
    columns, said = say_once(columns, rows)
    return table(columns, rows, "；".join([caption, *said]), css="whole" if is_short else "sortable cards")
