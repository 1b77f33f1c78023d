"""Interrupting the Python kernel: by signal and by message, running, waiting and idle."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from tests.conftest import RunningKernel, start_kernel

pytestmark = pytest.mark.both_kernels

PATIENCE = 60.0  # seconds

# Run as the kernel's Python starts: IPython cannot be imported whole before a file "release" is
# there, and "waiting" is when the first cell waits for that.
SLOW_IMPORT = """
import sys, threading, time
from pathlib import Path

here = Path(__file__).parent

class Slow:
    def find_spec(name, path=None, target=None):
        while name == "IPython.core" and not (here / "release").exists():
            time.sleep(0.01)

def join(thread, timeout=None, join=threading.Thread.join):
    if thread.name == "kernelwire-import":
        (here / "waiting").touch()
    join(thread, timeout)

sys.meta_path.insert(0, Slow)
threading.Thread.join = join
"""

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
def test_the_traceback_of_an_interrupt_shows_no_frame_of_the_kernel(
    kernel: RunningKernel, code: str
) -> None:
    """The last frame shown was the kernel's own, in its handler of SIGINT.

    Found by nbclient's notebook that loops until it is interrupted: everybody who
    stopped a cell saw `interrupts.py` below the line that they had stopped.
    """
    msg_id = started(kernel, code)
    kernel.manager.interrupt_kernel()
    traceback = "\n".join(kernel.finish(msg_id).reply["traceback"])
    assert re.search("Cell|<cell", traceback)
    assert "kernelwire" not in traceback
    assert "skipping hidden" not in traceback


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


@pytest.mark.ipython  # the raw kernel may be done before it has the second request
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


@pytest.mark.parametrize("how", ["signal", "message"])
def test_an_interrupt_that_comes_before_the_first_line_is_kept(
    how: str, jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    """The first cell waits for IPython to be imported, and its user may be impatient.

    Such an interrupt was forgotten, and the cell ran.
    """
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SLOW_IMPORT)
    environment = {**jupyter_environment, "PYTHONPATH": str(site)}
    kernel = start_kernel(environment, tmp_path)
    try:
        msg_id = kernel.execute("print('it runs')")
        deadline = time.monotonic() + PATIENCE
        while not (site / "waiting").exists():
            assert time.monotonic() < deadline
        if how == "signal":
            kernel.manager.interrupt_kernel()
        else:
            interrupt_by_message(kernel)
        (site / "release").touch()
        outcome = kernel.finish(msg_id)
        assert outcome.reply["ename"] == "KeyboardInterrupt"
        assert outcome.text() == ""
        assert kernel.run("1 + 1").result == "2"
    finally:
        (site / "release").touch()
        kernel.stop()
