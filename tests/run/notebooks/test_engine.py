"""Notebooks run alone and side by side; one that fails says where and why."""

import ast
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import nbformat.v4 as v4
import pytest

import analysis
from analysis.policy.errors import UsageError
from analysis.report.page import palette, pieces
from analysis.report.page.html import render_notebook
from analysis.run.notebooks import forks, kernel_server
from analysis.run.notebooks.engine import NotebookFailed, execute_notebook
from analysis.run.notebooks.schedule import Job, execute_all
from analysis.run.steps import plan_notebooks
from analysis.run.store.manifest import NOTEBOOKS

from ...report.pages import without_fonts

PACKAGE = Path(analysis.__file__).parent
KINDS_OF_KERNEL = ["forked", "started"] if forks.CAN_FORK else ["started"]
needs_fork = pytest.mark.skipif(not forks.CAN_FORK, reason="kernels are started anew on this system")
PARAMETERS = 'period: str = "2026-10"  # month'


@pytest.fixture
def write_notebook(tmp_path):
    def write(*sources: str, name: str = "1_clean.ipynb") -> Path:
        first = v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
        cells = [v4.new_markdown_cell("# 标题"), first, *map(v4.new_code_cell, sources)]
        path = tmp_path / name
        nbformat.write(v4.new_notebook(cells=cells), path)
        return path

    return write


def printed(notebook) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.get("name") == "stdout")


