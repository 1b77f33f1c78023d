"""`%autoawait trio`: cells that await trio run in it as a guest of the shell's asyncio loop.

So interrupts, comm messages and asyncio's tasks are treated as in every cell that awaits.
`shell` registers the runner; trio is imported when a cell needs it.

Source: https://trio.readthedocs.io/en/stable/reference-lowlevel.html#using-guest-mode
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from kernelwire.python.lanes import LoopRunner

_T = TypeVar("_T")


class TrioRunner:
    """What IPython's `loop_runner` is, for trio: each cell is a run of its own."""

    def __init__(self, runner: LoopRunner) -> None:
        """Run cells as asyncio's runner does.

        Args:
            runner: Runs a coroutine of asyncio's.
        """
        self._runner = runner

    def __call__(self, cell: Coroutine[Any, Any, _T]) -> _T:
        """Run the coroutine of a cell that awaits trio.

        Raises:
            UsageError: If trio is not installed.
        """
        try:
            import trio  # noqa: F401
        except ImportError:
            from IPython.core.error import UsageError

            cell.close()
            msg = "trio is not installed; %autoawait asyncio goes back"
            raise UsageError(msg) from None
        return self._runner(_as_guest(cell))

    def __str__(self) -> str:
        """Return the name that `%autoawait` shows."""
        return "trio"


async def _as_guest(cell: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine of trio's within asyncio; cancelled, cancel it."""
    import asyncio

    import trio

    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Any] = loop.create_future()
    scope = trio.CancelScope()
    tokens: list[Any] = []

    async def run() -> _T | None:
        tokens.append(trio.lowlevel.current_trio_token())
        with scope:
            return await cell
        return None

    trio.lowlevel.start_guest_run(
        run,
        run_sync_soon_threadsafe=loop.call_soon_threadsafe,
        done_callback=ended.set_result,
        host_uses_signal_set_wakeup_fd=True,
    )
    try:
        outcome = await asyncio.shield(ended)
    except asyncio.CancelledError:
        if tokens:
            tokens[0].run_sync_soon(scope.cancel)
        else:
            scope.cancel()  # before the first step
        (await ended).unwrap()
        raise
    result: _T = outcome.unwrap()
    return result
