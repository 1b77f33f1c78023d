"""`%autoawait`: what runs the cells that await."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conftest import PATIENCE, start_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import RunningKernel


@pytest.fixture(scope="module")
def kernel(
    jupyter_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningKernel]:
    """A kernel whose cells await trio."""
    pytest.importorskip("trio")
    kernel = start_kernel(jupyter_environment, tmp_path_factory.mktemp("kernel"))
    kernel.run("%autoawait trio\nimport asyncio, trio")
    yield kernel
    kernel.stop()


def test_a_cell_awaits_trio(kernel: RunningKernel) -> None:
    assert "set to use `trio`" in kernel.run("%autoawait").text()
    outcome = kernel.run(
        "async def say(word):\n"
        "    await trio.sleep(0.01)\n"
        "    print(word)\n"
        "async with trio.open_nursery() as nursery:\n"
        "    nursery.start_soon(say, 'one')\n"
        "    nursery.start_soon(say, 'two')\n"
        "await trio.to_thread.run_sync(lambda: 6 * 7)"
    )
    assert sorted(outcome.text().split()) == ["one", "two"]
    assert outcome.result == "42"


def test_an_error_in_trio_is_the_cells(kernel: RunningKernel) -> None:
    reply = kernel.run("await trio.sleep(0)\n1 / 0").reply
    assert reply["ename"] == "ZeroDivisionError"


def test_an_interrupt_cancels_a_cell_of_trio_which_may_clean_up(
    kernel: RunningKernel,
) -> None:
    msg_id = kernel.execute(
        "try:\n    print('awaiting')\n    await trio.sleep(999)\n"
        "finally: print('at the end')"
    )
    kernel.wait_for_output(msg_id, "awaiting\n")
    kernel.manager.interrupt_kernel()
    outcome = kernel.finish(msg_id)
    assert outcome.reply["ename"] == "KeyboardInterrupt"
    assert outcome.text() == "at the end\n"
    assert kernel.run("await trio.sleep(0); 6 * 7").result == "42"


def test_tasks_of_asyncio_go_on_beside_trio(kernel: RunningKernel) -> None:
    outcome = kernel.run(
        "done = trio.Event()\n"
        "asyncio.get_event_loop().call_later(0.02, print, 'by asyncio')\n"
        "await trio.sleep(0.2)"
    )
    assert outcome.text() == "by asyncio\n"


def test_cells_without_a_loop_and_back_to_asyncio(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    kernel = start_kernel(jupyter_environment, tmp_path)
    kernel.run("%autoawait sync")
    assert kernel.run("await f()").reply["ename"] == "SyntaxError"
    kernel.run("%autoawait asyncio")
    assert kernel.run("import asyncio\nawait asyncio.sleep(0, 7)").result == "7"
    kernel.ask_control("shutdown_request", restart=False)
    assert kernel.process.wait(PATIENCE) == 0
    kernel.stop()
