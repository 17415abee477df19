"""Many districts: which are run, which stand, what fails alone, and what a lost worker changes."""

import gc
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import distributed
import fsspec
import psutil
import pytest
import yaml
from rich.progress import Progress

from analysis.policy.book import load_policy
from analysis.policy.errors import DataError, PolicyError, UsageError
from analysis.policy.fleet import DistrictResult, Fleet, FleetDistrict, RuleDifference, load_fleet
from analysis.report.province import comparable_indicators, render_province
from analysis.run.commands import main as cli
from analysis.run.fleet import run_fleet
from analysis.run.fleet.cluster import _find_reference
from analysis.run.fleet.district import read_reference, run_district
from analysis.run.fleet.remote import open_root
from analysis.run.fleet.rules import compare_rules, read_rules
from analysis.run.store.manifest import write_manifest
from analysis.run.store.revisions import Store
from analysis.sample.write import write_sample

PERIOD = "2023-01"
LOOPBACK = {"127.0.0.1", "::1"}


@pytest.fixture(scope="session")
def first_month(tmp_path_factory) -> Path:
    """The sample's params and the raw files of its first month: a district without history."""
    root = tmp_path_factory.mktemp("first-month")
    write_sample(root, first=PERIOD, last=PERIOD)
    return root


@pytest.fixture
def make_fleet(first_month, tmp_path):
    """Write a list of so many districts, each a copy of the sample under its own name; return its path."""

    def make(n_districts: int) -> Path:
        districts = []
        for number in range(1, n_districts + 1):
            name, root = f"虚构区{number:02d}", f"roots/{number:02d}"
            shutil.copytree(first_month, tmp_path / root)
            edit(tmp_path / root / "params" / "district.yml", "name: 澄川区", f"name: {name}")
            districts.append({"id": f"X{number:02d}", "name": name, "root": root})
        path = tmp_path / "districts.yml"
        path.write_text(yaml.safe_dump({"name": "虚构省", "districts": districts}, allow_unicode=True), "utf-8")
        return path

    return make


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def revisions(fleet: Fleet) -> list[list[str]]:
    return [Store(Path(district.root)).revisions(PERIOD) for district in fleet.districts]


def only_raw_csv(root: str) -> Path:
    return next(Path(root, "data", "raw", PERIOD).glob("*.csv"))


# --- the list ---


@pytest.mark.parametrize(
    ("districts", "word"),
    [
        ([], "at least 1"),
        ([{"id": "a", "name": "甲区", "root": "a"}, {"id": "a", "name": "乙区", "root": "b"}], "'a' stands twice"),
        ([{"id": "a", "name": "甲区", "root": "a"}, {"id": "b", "name": "甲区", "root": "b"}], "stands twice"),
        ([{"id": "a", "name": "甲区", "root": "a"}, {"id": "b", "name": "乙区", "root": "./x/../a"}], "stands twice"),
        ([{"id": "../a", "name": "甲区", "root": "a"}], "districts.1.id"),
        ([{"id": "a", "name": "甲区", "root": " "}], "districts.1.root"),
        ([{"id": "a", "name": "甲区", "root": "a", "period": "2025-13"}], "districts.1.period"),
    ],
)
def test_list_that_cannot_be_is_refused_by_its_own_name(tmp_path, districts, word):
    path = tmp_path / "districts.yml"
    path.write_text(yaml.safe_dump({"name": "虚构省", "districts": districts}), "utf-8")
    with pytest.raises(PolicyError, match=word) as refused:
        load_fleet(path)
    assert str(refused.value).startswith(str(path))


def test_folders_are_taken_from_the_lists_own_and_urls_stay_as_they_are(tmp_path):
    path = tmp_path / "districts.yml"
    districts = [{"id": "a", "name": "甲区", "root": "a"}, {"id": "b", "name": "乙区", "root": "s3://bucket/b"}]
    path.write_text(yaml.safe_dump({"name": "虚构省", "districts": districts}), "utf-8")
    assert [d.root for d in load_fleet(path).districts] == [str(tmp_path.resolve() / "a"), "s3://bucket/b"]


# --- rules compared ---


def test_only_keys_with_another_value_are_differences(first_month, tmp_path):
    shutil.copytree(first_month / "params", tmp_path / "params")
    assert compare_rules(read_rules("X", first_month), tmp_path) == ()
    edit(tmp_path / "params" / "tiers.yml", "quotas: {excellent: 20, good: 50", "quotas: {excellent: 25, good: 45")
    edit(tmp_path / "params" / "district.yml", "name: 澄川区", "name: 另一区")  # a fact of its own, no rule
    assert compare_rules(read_rules("X", first_month), tmp_path) == (
        RuleDifference("tiers.yml", "grading[@2023-01].quotas.excellent", "20", "25"),
        RuleDifference("tiers.yml", "grading[@2023-01].quotas.good", "50", "45"),
    )


