"""Kernels forked from one process that has the libraries imported already: `python -P -m analysis.run.kernel_server`.

A line of standard input asks, a line of standard output answers:
`{"fork": {"argv": […], "env": {…}, "cwd": DIR}}` starts a kernel and answers its process number;
`{"poll": N}` answers the exit code of that process, null while it runs.
The server ends when its standard input does; its kernels notice and end too. It imports libraries and nothing of this
project, so that every kernel reads the project's code as it stands and starts from a state that no notebook touched.
"""

import importlib
import json
import os
import sys
import traceback

# What takes long to import and what the notebooks need anyway.
PRELOADED = (
    "ipykernel.kernelapp",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "seaborn",
    "duckdb",
    "fontTools.subset",
    "jinja2",
    "networkx",
    "pandera.pandas",
    "pyarrow.parquet",
    "pydantic",
)


def serve() -> None:
    """Answer line by line until the standard input ends."""
    for name in PRELOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        request = json.loads(line)
        answer = _poll(request["poll"]) if "poll" in request else _fork(**request["fork"])
        print(json.dumps(answer), flush=True)


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
