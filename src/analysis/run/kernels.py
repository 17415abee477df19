"""The kernels of notebooks: this interpreter, private, the same world on every machine.

On Linux a kernel is forked from a server with the libraries imported (`kernel_server`), elsewhere it is started anew;
what a notebook makes is the same. Kernels talk over sockets in a private folder (on Windows over the loopback address).
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from threading import Lock
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict, default

# The kernel sees no time zone, language, hash seed, profile or start-up file of its machine.
_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYTHONSTARTUP": "",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}
# Addresses of UNIX sockets are short; a longer folder name means the loopback address instead.
_MAX_SOCKET_PATH = 90
# Where libraries may start threads at import (macOS), a fork is not safe.
_CAN_FORK = sys.platform == "linux"
_LAUNCH = ("-m", "ipykernel_launcher")


class KernelServer:
    """The process from which this one's kernels are forked; ends with this process, however that ends."""

    def __init__(self) -> None:
        self._lock = Lock()  # notebooks run side by side, in threads
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "analysis.run.kernel_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | _ENVIRONMENT,
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
                raise RuntimeError(f"the Kernel server has died ({error})") from None
        if not answer:
            raise RuntimeError("the Kernel server has died")
        return json.loads(answer)


# One server for all notebooks of a process: papermill makes the managers, and hands them nothing but settings.
_servers: dict[int, KernelServer] = {}
_servers_lock = Lock()


def _server() -> KernelServer:
    """This process's server, started now where there is none; a forked copy of this process gets its own."""
    with _servers_lock:
        server = _servers.get(os.getpid())
        if server is None or not server.is_alive:
            server = _servers[os.getpid()] = KernelServer()
        return server


def end_server() -> None:
    """End this process's server, if it has one: the notebooks at work lose their kernels and fail."""
    with _servers_lock:
        server = _servers.pop(os.getpid(), None)
    if server is not None:
        server.end()


class ForkedProcess:
    """A forked kernel, as `subprocess.Popen` would show it."""

    stdin = stdout = stderr = None

    def __init__(self, server: KernelServer, **how: Any):
        self._server = server
        self.pid = server.ask(fork=how)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, None while the kernel runs; where the server has died, so has the kernel."""
        if self.returncode is None:
            try:
                self.returncode = self._server.ask(poll=self.pid)
            except RuntimeError:
                self.returncode = -signal.SIGKILL
        return self.returncode

    wait = poll  # called only after the kernel has ended

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the kernel has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


class ForkProvisioner(LocalProvisioner):
    """Forks a kernel where jupyter_client would start one."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel with the arguments of `cmd`, in the environment and folder of `kwargs`."""
        how = {"argv": cmd[1 + len(_LAUNCH) :], "env": kwargs["env"], "cwd": kwargs.get("cwd")}
        self.process = ForkedProcess(_server(), **how)
        self.pid = self.pgid = self.process.pid
        return self.connection_info


class PrivateKernelManager(AsyncKernelManager):
    """Starts the current interpreter as kernel, with its sockets and profile in a folder that only we can read."""

    extra_env = Dict().tag(config=True)

    def __init__(self, **kwargs: Any):
        self._folder = tempfile.TemporaryDirectory(prefix="analysis-kernel-", ignore_cleanup_errors=True)
        super().__init__(**kwargs)
        self.connection_file = os.path.join(self._folder.name, "k.json")
        if _CAN_FORK:
            self.provisioner = ForkProvisioner(kernel_id="", kernel_spec=self.kernel_spec, parent=self)

    @default("transport")
    def _default_transport(self) -> str:
        return "tcp" if os.name == "nt" or len(self._folder.name) > _MAX_SOCKET_PATH else "ipc"

    @property
    def kernel_spec(self) -> KernelSpec:
        """The kernel of this interpreter, whether or not one is registered with Jupyter."""
        return KernelSpec(
            argv=[sys.executable, *_LAUNCH, "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            env=_ENVIRONMENT | {"IPYTHONDIR": self._folder.name} | self.extra_env,
        )

    async def cleanup_resources(self, restart: bool = False) -> None:
        """Remove the private folder together with the kernel."""
        await super().cleanup_resources(restart=restart)
        if not restart:
            self._folder.cleanup()
