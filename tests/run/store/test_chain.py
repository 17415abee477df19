"""Every publication is entered in the chain, and what is gone, forged or rolled back stops the next run (S45)."""

import json
import shutil
from pathlib import Path

import pytest

from analysis.policy.errors import DataError
from analysis.run.store.chain import CHAIN
from analysis.run.store.manifest import Manifest, hash_bytes, read_manifest, write_manifest
from analysis.run.store.revisions import Store, check_revision
from analysis.run.store.verify import check_published

ROOT = Path(__file__).resolve().parents[3]
MONTHS = ("2023-01", "2023-02")
EMPTY = {"history": "", "inputs": {}, "outputs": {}, "packages": {}, "version": "0", "code": "0"}


def publish(store: Store, period: str, word: str = "", state: str = "draft") -> Path:
    """Publish a hand-made revision of one file."""
    params = {path.relative_to(store.root).as_posix(): path for path in (store.root / "params").glob("*.yml")}
    told = {"stage": "tables", "state": state, "reason": "update", "as_of": f"{period}-28"}
    hashes = {name: hash_bytes(path.read_bytes()) for name, path in params.items()}
    manifest = Manifest(period=period, revision="", **told, **EMPTY, params=hashes)
    with store.lock(period):
        staging = store.stage(period)
        (staging / "unit_scores.parquet").write_text(f"{period} {word}")
        return store.publish(staging, manifest)


def run_again(store: Store) -> None:
    """Take the month's lock, as the next run does first."""
    with store.lock(MONTHS[0]):
        pass


