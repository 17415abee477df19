"""One flipped bit in any file of a revision is caught before the file is used."""

import random
import shutil
from pathlib import Path

import pytest

from analysis.policy.errors import DataError
from analysis.run.store.revisions import Store, check_revision

pytestmark = pytest.mark.slow


def flip(path: Path, dice: random.Random) -> bytes:
    """Flip one bit of a file in place and return what stood there."""
    content = path.read_bytes()
    place = dice.randrange(len(content))
    flipped = bytearray(content)
    flipped[place] ^= 1 << dice.randrange(8)
    path.write_bytes(flipped)
    return content


def test_every_flip_is_caught_before_use(district, tmp_path, share, dice):
    root = shutil.copytree(district, tmp_path / "root", ignore=shutil.ignore_patterns("reports"))
    store = Store(root)
    folder = store.revision("2023-02")
    kinds = {
        "tables": sorted(folder.glob("*.parquet")),
        "manifest": [folder / "manifest.json"],
        "notebooks": sorted(folder.glob("notebooks/*")),
        "pages": sorted(path for path in folder.glob("pages/**/*") if path.is_file()),
    }
    assert all(kinds.values())
    counts = dict.fromkeys(kinds, 0)
    for number in range(share(100, 2000)):
        kind = list(kinds)[number % len(kinds)]
        path = dice.choice(kinds[kind])
        whole = flip(path, dice)
        with pytest.raises(DataError, match=path.name):
            check_revision(folder)
        if kind in ("tables", "manifest"):
            table = path.stem if kind == "tables" else "unit_scores"
            for read in (store.load, store.path):
                with pytest.raises(DataError, match=path.name):
                    read(table, "2023-02")
        path.write_bytes(whole)
        counts[kind] += 1
    check_revision(folder)
    print("flips caught:", counts)
