"""Whether what is published still is what it was: chain, revisions, their copies in `reports/`, raw files (S45).

What was changed is a fault. That today's rules or code are others than those of an old month is no fault, and is told.
"""

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from analysis.intake.objection_files import list_objection_files, objections_path
from analysis.policy.book import load_policy
from analysis.policy.errors import DataError, PolicyError
from analysis.policy.left_behind import is_left_behind
from analysis.policy.messages import say
from analysis.policy.reach import list_changed_rules
from analysis.policy.visible import escape_unseen
from analysis.run.month import draws_folder
from analysis.run.store.chain import CHAIN, Chain, list_faults, read_district
from analysis.run.store.finality import FINAL, hash_objections, read_finality
from analysis.run.store.kept_rules import KeptRules
from analysis.run.store.manifest import (
    MANIFEST,
    Manifest,
    compare_files,
    hash_bytes,
    hash_code,
    hash_tree,
    list_differing,
    read_manifest,
)
from analysis.run.store.revisions import CALLER_KEY, POINTER, STAGING, WITHDRAWN, Store, tell_damage
from analysis.run.store.seals import SEALS, check_seals
from analysis.run.store.shown import RECORD, read_record

_PAGES = "pages/"
_PASSED_OVER = {".gitkeep", ".lock", ".fleet.lock"}


@dataclass(frozen=True)
class Checked:
    """What a comparison found.

    Attributes:
        damage: what was changed or is gone of what was published, a line each with the file and what to do.
        revised: month → the raw files that are no longer those it was made from, likewise.
        shown: what was changed or is gone of `reports/`, which is made from the store at any time, likewise.
        rules: file of `params/` → the months for which its rules are no longer those they were made with; empty where
            that cannot be told.
        told: what else is told and is no fault.
        in_force: month → the manifest of its last revision, of those that can be read.
        n_files: how many published files were compared.
    """

    damage: tuple[str, ...]
    revised: Mapping[str, tuple[str, ...]]
    shown: tuple[str, ...]
    rules: Mapping[str, tuple[str, ...]]
    told: tuple[str, ...]
    in_force: Mapping[str, Manifest]
    n_files: int

    @property
    def faults(self) -> tuple[str, ...]:
        """All that was changed or is gone."""
        return (*self.damage, *sum(self.revised.values(), ()), *self.shown)

    @property
    def words(self) -> tuple[str, ...]:
        """All that is told and is no fault."""
        differ = say("today's rules differ: {name} ({months})")
        may = say("today's rules may differ: no rules are kept that can be read ({months})")
        told = [differ.format(name=name, months=_span(months)) for name, months in self.rules.items() if name]
        unknown = self.rules.get("")
        return (*self.told, *told, *([may.format(months=_span(unknown))] if unknown else []))


def check_published(store: Store, periods: Collection[str] = (), head: str = "") -> Checked:
    """Compare what is published with the chain, the manifests and what it was made from; nothing is written.

    Args:
        store: the district's months.
        periods: the months that are looked at; none means all, and what stands around them.
        head: a head of the chain as it was once printed.
    """
    folders = {of: folder for of, folder in store.revision_folders.items() if not periods or of[0] in periods}
    damage, told = _check_chain(store, head, periods)
    manifests: dict[tuple[str, str], Manifest] = {}
    for of, folder in folders.items():
        try:
            manifests[of] = read_manifest(folder)
        except DataError as error:
            damage.append(str(error))
            continue
        damage += _check_revision(folder, manifests[of])
    in_force = {of[0]: manifest for of, manifest in manifests.items() if store.current(of[0]) == folders[of]}
    for period in periods or store.months():
        damage += _check_month(store, period)
    revised = {}
    for period, manifest in in_force.items():
        revised[period], later = _check_raw(store, manifest)
        told += later
    damage += [*_check_key(store, manifests), *_check_objections(store, manifests)]
    if not periods:
        damage += _find_strangers(store.processed, {CHAIN, RECORD}, {*store.months(), SEALS})
    shown, unrecorded = _check_reports(store, in_force, is_all=not periods)
    rules, unread = _compare_rules(store, in_force)
    told += [*unrecorded, *unread, *_tell_code(in_force)]
    return Checked(
        damage=_seen(damage),
        revised={period: _seen(lines) for period, lines in revised.items() if lines},
        shown=_seen(shown),
        rules=rules,
        told=_seen(told),
        in_force=in_force,
        n_files=sum(len(each.outputs) for each in manifests.values()),
    )


