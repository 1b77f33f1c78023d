"""The clients that are compared, each as one would write a program with it.

Each parses what it gets: the reply, and the text of streams. The raw one, the floor, only
looks for bytes in frames, as bench/kernels has it.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.blocking.client import BlockingKernelClient

import kernelwire
from bench.kernels.catalogue import newest
from bench.kernels.client import Client as Raw
from bench.kernels.process import KernelProcess

PATIENCE = 120.0  # seconds
FLOOR = "raw"

T = TypeVar("T")


class Came:
    """What came of one request, besides its reply."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.lines = 0
        self.bytes = 0

    def take(self, msg_type: str, content: dict[str, Any], buffers: list[Any]) -> None:
        """Count a message."""
        if msg_type == "stream":
            self.lines += content["text"].count("\n")
        self.bytes += sum(memoryview(buffer).nbytes for buffer in buffers)


class Contestant(ABC):
    """One client, connected to one kernel."""

    pid = os.getpid()
    """The process whose memory is the client's."""

    @abstractmethod
    def run(self, code: str | None, times: int) -> list[Came]:
        """Execute code so many times, one after the other; None: ask for kernel_info."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the kernel."""


class RawClient(Contestant):
    """pyzmq alone, and requests that were signed before."""

    def __init__(self, kernel: KernelProcess, build: Path) -> None:
        self._client = Raw(kernel.connection)
        self._client.subscribe()
        self._client.patience(PATIENCE)

    def run(self, code: str | None, times: int) -> list[Came]:
        client, out = self._client, []
        for _ in range(times):
            request = client.kernel_info() if code is None else client.execute(code)
            came = Came()
            came.seconds = client.round_trip(request)
            out.append(came)
        return out

    def flood(self, code: str) -> Came:
        """Execute code, and count its lines."""
        came = Came()
        found = self._client.flood(self._client.execute(code), b'"stream"', PATIENCE)
        came.seconds, came.lines = found.seconds, found.lines
        return came

    def close(self) -> None:
        self._client.close()


class Cpp(Contestant):
    """The C++ client, in a process of its own."""

    def __init__(self, kernel: KernelProcess, build: Path) -> None:
        self._process = subprocess.Popen(
            [newest(build, "client_loads"), kernel.connection_file],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._process.pid

    def run(self, code: str | None, times: int) -> list[Came]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = f"info {times}" if code is None else f"execute {times} {code}"
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        words = self._process.stdout.readline().split()
        out = []
        for at in range(0, len(words), 3):
            came = Came()
            came.seconds = float(words[at])
            came.lines, came.bytes = int(words[at + 1]), int(words[at + 2])
            out.append(came)
        return out

    def close(self) -> None:
        self._process.communicate()


class Ours(Contestant):
    """kernelwire.Client."""

    def __init__(self, kernel: KernelProcess, build: Path) -> None:
        self._client = kernelwire.Client.connect(kernel.connection_file)

    def run(self, code: str | None, times: int) -> list[Came]:
        client, out = self._client, []
        for _ in range(times):
            came = Came()
            start = time.perf_counter()
            request = client.kernel_info() if code is None else client.execute(code)
            for message in request:
                came.take(message.msg_type, message.content, message.buffers)
            request.result(PATIENCE)
            came.seconds = time.perf_counter() - start
            out.append(came)
        return out

    def close(self) -> None:
        self._client.close()


class Jupyter(Contestant):
    """jupyter_client's BlockingKernelClient."""

    def __init__(self, kernel: KernelProcess, build: Path) -> None:
        self._client = BlockingKernelClient()
        self._client.load_connection_file(kernel.connection_file)
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str | None, times: int) -> list[Came]:
        client, out = self._client, []
        for _ in range(times):
            came = Came()
            start = time.perf_counter()
            if code is None:
                msg_id = client.kernel_info()
            else:
                msg_id = client.execute(code, allow_stdin=False)
            while True:
                message = client.get_iopub_msg(timeout=PATIENCE)
                content = message["content"]
                if message["parent_header"].get("msg_id") != msg_id:
                    continue
                if content.get("execution_state") == "idle":
                    break
                came.take(message["msg_type"], content, message["buffers"])
            while True:
                reply = client.get_shell_msg(timeout=PATIENCE)
                if reply["parent_header"].get("msg_id") == msg_id:
                    break
            came.seconds = time.perf_counter() - start
            out.append(came)
        return out

    def close(self) -> None:
        self._client.stop_channels()


class Asynchronous(Contestant):
    """A client on an event loop that runs while it is measured."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the loop to its end."""
        return self._loop.run_until_complete(work)

    def run(self, code: str | None, times: int) -> list[Came]:
        return self.on_loop(self.run_all(code, times))

    @abstractmethod
    async def run_all(self, code: str | None, times: int) -> list[Came]:
        """As `run`, on the loop."""


class OursAsynchronous(Asynchronous):
    """kernelwire.AsyncClient."""

    def __init__(self, kernel: KernelProcess, build: Path) -> None:
        super().__init__()
        connect = kernelwire.AsyncClient.connect(kernel.connection_file)
        self._client = self.on_loop(connect)

    async def run_all(self, code: str | None, times: int) -> list[Came]:
        client, out = self._client, []
        for _ in range(times):
            came = Came()
            start = time.perf_counter()
            request = client.kernel_info() if code is None else client.execute(code)
            async for message in request:
                came.take(message.msg_type, message.content, message.buffers)
            await request
            came.seconds = time.perf_counter() - start
            out.append(came)
        return out

    def close(self) -> None:
        self.on_loop(self._client.close())
        self._loop.close()


class JupyterAsynchronous(Asynchronous):
    """jupyter_client's AsyncKernelClient."""

    def __init__(self, kernel: KernelProcess, build: Path) -> None:
        super().__init__()
        self._client = AsyncKernelClient()
        self._client.load_connection_file(kernel.connection_file)
        self.on_loop(self._start())

    async def _start(self) -> None:
        self._client.start_channels()
        await self._client.wait_for_ready(timeout=PATIENCE)

    async def run_all(self, code: str | None, times: int) -> list[Came]:
        client, out = self._client, []
        for _ in range(times):
            came = Came()
            start = time.perf_counter()
            if code is None:
                msg_id = client.kernel_info()
            else:
                msg_id = client.execute(code, allow_stdin=False)
            while True:
                message = await client.get_iopub_msg(timeout=PATIENCE)
                content = message["content"]
                if message["parent_header"].get("msg_id") != msg_id:
                    continue
                if content.get("execution_state") == "idle":
                    break
                came.take(message["msg_type"], content, message["buffers"])
            while True:
                reply = await client.get_shell_msg(timeout=PATIENCE)
                if reply["parent_header"].get("msg_id") == msg_id:
                    break
            came.seconds = time.perf_counter() - start
            out.append(came)
        return out

    def close(self) -> None:
        self._client.stop_channels()
        self._loop.close()


CONTESTANTS: dict[str, tuple[str, type[Any]]] = {
    FLOOR: ("raw pyzmq", RawClient),
    "kernelwire-cpp": ("kernelwire C++", Cpp),
    "kernelwire": ("kernelwire.Client", Ours),
    "kernelwire-async": ("kernelwire.AsyncClient", OursAsynchronous),
    "jupyter": ("jupyter_client", Jupyter),
    "jupyter-async": ("jupyter_client, async", JupyterAsynchronous),
}