def test_an_inserted_entry_does_not_move_the_others(first_month, tmp_path):
    shutil.copytree(first_month / "params", tmp_path / "params")
    entry = (
        "adjustments:\n  - {unit: D01, from: 2023-01, document: 无, reason: 无, "
        "weights: {daily: 25, key_work: 25, info_system: 25, random: 25}}"
    )
    edit(tmp_path / "params" / "weights.yml", "adjustments:", entry)
    keys = {difference.key for difference in compare_rules(read_rules("X", first_month), tmp_path)}
    assert {key.partition("]")[0] for key in keys} == {"adjustments[D01@2023-01"}


# --- one district ---


def test_district_is_run_once_and_again_only_when_its_inputs_changed(make_fleet):
    (district,) = load_fleet(make_fleet(1)).districts
    reference = read_reference(district)
    with ThreadPoolExecutor(2) as pool:  # a task given up by the scheduler and its successor, at the same time
        jobs = [pool.submit(run_district, district, PERIOD, reference, tables_only=True) for _ in range(2)]
        first, second = sorted((job.result() for job in jobs), key=lambda result: result.state)
    assert (first.error, second.error) == ("", "")
    assert (first.state, second.state) == ("built", "unchanged")
    assert first.manifest == second.manifest
    assert Store(Path(district.root)).revisions(PERIOD) == ["r0001"]
    assert (sum(first.tiers.values()), len(first.indicators)) == (first.n_units, 23)

    tiers = Path(district.root, "params", "tiers.yml")
    tiers.write_text(tiers.read_text("utf-8") + "# read again\n", "utf-8")
    assert run_district(district, PERIOD, reference, tables_only=True).state == "unchanged"

    raw = only_raw_csv(district.root)
    raw.write_bytes(raw.read_bytes() + b"\r\n")
    again = run_district(district, PERIOD, reference, tables_only=True)
    assert (again.state, again.revision) == ("built", "r0002")
    assert again.mean == first.mean


def test_final_month_stands_under_newer_code_and_is_not_replaced_by_a_draft(make_fleet):
    (district,) = load_fleet(make_fleet(1)).districts
    assert run_district(district, PERIOD, None, tables_only=True).state == "built"
    store = Store(Path(district.root))
    made_final = {"state": "final", "code": "older"}
    write_manifest(store.manifest(PERIOD).model_copy(update=made_final), store.current(PERIOD))
    for tables_only in (True, False):
        told = run_district(district, PERIOD, None, tables_only=tables_only)
        assert (told.state, told.is_final) == ("unchanged", True)
    tiers = Path(district.root, "params", "tiers.yml")
    tiers.write_text(tiers.read_text("utf-8") + "# read again\n", "utf-8")
    assert run_district(district, PERIOD, None, tables_only=True).state == "unchanged"

    raw = only_raw_csv(district.root)
    raw.write_bytes(raw.read_bytes() + b"\r\n")
    told = run_district(district, PERIOD, None)
    assert told.state == "failed"
    assert "final" in told.error
    assert store.revisions(PERIOD) == ["r0001"]


def test_pages_that_a_run_did_not_reach_are_made_good_by_the_next_one(district, tmp_path):
    root = shutil.copytree(district, tmp_path / "root")
    shutil.rmtree(root / "reports")
    name = load_policy(root).district.name
    told = run_district(FleetDistrict(id="a", name=name, root=str(root)), "2023-02", None)
    assert (told.state, told.error) == ("unchanged", "")
    assert (root / "reports/2023-02/bulletin.html").is_file()
    assert "2023-02" in (root / "reports/index.html").read_text("utf-8")


def test_a_comment_in_the_rules_publishes_no_revision(district, tmp_path, monkeypatch):
    root = shutil.copytree(district, tmp_path / "root")
    tiers = root / "params" / "tiers.yml"
    tiers.write_text(tiers.read_text("utf-8") + "# read again\n", "utf-8")
    monkeypatch.setattr("analysis.run.pipeline.run_month", lambda month: pytest.fail("the month was run again"))
    told = run_district(FleetDistrict(id="a", name=load_policy(root).district.name, root=str(root)), "2023-02", None)
    assert (told.state, told.error) == ("unchanged", "")


