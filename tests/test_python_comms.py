"""Comms of the Python kernel: opened by either end, with buffers, and ipywidgets."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import comm
import pytest

from kernelwire.python.comms import Comm, Comms
from kernelwire.python.current import Current

if TYPE_CHECKING:
    from tests.conftest import Outcome, RunningKernel

    from kernelwire._host import Output

pytestmark = pytest.mark.both_kernels

ECHO = """
import comm
def opened(channel, message):
    channel.on_msg(lambda m: channel.send(
        {'echo': m['content']['data']}, m['metadata'], m['buffers'][::-1]))
    channel.on_close(lambda m: print('closed', m['content']['data']))
    print('opened', message['content']['data'], message['header']['msg_type'])
comm.get_comm_manager().register_target('echo', opened)
"""


@pytest.fixture(scope="module")
def echo(kernel: RunningKernel) -> RunningKernel:
    """A kernel with a comm target that sends back what it gets."""
    kernel.run(ECHO)
    return kernel


def send(
    kernel: RunningKernel, msg_type: str, comm_id: str, data: Any, **parts: Any
) -> Outcome:
    """Send a comm message from the frontend's end; returns what came of it."""
    content = {"comm_id": comm_id, "data": data}
    if msg_type == "comm_open":
        content["target_name"] = parts.pop("target", "echo")
    msg_id = kernel.send(msg_type, content, **parts)
    return kernel.finish(msg_id, replied=False)


def comms(kernel: RunningKernel, **content: str) -> dict[str, Any]:
    return dict(kernel.ask("comm_info_request", **content)["comms"])


def test_a_comm_is_opened_used_and_closed_by_the_frontend(echo: RunningKernel) -> None:
    outcome = send(echo, "comm_open", "one", {"a": 1})
    assert outcome.text() == "opened {'a': 1} comm_open\n"
    assert comms(echo)["one"] == {"target_name": "echo"}
    (answer,) = send(echo, "comm_msg", "one", {"b": [2]}).of("comm_msg")
    assert answer == {"comm_id": "one", "data": {"echo": {"b": [2]}}}
    assert send(echo, "comm_close", "one", {"c": 3}).text() == "closed {'c': 3}\n"
    assert "one" not in comms(echo)


def test_buffers_travel_both_ways(echo: RunningKernel) -> None:
    send(echo, "comm_open", "two", {})
    sent = [b"first", b"", bytes(1_000_000)]
    (answer,) = send(echo, "comm_msg", "two", {}, buffers=sent).raw
    assert [bytes(each) for each in answer["buffers"]] == sent[::-1]


def test_metadata_travels_both_ways(echo: RunningKernel) -> None:
    send(echo, "comm_open", "three", {})
    outcome = send(echo, "comm_msg", "three", {}, metadata={"version": "2.1.0"})
    assert outcome.raw[0]["metadata"] == {"version": "2.1.0"}


def test_comm_info_can_be_asked_for_one_target(echo: RunningKernel) -> None:
    send(echo, "comm_open", "four", {})
    assert "four" in comms(echo, target_name="echo")
    assert comms(echo, target_name="nosuch") == {}


def test_a_comm_for_an_unknown_target_is_closed(kernel: RunningKernel) -> None:
    outcome = send(kernel, "comm_open", "stray", {}, target="nosuch")
    assert [each["comm_id"] for each in outcome.of("comm_close")] == ["stray"]
    assert "stray" not in comms(kernel)


@pytest.mark.parametrize("msg_type", ["comm_msg", "comm_close"])
def test_a_message_for_an_unknown_comm_does_no_harm(
    kernel: RunningKernel, msg_type: str
) -> None:
    assert send(kernel, msg_type, "unknown", {}).of("error") == []
    assert kernel.run("1").result == "1"


def test_a_reply_follows_comm_messages_after_a_while(kernel: RunningKernel) -> None:
    """nbclient missed one that came while it answered them, and waited for ever."""
    code = "import comm\ncomm.create_comm(target_name='late').close()"
    msg_id = kernel.execute(code)
    told = [m for m in kernel.published(msg_id) if m["msg_type"] == "comm_close"]
    reply = kernel.client.get_shell_msg(timeout=60)
    assert reply["parent_header"]["msg_id"] == msg_id
    after = reply["header"]["date"] - told[0]["header"]["date"]
    assert after >= timedelta(milliseconds=10)


def test_the_kernel_opens_uses_and_closes_a_comm(kernel: RunningKernel) -> None:
    code = """
        from comm import create_comm
        mine = create_comm('there', data={'a': 1}, metadata={'v': 1}, buffers=[b'x'])
        mine.send({'b': 2})
        mine.close({'c': 3})
    """
    outcome = kernel.run(code)
    assert [kind for kind, _ in outcome.messages] == [
        "comm_open",
        "comm_msg",
        "comm_close",
    ]
    opened, sent, closed = (content for _, content in outcome.messages)
    assert (opened["target_name"], opened["data"]) == ("there", {"a": 1})
    assert outcome.raw[0]["metadata"] == {"v": 1}
    assert [bytes(each) for each in outcome.raw[0]["buffers"]] == [b"x"]
    assert (sent["data"], closed["data"]) == ({"b": 2}, {"c": 3})
    assert opened["comm_id"] == sent["comm_id"] == closed["comm_id"]


