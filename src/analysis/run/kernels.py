"""The kernels of notebooks: this interpreter, private, the same world on every machine.

On Linux a kernel is forked from a server with the libraries imported (`kernel_server`), elsewhere it is started anew;
what a notebook makes is the same. Kernels talk over sockets in a private folder (on Windows over the loopback address).
"""

import os
import signal
import sys
import tempfile
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict, default

from analysis.run import forks

# Addresses of UNIX sockets are short; a longer folder name means the loopback address instead.
_MAX_SOCKET_PATH = 90
_LAUNCH = ("-m", "ipykernel_launcher")


class ForkedProcess:
    """A forked kernel, as `subprocess.Popen` would show it."""

    stdin = stdout = stderr = None

    def __init__(self, server: forks.KernelServer, **how: Any):
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
        self.process = ForkedProcess(forks.current_server(), **how)
        self.pid = self.pgid = self.process.pid
        return self.connection_info


class PrivateKernelManager(AsyncKernelManager):
    """Starts the current interpreter as kernel, with its sockets and profile in a folder that only we can read."""

    extra_env = Dict().tag(config=True)

    def __init__(self, **kwargs: Any):
        self._folder = tempfile.TemporaryDirectory(prefix="analysis-kernel-", ignore_cleanup_errors=True)
        super().__init__(**kwargs)
        self.connection_file = os.path.join(self._folder.name, "k.json")
        if forks.CAN_FORK:
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
            env=forks.ENVIRONMENT | {"IPYTHONDIR": self._folder.name} | self.extra_env,
        )

    async def cleanup_resources(self, restart: bool = False) -> None:
        """Remove the private folder together with the kernel."""
        await super().cleanup_resources(restart=restart)
        if not restart:
            self._folder.cleanup()