def test_the_date_from_which_a_districts_deadlines_count_stands(district, tmp_path):
    root = shutil.copytree(district, tmp_path / "root")
    store = Store(root)
    write_manifest(store.manifest("2023-02").model_copy(update={"as_of": "2023-03-03"}), store.current("2023-02"))
    store.restore()  # or the chain would tell that the manifest is another
    told = run_district(FleetDistrict(id="a", name=load_policy(root).district.name, root=str(root)), "2023-02", None)
    assert (told.state, told.error) == ("unchanged", "")


def test_name_that_is_not_the_lists_is_refused(make_fleet):
    (district,) = load_fleet(make_fleet(1)).districts
    told = run_district(district.model_copy(update={"name": "别的区"}), PERIOD, None, tables_only=True)
    assert told.state == "failed"
    assert "虚构区01" in told.error
    assert "别的区" in told.error


def test_district_whose_files_the_system_refuses_fails_alone_and_says_why(tmp_path):
    (tmp_path / "params" / "district.yml").mkdir(parents=True)
    district = FleetDistrict(id="one", name="一区", root=str(tmp_path))
    assert read_reference(district) is None
    result = run_district(district, PERIOD, None)
    assert result.state == "failed"
    assert "district.yml" in result.error and str(tmp_path) not in result.error


def test_district_without_a_root_is_told_without_naming_the_machines_folders(tmp_path):
    told = run_district(FleetDistrict(id="a", name="甲区", root=str(tmp_path / "none")), PERIOD, None)
    assert told.state == "failed"
    assert "params" in told.error
    assert str(tmp_path) not in told.error


# --- a root that is a URL ---


@pytest.fixture
def bucket():
    """An empty folder of fsspec's memory, in place of a bucket."""
    files = fsspec.filesystem("memory")
    files.makedirs("/bucket/a")
    yield files
    files.rm("/bucket", recursive=True)


def test_url_is_fetched_run_and_written_back_and_stands_the_next_time(make_fleet, bucket):
    (local,) = load_fleet(make_fleet(1)).districts
    bucket.put(local.root + "/", "/bucket/a/", recursive=True)
    district = local.model_copy(update={"root": "memory://bucket/a"})
    first = run_district(district, PERIOD, read_reference(district), tables_only=True)
    second = run_district(district, PERIOD, read_reference(district), tables_only=True)
    assert (first.state, second.state, first.error) == ("built", "unchanged", "")
    assert bucket.cat(f"/bucket/a/data/processed/{PERIOD}/current") == b"r0001\n"
    folders = {
        name.removeprefix("/bucket/a/data/").rpartition("/")[0] for name in bucket.find("/bucket/a/data/processed")
    }
    month = f"processed/{PERIOD}"
    assert folders == {"processed", month, f"{month}/r0001", f"{month}/r0001/params"}  # chain, pointer, tables, rules
    bucket.get_file("/bucket/a/data/caller.key", f"{local.root}/data/caller.key")
    here = run_district(local, PERIOD, None, tables_only=True)
    assert here.manifest == first.manifest  # where a root lies changes no byte


def test_revision_without_manifest_is_half_a_copy_and_not_fetched(bucket):
    bucket.pipe({"/bucket/a/data/caller.key": b"0" * 64})
    bucket.pipe({"/bucket/a/data/processed/2023-01/r0001/manifest.json": b"{}"})
    bucket.pipe({"/bucket/a/data/processed/2023-01/r0002/tickets.parquet": b"half"})
    bucket.pipe({"/bucket/a/data/caller.key": b"0" * 64})
    with open_root("memory://bucket/a") as root:
        assert [path.name for path in sorted((root / "data" / "processed" / "2023-01").iterdir())] == ["r0001"]


def test_a_root_that_lost_its_secret_is_not_given_another_one(bucket):
    bucket.pipe({"/bucket/a/data/processed/2023-01/r0001/manifest.json": b"{}"})
    with pytest.raises(DataError, match=r"caller\.key: is missing"), open_root("memory://bucket/a"):
        pytest.fail("the root was opened")
    assert not bucket.exists("/bucket/a/data/caller.key")


def test_nothing_is_written_back_after_a_failure_and_a_manifest_is_written_last(bucket, monkeypatch):
    written = []
    put = type(bucket).put_file

    def watch(self, source, target, **options) -> None:
        written.append(target.rpartition("/")[2])
        put(self, source, target, **options)

    bucket.pipe({"/bucket/a/data/caller.key": b"0" * 64})
    monkeypatch.setattr(type(bucket), "put_file", watch)

    def publish(root: Path) -> None:
        folder = root / "data" / "processed" / "2023-01" / "r0001"
        folder.mkdir(parents=True)
        for name in ("zone.parquet", "manifest.json"):
            (folder / name).write_text(name)
        (folder.parent / "current").write_text("r0001\n")
        (folder.parent / ".lock").write_text("")

    with pytest.raises(DataError), open_root("memory://bucket/a") as root:
        publish(root)
        raise DataError("the month is wrong")
    assert written == []
    with open_root("memory://bucket/a") as root:
        publish(root)
    assert written == ["zone.parquet", "manifest.json", "current"]