def _seen(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(escape_unseen, lines))


def find_stale_pages(root: Path, shown: Manifest) -> list[str]:
    """Return which pages of a revision `reports/<period>` does not hold as they were published."""
    copy = root / "reports" / shown.period
    wanted = {n.removeprefix(_PAGES): digest for n, digest in shown.outputs.items() if n.startswith(_PAGES)}
    found = hash_tree(copy, copy) if copy.is_dir() else {}  # which holds the indexes of audiences besides
    return list_differing(wanted, {name: found[name] for name in found.keys() & wanted.keys()})


def _check_chain(store: Store, head: str, periods: Collection[str]) -> tuple[list[str], list[str]]:
    try:
        chain = store.chain
        faults = list_faults(chain, store.revision_folders, periods)
    except DataError as error:
        return [str(error)], []
    standing = store.revision_folders
    unnamed = [of for of in standing if of not in chain.standing and (not periods or of[0] in periods)]
    words = []
    if not chain.entries and unnamed and not faults:
        words = [say("{path}: not there yet; the next publication begins it with what stands").format(path=chain.path)]
    elif unnamed and not faults:
        told = say(
            "{folder}: whole, but {chain} does not name it: a run was killed, and the next one enters it; "
            "where none was killed, move it away"
        )
        faults = [told.format(folder=standing[of], chain=CHAIN) for of in unnamed]
    if head and not any(each.startswith(head.lower()) for each in chain.heads):
        faults.append(
            say(
                "head {head}: {path} does not know it: the chain was rolled back to a time before that page, or "
                "replaced; put data/processed back from the newest back-up"
            ).format(head=head, path=chain.path)
        )
    own = read_district(store.root / "params")
    if chain.district and own != chain.district:
        told = say(
            "{path}: the chain of district {found}, and params/district.yml says id: {own}; put data/processed back "
            "from this district's back-up"
        )
        faults.append(told.format(path=chain.path, found=chain.district, own=own))
    broken, sealed = check_seals(chain)
    return [*faults, *broken], [*words, *_tell_events(chain, periods), *sealed]


def _tell_events(chain: Chain, periods: Collection[str]) -> list[str]:
    """Tell what was entered otherwise than by a publication, the lines of a kind that follow each other at once."""
    told = {
        "found": say("entered afterwards, because older than the chain, or because the run was killed"),
        "lost": say("lost when a back-up was taken into use"),
        "restored": say("a back-up was taken into use"),
        "withdrawn": say("withdrawn"),
    }
    lines = [(number, each) for number, each in enumerate(chain.entries, start=1) if each.event in told]
    groups = groupby(enumerate(lines), key=lambda pair: (pair[0] - pair[1][0], pair[1][1].event))
    words = []
    for (_, event), group in groups:
        found = [(number, entry) for _, (number, entry) in group if not periods or entry.period in (*periods, "")]
        if found:
            names = [" ".join(entry.of) for _, entry in (found[0], found[-1]) if entry.period]
            numbers = "–".join(dict.fromkeys(str(number) for number, _ in (found[0], found[-1])))
            words.append(
                ": ".join(filter(None, [told[event], " … ".join(dict.fromkeys(names))])) + f" ({CHAIN} {numbers})"
            )
    return words


def _check_revision(folder: Path, manifest: Manifest) -> Iterator[str]:
    found = hash_tree(folder, folder, skip=(MANIFEST,))
    for name in list_differing(manifest.outputs, found):
        yield tell_damage(folder, name, manifest, found)
    yield from _find_strangers(folder, {*manifest.outputs, *found, MANIFEST})