def wait_for(happened, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def test_notebook_runs_in_this_interpreter_with_its_parameters_folder_and_environment(write_notebook, tmp_path):
    path = write_notebook("import os, sys\nprint(period, sys.executable, os.getcwd(), os.environ['DISTRICT'])")
    notebook = execute_notebook(path, {"period": "2026-09"}, cwd=tmp_path, env={"DISTRICT": "澄川区"})
    assert printed(notebook).split() == ["2026-09", sys.executable, str(tmp_path), "澄川区"]


def test_executed_notebook_is_written_once_and_is_the_one_returned(write_notebook, tmp_path):
    output = tmp_path / "out.ipynb"
    notebook = execute_notebook(write_notebook("print(1)"), {}, output)
    assert nbformat.read(output, as_version=4) == notebook


def test_same_input_gives_the_same_bytes_whatever_the_machine_is_set_to(write_notebook, tmp_path, monkeypatch):
    path = write_notebook(
        "import time, warnings\nprint(hash('x'), time.tzname, object(), 'of_machine' in globals())\n"
        "warnings.warn('few')\n{'b', 'a', 'c'}"
    )
    profile = tmp_path / "ipython" / "profile_default" / "startup"
    profile.mkdir(parents=True)
    (profile / "own.py").write_text("of_machine = True")
    settings = {"TZ": "Asia/Shanghai", "PYTHONHASHSEED": "7", "LC_ALL": "C", "IPYTHONDIR": str(profile.parents[1])}
    outputs = []
    for environment in ({}, settings):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        outputs.append(tmp_path / f"{len(outputs)}.ipynb")
        execute_notebook(path, {"period": "2026-09"}, outputs[-1])
    first, second = (output.read_bytes() for output in outputs)
    assert first == second


def test_chinese_chart_and_table_reach_the_page(write_notebook):
    path = write_notebook(
        "import matplotlib.pyplot as plt, pandas as pd\nfrom analysis.report.page.theme import show_figure, use_theme",
        "use_theme()\nfigure, axes = plt.subplots()\naxes.set_title('镇街得分')\n"
        "show_figure(figure, alt='空图', caption='图 1')",
        "pd.DataFrame({'单位': ['区教育局', '<script>alert(1)</script>'], '得分': [91.5, 88.25]})",
    )
    page = without_fonts(render_notebook(execute_notebook(path, {})))
    assert 'aria-label="空图"' in page
    assert "镇街得分</text>" in page
    assert "区教育局" in page
    assert page.count("<script>") == 1
    assert "set_title" not in page


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("rows = 3\nraise ValueError('weights sum to 99\\n  not 100')", "ValueError: weights sum to 99 not 100"),
        ("import os\nos._exit(1)", "its kernel died"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "its kernel died"),
        ("import time\ntime.sleep(60)", "it took longer than 2 s"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("x = (", "SyntaxError"),
    ],
)
def test_failure_names_notebook_cell_first_line_and_reason(
    write_notebook, tmp_path, monkeypatch, source: str, reason: str
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path, output = write_notebook("x = 1", source), tmp_path / "out.ipynb"
    with pytest.raises(NotebookFailed) as caught:
        execute_notebook(path, {"period": "2026-09"}, output, timeout=2)
    first_line = source.partition("\n")[0]
    assert str(caught.value).startswith(f"1_clean.ipynb: code cell 3 ({first_line}) failed: {reason}")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [path]


def test_an_expected_error_is_told_as_it_is_line_by_line(write_notebook):
    path = write_notebook("from analysis.policy.errors import DataError", "raise DataError('一、缺表\\n二、缺值')")
    with pytest.raises(NotebookFailed) as caught:
        execute_notebook(path, {"period": "2026-09"})
    assert str(caught.value) == "一、缺表\n二、缺值"


@pytest.fixture(params=KINDS_OF_KERNEL)
def kind_of_kernel(request, monkeypatch):
    """Forked from the server, where the machine can, or started anew, as on other systems."""
    monkeypatch.setattr(forks, "CAN_FORK", request.param == "forked")
    return request.param


def test_kernel_that_cannot_start_is_said_so(write_notebook, monkeypatch, kind_of_kernel):
    monkeypatch.setattr("analysis.run.notebooks.engine.START_TIMEOUT_SECONDS", 5)
    monkeypatch.setattr(forks, "_servers", {})
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(NotebookFailed, match="its kernel did not start"):
        execute_notebook(write_notebook("x = 1"), {})


@needs_fork
def test_server_that_died_takes_its_kernels_along_and_is_replaced(write_notebook, monkeypatch):
    monkeypatch.setattr(forks, "_servers", {})
    killer = write_notebook("import os, signal, time", "os.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)")
    with pytest.raises(NotebookFailed, match="its kernel died"):
        execute_notebook(killer, {})
    assert printed(execute_notebook(write_notebook("print(1)"), {})) == "1\n"


@needs_fork
def test_forked_kernel_starts_from_a_state_that_no_notebook_touched(write_notebook):
    stain = write_notebook(
        "import os, sys, pandas as pd, matplotlib as mpl",
        "pd.options.display.max_rows = 7\nmpl.rcParams['font.size'] = 3\npd.DataFrame.stained = True\n"
        "sys.path.append('stained')\nos.environ['STAINED'] = '1'\nos.chdir('/')",
    )
    look = write_notebook(
        "import os, sys, pandas as pd, matplotlib as mpl",
        "print(pd.options.display.max_rows, mpl.rcParams['font.size'], hasattr(pd.DataFrame, 'stained'))\n"
        "print('stained' in sys.path, 'STAINED' in os.environ, os.getcwd() == '/')",
    )
    before = printed(execute_notebook(look, {}))
    execute_notebook(stain, {})
    assert printed(execute_notebook(look, {})) == before == "60 10.0 False\nFalse False False\n"


@needs_fork
def test_forked_kernel_has_the_environment_of_now_and_not_of_when_its_server_started(write_notebook, monkeypatch):
    monkeypatch.setattr(forks, "_servers", {})
    path = write_notebook("import os\nprint(os.environ.get('DISTRICT'))")
    monkeypatch.setenv("DISTRICT", "澄川区")
    assert printed(execute_notebook(path, {})) == "澄川区\n"
    monkeypatch.delenv("DISTRICT")
    assert printed(execute_notebook(path, {})) == "None\n"


@needs_fork
def test_kernels_and_their_server_end_when_the_run_is_killed(write_notebook, tmp_path):
    path = write_notebook(
        "import os, time", "open('pids', 'w').write(f'{os.getpid()} {os.getppid()}\\n')", "time.sleep(60)"
    )
    module = "analysis.run.notebooks.engine"
    run = f"from pathlib import Path; from {module} import execute_notebook; execute_notebook(Path({{!r}}), {{{{}}}})"
    noted = tmp_path / "pids"
    with subprocess.Popen([sys.executable, "-c", run.format(str(path))], cwd=tmp_path) as process:
        assert wait_for(lambda: noted.is_file() and noted.read_text().endswith("\n"))
        process.kill()
    kernel, server = map(int, noted.read_text().split())
    assert wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in (kernel, server)))