def test_what_a_broken_try_left_of_the_same_revision_is_taken_away(bucket):
    bucket.pipe({"/bucket/a/data/processed/2023-01/r0001/old.parquet": b"half", "/bucket/a/data/caller.key": b"0" * 64})
    with open_root("memory://bucket/a") as root:
        folder = root / "data" / "processed" / "2023-01" / "r0001"
        folder.mkdir(parents=True)
        (folder / "manifest.json").write_text("{}")
    assert bucket.find("/bucket/a/data/processed") == ["/bucket/a/data/processed/2023-01/r0001/manifest.json"]


@pytest.mark.parametrize("url", ["memory://bucket/a", "nosuch://bucket/secret@a"])
def test_storage_that_cannot_be_used_is_an_expected_error_without_the_url(bucket, monkeypatch, url):
    monkeypatch.setattr(type(bucket), "find", lambda *a, **k: (_ for _ in ()).throw(PermissionError("denied")))
    with pytest.raises(DataError, match="storage cannot be used") as refused, open_root(url):
        pass
    assert "secret" not in str(refused.value)


def test_name_that_leads_out_of_the_root_is_refused(bucket, monkeypatch):
    monkeypatch.setattr(type(bucket), "find", lambda self, path: [f"{path}/../../../../evil"])
    with pytest.raises(DataError, match="leads out"), open_root("memory://bucket/a"):
        pass


# --- the province page ---


def some_results(state: str = "built") -> list[DistrictResult]:
    shared = {"period": PERIOD, "state": state, "revision": "r0001", "manifest": "a" * 64, "code": "c" * 64}
    shared |= {"stage": "tables", "is_synthetic": True, "n_units": 10, "tiers": {"good": 10}}
    other = RuleDifference("indicators.yml", "indicators[common-01@2023-01].method.full", "100", "50")
    return [
        DistrictResult("a", "甲区", mean=90.0, indicators={"common-01": 91.0, "common-02": 80.0}, **shared),
        DistrictResult(
            "b", "乙区", mean=95.0, indicators={"common-01": 99.0, "common-02": 70.0}, differences=(other,), **shared
        ),
        DistrictResult("c", "丙区", PERIOD, "failed", error="未报送<b>"),
    ]


@pytest.fixture
def reference(first_month):
    return read_rules("a", first_month)


def test_indicator_under_another_rule_is_not_compared(reference):
    results = some_results()
    assert [comparable_indicators(result) for result in results[:2]] == [["common-01", "common-02"], ["common-02"]]
    page = render_province("虚构省", PERIOD, results, reference)
    assert "99.00" not in page
    assert "80.00" in page


def test_page_states_differences_failures_and_that_data_are_invented(reference):
    page = render_province("虚构省", PERIOD, some_results(), reference)
    for words in ("1个有差异（乙区）", "indicators[common-01@2023-01].method.full", "未报送&lt;b&gt;", "合成数据"):
        assert words in page


def test_page_does_not_show_how_often_the_fleet_ran(reference):
    pages = {render_province("虚构省", PERIOD, some_results(state), reference) for state in ("built", "unchanged")}
    assert len(pages) == 1


def test_page_without_any_finished_district_can_be_read():
    assert "未报送" in render_province("虚构省", PERIOD, some_results()[2:], None)


# --- the cluster ---


def test_missing_dask_is_told_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"analysis\[fleet\]"):
        run_fleet(Fleet(name="虚构省", districts=[{"id": "a", "name": "甲区", "root": "a"}]), PERIOD)


@pytest.mark.parametrize(("address", "error"), [("nonsense", UsageError), ("tcp://127.0.0.1:1", DataError)])
def test_scheduler_that_cannot_be_reached_is_an_expected_error(monkeypatch, address, error):
    monkeypatch.setattr("analysis.run.fleet.cluster.CONNECT_SECONDS", 5)
    fleet = Fleet(name="虚构省", districts=[{"id": "a", "name": "甲区", "root": "a"}])
    with pytest.raises(error, match=address):
        run_fleet(fleet, PERIOD, scheduler=address, without_tls=True)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "ws://127.0.0.1:1", "127.0.0.1:1"])
