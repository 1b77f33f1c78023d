"""Client, which waits, with kernels that it starts and kernels that it joins.

What needs kernels that break the rules is in test_client_hostile, and asyncio in
test_client_async.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import KERNEL_NAME, PATIENCE

import kernelwire as kw
from kernelwire.client import Client, Message, Request

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="starts processes")

LINES = 20_000
OWN = KERNEL_NAME
OTHERS = "python3"


@pytest.fixture(autouse=True)
def _environment(
    jupyter_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUPYTER_PATH", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, jupyter_environment[name])


@pytest.fixture(params=[OWN, OTHERS])
def client(request: pytest.FixtureRequest) -> Iterator[Client]:
    with Client.launch(request.param) as client:
        yield client


@pytest.fixture
def own() -> Iterator[Client]:
    with Client.launch(OWN) as client:
        yield client


def text_of(request: Request) -> str:
    return "".join(
        message.content["text"] for message in request if message.msg_type == "stream"
    )


def started(request: Request, text: str) -> None:
    """Wait until a request has written something."""
    seen = ""
    while text not in seen:
        seen += next(request).content.get("text", "")


# --- requests --------------------------------------------------------------------------


def test_outputs_are_iterated_over_and_a_result_follows(client: Client) -> None:
    request = client.execute("print('hello'); 6 * 7")
    messages = {message.msg_type: message.content for message in request}
    assert messages["stream"]["text"] == "hello\n"
    assert messages["execute_result"]["data"]["text/plain"] == "42"
    assert request.done
    reply = request.result()
    assert (reply["status"], reply["execution_count"]) == ("ok", 1)


def test_outputs_wait_for_who_iterates_later(client: Client) -> None:
    request = client.execute("print('hello')")
    request.wait(PATIENCE)
    assert text_of(request) == "hello\n"


def test_outputs_are_given_to_a_callback_in_order(client: Client) -> None:
    seen: list[str] = []
    code = "for i in range(5): print(i, flush=True)"
    request = client.execute(code, output=lambda message: seen.append(message.msg_type))
    request.wait(PATIENCE)
    assert seen[0] == "execute_input"
    assert set(seen[1:]) == {"stream"}
    assert list(request) == []


def test_an_error_is_a_result(client: Client) -> None:
    assert client.execute("1/0").result(PATIENCE)["ename"] == "ZeroDivisionError"


def test_several_requests_may_be_under_way(client: Client) -> None:
    requests = [client.execute(f"print({i})") for i in range(20)]
    requests[-1].wait(PATIENCE)
    assert [text_of(request) for request in requests] == [f"{i}\n" for i in range(20)]


def test_a_flood_arrives_whole_and_in_order(client: Client) -> None:
    request = client.execute(f"for i in range({LINES}): print(i, flush=True)")
    assert text_of(request) == "".join(f"{i}\n" for i in range(LINES))


def test_the_other_requests_of_the_protocol(client: Client) -> None:
    client.execute("number = 12; 'last'").wait(PATIENCE)
    assert "number" in client.complete("numb").result(PATIENCE)["matches"]
    assert client.inspect("number").result(PATIENCE)["found"]
    assert client.is_complete("for i in x:").result(PATIENCE)["status"] == "incomplete"
    assert client.comm_info().result(PATIENCE)["comms"] == {}
    assert client.kernel_info().result(PATIENCE)["language_info"]["name"] == "python"
    history = client.history(n=1).result(PATIENCE)["history"]
    assert history[-1][2] == "number = 12; 'last'"


def test_expressions_are_evaluated_afterwards(client: Client) -> None:
    request = client.execute("x = 3", user_expressions={"twice": "2 * x"})
    value = request.result(PATIENCE)["user_expressions"]["twice"]
    assert value["data"]["text/plain"] == "6"


def test_a_request_of_any_type_may_be_sent_on_control(own: Client) -> None:
    made = own.request("create_subshell_request", channel="control").result(PATIENCE)
    request = own.execute("print('beside')", subshell_id=made["subshell_id"])
    assert text_of(request) == "beside\n"


# --- input -----------------------------------------------------------------------------


def test_the_user_is_asked(client: Client) -> None:
    asked: list[tuple[str, bool]] = []

    def answer(prompt: str, secret: bool) -> str:
        asked.append((prompt, secret))
        return "Ann"

    code = "from getpass import getpass; a, b = input('name? '), getpass('word? ')"
    request = client.execute(code, input=answer)
    assert request.result(PATIENCE)["status"] == "ok"
    assert asked == [("name? ", False), ("word? ", True)]
    assert text_of(client.execute("print(a, b)")) == "Ann Ann\n"


def test_input_is_refused_where_nobody_answers(client: Client) -> None:
    reply = client.execute("input()").result(PATIENCE)
    assert reply["ename"] == "StdinNotImplementedError"


def test_a_question_is_answered_while_another_request_is_waited_for(
    client: Client,
) -> None:
    """Only who has asked has the answer, and the other request waits behind it."""
    client.execute("name = input()", input=lambda *_: "Ann")
    assert text_of(client.execute("print(name)")) == "Ann\n"


def test_what_a_callback_raises_leaves_the_wait_and_the_client_goes_on(
    own: Client,
) -> None:
    def fails(message: Message) -> None:
        raise RuntimeError(message.msg_type)

    request = own.execute("1", output=fails)
    with pytest.raises(RuntimeError, match="execute_input"):
        request.wait(PATIENCE)
    with pytest.raises(RuntimeError, match="execute_result"):
        request.wait(PATIENCE)
    assert request.result(PATIENCE)["status"] == "ok"


# --- comms and buffers -----------------------------------------------------------------

ECHO = """
from comm import get_comm_manager

