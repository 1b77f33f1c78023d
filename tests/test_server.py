"""The server over real sockets, driven by jupyter_client.

Every test runs twice: libzmq's functions called from the table, and by pyzmq's methods.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zmq
from jupyter_client.connect import write_connection_file

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

OBEDIENT = Path(__file__).parent / "data" / "obedient.py"
PATIENCE = 60  # seconds
BUDGET = 64 << 20  # bytes that a server holds for clients that read slowly


@pytest.fixture(scope="module", params=["table", "pyzmq"])
def environment(request: pytest.FixtureRequest) -> dict[str, str]:
    how = {"pyzmq": "pyzmq", "table": ""}[request.param]
    return {**os.environ, "KERNELWIRE_LIBZMQ": how}


def start(environment: dict[str, str], place: Path, mode: str) -> RunningKernel:
    """Start the obedient kernel, whose interrupts come by signal or by message."""
    from tests.conftest import RunningKernel, manager_of

    argv = [sys.executable, str(OBEDIENT)]
    manager = manager_of(argv, place, fields={"interrupt_mode": mode})
    manager.start_kernel(env=environment)
    return RunningKernel(manager)


@pytest.fixture(scope="module")
def kernel(
    environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningKernel]:
    kernel = start(environment, tmp_path_factory.mktemp("server"), "signal")
    yield kernel
    kernel.stop()


def interrupted_sleep(kernel: RunningKernel) -> dict[str, Any]:
    """Interrupt the kernel while it sleeps; returns the content of the reply."""
    msg_id = kernel.execute("sleep 60")
    kernel.wait_for_output(msg_id, "asleep")
    kernel.manager.interrupt_kernel()
    return kernel.finish(msg_id).reply


def test_requests_are_answered(kernel: RunningKernel) -> None:
    outcome = kernel.run("hello")
    assert outcome.reply["status"] == "ok"
    assert outcome.text() == "hello"


def test_every_flushed_line_and_idle_arrive(kernel: RunningKernel) -> None:
    """With the default high-water marks, ipykernel 7.4 and xeus 6 lose thousands."""
    assert kernel.run("flush 20000").text() == "".join(f"{n}\n" for n in range(20000))


def test_an_error_aborts_what_is_queued_behind_it(kernel: RunningKernel) -> None:
    ids = [kernel.execute(code) for code in ("sleep 0.3", "fail why", "next", "more")]
    outcomes = [kernel.finish(msg_id) for msg_id in ids]
    statuses = [outcome.reply["status"] for outcome in outcomes]
    assert statuses == ["ok", "error", "aborted", "aborted"]
    assert kernel.run("again").reply["status"] == "ok"


def test_a_forked_child_ends_with_its_cell_and_is_not_heard(
    kernel: RunningKernel,
) -> None:
    """It came back into the loop, answered over its parent's sockets, and then span."""
    outcome = kernel.run("fork")
    assert outcome.reply["status"] == "ok"
    assert outcome.text() == "parent"


def test_input_is_asked_and_answered(kernel: RunningKernel) -> None:
    assert kernel.run("ask name?", "Ada").text() == "Ada"


def test_an_answer_nobody_asked_for_is_forgotten(kernel: RunningKernel) -> None:
    """It would otherwise answer the next question."""
    kernel.client.input("stale")
    assert kernel.run("ask name?", "fresh").text() == "fresh"


def test_input_ends_when_it_is_interrupted(kernel: RunningKernel) -> None:
    msg_id = kernel.execute("ask name?", allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=PATIENCE)
    kernel.manager.interrupt_kernel()
    assert kernel.finish(msg_id).reply["ename"] == "KeyboardInterrupt"


def test_a_signal_interrupts_a_sleep(kernel: RunningKernel) -> None:
    assert interrupted_sleep(kernel)["ename"] == "KeyboardInterrupt"


def test_a_signal_amid_output_harms_no_message(kernel: RunningKernel) -> None:
    """Python's handler ran inside pyzmq's send, which was then repeated without an end."""
    for _ in range(20):
        msg_id = kernel.execute("flush 1000000")
        kernel.wait_for_output(msg_id, "0\n")
        kernel.manager.interrupt_kernel()
        outcome = kernel.finish(msg_id)
        assert outcome.reply["ename"] == "KeyboardInterrupt"
        lines = outcome.text().splitlines()
        assert lines == [str(n) for n in range(1, len(lines) + 1)]


def test_a_signal_while_idle_is_ignored(kernel: RunningKernel) -> None:
    kernel.manager.signal_kernel(signal.SIGINT)
    assert kernel.run("hello").reply["status"] == "ok"


def test_a_signal_amid_a_message_does_not_end_its_receipt(
    kernel: RunningKernel,
) -> None:
    """By pyzmq's methods, each wait for the next frame was ended by the same signal."""
    content = {"comm_id": "c", "data": {}}
    msg_id = kernel.send("comm_msg", content, buffers=[b"x"] * 15_000)
    for _ in range(20):
        if kernel.client.iopub_channel.socket.poll(10):  # its status: it was read
            break
        kernel.manager.signal_kernel(signal.SIGINT)
    kernel.finish(msg_id, replied=False)
    assert kernel.run("hello").reply["status"] == "ok"


def test_buffers_come_back_as_they_were_sent(kernel: RunningKernel) -> None:
    buffers = [b"", b"small", os.urandom(5_000_000)]
    content = {"comm_id": "c", "data": {"n": 1}}
    msg_id = kernel.send("comm_msg", content, buffers=buffers)
    (message,) = kernel.finish(msg_id, replied=False).raw
    assert message["content"] == {"n": 1}
    assert [bytes(buffer) for buffer in message["buffers"]] == buffers


