"""Kernels forked from one process that has the libraries imported already: `python -P -m analysis.run.kernel_server`.

A line of standard input asks, a line of standard output answers:
`{"fork": {"argv": […], "env": {…}, "cwd": DIR}}` starts a kernel and answers its process number;
`{"poll": N}` answers the exit code of that process, null while it runs;
`{"is_current": true}` answers whether the project's files are still those that it imported; after a no it is asked for
no more kernels, and ends with the last that it has.
The server ends when its standard input does; its kernels notice and end too. It imports and calls nothing, so that
every kernel starts from a state that no notebook touched.
"""

import gc
import importlib
import json
import os
import sys
import traceback

# What the notebooks import and use, with all that it brings; a test compares.
PRELOADED = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",  # which a kernel imports when it starts; it looks at every module that is there before it
    "matplotlib_inline.backend_inline",
    "pandera.backends.pandas.builtin_checks",  # which pandera imports at its first check
    "analysis.run.history",
    "analysis.run.steps",
    "analysis.scoring.structure",
    "analysis.report.bulletin.change",
    "analysis.report.bulletin.losses",
    "analysis.report.bulletin.notice",
    "analysis.report.bulletin.overview",
    "analysis.report.bulletin.standing",
    "analysis.report.action_figures",
    "analysis.report.action_text",
    "analysis.report.captions",
    "analysis.report.certainty_figures",
    "analysis.report.certainty_text",
    "analysis.report.clean_text",
    "analysis.report.draw_text",
    "analysis.report.duties_text",
    "analysis.report.hotline_figures",
    "analysis.report.hotline_pieces",
    "analysis.report.hotline_text",
    "analysis.report.long_trend_text",
    "analysis.report.score_text",
    "analysis.report.sensitivity_text",
    "analysis.report.special_cases",
    "analysis.report.trend_figures",
    "analysis.report.trend_text",
)


def serve() -> None:
    """Answer line by line until the standard input ends."""
    for name in PRELOADED:
        importlib.import_module(name)
    code = _stamp_code()
    gc.collect()
    gc.freeze()  # no kernel's collector goes through what was imported here, nor copies its memory for that
    kernels: set[int] = set()
    is_replaced = False
    for line in sys.stdin:
        request = json.loads(line)
        if "fork" in request:
            answer = _fork(**request["fork"])
            kernels.add(answer)
        elif "poll" in request:
            answer = _poll(request["poll"])
            if answer is not None:
                kernels.discard(request["poll"])
        else:
            answer = _stamp_code() == code
            is_replaced = not answer
        print(json.dumps(answer), flush=True)
        if is_replaced and not kernels:
            break


def _stamp_code() -> dict[str, int]:
    """Return when each of the project's imported files was last changed; a file that is gone is not among them."""
    files = [module.__file__ for name, module in sys.modules.items() if name.startswith("analysis.")]
    return {file: os.stat(file).st_mtime_ns for file in files if os.path.isfile(file)}


def _poll(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _fork(argv: list[str], env: dict[str, str], cwd: str | None) -> int:
    server = os.getpid()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _be_kernel([*argv, f"--IPKernelApp.parent_handle={server}"], env, cwd)
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException:  # noqa: BLE001  nothing may fall through to the loop of the parent's copy
            traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def _be_kernel(argv: list[str], env: dict[str, str], cwd: str | None) -> None:
    """Turn this copy of the server into what `python -m ipykernel_launcher` would be with these arguments."""
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()  # a signal to the kernel's group reaches neither the server nor another kernel
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)  # the server's answers are not for the kernel to write
    os.environ.clear()
    os.environ.update(env)
    if cwd:
        os.chdir(cwd)
    sys.argv = ["ipykernel_launcher", *argv]
    IPKernelApp.launch_instance(argv)


if __name__ == "__main__":
    serve()
    os._exit(0)  # at once: to take apart what was imported would take a second
