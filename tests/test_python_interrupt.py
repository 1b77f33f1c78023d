"""Interrupting the Python kernel: by signal and by message, running, waiting and idle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

PATIENCE = 60.0  # seconds

RUNNING = {
    "computing": "while True: pass",
    "sleeping": "import time; time.sleep(1000)",
    "awaiting": "import asyncio; await asyncio.sleep(1000)",
    "awaiting several": (
        "import asyncio\nawait asyncio.gather(*(asyncio.sleep(n) for n in (999, 998)))"
    ),
    "computing in a coroutine": (
        "async def spin():\n    while True: pass\nawait spin()"
    ),
    "waiting for a process": (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import time; time.sleep(1000)'])"
    ),
    "waiting for a lock": (
        "import threading\nlock = threading.Lock(); lock.acquire(); lock.acquire()"
    ),
}

running = pytest.mark.parametrize("code", RUNNING.values(), ids=RUNNING.keys())


def started(kernel: RunningKernel, code: str) -> str:
    """Send code and wait until it runs."""
    msg_id = kernel.execute(f"print('started')\n{code}")
    kernel.wait_for_output(msg_id, "started\n")
    return msg_id


def interrupt_by_message(kernel: RunningKernel) -> None:
    """Interrupt as frontends do that cannot send signals, and wait for the reply."""
    assert kernel.ask_control("interrupt_request")["status"] == "ok"


@running
def test_a_signal_stops_a_cell(kernel: RunningKernel, code: str) -> None:
    msg_id = started(kernel, code)
    kernel.manager.interrupt_kernel()
    outcome = kernel.finish(msg_id)
    assert outcome.reply["ename"] == "KeyboardInterrupt"
    assert [each["ename"] for each in outcome.of("error")] == ["KeyboardInterrupt"]
    assert kernel.run("'alive'").result == "'alive'"


@running
def test_a_message_stops_a_cell(kernel: RunningKernel, code: str) -> None:
    msg_id = started(kernel, code)
    interrupt_by_message(kernel)
    assert kernel.finish(msg_id).reply["ename"] == "KeyboardInterrupt"
    assert kernel.run("'alive'").result == "'alive'"


def test_a_cell_may_catch_the_interrupt(kernel: RunningKernel) -> None:
    code = """
        import time
        try:
            print('started')
            time.sleep(1000)
        except KeyboardInterrupt:
            print('caught')
    """
    msg_id = kernel.execute(code)
    kernel.wait_for_output(msg_id, "started\n")
    kernel.manager.interrupt_kernel()
    outcome = kernel.finish(msg_id)
    assert (outcome.reply["status"], outcome.text()) == ("ok", "caught\n")


def test_an_awaiting_cell_may_clean_up(kernel: RunningKernel) -> None:
    code = """
        import asyncio
        try:
            print('started')
            await asyncio.sleep(1000)
        finally:
            print('cleaned up')
    """
    msg_id = kernel.execute(code)
    kernel.wait_for_output(msg_id, "started\n")
    kernel.manager.interrupt_kernel()
    outcome = kernel.finish(msg_id)
    assert outcome.reply["ename"] == "KeyboardInterrupt"
    assert outcome.text() == "cleaned up\n"


def test_a_cell_that_ignores_the_first_interrupt_is_left_at_the_second(
    kernel: RunningKernel,
) -> None:
    code = """
        import asyncio
        stubborn = True
        while stubborn:
            try:
                print('started')
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                print('goes on')
    """
    msg_id = kernel.execute(code)
    kernel.wait_for_output(msg_id, "started\n")
    kernel.manager.interrupt_kernel()
    kernel.wait_for_output(msg_id, "goes on\nstarted\n")
    kernel.manager.interrupt_kernel()
    assert kernel.finish(msg_id).reply["ename"] == "KeyboardInterrupt"
    assert kernel.run("stubborn = False\n'alive'").result == "'alive'"


def test_a_task_goes_on_when_the_cell_that_awaits_another_is_interrupted(
    kernel: RunningKernel,
) -> None:
    code = "import asyncio\ntask = asyncio.create_task(asyncio.sleep(0.05, 'done'))"
    kernel.run(code)
    msg_id = started(kernel, "await asyncio.sleep(1000)")
    kernel.manager.interrupt_kernel()
    assert kernel.finish(msg_id).reply["ename"] == "KeyboardInterrupt"
    assert kernel.run("await task").result == "'done'"


def test_an_interrupt_between_cells_is_forgotten(kernel: RunningKernel) -> None:
    kernel.run("pass")
    for _ in range(5):
        kernel.manager.interrupt_kernel()
        interrupt_by_message(kernel)
    assert kernel.run("'untouched'").result == "'untouched'"


def test_the_cells_queued_behind_an_interrupted_one_are_aborted(
    kernel: RunningKernel,
) -> None:
    first = started(kernel, "import time; time.sleep(1000)")
    second = kernel.execute("1")
    kernel.manager.interrupt_kernel()
    assert kernel.finish(first).reply["ename"] == "KeyboardInterrupt"
    assert kernel.finish(second).reply["status"] == "aborted"


def test_kernel_info_is_answered_on_control_while_a_cell_runs(
    kernel: RunningKernel,
) -> None:
    """Without the GIL, which the cell does not give up."""
    msg_id = started(kernel, "while True: pass")
    info = kernel.ask_control("kernel_info_request")
    kernel.manager.interrupt_kernel()
    assert info["language_info"]["name"] == "python"
    assert kernel.finish(msg_id).reply["ename"] == "KeyboardInterrupt"