@pytest.mark.parametrize(
    "buffer",
    [
        "b'abcd'",
        "bytearray(b'abcd')",
        "memoryview(b'_abcd')[1:]",
        "array.array('B', b'abcd')",
        "memoryview(b'abcd').cast('I')",
    ],
)
def test_whatever_has_the_buffer_protocol_can_be_sent(
    kernel: RunningKernel, buffer: str
) -> None:
    code = f"import array, comm\ncomm.create_comm('b', buffers=[{buffer}]);"
    (message,) = kernel.run(code).raw[:1]
    assert [bytes(each) for each in message["buffers"]] == [b"abcd"]


def test_an_array_is_sent_as_its_bytes(kernel: RunningKernel) -> None:
    pytest.importorskip("numpy")
    code = "import comm, numpy\nc = comm.create_comm('n', buffers=[numpy.arange(3.0)])"
    (message,) = kernel.run(code).raw
    assert [memoryview(each).nbytes for each in message["buffers"]] == [24]


def test_a_mistake_in_a_handler_is_shown(kernel: RunningKernel) -> None:
    kernel.run("""
        import comm
        def opened(channel, message):
            channel.on_msg(lambda m: 1 / 0)
        comm.get_comm_manager().register_target('wrong', opened)
    """)
    send(kernel, "comm_open", "wrong", {}, target="wrong")
    shown = send(kernel, "comm_msg", "wrong", {})
    assert "ZeroDivisionError" in shown.text("stderr") + str(shown.of("error"))
    assert kernel.run("1").result == "1"


def test_a_handler_may_use_the_event_loop(kernel: RunningKernel) -> None:
    kernel.run("""
        import asyncio, comm
        async def answer(channel):
            channel.send({'from': 'a task'})
        def opened(channel, message):
            channel.task = asyncio.create_task(answer(channel))
        comm.get_comm_manager().register_target('task', opened)
    """)
    outcome = send(kernel, "comm_open", "task", {}, target="task")
    assert outcome.of("comm_msg")[0]["data"] == {"from": "a task"}


def test_an_interrupt_ends_a_handler(kernel: RunningKernel) -> None:
    kernel.run("""
        import comm, time
        def opened(channel, message):
            print('started')
            time.sleep(1000)
        comm.get_comm_manager().register_target('slow', opened)
    """)
    content = {"comm_id": "slow", "target_name": "slow", "data": {}}
    msg_id = kernel.send("comm_open", content)
    kernel.wait_for_output(msg_id, "started\n")
    kernel.manager.interrupt_kernel()
    assert [each["ename"] for each in kernel.finish(msg_id, replied=False).of("error")]
    assert kernel.run("1").result == "1"


class Published:
    """An Output that keeps what it is given to publish."""

    def __init__(self) -> None:
        self.messages: list[tuple[Any, ...]] = []

    def stdout(self, text: str) -> None: ...

    stderr = stdout

    def publish(self, *message: Any) -> None:
        self.messages.append(message)


def test_a_library_that_imported_comm_first_is_served_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`from comm import create_comm` before the kernel's set-up keeps comm's own."""
    for name in ("create_comm", "get_comm_manager", "_comm_manager"):
        monkeypatch.setattr(comm, name, getattr(comm, name))
    own = comm.DummyComm.publish_msg
    monkeypatch.setattr(comm.DummyComm, "publish_msg", own)
    monkeypatch.setattr(Comm, "current", None)
    create_comm, get_comm_manager = comm.create_comm, comm.get_comm_manager
    current, output = Current(), Published()
    comms = Comms(current)
    comms.install()
    current.enter(None, cast("Output", output))
    opened = create_comm("early", data={"a": 1})
    (message,) = output.messages
    assert message[:2] == (
        "comm_open",
        {
            "data": {"a": 1},
            "comm_id": opened.comm_id,
            "target_name": "early",
            "target_module": None,
        },
    )
    assert get_comm_manager() is comms.manager
    assert comms.info("early") == {opened.comm_id: {"target_name": "early"}}
    opened.close()


def test_a_slider_of_ipywidgets_follows_the_frontend(kernel: RunningKernel) -> None:
    pytest.importorskip("ipywidgets")
    kernel.run("import ipywidgets\nslider = ipywidgets.IntSlider(3)")
    shown = kernel.run("slider").of("execute_result")[0]["data"]
    model = shown["application/vnd.jupyter.widget-view+json"]["model_id"]
    kernel.run("slider.observe(lambda c: print('now', c['new']), 'value')")
    data = {"method": "update", "state": {"value": 9}, "buffer_paths": []}
    outcome = send(kernel, "comm_msg", model, data)
    assert outcome.text() == "now 9\n"
    assert kernel.run("slider.value").result == "9"


def test_an_output_widget_captures_by_the_id_of_the_request(
    kernel: RunningKernel,
) -> None:
    pytest.importorskip("ipywidgets")
    kernel.run("import ipywidgets\nout = ipywidgets.Output()")
    msg_id = kernel.execute("with out: print('inside')")
    states = [
        content["data"]["state"] for content in kernel.finish(msg_id).of("comm_msg")
    ]
    assert states == [{"msg_id": msg_id}, {"msg_id": ""}]