def opened(comm, message):
    @comm.on_msg
    def echo(message):
        comm.send(message["content"]["data"], buffers=message["buffers"])

get_comm_manager().register_target("echo", opened)
"""


def test_a_comm_carries_data_and_buffers_both_ways(client: Client) -> None:
    assert client.execute(ECHO).result(PATIENCE)["status"] == "ok"
    came: list[Message] = []
    comm = client.open_comm("echo", on_message=came.append)
    large = bytes(range(256)) * 1000
    comm.send({"a": 1}, [b"short", large]).wait(PATIENCE)
    (message,) = came
    assert message.content["data"] == {"a": 1}
    assert [bytes(buffer) for buffer in message.buffers] == [b"short", large]
    comm.close().wait(PATIENCE)
    assert client.comm_info("echo").result(PATIENCE)["comms"] == {}


def test_a_comm_of_the_kernels_is_joined(client: Client) -> None:
    opened: list[Message] = []
    client.on_comm(opened.append)
    code = "from comm import create_comm; c = create_comm('there', data={'x': 2})"
    client.execute(code).wait(PATIENCE)
    (message,) = opened
    assert (message.msg_type, message.content["data"]) == ("comm_open", {"x": 2})
    came: list[Message] = []
    comm = client.comm(message.content["comm_id"], came.append)
    client.execute("c.send({'y': 3}); c.close()").wait(PATIENCE)
    assert [each.msg_type for each in came] == ["comm_msg", "comm_close"]
    assert comm.comm_id == message.content["comm_id"]


def test_a_received_buffer_is_a_view_that_outlives_all_else(own: Client) -> None:
    code = "from comm import create_comm\ncreate_comm('t', buffers=[b'x' * 1_000_000])"
    (message,) = (m for m in own.execute(code) if m.msg_type == "comm_open")
    (view,) = message.buffers
    (again,) = message.buffers
    assert view.readonly
    del message
    own.close()
    assert view.nbytes == 1_000_000
    assert view == again == b"x" * 1_000_000


def test_other_clients_outputs_are_heard(own: Client) -> None:
    heard: list[str] = []
    assert own.process is not None
    own.on_other(lambda message: heard.append(message.msg_type))
    with Client.connect(own.process.connection_file) as other:
        other.execute("1").wait(PATIENCE)
    while "execute_result" not in heard:
        own.kernel_info().wait(PATIENCE)
    assert own.execute("2").result(PATIENCE)["status"] == "ok"


# --- the kernel's life -------------------------------------------------------------------


def test_an_interrupt_ends_what_runs(client: Client) -> None:
    request = client.execute("print('on'); import time; time.sleep(600)")
    started(request, "on")
    with pytest.raises(kw.KernelSilent) as raised:
        request.wait(0.05)
    assert isinstance(raised.value, TimeoutError)
    client.interrupt()
    assert request.result(PATIENCE)["ename"] == "KeyboardInterrupt"


def test_a_kernel_that_dies_is_an_error_and_starts_anew(client: Client) -> None:
    assert client.process is not None
    request = client.execute("print('last', flush=True); import os; os._exit(3)")
    with pytest.raises(kw.KernelEnded):
        request.result()
    assert client.process.exit_code == 3
    assert not client.is_alive()
    with pytest.raises(kw.KernelEnded):
        client.execute("1").result()
    client.restart()
    assert client.is_alive()
    assert client.execute("1 + 1").result(PATIENCE)["execution_count"] == 1


def test_a_restart_forgets_names_and_loses_open_requests(own: Client) -> None:
    own.execute("x = 1").wait(PATIENCE)
    request = own.execute("print('on'); import time; time.sleep(600)")
    started(request, "on")
    own.restart()
    with pytest.raises(kw.KernelEnded, match="anew"):
        request.result()
    assert own.execute("x").result(PATIENCE)["ename"] == "NameError"


def test_a_busy_kernel_is_alive_and_a_stopped_one_is_not(own: Client) -> None:
    assert own.process is not None
    request = own.execute("print('on'); import time; time.sleep(600)")
    started(request, "on")
    assert own.is_alive()
    os.kill(own.process.pid, signal.SIGSTOP)
    assert not own.is_alive(0.2)
    os.kill(own.process.pid, signal.SIGCONT)
    assert own.is_alive(PATIENCE)


def test_at_the_end_the_kernel_is_gone() -> None:
    with Client.launch(OWN) as client:
        assert client.process is not None
        file = Path(client.process.connection_file)
        assert file.exists()
    assert client.closed
    assert client.process.exit_code == 0
    client.close()  # a second time: nothing
    with pytest.raises(ValueError, match="closed"):
        client.execute("1")
    process = client.process
    del client, process
    assert not file.exists()


def test_a_shutdown_of_the_kernel_is_no_error(own: Client) -> None:
    own.shutdown()
    assert own.process is not None
    assert own.process.exit_code == 0


def test_ctrl_c_ends_a_wait_and_not_the_kernel(own: Client) -> None:
    """The wait is in C++, without the GIL: a signal must end it all the same."""
    request = own.execute("print('on'); import time; time.sleep(1)")
    started(request, "on")
    pressed = threading.Timer(0.1, signal.raise_signal, [signal.SIGINT])
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        pressed.start()
        with pytest.raises(KeyboardInterrupt):
            own.execute("import time; time.sleep(600)").wait()
    finally:
        signal.signal(signal.SIGINT, previous)
    own.interrupt()
    assert own.is_alive()


def test_other_threads_run_while_a_client_waits(own: Client) -> None:
    """The thread that ends the wait gets the GIL meanwhile."""
    assert own.process is not None
    request = own.execute("print('on'); import time; time.sleep(600)")
    started(request, "on")
    thread = threading.Timer(0.05, own.process.interrupt)
    thread.start()
    assert request.result(PATIENCE)["ename"] == "KeyboardInterrupt"


def test_a_second_thread_is_told_of_its_mistake(own: Client) -> None:
    raised: list[str] = []
    request = own.execute("print('on'); import time; time.sleep(600)")
    started(request, "on")

    def waits() -> None:
        while not request.done:
            try:
                request.wait(PATIENCE)
            except RuntimeError as exc:  # or the first one is
                raised.append(str(exc))

    thread = threading.Thread(target=waits)
    thread.start()
    while not raised:
        try:
            own.kernel_info()
        except RuntimeError as exc:
            raised.append(str(exc))
    assert own.process is not None
    own.process.interrupt()
    thread.join()
    assert "another thread" in raised[0]


# --- connections -------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize("encrypt", [False, True], ids=["plain", "curve"])
@pytest.mark.parametrize("name", [OWN, OTHERS])
def test_every_transport_reaches_a_kernel(
    name: str, encrypt: bool, transport: str
) -> None:
    with Client.launch(name, encrypt=encrypt, transport=transport) as client:
        assert client.process is not None
        fields = json.loads(Path(client.process.connection_file).read_text())
        assert fields["transport"] == transport
        assert ("curve_publickey" in fields) == encrypt
        assert text_of(client.execute("print('hello')")) == "hello\n"
        with Client.connect(fields) as other:
            assert other.execute("1").result(PATIENCE)["status"] == "ok"
        with Client.connect(client.process.connection_file) as other:
            assert other.is_alive(PATIENCE)


@pytest.mark.skipif(find_spec("xpython") is None, reason="xeus-python is not installed")
def test_a_kernel_of_xeus_is_used_like_the_others() -> None:
    """It has no CURVE and no ipc, SIGINT ends it, and floods lose lines (0.19)."""
    with Client.launch("xpython") as client:
        request = client.execute("print(input('name? '))", input=lambda *_: "Ann")
        assert "Ann" in text_of(request)
        assert client.complete("pri").result(PATIENCE)["matches"]
        with pytest.raises(kw.KernelEnded):
            client.execute("import os; os._exit(3)").result()
        client.restart()
        assert client.execute("1").result(PATIENCE)["execution_count"] == 1


def test_a_kernel_that_others_have_started_goes_on(own: Client) -> None:
    assert own.process is not None
    file = Path(own.process.connection_file)
    with (
        Client.connect(file) as other,
        pytest.raises(ValueError, match="has not started"),
    ):
        other.restart()
    assert own.execute("1").result(PATIENCE)["status"] == "ok"


def test_jupyter_clients_dict_of_a_connection_will_do(own: Client) -> None:
    assert own.process is not None
    fields: dict[str, Any] = json.loads(Path(own.process.connection_file).read_text())
    fields["key"] = fields["key"].encode()  # as get_connection_info() has it
    with Client.connect(fields) as other:
        assert other.execute("1").result(PATIENCE)["status"] == "ok"


def test_the_kernel_gets_its_environment_and_directory(tmp_path: Path) -> None:
    with Client.launch(OWN, cwd=tmp_path, env={"COLOUR": "blue"}) as client:
        code = "import os; print(os.environ['COLOUR'], os.getcwd())"
        assert text_of(client.execute(code)) == f"blue {tmp_path}\n"


def test_a_client_works_through_pyzmqs_methods(
    own: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pyzmq's library cannot be opened, its methods take the GIL in every call."""
    assert own.process is not None
    monkeypatch.setenv("KERNELWIRE_LIBZMQ", "pyzmq")
    with Client.connect(own.process.connection_file) as other:
        request = other.execute("print('hello')")
        assert text_of(request) == "hello\n"
        assert other.is_alive(PATIENCE)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_clients_and_requests_leave_nothing_behind(own: Client) -> None:
    """Neither descriptors nor threads, nor memory for requests that nobody holds."""
    assert own.process is not None
    file = own.process.connection_file

    def visit() -> None:
        with Client.connect(file) as other:
            for _ in range(50):
                other.execute("1", silent=True, output=lambda _: None)
            other.execute("1").wait(PATIENCE)
            assert other._calls == {}

    visit()
    before = held()
    for _ in range(10):
        visit()
    assert held() == before


