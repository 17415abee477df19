"""The process from which this one's kernels are forked (`kernel_server`), on Linux.

It takes seconds to import what notebooks need. Nothing heavy is imported here, so that a command can start it first
and import what it needs itself meanwhile.
"""

import json
import os
import subprocess
import sys
from threading import Lock
from typing import Any

from analysis.policy.messages import say

# The kernel sees no time zone, language, hash seed, profile or start-up file of its machine.
ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYTHONSTARTUP": "",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # as Jupyter's own kernels have it: no warning of its debugger
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
# Where libraries may start threads at import (macOS), a fork is not safe.
CAN_FORK = sys.platform == "linux"


class KernelServer:
    """The process from which this one's kernels are forked; ends with this process, however that ends."""

    def __init__(self) -> None:
        self._lock = Lock()  # notebooks run side by side, in threads
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "analysis.run.notebooks.kernel_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | ENVIRONMENT,
            start_new_session=True,  # Ctrl-C is for the run, which then ends the server (`end_server`)
            text=True,
        )

    @property
    def is_alive(self) -> bool:
        """Whether it still answers."""
        return self._process.poll() is None

    def end(self) -> None:
        """End the server and with it, within a second or two, its kernels."""
        self._process.kill()
        self._process.wait()

    def ask(self, **request: Any) -> int | None:
        """Send one request and return its answer.

        Raises:
            RuntimeError: the server has died.
        """
        with self._lock:
            try:
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
                answer = self._process.stdout.readline()
            except OSError as error:
                raise RuntimeError(say("the Kernel server has died ({error})").format(error=error)) from None
        if not answer:
            raise RuntimeError(say("the Kernel server has died"))
        return json.loads(answer)


# One server for all notebooks of a process: papermill makes the managers, and hands them nothing but settings.
_servers: dict[int, KernelServer] = {}
_servers_lock = Lock()


def prepare_kernels() -> None:
    """Start this process's server, where kernels are forked; it gets ready while this process goes on."""
    if CAN_FORK:
        with _servers_lock:
            _running_server()


def fork_kernel(**how: Any) -> tuple[KernelServer, int]:
    """Fork a kernel with the project's code as it stands; return its server and its process number.

    A server that has older code is replaced, and ends when the last of its kernels has: a notebook at work is not taken
    away from its run.
    """
    with _servers_lock:
        server = _running_server()
        pid = server.ask(fork=how)
        while pid is None:
            server = _servers[os.getpid()] = KernelServer()
            pid = server.ask(fork=how)
        return server, pid


def _running_server() -> KernelServer:
    """This process's server, started now where there is none; a forked copy of this process gets its own."""
    server = _servers.get(os.getpid())
    if server is None or not server.is_alive:
        server = _servers[os.getpid()] = KernelServer()
    return server


def end_server() -> None:
    """End this process's server, if it has one: the notebooks at work lose their kernels and fail."""
    # Not under the lock, which a thread holds that waits for an answer: the server's end is what releases it.
    server = _servers.pop(os.getpid(), None)
    if server is not None:
        server.end()
