"""The lists on a draw's public page: candidates, numbers, strata, duties, and whoever was passed over (R12, S14)."""

from collections import Counter
from collections.abc import Iterator, Sequence

from analysis.action.draw.announcement import Announcement, Stratum
from analysis.action.draw.result import DeclaredVacancy, Result
from analysis.action.draw.strata import stratum_rates
from analysis.report.words import DASH, WORDS, listing


def list_candidates(announcement: Announcement) -> Iterator[tuple[str, str, str, str]]:
    """Yield each candidate: name, kind of unit, mark as listed, visits by draw this year, lots or why it has none.

    The marks are public: they stand in the announcement (S14).
    """
    rules, year = announcement.rules, announcement.period[:4]
    visits = Counter(visit.unit_id for visit in announcement.history if visit.period[:4] == year)
    for unit in announcement.units:
        own = [stratum for stratum in announcement.strata if unit.unit_id in stratum.candidates]
        named = any(stratum.kind == "must" for stratum in own)
        lots = listing([stratum.name for stratum in own]) or f"不参加（本年已查满{rules.maximum_per_year}次）"
        kind = announcement.stratum(unit.stratum).name + "（公告之日列为名录单位）" * unit.is_watch
        yield unit.name, kind, str(visits[unit.unit_id]), "必查，不参加" if named else lots


def list_inspectors(announcement: Announcement) -> Iterator[tuple[str, str, str]]:
    """Yield each candidate inspector: name, most visits in this draw, and the units that it keeps away from (S14)."""
    units, usual = {unit.unit_id: unit.name for unit in announcement.units}, announcement.rules.visits_per_inspector
    for person in announcement.inspectors:
        own = [each.unit_id for each in announcement.recusals if each.inspector_id == person.inspector_id]
        most = usual if person.load_limit is None else person.load_limit
        yield person.name, str(most), listing([units[unit_id] for unit_id in own]) or DASH


def list_numbers(
    announcement: Announcement, rounds: Sequence[Result], vacancies: Sequence[DeclaredVacancy]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield each drum that decides a round: its name, issue and day, and its numbers where they are known."""
    for round_, sources in enumerate([announcement.sources, *(vacancy.sources for vacancy in vacancies)]):
        for drum, source in enumerate(sources):
            drawn = sorted(rounds[round_].public_numbers[drum]) if round_ < len(rounds) else []
            told = f"第{round_}次补抽 " if round_ else ""
            numbers = " ".join(map(str, drawn)) or "待开奖"
            yield f"{told}{source.name} {source.part}", source.issue, source.date.isoformat(), numbers


def list_strata(announcement: Announcement) -> list[dict]:
    """Return each stratum with what its places are counted from, its candidates, places and the chance in it."""
    rates = stratum_rates(announcement.strata)
    return [
        {
            "name": stratum.name,
            "base": _base_words(announcement, stratum),
            "candidates": len(stratum.candidates),
            "number": stratum.number,
            "rate": _rate_words(stratum, float(rates[stratum.id])),
        }
        for stratum in announcement.strata
    ]


def tell_places(announcement: Announcement) -> str:
    """Return how many places each stratum has by the announcement's rules, and that nobody reckons it again (S14)."""
    rules, named = announcement.rules, {each.kind: each.name for each in announcement.strata}
    share = f"{rules.minimum_share_pct:g}%"
    ordinary = listing([named[kind] for kind in ("departments", "towns") if kind in named])
    told = f"名额在公告中定下，自检不重算：{ordinary}各按本类单位（名录单位除外）的{share}安排，零头进一；"
    if "watch" in named:
        told += f"{named['watch']}按约{rules.watch_factor:g}倍于一般单位的比例安排；"
    if "all" in named:
        least = f"候选单位的{share}、至少{rules.minimum_per_month}个"
        told += f"{named['all']}{rules.all_units_places}个，合计不足{least}的由其补足；"
    return f"{told}照此安排、本年其余各月将不够抽的，依次减少，但合计不低于上述最低数。"


def tell_rest(announcement: Announcement) -> str:
    """Return among whom the places of all units are drawn: fewer than the table counts as candidates."""
    rates, told = stratum_rates(announcement.strata), ""
    for stratum in announcement.strata:
        if stratum.kind != "all" or not rates[stratum.id]:
            continue
        left = int(stratum.number / rates[stratum.id])
        if before := len(stratum.candidates) - left:
            told += (
                f"“{stratum.name}”一类的概率，指此前各类未抽中的单位在本类中被抽中的概率："
                f"{len(stratum.candidates)}个减去此前各类抽出的{before}个，余{left}个中抽{stratum.number}个"
                f"（{stratum.number}÷{left}＝{_rate_words(stratum, stratum.number / left)}）；"
            )
    return f"{told}检查人员不足而跳过时，概率随之变化。"


def _base_words(announcement: Announcement, stratum: Stratum) -> str:
    """Return from how many units a stratum's places are counted (S14): in a group also those that rest or are full."""
    if stratum.kind in ("departments", "towns"):
        return str(sum(unit.stratum == stratum.id and not unit.is_watch for unit in announcement.units))
    of_all = len(announcement.units) if stratum.kind == "all" else len(stratum.candidates)
    return DASH if stratum.kind == "must" else str(of_all)


def _rate_words(stratum: Stratum, rate: float) -> str:
    if not stratum.candidates:
        return DASH
    return "必查" if stratum.kind == "must" else "全部选中" if rate >= 1 else f"{rate:.2%}"


def list_duties(announcement: Announcement) -> Iterator[dict]:
    """Yield each unit with its duties that may be looked at, and the chance of each."""
    names = {duty.duty_id: duty.name for duty in announcement.duties}
    for unit in announcement.units if names else ():
        own = announcement.duties_of(unit.unit_id)
        share = min(1, announcement.rules.duties_per_visit / len(own)) if own else 0
        yield {"name": unit.name, "duties": [names[duty] for duty in own], "rate": f"{share:.2%}"}


def list_skips(announcement: Announcement, rounds: Sequence[Result]) -> Iterator[dict]:
    """Yield each unit and inspector that was passed over, with the round and the reason."""
    units = {unit.unit_id: unit.name for unit in announcement.units}
    people = {person.inspector_id: person.name for person in announcement.inspectors}
    for result in rounds:
        round_ = f"第{result.reveal.round}次补抽" if result.reveal.round else "抽取"
        for skip in result.unit_skips:
            place = announcement.stratum(skip.stratum).name
            reason = WORDS.skip_reasons[skip.reason]
            yield {"round": round_, "place": place, "who": units[skip.unit_id], "reason": reason}
        for skip in result.inspector_skips:
            reason = WORDS.skip_reasons[skip.reason]
            yield {"round": round_, "place": units[skip.unit_id], "who": people[skip.inspector_id], "reason": reason}
