"""Kernels forked from one process that has the libraries imported already.

Started as `python -P -m analysis.run.notebooks.kernel_server`.

A line of standard input asks, a line of standard output answers:
`{"fork": {"argv": […], "env": {…}, "cwd": DIR}}` starts a kernel and answers its process number, null where the
project's files are no longer those that it imported; it is then asked for no more kernels, and ends with the last;
`{"poll": N}` answers the exit code of that process, null while it runs.
The server ends when its standard input does; its kernels notice and end too. It imports and runs nothing else, so that
every kernel starts from a state that no notebook touched.

It forks the first kernel as soon as it has what a run's first notebook needs, and imports the rest before the second.
A kernel imports itself what is not there yet.
"""

import ast
import gc
import json
import os
import sys
import traceback
from collections.abc import Iterator
from pkgutil import resolve_name

from analysis.run.steps import STEPS, plan_notebooks
from analysis.run.store.manifest import NOTEBOOKS

# What every kernel needs beside what its notebook imports.
_LIBRARIES = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",  # which a kernel imports when it starts; it looks at every module that is there before it
    "matplotlib_inline.backend_inline",
    "pandera.backends.pandas.builtin_checks",  # which pandera imports at its first check
)


def serve() -> None:
    """Answer line by line until the standard input ends."""
    gc.disable()  # importing makes much and drops little: the collector would cost a sixth of it
    code: dict[str, int] = {}
    for name in _LIBRARIES:
        _import(name, code)
    first, *others = plan_notebooks()
    _import_for([first], code)
    kernels: set[int] = set()
    is_replaced = False
    for line in sys.stdin:
        request = json.loads(line)
        if "poll" in request:
            answer = _poll(request["poll"])
            if answer is not None:
                kernels.discard(request["poll"])
        elif all(_stamp(file) == stamp for file, stamp in code.items()):
            answer = _fork(**request["fork"])
            kernels.add(answer)
        else:
            answer, is_replaced = None, True
        print(json.dumps(answer), flush=True)
        if is_replaced and not kernels:
            break
        if kernels and not is_replaced:
            _import_for(others, code)


def _find_imports(notebook: str) -> Iterator[str]:
    """Yield the functions of a notebook's steps, and what its cells import, as `module.name`."""
    yield from (step.make for step in STEPS.values() if step.notebook == notebook)
    cells = json.loads((NOTEBOOKS / f"{notebook}.ipynb").read_text("utf-8"))["cells"]
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "import " in source and not cell["metadata"].get("tags"):
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.ImportFrom):
                    yield from (f"{node.module}.{name.name}" for name in node.names)


def _import_for(notebooks: list[str], code: dict[str, int]) -> None:
    """Import what notebooks need; what cannot be, a kernel that needs it imports itself, and says why it cannot."""
    try:
        while notebooks:
            for name in _find_imports(notebooks.pop(0)):
                _import(name, code)
    except Exception:  # noqa: BLE001  whatever a module does when it is imported, a notebook is at work
        notebooks.clear()


def _import(name: str, code: dict[str, int]) -> None:
    """Import a module or what is in one, and note when each of the project's files that it brought was last changed."""
    resolve_name(name)
    files = [module.__file__ for name, module in sys.modules.items() if name.startswith("analysis.")]
    code.update({file: _stamp(file) for file in files if file and file not in code})


def _stamp(file: str) -> int:
    """When a file was last changed; 0 where there is none."""
    return os.stat(file).st_mtime_ns if os.path.isfile(file) else 0


def _poll(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _fork(argv: list[str], env: dict[str, str], cwd: str | None) -> int:
    server = os.getpid()
    gc.freeze()  # no kernel's collector goes through what was imported here, nor copies its memory for that
    pid = os.fork()
    if pid == 0:
        gc.enable()
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