def _check_month(store: Store, period: str) -> Iterator[str]:
    folder, names = store.folder(period), store.revisions(period)
    if not folder.is_dir():
        return
    yield from _find_strangers(folder, {POINTER, WITHDRAWN}, {*names, STAGING})
    pointer = folder / POINTER
    said = pointer.read_text("utf-8", errors="replace").strip() if pointer.is_file() else ""
    current = store.current(period)
    if names and said != (current.name if current else ""):
        holds = say("{name} is in force") if current else say("{name} was withdrawn")
        yield say("{pointer}: names {said}, though {holds}; the next run of the month writes it anew").format(
            pointer=pointer,
            said=said or say("nothing"),
            holds=holds.format(name=current.name if current else names[-1]),
        )
    entered = [entry.revision for entry in _entries(store) if entry.event == "withdrawn" and entry.period == period]
    if sorted(entered) != sorted(store.withdrawn(period)):
        yield say("{folder}: not what {chain} says was withdrawn; the next run writes it anew").format(
            folder=folder / WITHDRAWN, chain=CHAIN
        )


def _find_strangers(folder: Path, files: Collection[str], folders: Collection[str] | None = None) -> Iterator[str]:
    """Yield what lies in a folder and is none of its files: links, hidden files, others.

    Args:
        folder: where to look.
        files: the paths of the files that belong there, relative to it.
        folders: those that belong there and are looked into by others; None means that any may, and are looked into.
    """
    for place, inner, names in os.walk(folder):
        here = Path(place)
        for name in [*inner, *names]:
            path, told = here / name, (here / name).relative_to(folder).as_posix()
            is_known = told in files if name in names else folders is None or told in folders
            if path.is_symlink():
                yield say("{path}: a link, where only files belong; put the file itself back").format(path=path)
            elif not (is_known or name in _PASSED_OVER or is_left_behind(name) or _is_half_written(name)):
                yield say("{path}: nothing that was published; move it away").format(path=path)
        if folders is not None:
            return


def _is_half_written(name: str) -> bool:
    """Whether a killed run may have left it, before it had its name."""
    return name in (f".{POINTER}.new", f".{CHAIN}.new", f".{RECORD}.new", f".{WITHDRAWN}.new")


def _check_raw(store: Store, manifest: Manifest) -> tuple[list[str], list[str]]:
    """Compare raw files with those that a revision was made from; a draw's later round changes no published month."""
    raw, draws = store.root / "data" / "raw" / manifest.period, draws_folder(store.root, manifest.period)
    now = hash_tree(raw, store.root) | hash_tree(draws, store.root)
    later = {name for name in now.keys() - manifest.inputs.keys() if (store.root / name).is_relative_to(draws)}
    told = compare_files(manifest.inputs, {name: digest for name, digest in now.items() if name not in later})
    changed = say(
        "{line} since {period} {revision}; put it back, or publish what it makes: analysis run {period} "
        "--reason correction --published YYYY-MM-DD"
    )
    fresh = say("{line}: new since {period} {revision}")
    of = {"period": manifest.period, "revision": manifest.revision}
    return [changed.format(line=line, **of) for line in told], [fresh.format(line=each, **of) for each in sorted(later)]


def _check_key(store: Store, manifests: Mapping[tuple[str, str], Manifest]) -> Iterator[str]:
    order = {entry.of: number for number, entry in enumerate(_entries(store))}
    known = [(order.get(of, -1), each) for of, each in manifests.items() if each.caller_key]
    if known:
        last = max(known, key=lambda pair: pair[0])[1]
        key = store.root / CALLER_KEY
        if not key.is_file():
            yield say("{key}: missing; put it back from the back-up, or no caller is recognised any more").format(
                key=key
            )
        elif hash_bytes(key.read_bytes()) != last.caller_key:
            yield say("{key}: not the key with which {period} {revision} was made; put that back").format(
                key=key, period=last.period, revision=last.revision
            )


def _entries(store: Store) -> tuple:
    try:
        return store.chain.entries
    except DataError:  # told by itself
        return ()


