"""AsyncClient: uses a kernel from an asyncio program.

Layer 5, over `_client`. The sockets' file descriptors are watched by the event loop, on
which all of this runs; only a kernel that starts or ends is waited for on a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import os
import time
from collections.abc import AsyncIterator, Generator, Mapping
from typing import Any, Self

from kernelwire._client import Core, Message, Process
from kernelwire._client import Request as CoreRequest
from kernelwire.client.connecting import connect, launch
from kernelwire.client.requests import Requests
from kernelwire.client.sent import Sent
from kernelwire.errors import KernelEnded, KernelSilent, KernelWireError

__all__ = ["AsyncClient", "AsyncRequest"]

_SLICE = 0.25  # seconds for which a thread waits at a time
_LOOK = 0.1  # seconds between two looks at whether the kernel has ended
_BEAT = 0.01  # seconds between two looks at whether a heartbeat was answered


class AsyncRequest(Sent["AsyncClient"]):
    """A request that was sent. Await it for its reply's content; iterate for its outputs.

    To give up either, as `asyncio.timeout()` does, leaves the request open: it may be
    awaited again. Outputs that nobody iterates over are kept until it is dropped.
    """

    async def result(self) -> dict[str, Any]:
        """Wait until it is done; returns the reply's content.

        Raises:
            KernelEnded: the kernel has ended, or was started anew.
        """
        while not self._core.done:
            await self._client.change_of(self._core)
        reply = self.reply
        return {} if reply is None else reply.content

    def __await__(self) -> Generator[Any, None, dict[str, Any]]:
        return self.result().__await__()

    def __aiter__(self) -> AsyncIterator[Message]:
        """Yield what the kernel publishes for it, but for its status."""
        return self

    async def __anext__(self) -> Message:
        while not self._outputs:
            self._outputs.extend(self._client.outputs_of(self._core))
            if not self._outputs:
                if self._core.done:
                    raise StopAsyncIteration
                await self._client.change_of(self._core)
        return self._outputs.popleft()


class AsyncClient(Requests[AsyncRequest]):
    """A client of one kernel, for the event loop that it was made on.

    `input` may be a coroutine function. What a callback raises is raised to who awaits
    its request. An asynchronous context manager: at its end the kernel is shut down, if
    this client has started it, and the connection is closed.
    """

    def __init__(self, core: Core, process: Process | None = None) -> None:
        super().__init__(core, process)
        self._loop = asyncio.get_running_loop()
        self._fds: list[int] = []
        self._waiters: set[asyncio.Future[None]] = set()
        self._raised: dict[str, BaseException] = {}
        self._answers: set[asyncio.Task[None]] = set()
        self._looks: asyncio.TimerHandle | None = None
        self._over = ""  # why nothing will come any more

    @classmethod
    async def launch(
        cls,
        name: str = "python3",
        *,
        cwd: str | os.PathLike[str] | None = None,
        env: Mapping[str, str] | None = None,
        transport: str = "tcp",
        encrypt: bool = False,
        timeout: float | None = 60.0,
    ) -> Self:
        """Start a kernel, and wait until it answers, as `Client.launch()` does."""
        process = launch(name, cwd, env, transport, encrypt=encrypt)
        return await cls(Core(process), process)._ready(timeout)

    @classmethod
    async def connect(
        cls,
        connection: str | os.PathLike[str] | Mapping[str, Any],
        *,
        timeout: float | None = 60.0,
    ) -> Self:
        """Join a kernel that runs, as `Client.connect()` does."""
        return await cls(connect(connection))._ready(timeout)

    async def _ready(self, timeout: float | None) -> Self:
        try:
            await self._answered(timeout)
        except BaseException:
            await self._end()
            raise
        return self

    async def _answered(self, timeout: float | None) -> None:
        """Wait until the kernel answers, on a thread, a little at a time."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = _SLICE if end is None else max(end - time.monotonic(), 0.0)
            wait = asyncio.to_thread(self._core.wait_ready, min(left, _SLICE))
            waiting = asyncio.ensure_future(wait)
            try:
                await asyncio.shield(waiting)
                break
            except asyncio.CancelledError:
                with contextlib.suppress(KernelWireError):
                    await waiting  # the thread must be done with the sockets
                raise
            except KernelSilent:
                if end is not None and time.monotonic() >= end:
                    raise
        self._fds = self._core.fds
        for fd in self._fds:
            self._loop.add_reader(fd, self._take)

    def _made(self, core: CoreRequest) -> AsyncRequest:
        # To send may take the edge that would have made a descriptor readable.
        self._loop.call_soon(self._take)
        return AsyncRequest(self, core)

    # --- waiting -----------------------------------------------------------------------

    async def change_of(self, request: CoreRequest) -> None:
        """Wait until something has come that may be for a request.

        Raises:
            KernelEnded: nothing will.
            BaseException: what a callback of the request has raised.
        """
        if request.lost:
            msg = f"the kernel was started anew before it was done with {request.msg_type}"
            raise KernelEnded(msg)
        if self._over:
            raise KernelEnded(self._over)
        waiter = self._loop.create_future()
        self._waiters.add(waiter)
        if self._looks is None and self.process is not None:
            self._looks = self._loop.call_later(_LOOK, self._look)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)
        if (raised := self._raised.pop(request.msg_id, None)) is not None:
            raise raised

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _look(self) -> None:
        """See whether the kernel has ended, for as long as something waits for it."""
        self._looks = None
        if not self._waiters or self.process is None or not self._fds:
            return  # or it is closed, or the kernel is being started anew
        if self.process.running:
            self._looks = self._loop.call_later(_LOOK, self._look)
            return
        self._take()  # what it had sent before
        self._over = "the kernel has ended"
        self._wake()

    def _take(self) -> None:
        """Handle what has come."""
        if not self._fds:
            return
        self._core.step()
        for kind, msg_id, message in self._core.take_events():
            try:
                answer = self._handle(kind, msg_id, message)
            except Exception as exc:  # noqa: BLE001 (raised to who awaits)
                self._note(msg_id, exc)
                continue
            if kind == "question" and answer is not None:
                task = self._loop.create_task(self._answer(message, msg_id, answer))
                self._answers.add(task)
                task.add_done_callback(self._answers.discard)
        self._let_go()
        self._wake()

    async def _answer(self, question: Message, msg_id: str, answer: Any) -> None:
        try:
            value = await answer if inspect.isawaitable(answer) else answer
        except Exception as exc:  # noqa: BLE001 (raised to who awaits)
            self._note(msg_id, exc)
            self._wake()
            return
        if not self.closed:
            self._core.answer(question, str(value))

    def _note(self, msg_id: str, error: Exception) -> None:
        if msg_id:
            self._raised[msg_id] = error
        else:  # a comm's, which nobody awaits
            context = {"message": "a callback has raised", "exception": error}
            self._loop.call_exception_handler(context)

    # --- the kernel ----------------------------------------------------------------------

    async def is_alive(self, timeout: float = 3.0) -> bool:
        """Tell whether the kernel's process answers a heartbeat within `timeout`."""
        if self.process is not None and not self.process.running:
            return False
        end = time.monotonic() + timeout
        sent, answered = self._core.beat()
        following = sent + 1  # the answer of one on its way says nothing of now
        while answered < following:
            if time.monotonic() >= end:
                return False
            await asyncio.sleep(_BEAT)
            _, answered = self._core.beat()
        return True

    async def restart(self, timeout: float | None = 60.0) -> None:
        """End the kernel, start it anew, and wait until it answers.

        Requests that are open are lost: to await one raises KernelEnded.

        Raises:
            ValueError: this client has not started the kernel.
            KernelSilent, KernelEnded: it does not answer.
        """
        process = self._own_process()
        self._stop_reading()
        await asyncio.to_thread(process.kill)
        self._core.reconnect()
        await asyncio.to_thread(process.restart)
        self._over = ""
        self._let_go()
        self._wake()
        await self._answered(timeout)

    async def shutdown(self, timeout: float = 10.0) -> None:
        """Ask the kernel to end; where this client has started it, see to it.

        Args:
            timeout: seconds after which it is killed.
        """
        end = time.monotonic() + timeout
        request = self.request(
            "shutdown_request", {"restart": False}, channel="control"
        )
        with contextlib.suppress(
            TimeoutError, KernelEnded
        ):  # it may end without a word
            async with asyncio.timeout(timeout):
                await request
        if self.process is None:
            return
        while not await asyncio.to_thread(self.process.wait, _SLICE):
            if time.monotonic() >= end:
                await asyncio.to_thread(self.process.kill)

    async def close(self) -> None:
        """Close the connection; a kernel that this client has started ends."""
        try:
            if self._fds and self.process is not None and self.process.running:
                await self.shutdown()
        finally:
            await self._end()

    def _stop_reading(self) -> None:
        for fd in self._fds:
            self._loop.remove_reader(fd)
        self._fds = []

    async def _end(self) -> None:
        self._stop_reading()
        for task in self._answers:
            task.cancel()
        self._core.close()
        self._over = self._over or "the client was closed"
        self._wake()
        if self.process is not None:
            self.process.kill()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
