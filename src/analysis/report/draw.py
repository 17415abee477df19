"""The draw of inspections (R12, S14, S48): what reports say, and its public page that holds it again in a browser."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

import pandas as pd
from markupsafe import Markup

from analysis.action.draw.announcement import Announcement
from analysis.action.draw.files import hash_of, to_bytes
from analysis.action.draw.result import DeclaredVacancy, Result
from analysis.policy.models import Contacts
from analysis.policy.period import shift
from analysis.report.draw_lists import (
    list_candidates,
    list_duties,
    list_inspectors,
    list_numbers,
    list_skips,
    list_strata,
    tell_places,
    tell_rest,
)
from analysis.report.page.assets import asset, content_policy, environment, root_colours
from analysis.report.page.fonts import SANS, SERIF, font_face
from analysis.report.page.pieces import number, paragraphs, table, text
from analysis.report.public_words import NO_DRAW, NOT_REGISTERED, contact_lines
from analysis.report.words import DASH, WORDS, Names, day_name, listing, month_name

_SCRIPTS = ("hash.js", "lots.js", "check.js")
_NAMED = 12
_MUST_WHY = "有问题线索或属重点监管的可以指定"
_MUST = "must"  # the stratum of the units that are named, not drawn


def tell_draw(
    draw: pd.DataFrame, checks: pd.DataFrame, names: Mapping[str, str], *, is_annex: bool = True
) -> list[str | Markup]:
    """Return the sentences on the month's draw, and in the annex the table of its places where one was held.

    Args:
        draw: the month's table `draw`.
        checks: the month's table `draw_checks`.
        names: id → Chinese name.
        is_annex: whether the table is shown.
    """
    places = draw[draw["status"] != "skipped"]
    told = [paragraphs([draw_finding(draw, names), *tell_differences(checks, names)])]
    return [*told, draw_table(places, names)] if is_annex and len(places) else told


def tell_differences(checks: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Return which units a draw took for listed ones or not, other than the watch list has them (R9, S14)."""
    if checks.empty:
        return []
    parts = {
        "不在名录而按名录单位抽取的有": checks[~checks["is_listed"]],
        "在名录而未按名录单位抽取的有": checks[checks["is_listed"]],
    }
    told = [word + listing(rows["unit_id"].map(names).tolist()) for word, rows in parts.items() if len(rows)]
    before = month_name(shift(checks["period"].iloc[0], -1))
    return [
        f"摇号公告所列监管异常名录单位与{before}名录不一致：{'；'.join(told)}；抽中概率因此不同，由编办书面说明原因。"
    ]


def tell_marks(checks: pd.DataFrame, names: Names, drawn: Collection[str] = ()) -> list[str]:
    """Return for the public which units the announcement marks wrongly as listed, and how many it fails to mark (S14).

    The marks of an announcement are public, what else is on the watch list is not: those units are only counted (S23).

    Args:
        checks: the rows of `draw_checks` of one draw.
        names: id → name.
        drawn: ids of the units drawn as listed ones.
    """
    if checks.empty:
        return []
    wrong, n_missing = wrongly_marked(checks), int(checks["is_listed"].sum())
    told = []
    if wrong:
        taken = [names[unit_id] for unit_id in wrong if unit_id in drawn]
        but = f"，其中{listing(taken)}按名录单位抽中" if taken else "，均未按名录单位抽中"
        told.append(f"误把{listing([*map(names.get, wrong)])}列为监管异常名录单位，实际不在抽取前一个月的名录{but}")
    if n_missing:
        told.append(f"漏列{n_missing}个名录单位，这些单位没有按名录单位抽取")
    return [f"公告{'；'.join(told)}。抽取仍按公告计算，原因由编办书面说明。"]


def wrongly_marked(checks: pd.DataFrame) -> tuple[str, ...]:
    """Return the ids of the units that an announcement marks as listed and that are not."""
    return tuple(checks.loc[~checks["is_listed"].astype(bool), "unit_id"])


