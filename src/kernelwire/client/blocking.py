"""Client: uses a kernel, and waits for it.

Layer 5, over `_client`, which waits without the GIL. Confined to one thread.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Self

from kernelwire._client import Core, Message, Process
from kernelwire._client import Request as CoreRequest
from kernelwire.client.connecting import connect, launch
from kernelwire.client.requests import Requests
from kernelwire.client.sent import Sent
from kernelwire.errors import KernelEnded, KernelSilent

__all__ = ["Client", "Request"]

_SLICE = 0.1  # seconds of a wait in which Ctrl-C is not seen


class Request(Sent["Client"]):
    """A request that was sent. Iterate over it for its outputs, as they come.

    Where nobody does, they are kept until it is dropped.
    """

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it is done. Callbacks are called meanwhile.

        Args:
            timeout: in seconds; None: without an end.

        Raises:
            KernelSilent: it takes longer; it may be waited for again.
            KernelEnded: the kernel has ended, or was started anew.
        """
        self._client.wait_for(self._core, timeout)

    def result(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait until it is done, as wait() does; returns the reply's content.

        An error in the kernel is such a content too, with the status "error".
        """
        self.wait(timeout)
        reply = self.reply
        return {} if reply is None else reply.content

    def __iter__(self) -> Iterator[Message]:
        """Yield what the kernel publishes for it, but for its status."""
        return self

    def __next__(self) -> Message:
        while not self._outputs:
            self._outputs.extend(self._client.outputs_of(self._core))
            if not self._outputs:
                if self._core.done:
                    raise StopIteration
                self._client.wait_for(self._core, None, first=True)
        return self._outputs.popleft()


class Client(Requests[Request]):
    """A client of one kernel, which it has started or joined.

    Callbacks are called while something is waited for, and what they raise leaves the
    wait; so does Ctrl-C. A context manager: at its end the kernel is shut down, if this
    client has started it, and the connection is closed.
    """

    def __init__(self, core: Core, process: Process | None = None) -> None:
        super().__init__(core, process)
        self._events: deque[tuple[str, str, Message]] = deque()

    @classmethod
    def launch(
        cls,
        name: str = "python3",
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        transport: str = "tcp",
        encrypt: bool = False,
        timeout: float | None = 60.0,
    ) -> Self:
        """Start a kernel, and wait until it answers.

        Args:
            name: of a kernelspec, or a directory that has a kernel.json.
            cwd: where it runs; by default, here.
            env: variables, beside this process's and the kernelspec's.
            transport: "tcp", or "ipc": sockets in the file system.
            encrypt: the channels are encrypted; the kernelspec must say that it can.
            timeout: in seconds; None: without an end.

        Raises:
            KernelSpecError: there is no such kernelspec.
            LaunchError: its program cannot be run.
            KernelSilent, KernelEnded: it does not answer.
        """
        process = launch(name, cwd, env, transport, encrypt=encrypt)
        return cls(Core(process), process)._ready(timeout)

    @classmethod
    def connect(
        cls,
        connection: str | os.PathLike[str] | Mapping[str, Any],
        *,
        timeout: float | None = 60.0,
    ) -> Self:
        """Join a kernel that runs, and wait until it answers.

        Args:
            connection: the path of its connection file, or a dict of what stands there.
            timeout: in seconds; None: without an end.

        Raises:
            ConnectionFileError: the file cannot be read, or a field is wrong.
            KernelSilent: it does not answer.
        """
        return cls(connect(connection))._ready(timeout)

    def _ready(self, timeout: float | None) -> Self:
        try:
            self._core.wait_ready(timeout)
        except BaseException:
            self._end()
            raise
        return self

    def _made(self, core: CoreRequest) -> Request:
        return Request(self, core)

    # --- waiting -----------------------------------------------------------------------

    def wait_for(
        self, request: CoreRequest, timeout: float | None, *, first: bool = False
    ) -> None:
        """Wait as Request.wait() does; with `first`, for its first output as well."""
        end = None if timeout is None else time.monotonic() + timeout
        self._call()
        while True:
            left = None if end is None else max(end - time.monotonic(), 0.0)
            came = self._core.wait(request, left, first)
            called = self._call()
            if request.done or (first and came and not called):
                break
            if request.lost:
                msg = f"the kernel was started anew before it was done with {request.msg_type}"
                raise KernelEnded(msg)
            if not came:
                msg = (
                    f"the kernel was not done with {request.msg_type} after {timeout} s"
                )
                raise KernelSilent(msg)
        self._let_go()

    def _call(self) -> bool:
        """Call whom events are for; what one raises leaves the rest for the next time."""
        self._events.extend(self._core.take_events())
        called = bool(self._events)
        while self._events:
            kind, msg_id, message = self._events.popleft()
            answer = self._handle(kind, msg_id, message)
            if kind == "question" and answer is not None:
                self._core.answer(message, str(answer))
        return called

    def step(self) -> None:
        """Handle what has come, and call callbacks, without waiting."""
        self._core.step()
        self._call()
        self._let_go()

    # --- the kernel ----------------------------------------------------------------------

    def is_alive(self, timeout: float = 3.0) -> bool:
        """Tell whether the kernel's process answers a heartbeat within `timeout`.

        A kernel that is busy does; one that is stopped does not.
        """
        if self.process is not None and not self.process.running:
            return False
        return self._core.beats(timeout)

    def restart(self, timeout: float | None = 60.0) -> None:
        """End the kernel, start it anew, and wait until it answers.

        Requests that are open are lost: to wait for one raises KernelEnded.

        Raises:
            ValueError: this client has not started the kernel.
            KernelSilent, KernelEnded: it does not answer.
        """
        process = self._own_process()
        process.kill()
        self._core.reconnect()
        process.restart()
        self._let_go()
        self._core.wait_ready(timeout)

    def shutdown(self, timeout: float = 10.0) -> None:
        """Ask the kernel to end; where this client has started it, see to it.

        Args:
            timeout: seconds after which it is killed.
        """
        end = time.monotonic() + timeout
        request = self.request(
            "shutdown_request", {"restart": False}, channel="control"
        )
        with contextlib.suppress(
            KernelSilent, KernelEnded
        ):  # it may end without a word
            request.wait(timeout)
        if self.process is None:
            return
        while not self.process.wait(_SLICE):
            if time.monotonic() >= end:
                self.process.kill()

    def close(self) -> None:
        """Close the connection; a kernel that this client has started ends."""
        try:
            if not self.closed and self.process is not None and self.process.running:
                self.shutdown()
        finally:
            self._end()

    def _end(self) -> None:
        self._core.close()
        if self.process is not None:
            self.process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