def test_many_large_buffers_arrive(kernel: RunningKernel) -> None:
    outcome = kernel.run("buffers 50x1000000")
    sizes = [len(message["buffers"][0]) for message in outcome.raw]
    assert sizes == [1_000_000] * 50


def test_a_subscriber_is_welcomed(kernel: RunningKernel) -> None:
    """JEP 65: the welcome's topic is the subscription, or a filter would hide it."""
    info = kernel.manager.get_connection_info()
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.linger = 0
        socket.subscribe(b"kernel.")
        socket.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
        assert socket.poll(PATIENCE * 1000)
        topic, _, _, header, *_ = socket.recv_multipart()
        assert topic == b"kernel."
        assert json.loads(header)["msg_type"] == "iopub_welcome"


def test_junk_on_every_socket_is_dropped(kernel: RunningKernel) -> None:
    info = kernel.manager.get_connection_info()
    with zmq.Context() as context:
        ports = (info["shell_port"], info["control_port"], info["stdin_port"])
        for port in (*ports, info["hb_port"], info["iopub_port"]):
            kind = zmq.SUB if port == info["iopub_port"] else zmq.DEALER
            with context.socket(kind) as socket:
                socket.linger = 1000
                socket.connect(f"tcp://{info['ip']}:{port}")
                if kind == zmq.SUB:
                    socket.subscribe(b"\xff\xfe")
                    continue
                for frames in ([b""], [b"a", b"b"], [b"<IDS|MSG>"] * 7, [b"x"] * 3000):
                    socket.send_multipart(frames)
    assert kernel.run("hello").reply["status"] == "ok"


def test_connect_tells_the_ports(kernel: RunningKernel) -> None:
    reply = kernel.ask("connect_request")
    assert reply.pop("status") == "ok"
    assert len(reply) == 5
    assert reply.items() <= kernel.manager.get_connection_info().items()


def usage(kernel: RunningKernel) -> dict[str, Any]:
    """What the server counts, asked on control."""
    counts: dict[str, Any] = kernel.ask_control("usage_request")["kernelwire"]
    return counts


def test_usage_counts_what_went_through(kernel: RunningKernel) -> None:
    counts = usage(kernel)
    assert counts["executions"] > 0
    assert counts["bytes_sent"] > 0
    assert counts["text_bytes_dropped"] == 0


def test_a_client_that_does_not_read_holds_the_writer_up_until_it_is_interrupted(
    kernel: RunningKernel,
) -> None:
    """Memory would grow with all that it has not read."""
    info = kernel.manager.get_connection_info()
    with zmq.Context() as context, context.socket(zmq.SUB) as stopped:
        stopped.linger = 0
        stopped.rcvhwm = 1
        stopped.rcvbuf = 65536
        stopped.subscribe(b"")
        stopped.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
        assert stopped.poll(PATIENCE * 1000)  # it has subscribed, and reads nothing
        msg_id = kernel.execute("buffers 1000x1000000")
        while usage(kernel)["iopub_backlog_bytes"] < BUDGET:
            pass
        assert usage(kernel)["iopub_backlog_bytes"] < BUDGET + 10_000_000
        kernel.manager.interrupt_kernel()
        outcome = kernel.finish(msg_id)
        assert outcome.reply["ename"] == "KeyboardInterrupt"
        assert 0 < len(outcome.raw) < 1000
    assert kernel.run("hello").text() == "hello"


def test_a_message_interrupts_as_a_signal_does(
    environment: dict[str, str], tmp_path: Path
) -> None:
    kernel = start(environment, tmp_path, "message")
    try:
        assert interrupted_sleep(kernel)["ename"] == "KeyboardInterrupt"
    finally:
        kernel.stop()


def test_a_kernel_started_with_sigint_ignored_is_interrupted_all_the_same(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """So it is started by `jupyter lab &` in a script."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        kernel = start(environment, tmp_path, "signal")
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        assert interrupted_sleep(kernel)["ename"] == "KeyboardInterrupt"
    finally:
        kernel.stop()


def test_shutdown_interrupts_what_runs(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """A kernel that waits for its cell would have to be killed."""
    kernel = start(environment, tmp_path, "signal")
    try:
        msg_id = kernel.execute("sleep 60")
        kernel.wait_for_output(msg_id, "asleep")
        kernel.client.shutdown()
        assert kernel.process.wait(PATIENCE) == 0
    finally:
        kernel.stop()


def test_the_kernel_ends_when_its_parent_does(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """The parent starts the kernel and is killed; the kernel's stdout then closes."""
    from tests.conftest import in_a_parent

    file = str(tmp_path / "connection.json")
    write_connection_file(file, key=b"key")
    parent = in_a_parent([sys.executable, str(OBEDIENT), "-f", file])
    process = subprocess.Popen(parent, env=environment, stdout=subprocess.PIPE)
    with process, zmq.Context() as context, context.socket(zmq.REQ) as heartbeat:
        heartbeat.linger = 0
        port = json.loads(Path(file).read_text())["hb_port"]
        heartbeat.connect(f"tcp://127.0.0.1:{port}")
        heartbeat.send(b"ping")
        assert heartbeat.poll(PATIENCE * 1000)  # it lives
        process.kill()
        assert process.stdout
        assert process.stdout.read() == b""  # until nobody holds the pipe any more
