"""The kernels of notebooks: this interpreter, private, the same world on every machine.

On Linux a kernel is forked from a server with the libraries imported (`kernel_server`), elsewhere it is started anew;
what a notebook makes is the same. Kernels talk over sockets in a private folder (on Windows over the loopback address).
"""

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from queue import Empty
from typing import Any

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict, Type, default

from analysis.policy.messages import say
from analysis.run.notebooks import forks
from analysis.run.scratch import scratch_folder

KILL_SECONDS = 1
# Addresses of UNIX sockets are short; a longer folder name means the loopback address instead.
_MAX_SOCKET_PATH = 90
_LAUNCH = ("-m", "ipykernel_launcher")


class ForkedProcess:
    """A forked kernel, as `subprocess.Popen` would show it."""

    stdin = stdout = stderr = None

    def __init__(self, **how: Any):
        self._server, self.pid = forks.fork_kernel(**how)
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
        self.process = ForkedProcess(**how)
        self.pid = self.pgid = self.process.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Kill the kernel and return when it is gone, milliseconds later; the library looks ten times a second."""
        await super().kill(restart=restart)
        end = time.monotonic() + KILL_SECONDS
        while await self.poll() is None and time.monotonic() < end:  # after that the library waits, and says so
            await asyncio.sleep(0.005)


class PrivateKernelClient(AsyncKernelClient):
    """Knows that a kernel is ready by its last word about the first request; the library waits for a silence."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when the kernel has answered and everything that it said meanwhile is read.

        Args:
            timeout: seconds until it must have; None is forever.

        Raises:
            RuntimeError: it has ended, or did not answer in time.
        """
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while time.monotonic() < end:
            asked = self.kernel_info()
            with suppress(Empty):
                await self.get_shell_msg(timeout=1)
                # It follows at once, unless it was said before this client listened; then it is asked again.
                while not _is_last_word(await self.get_iopub_msg(timeout=0.05), asked):
                    pass
                return
            if not await self.is_alive():
                raise RuntimeError(say("the Kernel ended before it answered"))
        raise RuntimeError(say("the Kernel did not answer within {timeout} seconds").format(timeout=timeout))


def _is_last_word(message: dict[str, Any], asked: str) -> bool:
    is_idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
    return is_idle and message["parent_header"].get("msg_id") == asked


class PrivateKernelManager(AsyncKernelManager):
    """Starts the current interpreter as kernel, with its sockets and profile in a folder that only we can read."""

    extra_env = Dict().tag(config=True)
    client_factory = Type(PrivateKernelClient)

    def __init__(self, **kwargs: Any):
        self._folder = scratch_folder("kernel")
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
