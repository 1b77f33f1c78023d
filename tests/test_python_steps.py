"""Interrupts of an awaiting cell, at the moments when it is about to compute again.

In a kernel they are a few microseconds, which an interrupt met now and then; here the
loop's own queue puts it there each time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import pytest

from kernelwire.python.loop import KernelLoop


@pytest.fixture
def loop() -> Iterator[KernelLoop]:
    """The loop of a shell that has no server."""
    made = KernelLoop(lambda: None)
    made.hold()
    yield made
    made.finish()


def test_an_interrupt_before_the_first_step_stops_the_cell(loop: KernelLoop) -> None:
    """It was lost: the cell, which never came to an await, was cancelled at its end."""
    steps = []

    async def cell() -> None:
        steps.append("computes")

    loop.call_soon(loop.interrupt)
    with pytest.raises(asyncio.CancelledError):
        loop.run_cell(cell())
    assert steps == []
    assert loop.interrupted


ENDS: dict[str, Callable[[asyncio.Future[None]], None]] = {
    "a result": lambda awaited: awaited.set_result(None),
    "a failure": lambda awaited: awaited.set_exception(OSError()),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_an_interrupt_of_a_cell_whose_wait_is_over_stops_it(
    loop: KernelLoop, end: Callable[[asyncio.Future[None]], None]
) -> None:
    steps = []
    awaited: asyncio.Future[None] = loop.create_future()

    async def cell() -> None:
        steps.append("awaits")
        with contextlib.suppress(OSError):
            await awaited
        steps.append("computes")

    def end_the_wait() -> None:
        end(awaited)
        loop.interrupt()  # behind the step that is due now

    loop.call_soon(loop.call_soon, end_the_wait)
    with pytest.raises(asyncio.CancelledError):
        loop.run_cell(cell())
    assert steps == ["awaits"]


def test_an_interrupted_cell_cleans_up_undisturbed(loop: KernelLoop) -> None:
    """It is stopped once, however the interrupt reached it."""
    steps = []

    async def cell() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(0)
            steps.append("cleaned up")

    loop.call_soon(loop.call_soon, loop.interrupt)
    with pytest.raises(asyncio.CancelledError):
        loop.run_cell(cell())
    assert steps == ["cleaned up"]


def test_an_interrupt_within_a_step_is_to_be_raised_there(loop: KernelLoop) -> None:
    answers = []

    async def cell() -> str:
        answers.append(loop.interrupt())
        await asyncio.sleep(0)
        return "went on"

    assert loop.run_cell(cell()) == "went on"
    assert answers == [False]
    assert not loop.interrupted


def test_a_task_shows_where_its_cell_stands(loop: KernelLoop) -> None:
    names: list[str] = []
    awaited: asyncio.Future[None] = loop.create_future()

    async def cell() -> None:
        await awaited

    def look() -> None:
        for task in asyncio.all_tasks(loop):
            names.extend(frame.f_code.co_name for frame in task.get_stack())
        awaited.set_result(None)

    loop.call_soon(loop.call_soon, look)
    loop.run_cell(cell())
    assert names == ["cell"]