@needs_fork
def test_ctrl_c_ends_the_run_at_once_with_its_kernels(write_notebook, tmp_path):
    path = write_notebook(
        "import os, time", "open('pids', 'w').write(f'{os.getpid()} {os.getppid()}\\n')", "time.sleep(300)"
    )
    run = (
        "import signal; from pathlib import Path; from analysis.run.notebooks.schedule import Job, execute_all; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); execute_all([Job(Path({!r}), {{}})])"
    )
    noted = tmp_path / "pids"
    command = [sys.executable, "-c", run.format(str(path))]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert wait_for(lambda: noted.is_file() and noted.read_text().endswith("\n"))
            process.send_signal(signal.SIGINT)
            told = process.communicate(timeout=60)[1]
        finally:
            process.kill()
    assert "KeyboardInterrupt" in told
    kernel, server = map(int, noted.read_text().split())
    assert wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in (kernel, server)))


def test_start_up_file_of_the_account_does_not_reach_the_kernel(write_notebook, tmp_path, monkeypatch, kind_of_kernel):
    own = tmp_path / "own.py"
    own.write_text("own_settings = True")
    monkeypatch.setenv("PYTHONSTARTUP", str(own))
    assert printed(execute_notebook(write_notebook("print('own_settings' in globals())"), {})) == "False\n"


def test_unknown_parameter_runs_nothing(write_notebook, tmp_path):
    path = write_notebook("open('ran', 'w').close()")
    with pytest.raises(UsageError, match="perod"):
        execute_all([Job(path, {}, cwd=tmp_path), Job(path, {"perod": "2026-09"}, cwd=tmp_path)])
    assert not (tmp_path / "ran").exists()


def test_progress_counts_the_cells_of_the_notebook_without_the_injected_one(write_notebook):
    seen = []
    job = Job(write_notebook("x = 1", "y = 2"), {"period": "2026-09"})
    execute_all([job], on_progress=lambda job, done, total: seen.append((job.notebook.name, done, total)))
    assert seen == [("1_clean.ipynb", n, 3) for n in (1, 2, 3)]


def test_what_serves_a_session_alone_is_neither_run_nor_counted(write_notebook):
    path, seen = write_notebook("print('session')", "print('run')"), []
    notebook = nbformat.read(path, 4)
    notebook.cells[2].metadata.tags = ["skip-execution"]
    nbformat.write(notebook, path)
    (executed,) = execute_all([Job(path, {})], on_progress=lambda job, done, total: seen.append((done, total)))
    assert printed(executed) == "run\n"
    assert seen == [(1, 2), (2, 2)]
    reloads = [cell for story in plan_notebooks() for cell in nbformat.read(NOTEBOOKS / f"{story}.ipynb", 4).cells]
    assert all(cell.metadata.get("tags") == ["skip-execution"] for cell in reloads if "%autoreload" in cell.source)


def test_a_cell_counts_as_done_when_it_has_ended(write_notebook, tmp_path):
    ended, seen = tmp_path / "ended", []
    job = Job(write_notebook(f"import time\ntime.sleep(1)\nopen({str(ended)!r}, 'w').close()"), {})
    execute_all([job], on_progress=lambda job, done, total: seen.append((done, ended.exists())))
    assert seen == [(1, False), (2, True)]


