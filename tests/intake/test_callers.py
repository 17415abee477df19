"""The secret of caller keys: made once, before anything is published, and never in silence again."""

import pytest

from analysis.intake import callers
from analysis.intake.callers import caller_secret
from analysis.policy.errors import DataError


def test_a_new_root_gets_a_secret_that_only_its_owner_reads(tmp_path):
    made = caller_secret(tmp_path, is_new=True)
    path = tmp_path / "data" / "caller.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert caller_secret(tmp_path, is_new=False) == made


def test_a_look_writes_nothing(tmp_path):
    assert len(caller_secret(tmp_path, is_new=True, is_kept=False)) == 32
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_lost_secret_is_not_replaced_once_months_were_published(tmp_path, is_kept):
    with pytest.raises(DataError, match=r"caller\.key: is missing.*back-up"):
        caller_secret(tmp_path, is_new=False, is_kept=is_kept)
    assert list(tmp_path.iterdir()) == []


def test_a_secret_that_is_no_secret_is_refused(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "caller.key").write_text("abc\n")
    with pytest.raises(DataError, match="64 hexadecimal digits"):
        caller_secret(tmp_path, is_new=True)


@pytest.mark.parametrize("content", [b"", b"\n", bytes(65)])
def test_an_empty_secret_is_told_as_what_it_is_and_what_to_do(tmp_path, content):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "caller.key").write_bytes(content)
    for is_kept in (True, False):
        with pytest.raises(DataError, match=r"caller\.key: empty.*back-up.*nothing was published yet, delete it"):
            caller_secret(tmp_path, is_new=True, is_kept=is_kept)
    assert (tmp_path / "data" / "caller.key").read_bytes() == content


def test_of_two_runs_that_make_a_secret_at_once_both_use_the_first(tmp_path, monkeypatch):
    write = callers.write_caller_secret

    def write_second(root, secret):
        write(root, bytes(range(32)))
        write(root, secret)

    monkeypatch.setattr(callers, "write_caller_secret", write_second)
    assert caller_secret(tmp_path, is_new=True) == bytes(range(32))