def _check_objections(store: Store, manifests: Mapping[tuple[str, str], Manifest]) -> Iterator[str]:
    """Compare the objections of final years with those that were settled then."""
    for (period, name), manifest in manifests.items():
        folder = store.folder(period) / name
        if manifest.state != "final" or FINAL not in manifest.outputs or not (folder / FINAL).is_file():
            continue
        year = int(period[:4])
        try:
            found = hash_objections(store.root, year)
        except DataError as error:
            yield str(error)
            continue
        try:
            settled = read_finality(folder)
        except DataError:  # its hash tells
            continue
        if found != settled.objections_file:
            files = list_objection_files(store.root, year) or [objections_path(store.root, year)]
            yield say(
                "{file}: not the objections that were settled when {period} {name} became final; put those back"
            ).format(file=", ".join(map(str, files)), period=period, name=name)


def _check_reports(store: Store, in_force: Mapping[str, Manifest], *, is_all: bool) -> tuple[list[str], list[str]]:
    """Compare `reports/` with the pages of revisions and with the record of what else was written there."""
    reports = store.root / "reports"
    if not (reports / "index.html").exists():
        return [], []
    faults, words = [], []
    try:
        record = read_record(store)
    except DataError as error:
        faults, record = [str(error)], {}
    if record is None:
        told = say("{reports}: indexes, open data and PDFs were never recorded; they are from now on: analysis site")
        words = [told.format(reports=reports)]
    shown = {period: last for period in in_force if (last := _last_published(store, period))}
    known = {} if record is None else {n: d for n, d in record.items() if is_all or n.split("/")[0] in shown}
    for name, digest in known.items():
        if not (reports / name).is_file() or hash_bytes((reports / name).read_bytes()) != digest:
            faults.append(
                say("{path}: not as it was written; make it anew: analysis site (a PDF: run --pdf)").format(
                    path=reports / name
                )
            )
    for period, manifest in shown.items():
        stale = find_stale_pages(store.root, manifest)
        told = say("{path}: not the page of {revision}; copy it anew: analysis site")
        faults += [told.format(path=reports / period / name, revision=manifest.revision) for name in stale]
        known |= {f"{period}/{name.removeprefix(_PAGES)}": "" for name in manifest.outputs if name.startswith(_PAGES)}
    if record is not None:
        faults += _find_reports_strangers(reports, known, None if is_all else shown)
    return faults, words


def _find_reports_strangers(reports: Path, known: Collection[str], periods: Collection[str] | None) -> Iterator[str]:
    for folder in [reports] if periods is None else [reports / period for period in periods]:
        inside = {
            (reports / name).relative_to(folder).as_posix() for name in known if (reports / name).is_relative_to(folder)
        }
        for line in _find_strangers(folder, inside):
            if not line.startswith(str(reports / "fleet")):  # a province's pages
                yield line


def _last_published(store: Store, period: str) -> Manifest | None:
    try:
        return None if store.withdrawal(period) else store.last_published(period)
    except DataError:  # told by itself
        return None


def _compare_rules(store: Store, in_force: Mapping[str, Manifest]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return which of today's rules are others than those that months were made with, and that they cannot be read."""
    now = hash_tree(store.root / "params", store.root)
    changed = [manifest for manifest in in_force.values() if manifest.params != now]
    try:
        today = load_policy(store.root) if changed else None
    except PolicyError as error:
        return {}, [say("today's rules cannot be read: {why}").format(why=str(error).splitlines()[0])]
    kept, months = KeptRules(store), defaultdict(list)
    for manifest in changed:
        book = kept.read(manifest)
        of = (manifest.period, manifest.publication_day, manifest.known)
        for name in list_changed_rules(book, today, *of) if book else [""]:
            months[name].append(manifest.period)
    return {name: tuple(periods) for name, periods in months.items()}, []


def _tell_code(in_force: Mapping[str, Manifest]) -> list[str]:
    months = defaultdict(list)
    for manifest in in_force.values():
        if manifest.code != hash_code(manifest.stage):
            months[f"{manifest.version} ({manifest.code[:12]})"].append(manifest.period)
    told = say("today's code differs from {code} ({months})")
    return [told.format(code=code, months=_span(periods)) for code, periods in months.items()]


def _span(periods: Iterable[str]) -> str:
    first, *others = sorted(periods)
    told = say("{first} … {last}, {count} months")
    return told.format(first=first, last=others[-1], count=len(others) + 1) if others else first
