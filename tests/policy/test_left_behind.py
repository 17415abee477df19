"""What systems and office programs leave beside files is nobody's delivery and nobody's publication."""

import pytest

from analysis.policy.left_behind import is_left_behind
from analysis.run.store.manifest import hash_tree

LEFT = (
    "Thumbs.db", "ehthumbs.db", "Desktop.ini", ".DS_Store", "._评分表.xlsx",
    "~$评分表.xlsx", ".~lock.评分表.xlsx#", ".~评分表.xlsx",
)  # fmt: skip


@pytest.mark.parametrize("name", [*LEFT, "__MACOSX"])
def test_what_others_left_is_known_by_its_name(name):
    assert is_left_behind(name)


@pytest.mark.parametrize("name", ["评分表.xlsx", "thumbs.db.xlsx", "~评分表.xlsx", "desktop.csv", ".hidden", "MACOSX"])
def test_what_may_be_data_or_was_hidden_is_not(name):
    assert not is_left_behind(name)


def test_a_folder_is_hashed_without_what_others_left(tmp_path):
    (tmp_path / "评分表.xlsx").write_bytes(b"data")
    before = hash_tree(tmp_path, tmp_path)
    (tmp_path / "__MACOSX").mkdir()
    for name in [*LEFT, "__MACOSX/copy.xlsx"]:
        (tmp_path / name).write_bytes(b"left")
    assert hash_tree(tmp_path, tmp_path) == before