def draw_finding(draw: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return the sentence on the month's draw and how to check it (R12)."""
    drawn = draw[draw["status"] == "drawn"].sort_values(["round", "order"])
    if drawn.empty:
        return "截至本期通报，本月没有已完成的随机监管摇号。"
    is_must = drawn["stratum"] == _MUST
    named, units = (listing([names[unit_id] for unit_id in rows["unit_id"]], _NAMED) for rows in _apart(drawn))
    replaced = int((draw["status"] == "replaced").sum())
    more = f"，其中补抽{replaced}个" if replaced else ""
    told = [f"指定必查{is_must.sum()}个单位：{named}"] * bool(named)
    told += [f"本月随机监管摇号抽中{(~is_must).sum()}个单位{more}：{units}"] * bool(units)
    return f"{'；'.join(told[::-1])}；抽取过程见公开版中的摇号公示页，任何人可核对公告编码并在浏览器中自行复核（R12）。"


def count_places(draw: pd.DataFrame) -> str:
    """Return how many units are to be inspected, how many of them by lot; empty where none was drawn (R12)."""
    named, lots = map(len, _apart(draw[draw["status"] == "drawn"]))
    return _tell_places(named, lots, why=f"（{_MUST_WHY}）") if named + lots else ""


def count_visits(inspections: pd.DataFrame) -> str:
    """Return how many units a month's visits reached where it has no public draw; empty without any (R12, S43).

    What was visited may have been drawn, and its draw published, in an earlier month.

    Args:
        inspections: the month's own rows.
    """
    is_other = inspections["assessor"] != ""
    counts = {"抽查": inspections.loc[~is_other, "unit_id"], "第三方评估": inspections.loc[is_other, "unit_id"]}
    told = "、".join(f"{what}{units.nunique()}个单位" for what, units in counts.items() if len(units))
    return told + f"，{NO_DRAW}" * bool(counts["抽查"].size)


def _apart(drawn: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the places that the office named, and those that came by lot."""
    is_must = drawn["stratum"] == _MUST
    return drawn[is_must], drawn[~is_must]


def _tell_places(n_named: int, n_lots: int, among: str = "", why: str = "") -> str:
    """Return how many units are inspected: named by the office (`why`), and drawn by lot."""
    by_lot = [f"{n_lots}个{among}由公开号码摇号抽出"] * bool(n_lots)
    if not n_named:
        return f"{n_lots}个单位接受检查，{'都' * (n_lots > 1)}{among}由公开号码摇号抽出"
    told = [f"{n_named}个指定必查、不摇号{why}", *by_lot]
    return f"{n_named + n_lots}个单位接受检查：{'，'.join(told)}"


def draw_table(places: pd.DataFrame, names: Mapping[str, str]) -> Markup:
    """Return the drawn places with stratum and what became of them; names of inspectors are not told."""
    n_named = places.loc[places["stratum"] == _MUST, "draw_id"].value_counts()
    columns = [
        text("单位", "unit_id", names),
        number("抽取次序", lambda r: _lot_order(r.order, n_named.get(r.draw_id, 0))),
        text("分层", lambda r: WORDS.strata.get(r.stratum, r.stratum)),
        number("检查人员数", lambda r: str(len(r.inspectors.split(";")) if r.inspectors else 0)),
        text("状态", "status", WORDS.draw_statuses),
    ]
    return table(columns, places.sort_values(["round", "order"]), "随机监管摇号结果（R12、S14）", css="")


def _lot_order(order: int, n_named: int) -> str:
    """Return a place's number among those by lot; the named ones stand before them and have none."""
    return str(order - n_named) if order > n_named else DASH


def render_draw_page(
    announcement: Announcement,
    rounds: Sequence[Result],
    vacancies: Sequence[DeclaredVacancy] = (),
    *,
    is_synthetic: bool = False,
    notes: Sequence[str] = (),
    misplaced: Collection[str] = (),
    back: str = "",
    contacts: Contacts | None = None,
) -> str:
    """Return the public page of a draw (R12): results, grounds, every skip, and its own check, in Chinese.

    Args:
        announcement: what was published before the draw.
        rounds: the draw and its replacements, in order; none before the draw.
        vacancies: the declared vacancies, in order; the last ones may still be open.
        is_synthetic: whether units and people are invented; the page then says so.
        notes: what else the reader must know of the draw (see `tell_marks`).
        misplaced: ids of the units that the announcement marks wrongly as listed.
        back: the page that leads here, where there is one.
        contacts: whom the public turns to, and where announcements are published.
    """
    script = "".join(asset(f"draw/{name}") for name in _SCRIPTS)
    places = list(_list_places(announcement, rounds, vacancies, misplaced))
    told = [*notes, *(WORDS.violations[code] for result in rounds for code in result.violations)]
    view = _tell_page(announcement, rounds, vacancies, contacts or Contacts()) | {
        "is_synthetic": is_synthetic,
        "back": back,
        "places": places,
        "has_notes": any(place["note"] for place in places),
        "violations": told,
        "script": Markup(script),
        "style": "",
        "policy": "",
    }
    template = environment().get_template("draw/page.html.j2")
    # The fonts hold the page's own characters: render once to know them.
    signs = template.render(view) + script
    style = (
        font_face(SANS, signs) + font_face(SERIF, signs) + root_colours() + asset("page.css") + asset("draw/draw.css")
    )
    return template.render(view | {"style": Markup(style), "policy": content_policy(script, style)})


def _tell_page(
    announcement: Announcement,
    rounds: Sequence[Result],
    vacancies: Sequence[DeclaredVacancy],
    contacts: Contacts,
) -> dict:
    """Return what the page says of a draw from its files, by the names under which the template has it."""
    return {
        "title": f"{announcement.district}随机监管摇号公示（{month_name(announcement.period)}）",
        "announcement": announcement,
        "rounds": rounds,
        "hash": hash_of(announcement),
        "lead": _tell_lead(announcement),
        "checks": _tell_checks(announcement, rounds, contacts.announcements),
        "contacts": contact_lines(contacts),
        "names": {unit.unit_id: unit.name for unit in announcement.units},
        "candidates": list(list_candidates(announcement)),
        "inspectors": list(list_inspectors(announcement)),
        "pool": _tell_pool(announcement),
        "course": _tell_course(announcement, rounds),
        "numbers": list(list_numbers(announcement, rounds, vacancies)),
        "strata": list_strata(announcement),
        "rest": tell_rest(announcement),
        "places_by_rule": tell_places(announcement),
        "duties": list(list_duties(announcement)),
        "skips": list(list_skips(announcement, rounds)),
        "program": asset("draw/check_draw.txt"),
        "data": embed_data(announcement, rounds, vacancies),
    }


def embed_data(announcement: Announcement, rounds: Sequence[Result], vacancies: Sequence[DeclaredVacancy] = ()) -> dict:
    """Return what the page checks: the published files as text, and the hashes published beside them."""
    return {
        "announcement": to_bytes(announcement).decode("utf-8"),
        "announcement_hash": hash_of(announcement),
        "rounds": [to_bytes(result).decode("utf-8") for result in rounds],
        "round_hashes": [hash_of(result) for result in rounds],
        "vacancies": [to_bytes(vacancy).decode("utf-8") for vacancy in vacancies],
        "vacancy_hashes": [hash_of(vacancy) for vacancy in vacancies],
    }


def _tell_lead(announcement: Announcement) -> str:
    """Return how the places are taken, and what the page's own check proves and what it cannot (R12)."""
    n_named = announcement.n_named
    n_lots = sum(stratum.number for stratum in announcement.strata) - n_named
    n_free = len({unit_id for each in announcement.strata if each.kind != "must" for unit_id in each.candidates})
    return (
        f"本次随机监管有{_tell_places(n_named, n_lots, f'从{n_free}个单位中')}。候选名单和规则先行公告，"
        "抽中谁由此后公开开奖的号码和编办事先封存的揭示码算出。"
        "自检只证明名单确由页内的公告、号码和揭示码算出；"
        f"公告是否为{day_name(announcement.published_on)}原件，须与当日公布的公告编码核对（见二），"
        "相符的，才说明候选名单和规则此后没有改过。"
    )


def _tell_checks(announcement: Announcement, rounds: Sequence[Result], place: str) -> list[str]:
    """Return what a reader compares with what was published elsewhere: the numbers, and the announcement's hash."""
    which = "上面的期号、开奖日期和号码" if rounds else "届时公布的号码，连同上面的期号和开奖日期，"
    numbers = f"{which}应与开奖机构公布的对照"
    if announcement.is_made_up:
        numbers = f"本例期号、开奖日期和号码均为虚构，无从对照；实际使用时，{numbers}"
    day = day_name(announcement.published_on)
    where = (
        f"公告当日公布处：{place}。"
        if place
        else f"公告当日公布处：{NOT_REGISTERED}，暂无法核对是否原件，可请编办出示。"
    )
    return [
        f"{numbers}。",
        f"下面的公告编码，应与{day}公布的对照：相同的，公告自当日起一字未改；"
        f"不同或当日没有公布的，本页自检即使通过，也不能说明名单没有挑选。{where}",
    ]


def _tell_pool(announcement: Announcement) -> str:
    """Return in plain words who the candidates are, why there are so many, and how many may still be drawn by lot."""
    rules = announcement.rules
    of_kind = {stratum.kind: set(stratum.candidates) for stratum in announcement.strata}
    must, free = (of_kind.get(kind, set()) for kind in ("must", "all"))
    resting = free.difference(*(candidates for kind, candidates in of_kind.items() if kind != "all"))
    n_full = len(announcement.units) - len(must) - len(free)
    parts = [
        (
            len(must),
            f"其中必查的{{}}个由编办在公告中指定（{_MUST_WHY}，具体事由不在公告之列），直接列入，不用抽签",
        ),
        (n_full, f"本年已查满{rules.maximum_per_year}次的{{}}个不再抽（本年各月已查单位列于公告）"),
        (len(free), "其余{}个参加抽签"),
        (len(resting), f"近{rules.rest_months}个月查过的{{}}个也在其内，只从全体中抽，机会较小"),
    ]
    told = [words.format(n) for n, words in parts if n] + _tell_marked(announcement, must, free)
    chosen = "" if must else "，不事先挑选"
    others = "和必查单位" * bool(must)
    return f"面向群众办事服务的单位{others}都是候选{chosen}，共{len(announcement.units)}个。{'；'.join(told)}。"


def _tell_marked(announcement: Announcement, must: Collection[str], free: Collection[str]) -> list[str]:
    """Return what becomes of the units that the announcement marks as listed: full, to be visited, or how likely."""
    rules, marked = announcement.rules, {unit.unit_id for unit in announcement.units if unit.is_watch}
    n_must, n_full = len(marked.intersection(must)), len(marked.difference(must, free))
    left = len(marked) - n_must - n_full
    number = sum(stratum.number for stratum in announcement.strata if stratum.kind == "watch")
    parts = [f"{n_must}个属必查"] * bool(n_must)
    parts += [f"{n_full}个本年已查满{rules.maximum_per_year}次不再抽"] * bool(n_full)
    if n_full == len(marked) > 0:
        return [
            f"公告列为监管异常名录单位的{n_full}个，本年{'均' * (n_full > 1)}已查满{rules.maximum_per_year}次，不再抽"
        ]
    rest, among = (f"其余{left}个", "，其中") if parts else ("", "")
    if left and number >= left:
        parts.append(f"{rest}有{number}个名额，{'均' * (left > 1)}直接选中")
    elif left and number:
        how = f"名额按约{rules.watch_factor:g}倍于一般单位的比例安排，零头进一"
        parts.append(f"{rest}有{number}个名额，每个抽中机会{number / left:.2%}（{how}）")
    elif left:
        parts.append(f"{rest}本次没有名额，只从全体中抽")
    return [f"公告列为监管异常名录单位的{len(marked)}个{among}{'、'.join(parts)}"] * bool(parts)


def _tell_course(announcement: Announcement, rounds: Sequence[Result]) -> list[str]:
    """Return how the list of a draw came about, in three steps: announcement, public numbers, list."""
    known = rounds[0].public_numbers if rounds else [[] for _ in announcement.sources]
    issues: dict[tuple[date, str, str], list[str]] = {}
    for source, numbers in zip(announcement.sources, known, strict=True):
        told = f"{source.part}{' '.join(map(str, sorted(numbers)))}"
        issues.setdefault((source.date, source.name, source.issue), []).append(told)
    drawn = "；".join(
        f"{day_name(day)}{name}第{issue}期开奖{f'：{listing(told)}' if rounds else '，号码届时产生'}"
        for (day, name, issue), told in issues.items()
    )
    by = f"最迟{day_name(announcement.reveal_by)}公布，逾期的改用上一个公开的码，并在本页公布为违规"
    if not rounds:
        last = f"号码产生后编办公布揭示码（{by}），由号码和揭示码算出名单"
    elif rounds[0].reveal.status == "revealed":
        on = day_name(rounds[0].reveal.on)
        last = f"{on}编办公布揭示码（公告前已封存，换一个就对不上；{by}），由号码和揭示码算出名单"
    else:
        last = f"{day_name(rounds[0].reveal.on)}按规则改用上一个公开的码，与号码一起算出名单"
    first = f"{day_name(announcement.published_on)}发布公告，列明候选单位、各类名额和用哪几次公开开奖的号码"
    return [f"{told}。" for told in (first, drawn, last)]


def _list_places(
    announcement: Announcement,
    rounds: Sequence[Result],
    declared: Sequence[DeclaredVacancy],
    misplaced: Collection[str],
) -> Iterator[dict]:
    units = {unit.unit_id: unit.name for unit in announcement.units}
    people = {person.inspector_id: person.name for person in announcement.inspectors}
    duties = {duty.duty_id: duty.name for duty in announcement.duties}
    vacancies = {result.vacancy.unit_id: result.vacancy for result in rounds if result.vacancy}
    waiting = {vacancy.unit_id: vacancy for vacancy in declared if vacancy.unit_id not in vacancies}
    placed = [(place, result.reveal.round) for result in rounds for place in result.drawn]
    for place, round_ in sorted(placed, key=lambda item: (item[0].order, item[1])):
        vacancy, open_ = vacancies.get(place.unit_id), waiting.get(place.unit_id)
        notes = [f"第{round_}次补抽"] if round_ else []
        notes += ["公告误列为名录单位，实际不在名录"] * (place.unit_id in misplaced)
        notes += [f"空缺：{vacancy.reason}（{vacancy.document}），由补抽单位接替"] if vacancy else []
        notes += [f"空缺：{open_.reason}（{open_.document}），待补抽，{open_.reveal_by}前公布揭示码"] if open_ else []
        yield {
            "order": _lot_order(place.order, announcement.n_named),
            "unit": units[place.unit_id],
            "stratum": announcement.stratum(place.stratum).name,
            "inspectors": [people[i] for i in place.inspectors],
            "duties": [duties[i] for i in place.duties],
            "note": "；".join(notes),
            "is_replaced": vacancy is not None,
        }