def test_a_scheduler_without_tls_is_refused_before_anything_is_sent_to_it(monkeypatch, address):
    monkeypatch.setattr(distributed, "Client", lambda *_, **__: pytest.fail("connected"))
    fleet = Fleet(name="虚构省", districts=[{"id": "a", "name": "甲区", "root": "a"}])
    with pytest.raises(UsageError, match=rf"--scheduler {address}: no TLS.*tls://HOST:PORT.*--without-tls"):
        run_fleet(fleet, PERIOD, scheduler=address)


def test_after_a_wrong_address_the_next_start_does_not_wait_for_the_client_that_failed(monkeypatch):
    """Whatever is collected while Dask's thread begins: the failed client closes itself then, and needs its lock."""

    def collected_here():
        gc.collect()
        return loop_factory()

    loop_factory = distributed.utils.get_loop_factory
    monkeypatch.setattr("analysis.run.fleet.cluster.CONNECT_SECONDS", 1)
    fleet = Fleet(name="虚构省", districts=[{"id": "a", "name": "甲区", "root": "a"}])
    gc.disable()
    try:
        with pytest.raises(UsageError, match="nonsense"):
            run_fleet(fleet, PERIOD, scheduler="nonsense", without_tls=True)
        monkeypatch.setattr(distributed.utils, "get_loop_factory", collected_here)
        with pytest.raises(DataError, match="tcp://127"):
            run_fleet(fleet, PERIOD, scheduler="tcp://127.0.0.1:1", without_tls=True)
    finally:
        gc.enable()


def test_a_district_whose_rules_cannot_be_asked_for_is_no_reference_and_stops_no_other():
    class Lost:
        def exception(self) -> Exception:
            return RuntimeError("its worker died again and again")

        def result(self) -> None:
            raise self.exception()

    class Found(Lost):
        exception = staticmethod(lambda: None)
        result = staticmethod(lambda: "rules")

    class Client:
        answers = iter([Lost(), Found()])

        def submit(self, *given, **options) -> Lost:
            return next(self.answers)

    listed = [{"id": name, "name": f"{name}区", "root": name} for name in "ab"]
    assert _find_reference(Client(), Fleet(name="虚构省", districts=listed)) == "rules"


@pytest.mark.slow
def test_failed_district_stops_no_other_and_the_cluster_listens_on_loopback_only(
    make_fleet, monkeypatch, capsys, tmp_path
):
    path = make_fleet(3)
    only_raw_csv(str(tmp_path / "roots" / "02")).unlink()
    heard = set()
    add = Progress.update

    def listen(*arguments, **options) -> None:
        here = psutil.Process()
        for process in (here, *here.children(recursive=True)):
            heard.update(c.laddr.ip for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN)
        add(*arguments, **options)

    monkeypatch.setattr(Progress, "update", listen)
    monkeypatch.setattr(sys, "argv", ["analysis", "fleet", str(path), "--period", PERIOD, "--tables-only"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    printed = capsys.readouterr()
    assert end.value.code == 1
    assert "1 of 3 districts failed" in printed.err
    assert "X02 虚构区02" in printed.err
    assert revisions(load_fleet(path)) == [["r0001"], [], ["r0001"]]
    assert heard <= LOOPBACK
    assert heard
    page = (tmp_path / "reports" / "fleet" / PERIOD / "index.html").read_text("utf-8")
    assert "完成2个，未完成1个" in page


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers as processes of their own on the loopback address: (address, workers)."""
    file = tmp_path / "scheduler.json"
    shared = ["--scheduler-file", str(file), "--host", "127.0.0.1", "--no-dashboard"]
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", *shared]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", *shared]
    # A session of its own each, so that what a worker started ends with it.
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path, "start_new_session": True}
    processes = [subprocess.Popen(scheduler, **quiet)]
    while not file.is_file() or not file.read_text():
        time.sleep(0.1)
    processes += [
        subprocess.Popen([*worker, "--name", str(n), "--local-directory", str(tmp_path)], **quiet) for n in range(2)
    ]
    yield yaml.safe_load(file.read_text())["address"], processes[1:]
    for process in processes:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_districts_of_a_killed_worker_are_finished_by_the_other_and_none_twice(make_fleet, cluster):
    address, workers = cluster
    fleet = load_fleet(make_fleet(4))

    def kill_one(result: DistrictResult) -> None:
        if workers[0].poll() is None:
            os.kill(workers[0].pid, signal.SIGKILL)
            workers[0].wait()

    done = run_fleet(fleet, PERIOD, scheduler=address, without_tls=True, tables_only=True, on_result=kill_one)
    assert [result.error for result in done.results] == [""] * 4
    assert revisions(fleet) == [["r0001"]] * 4