def test_notebooks_side_by_side_keep_their_order_and_their_worlds(write_notebook):
    slow = write_notebook("import time\ntime.sleep(1)\nx = 'slow'\nprint(x)", name="slow.ipynb")
    fast = write_notebook("print('x' in globals())", name="fast.ipynb")
    notebooks = execute_all([Job(slow, {}), Job(fast, {}), Job(fast, {})], workers=2)
    assert [printed(notebook) for notebook in notebooks] == ["slow\n", "False\n", "False\n"]


def test_after_a_failure_no_further_notebook_starts(write_notebook, tmp_path):
    bad = write_notebook("raise KeyError('x')", name="bad.ipynb")
    good = write_notebook("open('ran', 'a').write('1')", name="good.ipynb")
    jobs = [Job(bad, {})] + [Job(good, {}, cwd=tmp_path) for _ in range(3)]
    with pytest.raises(NotebookFailed, match=r"bad\.ipynb.*KeyError"):
        execute_all(jobs, workers=1)
    assert not (tmp_path / "ran").exists()


def test_kernel_listens_on_no_address_that_others_can_reach(write_notebook):
    path = write_notebook(
        "import json\nfrom ipykernel.connect import get_connection_file",
        "info = json.load(open(get_connection_file()))\nprint(info['transport'], info['ip'])",
    )
    transport, address = printed(execute_notebook(path, {})).split()
    assert transport == "ipc" or address == "127.0.0.1"


def test_long_temporary_folder_falls_back_to_the_loopback_address(write_notebook, tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    path = write_notebook("print(1)")
    assert printed(execute_notebook(path, {})) == "1\n"


def test_notebook_starts_when_what_it_needs_is_there_and_its_maker_is_still_at_work(write_notebook, tmp_path):
    made, seen = tmp_path / "made", tmp_path / "seen"
    wait = f"while not os.path.exists({str(seen)!r}) and time.time() < end: time.sleep(0.05)"
    maker = write_notebook(
        "import time\ntime.sleep(1)",
        f"open({str(made)!r}, 'w').close()",
        f"import os\nend = time.time() + 30\n{wait}\nprint(os.path.exists({str(seen)!r}))",
    )
    reader = write_notebook(
        f"import os\nprint(os.path.exists({str(made)!r}))\nopen({str(seen)!r}, 'w').close()", name="reader.ipynb"
    )
    notebooks = execute_all([Job(maker, {}), Job(reader, {}, needs=(made,))])
    assert [printed(notebook) for notebook in notebooks] == ["True\n", "True\n"]


@needs_fork
def test_a_kernel_is_there_before_its_turn_and_its_cells_wait(write_notebook, tmp_path):
    turn = tmp_path / "turn"
    slow = write_notebook(
        "import time, os\ntime.sleep(3)\nnow = time.time()", f"open({str(turn)!r}, 'w').close()\nprint(now)"
    )
    started = "(os.sysconf('SC_CLK_TCK'), int(open('/proc/self/stat').read().rpartition(')')[2].split()[19]))"
    waits = write_notebook(
        "import os, time\nbegan = time.time()",
        f"ticks, since = {started}\nboot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)",
        "print(boot + since / ticks, began)",
        name="waits.ipynb",
    )
    first, second = execute_all([Job(slow, {}), Job(waits, {}, needs=(turn,))])
    released = float(printed(first))
    kernel, cells = map(float, printed(second).split())
    assert kernel < released <= cells


def test_what_is_ready_goes_before_what_waits_and_what_nobody_makes_is_not_waited_for(write_notebook, tmp_path):
    order = tmp_path / "order"
    names = ("first", "waits", "ready")
    paths = [write_notebook(f"open({str(order)!r}, 'a').write({name!r})", name=f"{name}.ipynb") for name in names]
    needs = ((), (tmp_path / "never",), ())
    jobs = [Job(path, {}, needs=files) for path, files in zip(paths, needs, strict=True)]
    assert len(execute_all(jobs, workers=1)) == 3
    assert order.read_text() == "firstreadywaits"


@needs_fork
def test_kernels_have_the_code_as_it_stands(write_notebook, monkeypatch):
    monkeypatch.setattr(forks, "_servers", {})
    path = write_notebook("import os\nprint(os.getppid())")
    before, again = (printed(execute_notebook(path, {})) for _ in range(2))
    assert before == again
    touched = Path(palette.__file__)
    status = touched.stat()
    os.utime(touched, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))
    try:
        assert printed(execute_notebook(path, {})) != before
    finally:
        os.utime(touched, ns=(status.st_atime_ns, status.st_mtime_ns))


