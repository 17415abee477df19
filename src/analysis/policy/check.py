"""Cross-checks between the files of `params/`, so that a wrong rule is found before any score is made."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from inspect import signature

from pydantic import BaseModel

from analysis.policy.channels import Weights
from analysis.policy.consequences import Consequences
from analysis.policy.dated import find_overlaps
from analysis.policy.duties import Duties
from analysis.policy.indicators import Indicator, Indicators
from analysis.policy.messages import say
from analysis.policy.method import Range
from analysis.policy.models import District, Tiers, Units
from analysis.policy.names import normalise_name
from analysis.policy.papers import Papers
from analysis.policy.period import shift
from analysis.policy.sheets import SheetField, Sheets
from analysis.policy.tickets import Tickets
from analysis.policy.watch import Watch
from analysis.policy.workload import IN_POST, POSTS, Workload

_FICTIONAL = "虚构"


def find_faults(parts: Mapping[str, object]) -> list[str]:
    """Return every fault between files, one a line: file, key, value found, what is allowed.

    Args:
        parts: file of `params/`, without its ending → content. A check is left out where a file that it needs is.
    """
    faults = [fault for name, part in parts.items() for fault in find_overlaps(f"{name}.yml", part)]
    for check in _CHECKS:
        needed = signature(check).parameters
        if needed.keys() <= parts.keys():
            faults += check(**{name: parts[name] for name in needed})
    return [f"params/{fault}" for fault in faults]


def _not_allowed(where: str, found: object, allowed: Iterable[str]) -> str:
    return say("{where}: found {found!r}; allowed: {allowed}").format(
        where=where, found=found, allowed=", ".join(allowed)
    )


def _no_unit(where: str, found: object) -> str:
    return say("{where}: found {found!r}; no unit has this id").format(where=where, found=found)


def _check_units(units: Units) -> Iterable[str]:
    groups = {group.id for group in units.groups}
    by_id = {unit.id: unit for unit in units.units}
    for id_, count in Counter(unit.id for unit in units.units).items():
        if count > 1:
            yield say("units.yml: units: id {id} stands {count} times; ids are unique").format(id=id_, count=count)
    yield from _clashing_ids(by_id)
    for unit in by_id.values():
        if unit.group not in groups:
            yield _not_allowed(f"units.yml: {unit.id}.group", unit.group, sorted(groups))
        successor = by_id.get(unit.merged_into) if unit.merged_into else unit
        if successor is None:
            yield _no_unit(f"units.yml: {unit.id}.merged_into", unit.merged_into)
        elif unit.merged_into and (successor.to or "9999") <= unit.to:
            yield say("units.yml: {id}.merged_into: {successor_id} does not outlive {to}").format(
                id=unit.id, successor_id=successor.id, to=unit.to
            )
    yield from _shared_names("units.yml", ((u.id, [u.name, *u.aliases]) for u in by_id.values()))


def _clashing_ids(ids: Iterable[str]) -> Iterable[str]:
    """Yield the ids that readers, and file systems for which case does not count, take for one another."""
    owner: dict[str, str] = {}
    for id_ in ids:
        first = owner.setdefault(id_.casefold(), id_)
        if first != id_:
            yield say("units.yml: units: {first} and {id} differ by case alone; give one another id").format(
                first=first, id=id_
            )


def _shared_names(file: str, names_by_id: Iterable[tuple[str, list[str]]]) -> Iterable[str]:
    owner: dict[str, str] = {}
    for id_, names in names_by_id:
        for name in names:
            first = owner.setdefault(normalise_name(name), id_)
            if first != id_:
                yield say("{file}: {id}: the name {name!r} belongs to {first} already; a name means one thing").format(
                    file=file, id=id_, name=name, first=first
                )


def _check_indicators(indicators: Indicators, units: Units, sheets: Sheets) -> Iterable[str]:
    by_id: dict[str, list[Indicator]] = {}
    for entry in indicators.indicators:
        by_id.setdefault(entry.id, []).append(entry)
    groups = {group.id for group in units.groups}
    for id_, versions in by_id.items():
        if len({version.channel for version in versions}) > 1:
            yield say("indicators.yml: {id}.channel: an indicator belongs to exactly one channel (S2)").format(id=id_)
        if len({version.parent for version in versions}) > 1:
            yield say("indicators.yml: {id}.parent: an indicator keeps its parent; another one is another id").format(
                id=id_
            )
    for entry in indicators.indicators:
        for group in set(entry.groups) - groups:
            yield _not_allowed(f"indicators.yml: {entry.id}.groups", group, sorted(groups))
        yield from _check_source(entry, sheets)
    names = ((id_, [n for v in versions for n in (v.name, *v.aliases)]) for id_, versions in by_id.items())
    yield from _shared_names("indicators.yml", names)


def _check_source(indicator: Indicator, sheets: Sheets) -> Iterable[str]:
    kind = sheets.kinds.get(indicator.data.sheet)
    if kind is None:
        yield _not_allowed(f"indicators.yml: {indicator.id}.data.sheet", indicator.data.sheet, sorted(sheets.kinds))
        return
    if indicator.method.is_share and kind.reader in ("tickets", "ledger") and indicator.minimum_cases is None:
        yield say("indicators.yml: {id}: `minimum_cases` is missing: a rate of cases states its fewest (S30)").format(
            id=indicator.id
        )
    data, fields = indicator.data, kind.fields
    if kind.reader != "counts":
        for role in ("value", "standard"):
            if getattr(data, role):
                told = say("indicators.yml: {id}.data.{role}: only a sheet of counts has such a field")
                yield told.format(id=indicator.id, role=role)
        return
    roles = ("value",) if data.value else ("numerator", "denominator")
    if data.value and (data.numerator or data.denominator or indicator.method.is_share):
        yield say(
            "indicators.yml: {id}.data: a rate has `numerator` and `denominator`, what is none has `value`"
        ).format(id=indicator.id)
    for role in (*roles, *(["standard"] if data.standard else [])):
        field = getattr(data, role)
        if field not in fields:
            yield _not_allowed(f"indicators.yml: {indicator.id}.data.{role}", field, sorted(fields))
        elif role != "standard":
            allowed = indicator.method.admissible if role == "value" else Range(0, None)
            yield from _admits_more(
                f"sheets.yml: kinds.{data.sheet}.fields.{field}", fields[field], indicator.id, allowed
            )


def _admits_more(where: str, field: SheetField, id_: str, allowed: Range) -> Iterable[str]:
    """Yield the ends of a field's range that lie beyond what its indicator's method admits (S38)."""
    least = 0 if field.type == "count" else field.minimum
    if allowed.low is not None and (least is None or least < allowed.low):
        yield say("{where}.minimum: {id} needs {low:g} or more (S38)").format(where=where, id=id_, low=allowed.low)
    if allowed.high is not None and (field.maximum is None or field.maximum > allowed.high):
        yield say("{where}.maximum: {id} needs {high:g} or less (S38)").format(where=where, id=id_, high=allowed.high)


def _check_weights(weights: Weights, units: Units) -> Iterable[str]:
    known = {unit.id for unit in units.units}
    groups = {group.id for group in units.groups}
    for number, entry in enumerate(weights.adjustments, start=1):
        where = f"weights.yml: adjustments.{number}"
        if (entry.unit is None) == (entry.group is None):
            yield say("{where}: name either `unit` or `group` (S16)").format(where=where)
        if entry.unit is not None and entry.unit not in known:
            yield _no_unit(f"{where}.unit", entry.unit)
        if entry.group is not None and entry.group not in groups:
            yield _not_allowed(f"{where}.group", entry.group, sorted(groups))
    for number, entry in enumerate(weights.base, start=1):
        if entry.unit is not None or entry.group is not None:
            yield say("weights.yml: base.{number}: base weights name no unit and no group").format(number=number)


def _check_channels_and_families(indicators: Indicators, weights: Weights) -> Iterable[str]:
    channels = [channel.id for channel in weights.channels]
    for key, allowed in (("channel", channels), ("family", [family.id for family in indicators.families])):
        for entry in indicators.indicators:
            if (found := getattr(entry, key)) not in allowed:
                yield _not_allowed(f"indicators.yml: {entry.id}.{key}", found, allowed)
    for key, entries in (("base", weights.base), ("adjustments", weights.adjustments)):
        for number, entry in enumerate(entries, start=1):
            where = f"weights.yml: {key}.{number}.weights"
            for channel in entry.weights.keys() - set(channels):
                yield _not_allowed(where, channel, channels)
            for channel in getattr(entry, "minimum_indicators", {}).keys() - set(channels):
                yield _not_allowed(
                    f"weights.yml: {key}.{number}.minimum_indicators",
                    channel,
                    channels,
                )
            measured = {each.channel: each.id for each in indicators.indicators if entry.meets(each)}
            for channel in sorted(measured.keys() & set(channels) - entry.weights.keys()):
                yield say("{where}: {channel} is missing, to which {measured} belongs; 0 leaves it out").format(
                    where=where, channel=channel, measured=measured[channel]
                )


def _check_parents(indicators: Indicators, weights: Weights) -> Iterable[str]:
    channels = [channel.id for channel in weights.channels]
    channel_of = {parent.id: parent.channel for parent in indicators.parents}
    for id_, channel in channel_of.items():
        if channel not in channels:
            yield _not_allowed(f"indicators.yml: parents: {id_}.channel", channel, channels)
    for entry in indicators.indicators:
        if entry.parent is not None and channel_of.get(entry.parent) != entry.channel:
            allowed = [id_ for id_, channel in channel_of.items() if channel == entry.channel]
            yield _not_allowed(f"indicators.yml: {entry.id}.parent", entry.parent, allowed)


def _check_tiers(tiers: Tiers, indicators: Indicators, weights: Weights) -> Iterable[str]:
    channels = [channel.id for channel in weights.channels]
    counted = sorted({each.id for each in indicators.indicators if each.method.pools})
    for tier in {tier.id for tier in tiers.names} & {"bottom_five", "interview", "units"}:
        yield say(
            "tiers.yml: names: found {tier!r}; tables have a column of this name already, choose another id"
        ).format(tier=tier)
    for number, grading in enumerate(tiers.grading, start=1):
        where = f"tiers.yml: grading.{number}"
        for key, allowed in (("workload_indicator", counted), ("key_work_channel", channels)):
            if (found := getattr(grading, key)) not in (None, *allowed):
                yield _not_allowed(f"{where}.{key}", found, allowed)


def _check_judged_tiers(sheets: Sheets, tiers: Tiers) -> Iterable[str]:
    allowed = [tier.id for tier in tiers.names]
    for id_, kind in sheets.kinds.items():
        for name in ("from_tier", "to_tier") if kind.reader == "adjustments" else ():
            for tier in kind.fields[name].choices.keys() - set(allowed) if name in kind.fields else ():
                yield _not_allowed(f"sheets.yml: kinds.{id_}.fields.{name}.choices", tier, allowed)


def _check_ids(units: Units, indicators: Indicators, weights: Weights, tiers: Tiers) -> Iterable[str]:
    # Pages and tables name a thing by its id alone, whatever it is.
    owner = {}
    for where, things in (
        ("units.yml: units", {unit.id for unit in units.units}),
        ("units.yml: groups", [group.id for group in units.groups]),
        ("indicators.yml: indicators", {indicator.id for indicator in indicators.indicators}),
        ("indicators.yml: families", [family.id for family in indicators.families]),
        ("indicators.yml: parents", [parent.id for parent in indicators.parents]),
        ("weights.yml: channels", [channel.id for channel in weights.channels]),
        ("tiers.yml: names", [tier.id for tier in tiers.names]),
    ):
        for id_ in things:
            if id_ in owner:
                yield say("{where}: the id {id} stands under {owner} already; an id means one thing").format(
                    where=where, id=id_, owner=owner[id_]
                )
            owner[id_] = where


def _check_sheets(sheets: Sheets, indicators: Indicators) -> Iterable[str]:
    known = {indicator.id for indicator in indicators.indicators}
    for delivery in sheets.deliveries:
        where = f"sheets.yml: deliveries: {delivery.id}"
        if delivery.kind not in sheets.kinds:
            yield _not_allowed(f"{where}.kind", delivery.kind, sorted(sheets.kinds))
        for id_ in set(delivery.indicators) - known:
            yield say("{where}.indicators: found {id!r}; no indicator has this id").format(where=where, id=id_)
    for id_, kind in sheets.kinds.items():
        same = [other for other, each in sheets.kinds.items() if each.reader == kind.reader and not each.in_place_of]
        if kind.in_place_of not in (None, *same):
            yield _not_allowed(f"sheets.yml: kinds.{id_}.in_place_of", kind.in_place_of, same)
    by_column = {id_ for id_, kind in sheets.kinds.items() if kind.has_indicator_columns}
    turns = {shift(delivery.to, 1) for delivery in sheets.deliveries if delivery.to}
    for entry in indicators.indicators:
        months = {entry.from_, *(month for month in turns if entry.holds_in(month))}
        for month in sorted(months) if entry.data.sheet in by_column else ():
            if not any(entry.id in delivery.indicators for delivery in sheets.deliveries if delivery.holds_in(month)):
                yield say(
                    "sheets.yml: deliveries: nobody sends {indicator} in {month}; name it under the `indicators` of a "
                    "delivery in force"
                ).format(indicator=entry.id, month=month)
                break


def _check_duties(duties: Duties, units: Units) -> Iterable[str]:
    known = {unit.id for unit in units.units}
    for matter in duties.matters:
        for id_ in (matter.lead, *matter.co_operating):
            if id_ not in known:
                yield _no_unit(f"duties.yml: {matter.id}", id_)


def _check_workload(workload: Workload, sheets: Sheets, units: Units, weights: Weights) -> Iterable[str]:
    fields = [
        (name, field.type)
        for kind in sheets.kinds.values()
        if kind.reader == "counts"
        for name, field in kind.fields.items()
    ]
    counts = Counter(name for name, type_ in fields if type_ == "count")
    for number, entry in enumerate(workload.standards, start=1):
        for name in (*entry.hours, POSTS, IN_POST):
            if counts[name] != 1:
                yield say(
                    "workload.yml: standards.{number}.hours: {n_found} kinds with the reader `counts` have the field "
                    "{name!r} of type `count`; one is needed (sheets.yml: kinds)"
                ).format(number=number, n_found=counts[name], name=name)
    groups, known = [group.id for group in units.groups], {unit.id for unit in units.units}
    for group in {group for pool in workload.moves.pools for group in pool} - set(groups):
        yield _not_allowed("workload.yml: moves.pools", group, groups)
    channels = [channel.id for channel in weights.channels]
    for way in workload.coverage.ways:
        told = [key for key in ("channel", "sheet", "sources") if getattr(way, key)]
        if len(told) != 1:
            yield _not_allowed(f"workload.yml: coverage.ways: {way.id}", told, ["channel / sheet / sources"])
        if way.channel not in (None, *channels):
            yield _not_allowed(f"workload.yml: coverage.ways: {way.id}.channel", way.channel, channels)
    for id_ in set(workload.moves.protected) - known:
        yield _no_unit("workload.yml: moves.protected", id_)


def _check_documents(
    district: District,
    consequences: Consequences,
    duties: Duties,
    tickets: Tickets,
    watch: Watch,
    weights: Weights,
    workload: Workload,
) -> Iterable[str]:
    """Yield the documents that a district which is not synthetic cannot cite (S37)."""
    cited = {
        "consequences": consequences,
        "duties": duties,
        "tickets": tickets,
        "watch": watch,
        "weights": weights,
        "workload": workload,
    }
    for name, part in cited.items() if not district.is_synthetic else ():
        for where, document in _documents(f"{name}.yml", part):
            if _FICTIONAL in document:
                yield say(
                    "{where}: found {document!r}; only a synthetic district cites fictional documents (S37)"
                ).format(where=where, document=document)
            elif "〔" in document and not document.startswith(district.document_prefix or ""):
                yield say(
                    "{where}: found {found!r}; numbers begin with {allowed} (district.yml: document_prefix, S37)"
                ).format(where=where, found=document, allowed=", ".join(district.document_prefix))


def _documents(where: str, content: object) -> Iterator[tuple[str, str]]:
    if isinstance(content, BaseModel):
        for name in type(content).model_fields:
            value = getattr(content, name)
            if name == "document":
                yield f"{where}.document", value
            else:
                yield from _documents(f"{where}: {name}", value)
    elif isinstance(content, tuple):
        for number, entry in enumerate(content, start=1):
            yield from _documents(f"{where}.{number}", entry)


def _check_papers(papers: Papers, district: District) -> Iterable[str]:
    for name in papers.misplaced_copies(district.copied_offices):
        yield say(
            "papers.yml: notices: copies: found {name!r}, a copied office (district.yml); what goes to leadership "
            "holds more than it may read (S23): give it a notice of its own, audience: offices"
        ).format(name=name)


_CHECKS = (
    _check_units,
    _check_indicators,
    _check_channels_and_families,
    _check_parents,
    _check_weights,
    _check_tiers,
    _check_judged_tiers,
    _check_ids,
    _check_sheets,
    _check_duties,
    _check_workload,
    _check_documents,
    _check_papers,
)
