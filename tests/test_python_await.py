"""Comm messages that the Python kernel handles while a cell awaits, and what waits.

Every test runs on kernels of three kinds: one that never had a subshell, where the main
thread receives; one that has, where another thread does; and one that calls libzmq by
pyzmq's methods.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import PATIENCE, Outcome, start_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import RunningKernel

SET_UP = """
import asyncio, comm
seen, ran = [], []
def opened(channel, message):
    def receive(m):
        data = m['content']['data']
        seen.append(data)
        if data == 'raise': raise ValueError('in a handler')
        if data == 'spin':
            print('spinning')
            while True: pass
        if data == 'done': done.set_result(len(seen))
        print('handled', data)
        channel.send({'ran': list(ran)})
    channel.on_msg(receive)
comm.get_comm_manager().register_target('telling', opened)
"""

AWAIT = """
seen.clear(); ran.clear()
done = asyncio.get_running_loop().create_future()
print('awaiting')
value = await done
ran.append('the cell')
value
"""


@pytest.fixture(scope="module", params=["alone", "beside a subshell", "pyzmq"])
def kernel(
    request: pytest.FixtureRequest,
    jupyter_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningKernel]:
    """A kernel with an open comm, whose messages its code is told of."""
    how = "pyzmq" if request.param == "pyzmq" else ""
    environment = {**jupyter_environment, "KERNELWIRE_LIBZMQ": how}
    kernel = start_kernel(environment, tmp_path_factory.mktemp("kernel"))
    if request.param == "beside a subshell":
        kernel.open_subshell()
    kernel.run(SET_UP)
    content = {"comm_id": "one", "target_name": "telling", "data": {}}
    kernel.finish(kernel.send("comm_open", content), replied=False)
    yield kernel
    kernel.stop()


@pytest.fixture
def awaiting(kernel: RunningKernel) -> str:
    """The request whose cell awaits the message `done`."""
    msg_id = kernel.execute(AWAIT)
    kernel.wait_for_output(msg_id, "awaiting\n")
    return msg_id


def tell(kernel: RunningKernel, data: Any, **parts: Any) -> str:
    """Send a message on the comm; returns its id."""
    return kernel.send("comm_msg", {"comm_id": "one", "data": data}, **parts)


def told(kernel: RunningKernel, data: Any, **parts: Any) -> Outcome:
    """Send a message on the comm, and wait until it was handled."""
    return kernel.finish(tell(kernel, data, **parts), replied=False)


def test_a_cell_awaits_what_a_comm_message_sets(
    kernel: RunningKernel, awaiting: str
) -> None:
    tell(kernel, "done")
    assert kernel.finish(awaiting).result == "1"


def test_messages_are_handled_in_order_and_belong_to_themselves(
    kernel: RunningKernel, awaiting: str
) -> None:
    sent = [tell(kernel, number) for number in range(100)]
    texts = [kernel.finish(each, replied=False).text() for each in sent]
    assert texts == [f"handled {number}\n" for number in range(100)]
    tell(kernel, "done")
    outcome = kernel.finish(awaiting)
    assert (outcome.result, outcome.text()) == ("101", "")
    assert kernel.run("seen == [*range(100), 'done']").result == "True"


def test_thousands_of_messages_may_have_come_before_the_wait(
    kernel: RunningKernel,
) -> None:
    """Each of them rang for the thread that was receiving them, until it waited itself
    for room at its own door.
    """
    code = AWAIT.replace("print('awaiting')", "input()")
    asked = kernel.execute(code, allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=PATIENCE)
    for number in range(4000):
        tell(kernel, number)
    tell(kernel, "done")
    kernel.client.input("")
    assert kernel.finish(asked).result == "4001"


def test_a_message_is_busy_and_idle_within_the_cell(
    kernel: RunningKernel, awaiting: str
) -> None:
    states = [
        message["content"]["execution_state"]
        for message in kernel.published(tell(kernel, "one"))
        if message["msg_type"] == "status"
    ]
    assert states == ["busy", "idle"]
    tell(kernel, "done")
    assert kernel.finish(awaiting).reply["status"] == "ok"


def test_what_was_queued_runs_afterwards_and_in_order(
    kernel: RunningKernel, awaiting: str
) -> None:
    queued = [kernel.execute(f"ran.append({number})") for number in range(5)]
    (answer,) = told(kernel, "before").of("comm_msg")
    assert answer["data"] == {"ran": []}
    more = [kernel.execute(f"ran.append({number})") for number in range(5, 8)]
    (answer,) = told(kernel, "done").of("comm_msg")
    assert answer["data"] == {"ran": []}
    replies = [kernel.finish(each).reply["status"] for each in [awaiting, *queued]]
    assert replies == ["ok"] * 6
    kernel.finish(more[-1])
    assert kernel.run("ran").result == "['the cell', 0, 1, 2, 3, 4, 5, 6, 7]"


def test_an_error_after_the_wait_aborts_what_is_queued(kernel: RunningKernel) -> None:
    """But no comm message, and nothing that is sent after the reply."""
    failing = kernel.execute(AWAIT + "\n1 / 0")
    kernel.wait_for_output(failing, "awaiting\n")
    queued = [kernel.execute(f"ran.append({number})") for number in range(3)]
    assert told(kernel, "one").text() == "handled one\n"
    more = kernel.execute("ran.append(3)")
    last = tell(kernel, "done")
    kernel.finish(last, replied=False)
    assert kernel.finish(failing).reply["ename"] == "ZeroDivisionError"
    replies = [kernel.finish(each).reply["status"] for each in [*queued, more]]
    assert replies == ["aborted"] * 4
    assert kernel.run("ran").result == "['the cell']"


def test_a_handler_that_raises_ends_nothing(
    kernel: RunningKernel, awaiting: str
) -> None:
    shown = told(kernel, "raise")
    assert "ValueError" in shown.text("stderr") + str(shown.of("error"))
    tell(kernel, "done")
    assert kernel.finish(awaiting).result == "2"


def test_a_comm_is_opened_and_closed_meanwhile(
    kernel: RunningKernel, awaiting: str
) -> None:
    content = {"comm_id": "two", "target_name": "telling", "data": {}}
    kernel.finish(kernel.send("comm_open", content), replied=False)
    content = {"comm_id": "two", "data": "by the second"}
    sent = kernel.send("comm_msg", content)
    text = kernel.finish(sent, replied=False).text()
    assert text == "handled by the second\n"
    closing = kernel.send("comm_close", {"comm_id": "two", "data": {}})
    kernel.finish(closing, replied=False)
    tell(kernel, "done")
    assert kernel.finish(awaiting).reply["status"] == "ok"


def test_an_interrupt_ends_the_wait_and_messages_are_handled_as_before(
    kernel: RunningKernel, awaiting: str
) -> None:
    assert told(kernel, "one").text() == "handled one\n"
    kernel.manager.interrupt_kernel()
    assert kernel.finish(awaiting).reply["ename"] == "KeyboardInterrupt"
    assert told(kernel, "two").text() == "handled two\n"


@pytest.mark.parametrize("by", ["signal", "message"])
def test_an_interrupt_ends_a_handler_and_the_cell(
    kernel: RunningKernel, awaiting: str, by: str
) -> None:
    spinning = tell(kernel, "spin")
    kernel.wait_for_output(spinning, "spinning\n")
    if by == "signal":
        kernel.manager.interrupt_kernel()
    else:
        kernel.ask_control("interrupt_request")
    shown = kernel.finish(spinning, replied=False).of("error")
    assert [each["ename"] for each in shown] == ["KeyboardInterrupt"]
    assert kernel.finish(awaiting).reply["ename"] == "KeyboardInterrupt"
    assert kernel.run("'alive'").result == "'alive'"


def test_a_cell_that_does_not_await_is_left_alone(kernel: RunningKernel) -> None:
    """No handler runs in the middle of it."""
    running = kernel.execute(
        "seen.clear(); print('running'); input(); seen", allow_stdin=True
    )
    kernel.client.get_stdin_msg(timeout=PATIENCE)
    sent = tell(kernel, "later")
    kernel.client.input("")
    assert kernel.finish(running).result == "[]"
    assert kernel.finish(sent, replied=False).text() == "handled later\n"


def test_a_subshell_that_awaits_handles_messages_too(kernel: RunningKernel) -> None:
    subshell = kernel.open_subshell()
    awaiting = kernel.execute_in(subshell, AWAIT)
    kernel.wait_for_output(awaiting, "awaiting\n")
    queued = kernel.execute_in(subshell, "ran.append('queued')")
    text = told(kernel, "one", subshell_id=subshell).text()
    assert text == "handled one\n"
    tell(kernel, "done", subshell_id=subshell)
    assert kernel.finish(awaiting).result == "2"
    kernel.finish(queued)
    assert kernel.run("ran").result == "['the cell', 'queued']"
    kernel.ask_control("delete_subshell_request", subshell_id=subshell)


def test_a_cell_goes_on_awaiting_where_its_subshell_is_deleted(
    kernel: RunningKernel,
) -> None:
    subshell = kernel.open_subshell()
    awaiting = kernel.execute_in(subshell, AWAIT)
    kernel.wait_for_output(awaiting, "awaiting\n")
    kernel.ask_control("delete_subshell_request", subshell_id=subshell)
    tell(kernel, "done")  # which the main shell handles
    assert kernel.finish(awaiting).result == "1"


def test_the_first_subshell_may_be_opened_meanwhile(kernel: RunningKernel) -> None:
    """From then on another thread receives what the awaiting cell is waiting for."""
    msg_id = kernel.execute(AWAIT)
    kernel.wait_for_output(msg_id, "awaiting\n")
    assert told(kernel, "one").text() == "handled one\n"
    subshell = kernel.open_subshell()
    assert kernel.run_in(subshell, "6 * 7").result == "42"
    queued = kernel.execute("ran.append('queued')")
    assert told(kernel, "two").text() == "handled two\n"
    assert told(kernel, "done").text() == "handled done\n"
    assert kernel.finish(msg_id).result == "3"
    kernel.finish(queued)
    kernel.ask_control("delete_subshell_request", subshell_id=subshell)


def test_a_kernel_is_shut_down_while_a_cell_awaits(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    kernel = start_kernel(jupyter_environment, tmp_path)
    msg_id = kernel.execute(
        "import asyncio\nprint('awaiting')\nawait asyncio.sleep(999)"
    )
    kernel.wait_for_output(msg_id, "awaiting\n")
    kernel.client.shutdown()
    assert kernel.process.wait(PATIENCE) == 0
    kernel.stop()


def test_a_cell_awaits_the_change_of_a_widget(kernel: RunningKernel) -> None:
    """As ipywidgets' documentation has it, without stopping the loop in between."""
    pytest.importorskip("ipywidgets")
    kernel.run("""
        import ipywidgets
        slider = ipywidgets.IntSlider(3)
        def change_of(widget, name):
            future = asyncio.get_running_loop().create_future()
            def take(change):
                future.set_result(change['new'])
                widget.unobserve(take, name)
            widget.observe(take, name)
            return future
    """)
    model = kernel.run("print(slider.comm.comm_id)").text().strip()
    code = (
        "print('awaiting')\nfor n in range(3): print(await change_of(slider, 'value'))"
    )
    msg_id = kernel.execute(code)
    kernel.wait_for_output(msg_id, "awaiting\n")
    for value in (4, 5, 6):
        data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        kernel.send("comm_msg", {"comm_id": model, "data": data})
        kernel.wait_for_output(msg_id, f"{value}\n")
    assert kernel.finish(msg_id).reply["status"] == "ok"