@pytest.fixture
def store(tmp_path) -> Store:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "tiers.yml").write_text("tiers: 4\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "caller.key").write_text("ab")
    store = Store(tmp_path)
    for month in MONTHS:
        publish(store, month)
    return store


def lines(store: Store) -> list[bytes]:
    return store.chain.path.read_bytes().splitlines(keepends=True)


def told(store: Store) -> list[tuple[str, str, str]]:
    return [(entry.event, entry.period, entry.revision) for entry in store.chain.entries]


def test_every_publication_names_the_one_before_whatever_its_month(store):
    folder = publish(store, "2023-01", "again", "final")
    first, second, third = (json.loads(line) for line in lines(store))
    assert told(store)[-1] == ("published", "2023-01", "r0002")
    assert (first["before"], second["before"]) == ("", hash_bytes(lines(store)[0]))
    assert third["before"] == hash_bytes(lines(store)[1]) == read_manifest(folder).head
    assert (third["state"], third["manifest"]) == ("final", hash_bytes((folder / "manifest.json").read_bytes()))
    assert store.chain.head == hash_bytes(lines(store)[2])


def begin(root: Path, district: str) -> Store:
    """Begin a district of this id whose first months are published."""
    (root / "params").mkdir(parents=True)
    sample = (ROOT / "params" / "district.yml").read_text("utf-8")
    (root / "params" / "district.yml").write_text(sample.replace("id: chengchuan", district), "utf-8")
    for month in MONTHS:
        publish(Store(root), month)
    return Store(root)


def test_the_first_line_names_the_district_and_another_ones_chain_is_known_for_it(tmp_path):
    store, other = begin(tmp_path / "one", "id: one"), begin(tmp_path / "other", "id: other")
    assert [entry.district for entry in store.chain.entries] == ["one", ""]
    assert [b"district" in line for line in lines(store)] == [True, False]
    assert check_published(store).faults == ()
    shutil.rmtree(store.processed)
    shutil.copytree(other.processed, store.processed)
    assert [line.partition(": ")[2] for line in check_published(store).faults] == [
        "the chain of district other, and params/district.yml says id: one; put data/processed back from this "
        "district's back-up"
    ]


def test_a_chain_of_before_there_were_ids_is_no_fault(tmp_path):
    store = begin(tmp_path / "one", "")
    assert b"district" not in lines(store)[0]
    file = store.root / "params" / "district.yml"
    file.write_text("id: later\n" + file.read_text("utf-8"), "utf-8")
    assert check_published(store).faults == ()


def test_a_revision_keeps_its_rules_and_knows_the_key_of_callers(store):
    manifest = check_revision(store.revision("2023-02"))
    assert (store.revision("2023-02") / "params" / "tiers.yml").read_text() == "tiers: 4\n"
    assert manifest.outputs["params/tiers.yml"] == manifest.params["params/tiers.yml"]
    assert manifest.caller_key == hash_bytes(b"ab")


def test_rules_that_change_at_the_last_moment_are_not_kept_as_others(store):
    with (
        store.lock("2023-02"),
        pytest.raises(DataError, match=r"params/tiers.yml: changed while 2023-02 was published"),
    ):
        store.publish(
            store.stage("2023-02"),
            read_manifest(store.revision("2023-02")).model_copy(update={"params": {"params/tiers.yml": "0" * 64}}),
        )


def test_a_chain_begins_with_what_stood_before_there_was_one(store):
    store.chain.path.unlink()
    for month in MONTHS:
        folder = store.revision(month)
        write_manifest(read_manifest(folder).model_copy(update={"head": None}), folder)
    publish(store, "2023-02", "again")
    assert told(store) == [
        ("found", "2023-01", "r0001"),
        ("found", "2023-02", "r0001"),
        ("published", "2023-02", "r0002"),
    ]


def test_what_a_killed_run_did_not_enter_is_entered_by_the_next(store):
    publish(store, "2023-01", "again")
    store.chain.path.write_bytes(b"".join(lines(store)[:-1]))
    run_again(store)
    assert told(store)[-1] == ("found", "2023-01", "r0002")
    run_again(store)
    assert len(lines(store)) == 3


def forge(store):
    forged = shutil.copytree(store.revision("2023-02"), store.folder("2023-02") / "r0002")
    write_manifest(read_manifest(forged).model_copy(update={"revision": "r0002", "state": "final"}), forged)


def replace_manifest(store):
    folder = store.revision("2023-02")
    write_manifest(read_manifest(folder).model_copy(update={"state": "final"}), folder)


def change_a_line(store):
    first, second = lines(store)
    store.chain.path.write_bytes(first.replace(b"draft", b"final") + second)


AMISS = {
    "a month is gone": (lambda s: shutil.rmtree(s.folder("2023-02")), "2023-02/r0001: published and gone"),
    "a revision is forged": (forge, "2023-02/r0002: no run published it"),
    "a manifest is replaced": (replace_manifest, "manifest.json: not the one that was published"),
    "a line is changed": (change_a_line, "line 2: does not follow from the line before"),
    "a line is gone": (lambda s: s.chain.path.write_bytes(lines(s)[1]), "line 1: does not follow"),
    "a line is rubbish": (lambda s: s.chain.path.open("ab").write(b"x\n"), "line 3: damaged"),
    "the last line is gone": (
        lambda s: (s.chain.path.write_bytes(lines(s)[0]), publish_over(s)),
        "2023-02/r0001: no run published it",
    ),
    "the chain is gone": (lambda s: s.chain.path.unlink(), "chain.jsonl: missing, though"),
}


def publish_over(store):
    """Enter another publication in the place of the one that was cut off."""
    content = {"event": "published", "period": "2023-01", "revision": "r0001", "state": "draft"}
    manifest = hash_bytes((store.revision("2023-01") / "manifest.json").read_bytes())
    store.chain.add(store.chain.entries[0].model_copy(update=content | {"manifest": manifest}))


@pytest.mark.parametrize("case", AMISS)
def test_a_run_refuses_to_build_upon_what_was_tampered_with(store, case):
    meddle, words = AMISS[case]
    meddle(store)
    with pytest.raises(DataError) as refused:
        run_again(store)
    assert words in str(refused.value)


def test_a_back_up_is_taken_into_use_and_its_gaps_are_entered(store):
    publish(store, "2023-01", "again")
    shutil.rmtree(store.folder("2023-01") / "r0002")
    forge(store)
    assert [(e.event, e.period, e.revision) for e in store.restore()] == [
        ("restored", "", ""),
        ("lost", "2023-01", "r0002"),
        ("found", "2023-02", "r0002"),
    ]
    run_again(store)
    assert (store.folder("2023-01") / "current").read_text() == "r0001\n"
    assert publish(store, "2023-01", "once more").name == "r0003"  # no number is given twice


def test_a_damaged_revision_is_not_taken_into_use(store):
    (store.revision("2023-01") / "unit_scores.parquet").write_text("other")
    with pytest.raises(DataError, match=r"2023-01/r0001/unit_scores\.parquet: changed"):
        store.restore()
    assert (store.root / "data" / "processed" / CHAIN).read_bytes().count(b"\n") == 2


def test_a_copied_revision_is_not_taken_into_use(store):
    shutil.copytree(store.revision("2023-01"), store.folder("2023-01") / "r0002")
    with pytest.raises(DataError, match="2023-01/r0002: is a copy of 2023-01 r0001"):
        store.restore()


def test_a_name_that_ends_a_line_forges_none_of_what_verify_says(store):
    (store.folder(MONTHS[0]) / "r0001" / "x\nall months: 9 files are as they were published").touch()
    faults = check_published(store).faults
    assert faults
    assert all("x<U+000A>all months" in line and "\n" not in line for line in faults)
