"""Interrupts of the Python kernel that are for its subshells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.subshells import finish_all, started

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

pytestmark = pytest.mark.both_kernels

RUNNING = {
    "computing": "while True: pass",
    "awaiting": "import asyncio; await asyncio.sleep(1000)",
    "computing in a coroutine": (
        "async def spin():\n    while True: pass\nawait spin()"
    ),
}
running = pytest.mark.parametrize("code", RUNNING.values(), ids=RUNNING.keys())


@running
@pytest.mark.parametrize("by", ["signal", "message"])
def test_an_interrupt_ends_what_a_subshell_runs(
    kernel: RunningKernel, subshell: str, code: str, by: str
) -> None:
    sent = started(kernel, kernel.execute_in(subshell, f"print('started')\n{code}"))
    if by == "signal":
        kernel.manager.interrupt_kernel()
    else:
        kernel.ask_control("interrupt_request")
    outcome = kernel.finish(sent)
    assert outcome.reply["ename"] == "KeyboardInterrupt"
    assert [each["ename"] for each in outcome.of("error")] == ["KeyboardInterrupt"]
    assert kernel.run_in(subshell, "'alive'").result == "'alive'"
    assert kernel.run("'alive'").result == "'alive'"


@running
@pytest.mark.parametrize("by", ["signal", "message"])
def test_an_interrupt_ends_what_all_shells_run(
    kernel: RunningKernel, subshell: str, code: str, by: str
) -> None:
    """Each once: an awaiting cell has the time to clean up."""
    code = (
        "import asyncio\ntry:\n    print('started')\n    await asyncio.sleep(1000)\n"
        "finally:\n    await asyncio.sleep(0.01); print('cleaned up')"
        if "sleep" in code
        else f"print('started')\n{code}"
    )
    main = started(kernel, kernel.execute(code))
    beside = started(kernel, kernel.execute_in(subshell, code))
    if by == "signal":
        kernel.manager.interrupt_kernel()
    else:
        kernel.ask_control("interrupt_request")
    outcomes = finish_all(kernel, main, beside)
    names = [each.reply["ename"] for each in outcomes]
    assert names == ["KeyboardInterrupt"] * 2
    cleaned = "cleaned up\n" if "finally" in code else ""
    assert [each.text() for each in outcomes] == [cleaned] * 2
    assert kernel.run_in(subshell, "'alive'").result == "'alive'"


@pytest.mark.parametrize("by", ["signal", "message"])
def test_an_interrupt_ends_a_comms_handler_in_a_subshell(
    kernel: RunningKernel, subshell: str, by: str
) -> None:
    kernel.run("""
        import comm
        def opened(channel, message):
            print('started')
            while True: pass
        comm.get_comm_manager().register_target('slow', opened)
    """)
    content = {"comm_id": "slow", "target_name": "slow", "data": {}}
    sent = started(kernel, kernel.send("comm_open", content, subshell_id=subshell))
    if by == "signal":
        kernel.manager.interrupt_kernel()
    else:
        kernel.ask_control("interrupt_request")
    outcome = kernel.finish(sent, replied=False)
    assert [each["ename"] for each in outcome.of("error")] == ["KeyboardInterrupt"]
    assert kernel.run_in(subshell, "'alive'").result == "'alive'"


def test_an_interrupt_of_nothing_is_forgotten_by_a_subshell(
    kernel: RunningKernel, subshell: str
) -> None:
    kernel.run_in(subshell, "pass")
    for _ in range(5):
        kernel.manager.interrupt_kernel()
        kernel.ask_control("interrupt_request")
    assert kernel.run_in(subshell, "'untouched'").result == "'untouched'"
