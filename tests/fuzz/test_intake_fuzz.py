"""The sample's deliveries, mutated: everything is accounted for, the harmless is read alike, the harmful is flagged.

`FUZZ_SEEDS` says how many seeds each mutation gets; `make fuzz` runs 100.
"""

import hashlib
import os
import random
import re
import shutil
import zlib
from pathlib import Path

import pandas as pd
import pytest

from analysis.intake.callers import write_caller_secret
from analysis.intake.describe import describe_intake
from analysis.intake.labels import Labels, read_labels
from analysis.intake.month import CleanMonth, clean_month
from analysis.policy.book import PolicyBook, load_policy
from analysis.policy.errors import DataError
from analysis.policy.period import month_end, shift
from analysis.run.check import check_month
from analysis.run.month import Month, new_month
from analysis.run.steps import STEPS, intake
from analysis.run.steps.intake import make_clean
from analysis.run.store.history import build_month
from analysis.sample.write import write_sample

from .harmful import BLOCKING, HARMFUL, WITH_TICKETS
from .harmless import HARMLESS

ROOT = Path(__file__).resolve().parents[2]
SEEDS = range(int(os.environ.get("FUZZ_SEEDS", "2")))
PERIODS = ("2024-07", "2025-06", "2026-03", "2026-10")
# What names places in the files, or what was wrong, changes with them; all else must not.
TABLES = ("measurements", "adjustments", "key_work", "inspections", "ledger_items")
pytestmark = pytest.mark.slow


class Bench:
    """The sample's months, cleaned once as they are, and a way to clean a mutated copy."""

    def __init__(self, root: Path):
        self.root = root
        self.book = load_policy(ROOT)
        self.made: dict[str, CleanMonth] = {}
        self.books: dict[str, PolicyBook] = {}  # of roots whose first month it is
        self.asked: set[str] = set()  # tables of cleaning that the steps after it read
        self.published: set[str] = set()  # contents of these tables of which a month was published

    def labels(self, period: str) -> Labels:
        return read_labels(self.book.at(period))

    def clean(self, folder: Path, period: str) -> CleanMonth:
        earlier = sorted((path for path in folder.parent.iterdir() if path.name < period), reverse=True)
        rules = {"as_of": month_end(period), "secret": b"f" * 32}
        contents = {}
        if (last := folder.with_name(shift(period, -1))).is_dir():
            table = clean_month(last, self.book.at(last.name), **rules).tables["reconciliation"]
            contents = {hashed: file for file, hashed in zip(table["file"], table["contents"], strict=True) if hashed}
        return clean_month(folder, self.book.at(period), **rules, earlier_folders=earlier, earlier_contents=contents)

    def unmutated(self, period: str) -> CleanMonth:
        if period not in self.made:
            self.made[period] = self.clean(self.root / "without" / period / period, period)
        return self.made[period]

    def contents(self, tables: dict[str, pd.DataFrame]) -> str:
        """Return the hash of what the steps after cleaning read of a cleaned month."""
        rows = (
            pd.util.hash_pandas_object(tables[name].astype(str)).to_numpy().tobytes() for name in sorted(self.asked)
        )
        return hashlib.sha256(b"|".join(rows)).hexdigest()

    def copy(self, period: str, target: Path, *, with_tickets: bool = False) -> Path:
        """Copy a month into a root of its own; most mutations need no tickets, which have a suite of their own."""
        folder = target / "data" / "raw" / period
        source = self.root / "data" / "raw" if with_tickets else self.root / "without" / period
        shutil.copytree(source / period, folder)
        return folder


@pytest.fixture(scope="module")
def bench(tmp_path_factory, shared_work) -> Bench:
    root = tmp_path_factory.mktemp("sample")
    for period in PERIODS:
        write_sample(root, first=period, last=period)
        without = root / "without" / period / period
        shutil.copytree(root / "data" / "raw" / period, without, ignore=shutil.ignore_patterns("*工单*", "*转办*"))
    made = Bench(root)
    for period in PERIODS:
        made.unmutated(period)
        own, _ = own_root(made, period, tmp_path_factory.mktemp("own"))
        made.books[period] = load_policy(own)
        month = new_month(own, made.books[period], period)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Month, "table", _noting(Month.table, made.asked))
            patch.setattr(Month, "path", _noting(Month.path, made.asked))
            build_month(month)
        made.asked &= set(STEPS["clean"].tables)
        made.published.add(made.contents({name: month.store.load(name, period) for name in made.asked}))
    assert "measurements" in made.asked
    shared_work.is_learning = False
    return made


def _noting(read, asked: set[str]):
    def noted(month: Month, name: str, period: str | None = None):
        if period in (None, month.period):
            asked.add(name)
        return read(month, name, period)

    return noted


def _made_once(function):
    """Return a function that gives the same result for the same arguments, which are compared as they print."""
    known: dict[str, CleanMonth] = {}

    def made(folder: Path, policy, **rules) -> CleanMonth:
        key = f"{folder} {policy.period} {sorted(rules.items())}"  # one book in a test
        return known[key] if key in known else known.setdefault(key, function(folder, policy, **rules))

    return made