def held() -> tuple[int, int]:
    """How many descriptors and threads this process has."""
    here = Path("/proc/self")
    return len(list((here / "fd").iterdir())), len(list((here / "task").iterdir()))


# --- mistakes ------------------------------------------------------------------------------


def test_an_unknown_kernel_is_named() -> None:
    with pytest.raises(kw.KernelSpecError, match="absent"):
        Client.launch("absent")


def kernel_of(place: Path, argv: list[str]) -> str:
    (place / "kernel.json").write_text(json.dumps({"argv": argv, "language": "none"}))
    return str(place)


def test_a_program_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(kw.LaunchError, match="/nowhere/kernel"):
        Client.launch(kernel_of(tmp_path, ["/nowhere/kernel"]))


def test_a_program_that_is_no_kernel_has_ended(tmp_path: Path) -> None:
    with pytest.raises(kw.KernelEnded, match="before it answered"):
        Client.launch(kernel_of(tmp_path, ["true"]))


def test_a_program_that_says_nothing_is_silent(tmp_path: Path) -> None:
    with pytest.raises(kw.KernelSilent, match="does not answer"):
        Client.launch(kernel_of(tmp_path, ["sleep", "600"]), timeout=0.2)


def test_a_kernel_that_cannot_encrypt_is_not_started(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="encrypt"):
        Client.launch(kernel_of(tmp_path, ["true"]), encrypt=True)


@pytest.mark.parametrize(
    "connection",
    ["/nowhere/kernel.json", {}, {"transport": "tcp", "shell_port": "x"}],
    ids=["no file", "empty", "wrong type"],
)
def test_a_connection_that_is_none_is_an_error(connection: Any) -> None:
    with pytest.raises(kw.ConnectionFileError):
        Client.connect(connection)


def test_arguments_are_looked_at(own: Client) -> None:
    with pytest.raises(ValueError, match="iopub"):
        own.request("x", channel="iopub")
    with pytest.raises(TypeError):
        own.request("x", {"a": object()})
    with pytest.raises(TypeError):
        own.request("x", buffers=[3])
    with pytest.raises(ValueError, match="transport"):
        Client.launch(OWN, transport="pigeon")
    with pytest.raises(ValueError, match="timeout"):
        own.execute("1").wait(float("nan"))
    assert own.execute("1").result(PATIENCE)["status"] == "ok"
