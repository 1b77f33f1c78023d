"""An author's kernel with subshells (JEP 91), over real sockets.

Every test runs twice: libzmq's functions called from the table, and by pyzmq's methods.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import PATIENCE, RunningKernel, manager_of

PROGRAM = Path(__file__).parent / "data" / "subshells.py"


@pytest.fixture(params=["table", "pyzmq"])
def kernel(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningKernel]:
    argv = [sys.executable, str(PROGRAM)]
    manager = manager_of(argv, tmp_path, fields={"interrupt_mode": "message"})
    how = {"pyzmq": "pyzmq", "table": ""}[request.param]
    manager.start_kernel(env={**os.environ, "KERNELWIRE_LIBZMQ": how})
    running = RunningKernel(manager)
    yield running
    running.stop()


def test_a_subshell_answers_while_the_main_shell_waits(kernel: RunningKernel) -> None:
    """And it is what ends the wait: neither could go on alone."""
    waiting = kernel.execute("wait")
    kernel.wait_for_output(waiting, "waiting")
    subshell = kernel.open_subshell()
    released = kernel.finish(kernel.execute_in(subshell, "release"))
    assert released.reply["subshell_id"] == subshell
    assert released.reply["execution_count"] == 1


def test_a_subshell_keeps_its_thread(kernel: RunningKernel) -> None:
    """What enter_subshell left in a threading.local is there in each request."""
    subshell = kernel.open_subshell()
    for _ in range(3):
        outcome = kernel.finish(kernel.execute_in(subshell, "where"))
        assert outcome.text() == subshell
    assert kernel.run("where").text() == "main"
    assert outcome.reply["execution_count"] == 3


def test_a_deleted_subshell_is_left(kernel: RunningKernel) -> None:
    subshell = kernel.open_subshell()
    assert kernel.ask_control("list_subshell_request")["subshell_id"] == [subshell]
    assert kernel.ask_control("delete_subshell_request", subshell_id=subshell) == {
        "status": "ok"
    }
    refused = kernel.finish(kernel.execute_in(subshell, "where"))
    assert refused.reply["ename"] == "UnknownSubshell"
    kernel.open_subshell()  # by now the thread of the first has been joined, or will be
    while kernel.run("left").text() != subshell:
        pass


def test_an_interrupt_ends_a_loop_in_a_subshell(kernel: RunningKernel) -> None:
    """It is Python that never waits, on a thread to which no signal goes."""
    spinning = kernel.execute_in(kernel.open_subshell(), "spin")
    kernel.wait_for_output(spinning, "spinning")
    assert kernel.ask_control("interrupt_request")["status"] == "ok"
    assert kernel.finish(spinning).reply["ename"] == "KeyboardInterrupt"
    assert kernel.run("where").text() == "main"


def test_a_subshell_may_ask_for_input_and_be_interrupted(kernel: RunningKernel) -> None:
    subshell = kernel.open_subshell()
    asked = kernel.execute_in(subshell, "ask", allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=PATIENCE)
    kernel.client.input("an answer")
    assert kernel.finish(asked).text() == "an answer"
    asked = kernel.execute_in(subshell, "ask", allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=PATIENCE)
    kernel.ask_control("interrupt_request")
    assert kernel.finish(asked).reply["ename"] == "KeyboardInterrupt"


def test_a_kernel_ends_while_a_subshell_computes(kernel: RunningKernel) -> None:
    spinning = kernel.execute_in(kernel.open_subshell(), "spin")
    kernel.wait_for_output(spinning, "spinning")
    kernel.client.shutdown()
    assert kernel.process.wait(PATIENCE) == 0


def test_the_debugger_is_asked_while_the_main_shell_waits(
    kernel: RunningKernel,
) -> None:
    waiting = kernel.execute("wait")
    kernel.wait_for_output(waiting, "waiting")
    response = kernel.ask_control("debug_request", command="attach")
    assert response == {"status": "ok", "command": "attach", "success": True}
    kernel.finish(kernel.execute_in(kernel.open_subshell(), "release"))