def own_root(bench: Bench, period: str, target: Path) -> tuple[Path, Path]:
    """Return a root whose first month is the given one, and the folder of its deliveries, tickets included."""
    shutil.copytree(ROOT / "params", target / "params")
    district = target / "params" / "district.yml"
    district.write_text(re.sub(r"(?m)^start: .*$", f"start: {period}", district.read_text("utf-8")), "utf-8")
    folder = bench.copy(period, target, with_tickets=True)
    write_caller_secret(target, b"f" * 32)
    return target, folder


def chance(name: str, seed: int) -> random.Random:
    return random.Random(zlib.crc32(f"{name} {seed}".encode()))


def check_reconciled(clean: CleanMonth) -> None:
    counts = clean.tables["reconciliation"]
    assert len(counts)
    assert (counts["n_read"] == counts["n_clean"] + counts["n_set_aside"] + counts["n_not_data"]).all()


def flags(clean: CleanMonth) -> set[tuple[str, str, str, str]]:
    return set(clean.problems[["code", "file", "cell", "message"]].itertuples(index=False, name=None))


@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.parametrize("seed", SEEDS)
def test_harmless_mutation_changes_no_value(bench: Bench, tmp_path: Path, name: str, seed: int):
    rng = chance(name, seed)
    period = rng.choice(PERIODS)
    folder = bench.copy(period, tmp_path)
    HARMLESS[name](folder, rng, bench.labels(period))

    clean = bench.clean(folder, period)

    check_reconciled(clean)
    before = bench.unmutated(period)
    blocking = clean.problems.loc[clean.problems["is_blocking"], "message"].tolist()
    assert blocking == before.problems.loc[before.problems["is_blocking"], "message"].tolist()
    for table in TABLES:
        pd.testing.assert_frame_equal(clean.tables[table], before.tables[table])


@pytest.mark.parametrize("name", HARMFUL)
@pytest.mark.parametrize("seed", SEEDS)
def test_harmful_mutation_is_flagged_where_it_is(bench: Bench, tmp_path: Path, name: str, seed: int):
    rng = chance(name, seed)
    period = rng.choice(PERIODS)
    folder = bench.copy(period, tmp_path, with_tickets=name in WITH_TICKETS)
    expected = HARMFUL[name](folder, rng, bench.labels(period))

    clean = bench.clean(folder, period)

    check_reconciled(clean)
    new = flags(clean) - (set() if name in WITH_TICKETS else flags(bench.unmutated(period)))
    hits = {f for f in new if f[0] in expected.codes and f[1] == expected.file and expected.cell in ("", f[2])}
    assert hits, f"{expected} is not among {sorted(f[:3] for f in new)}"
    if name in BLOCKING:
        stops = clean.problems.loc[clean.problems["is_blocking"], "message"]
        assert set(stops) & {hit[3] for hit in hits}


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_in_a_file_never_breaks_the_intake(bench: Bench, tmp_path: Path, seed: int):
    """Bytes flipped at random: the file is read or refused, and what is read is accounted for."""
    rng = chance("noise", seed)
    period = rng.choice(PERIODS)
    folder = bench.copy(period, tmp_path)
    path = rng.choice(sorted(p for p in folder.iterdir() if p.suffix in (".xlsx", ".csv")))
    data = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 20)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    path.write_bytes(bytes(data))

    try:
        clean = bench.clean(folder, period)
    except DataError as error:
        pytest.fail(f"the month was refused as a whole: {error}")

    check_reconciled(clean)


@pytest.mark.parametrize("name", [*HARMLESS, *HARMFUL])
@pytest.mark.parametrize("seed", SEEDS)
def test_check_is_the_gate(bench: Bench, tmp_path: Path, monkeypatch, name: str, seed: int):
    """What check passes is published; what a run refuses, check refuses in the same words.

    A run cleans a month with the call that check made; with equal arguments it is not made twice. What a run does
    after that depends on the tables that it reads: a month whose tables were published before is not scored once more.
    """
    monkeypatch.setattr(intake, "clean_month", _made_once(intake.clean_month))
    rng = chance(f"gate {name}", seed)
    period = rng.choice(PERIODS)
    root, folder = own_root(bench, period, tmp_path)
    (HARMLESS | HARMFUL)[name](folder, rng, bench.labels(period))
    book = bench.books[period]

    clean, refused = check_month(new_month(root, book, period))

    month = new_month(root, book, period)
    if clean.is_blocked or refused:
        told = "\n".join(describe_intake(clean, refused))
        with pytest.raises(DataError) as error:
            build_month(month)
        assert [line for line in str(error.value).splitlines()[1:20] if line.strip() and line not in told] == []
    elif (contents := bench.contents(make_clean(month))) not in bench.published:
        build_month(month)
        assert month.store.current(period)
        bench.published.add(contents)
