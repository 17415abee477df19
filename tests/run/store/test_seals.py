"""Seals: who holds the key signs heads of the chain, and nothing that was changed since passes (S45)."""

import base64

import pytest

from analysis.policy.errors import UsageError
from analysis.report.site.index import site_foot
from analysis.run.store.revisions import Store
from analysis.run.store.seals import check_seals, make_key, public_key, sign_head
from analysis.run.store.verify import check_published

from .test_chain import publish


@pytest.fixture
def store(tmp_path) -> Store:
    (tmp_path / "params").mkdir()
    (tmp_path / "data" / "raw" / "2023-01").mkdir(parents=True)
    publish(Store(tmp_path), "2023-01")
    return Store(tmp_path)


@pytest.fixture
def key(store, tmp_path_factory):
    file = tmp_path_factory.mktemp("elsewhere") / "signing.pem"
    make_key(store.processed, file)
    return file


def test_a_signed_head_is_told_and_later_publications_leave_it_valid(store, key):
    signature = sign_head(store.chain, key)
    assert signature.stem == store.chain.printed
    (store.root / "data" / "raw" / "2023-02").mkdir()
    publish(store, "2023-02")
    assert check_seals(Store(store.root).chain) == ([], [f"heads signed: 1, the last {signature.stem[:12]}"])
    assert check_published(Store(store.root)).faults == ()


def test_the_private_key_is_its_owners_alone_and_never_in_the_district(store, key):
    assert key.stat().st_mode & 0o077 == 0
    assert b"PRIVATE" not in b"".join(path.read_bytes() for path in store.processed.rglob("*") if path.is_file())


def test_a_time_stamp_lies_beside_and_is_told(store):
    (store.processed / "seals").mkdir()
    (store.processed / "seals" / f"{store.chain.head}.tsr").write_bytes(b"stamp")
    faults, words = check_seals(store.chain)
    assert faults == [] and "time stamp" in words[0]


def _other_key(store, seals):
    (seals / "signing.pub").write_text(base64.b64encode(bytes(range(32))).decode())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda store, seals: (seals / "signing.pub").unlink(), "not signed with the key"),
        (lambda store, seals: (seals / "signing.pub").write_text("none"), "no Ed25519 public key"),
        (_other_key, "not signed with the key"),
        (lambda store, seals: next(seals.glob("*.sig")).write_text("AAAA"), "not signed with the key"),
        (lambda store, seals: next(seals.glob("*.sig")).rename(seals / ("0" * 64 + ".sig")), "rolled back"),
        (lambda store, seals: (seals / ("1" * 64 + ".tsr")).write_text(""), "rolled back"),
        (lambda store, seals: (seals / "note.txt").write_text(""), "no seal; move it away"),
        (lambda store, seals: (seals / "x.sig").symlink_to(seals / "signing.pub"), "no seal; move it away"),
        (lambda store, seals: (store.processed / "chain.jsonl").write_bytes(b""), "rolled back, or replaced"),
    ],
)
def test_what_was_changed_since_is_named(store, key, change, told):
    sign_head(store.chain, key)
    change(store, store.processed / "seals")
    assert any(told in fault for fault in check_published(Store(store.root)).faults)


def test_only_the_districts_own_key_signs_and_a_second_one_is_refused(store, key, tmp_path_factory):
    folder = tmp_path_factory.mktemp("others")
    with pytest.raises(UsageError, match="already"):
        make_key(store.processed, folder / "second.pem")
    other = Store(folder)
    make_key(other.processed, folder / "other.pem")
    with pytest.raises(UsageError, match="not the key of"):
        sign_head(store.chain, folder / "other.pem")
    (folder / "text.pem").write_text("no key")
    with pytest.raises(UsageError, match="no Ed25519 private key"):
        sign_head(store.chain, folder / "text.pem")
    with pytest.raises(UsageError, match="nothing is published"):
        sign_head(other.chain, folder / "other.pem")


def test_the_site_shows_the_public_key(store, key):
    assert public_key(store.processed) in site_foot("1a2b", public_key(store.processed))
    assert "公钥" not in site_foot("1a2b")
