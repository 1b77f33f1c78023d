"""An embedded kernel on an asyncio loop, and interpreters whose cells are coroutines.

Layer 4, over `_host`. For programs in Python that run on asyncio and have a kernel inside.
"""

from __future__ import annotations

import asyncio
import traceback
from abc import abstractmethod
from typing import TYPE_CHECKING

from kernelwire._host import Interpreter, error, ok

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from kernelwire._host import (
        EmbeddedKernel,
        ExecuteRequest,
        Output,
        Reply,
        ReplyHandle,
    )

__all__ = ["AsyncInterpreter", "serve_on_asyncio"]


async def serve_on_asyncio(kernel: EmbeddedKernel) -> None:
    """Serve an embedded kernel on the loop that runs, until a client shuts it down.

    Where the task is cancelled the kernel is no longer served, and not closed either.

    Args:
        kernel: made on the loop's thread.

    Raises:
        TransportError: libzmq refuses to send or receive.
        ValueError: the kernel is closed.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def step() -> None:
        try:
            goes_on = kernel.step()
        except Exception as exc:  # noqa: BLE001 - the program's, which awaits it
            if not ended.done():
                ended.set_exception(exc)
        else:
            if not goes_on and not ended.done():
                ended.set_result(None)

    watched = kernel.fileno()
    loop.add_reader(watched, step)
    try:
        await ended
    finally:
        loop.remove_reader(watched)


class AsyncInterpreter(Interpreter):
    """An interpreter that runs its code in tasks, on the loop that the kernel is served on.

    Override `run`. The loop turns while it awaits, requests wait for their turn meanwhile,
    and an interrupt cancels it.
    """

    def __init__(self) -> None:
        super().__init__()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    @abstractmethod
    async def run(self, request: ExecuteRequest, output: Output) -> Reply:
        """Run `request.code`; what it raises becomes an error reply.

        Args:
            request: what is to be run.
            output: shows what it has to, during this and later.

        Returns:
            ok() or error().
        """

    def execute(self, request: ExecuteRequest, output: Output) -> Reply:
        """Begin to run code; the reply comes when `run` has returned."""
        self._loop = asyncio.get_running_loop()
        work = _answer(self.run(request, output), output.defer())
        self._task = self._loop.create_task(work)
        return ok()

    def interrupt(self) -> None:
        """Cancel what runs."""
        loop, task = self._loop, self._task
        if loop is not None and task is not None:
            loop.call_soon_threadsafe(task.cancel)

    def shutdown(self, restart: bool) -> None:
        """Cancel what runs; the kernel ends."""
        del restart
        if self._task is not None:
            self._task.cancel()


async def _answer(running: Coroutine[Any, Any, Reply], handle: ReplyHandle) -> None:
    try:
        handle.send(await running)
    except asyncio.CancelledError:
        handle.send(error("CancelledError", "interrupted"))
        raise
    except Exception as exc:  # noqa: BLE001 - the cell's, whose user is told
        name = type(exc).__name__
        handle.send(error(name, str(exc), traceback.format_exception(exc)))