@needs_fork
def test_code_that_changes_takes_no_kernel_from_a_notebook_at_work(write_notebook, tmp_path, monkeypatch):
    monkeypatch.setattr(forks, "_servers", {})
    touched, made, seen = Path(pieces.__file__), tmp_path / "made", tmp_path / "seen"
    status = touched.stat()
    wait = f"while not os.path.exists({str(seen)!r}) and time.time() < end: time.sleep(0.05)"
    first = write_notebook(
        f"import os, time\nend = time.time() + 60\nos.utime({str(touched)!r}, ns=(0, {status.st_mtime_ns + 10**6}))",
        f"open({str(made)!r}, 'w').close()",
        f"{wait}\ntime.sleep(3)\nprint(os.path.exists({str(seen)!r}), os.getppid())",
    )
    second = write_notebook(f"import os\nopen({str(seen)!r}, 'w').close()\nprint(os.getppid())", name="second.ipynb")
    try:
        with ThreadPoolExecutor(1) as pool:
            at_work = pool.submit(execute_notebook, first, {})
            assert wait_for(made.exists)
            later = printed(execute_notebook(second, {})).strip()
            was_seen, server = printed(at_work.result()).split()
    finally:
        os.utime(touched, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert was_seen == "True"
    assert server != later
    assert wait_for(lambda: has_ended(server))


def has_ended(pid: str) -> bool:
    """Tell whether a process is gone, or waits only for its parent to take note."""
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_an_import_that_fails_beside_a_notebook_at_work_ends_nothing(write_notebook, tmp_path, monkeypatch):
    monkeypatch.setattr(kernel_server, "NOTEBOOKS", tmp_path)
    write_notebook("from analysis.report.page import pieces", "from analysis import there_is_none", name="a.ipynb")
    write_notebook("from analysis.report.page import palette", name="b.ipynb")
    left, stamps = ["a", "b"], {}
    kernel_server._import_for(left, stamps)
    assert left == []
    assert pieces.__file__ in stamps


@needs_fork
def test_all_that_the_notebooks_import_of_the_project_is_there_before_they_start(write_notebook, monkeypatch):
    monkeypatch.setattr(forks, "_servers", {})
    look = write_notebook("import sys\nprint(*[name for name in sys.modules if name.startswith('analysis.')])")
    first, later = (set(printed(execute_notebook(look, {})).split()) for _ in range(2))
    wanted = {
        story: {name for cell in nbformat.read(NOTEBOOKS / f"{story}.ipynb", 4).cells for name in find_imports(cell)}
        for story in plan_notebooks()
    }
    assert wanted[next(iter(wanted))] - first == set()
    assert set().union(*wanted.values()) - later == set()
    assert len(later) > len(first) > len(wanted["1_clean"]) > 2


def find_imports(cell) -> set[str]:
    """Names of the project that a cell imports, modules and what it takes from them."""
    lines = "\n".join(line for line in cell.source.splitlines() if not line.startswith("%"))
    nodes = (
        [node for node in ast.walk(ast.parse(lines)) if isinstance(node, ast.ImportFrom)]
        if cell.cell_type == "code"
        else []
    )
    modules = {node.module for node in nodes}
    taken = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
    return modules | {name for name in taken if (PACKAGE.parent / name.replace(".", "/")).with_suffix(".py").is_file()}


def test_a_kernel_works_in_the_folder_where_its_process_is_now(write_notebook, tmp_path, monkeypatch):
    path = write_notebook("import os\nprint(os.getcwd())")
    for name in ("one", "two"):  # the second kernel comes from a server that was begun in the first folder
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        assert printed(execute_notebook(path, {})).strip() == str(tmp_path / name)
