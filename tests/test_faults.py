"""What peers, launchers and users do to a kernel at the worst moment: real processes, killed.

The C++ tests of slow clients and the fuzzer of the sockets have the rest of it.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from kernelwire import Client

if TYPE_CHECKING:
    from tests.conftest import Outcome, RunningKernel

PATIENCE = 60.0  # seconds


def resident(process: int) -> int:
    """Resident memory, in bytes."""
    pages = Path(f"/proc/{process}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


def descriptors(process: int) -> int:
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


@pytest.fixture
def ten_clients(kernel: RunningKernel) -> Iterator[list[BlockingKernelClient]]:
    clients = []
    for _ in range(10):
        client = BlockingKernelClient()
        client.load_connection_info(kernel.manager.get_connection_info())
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        clients.append(client)
    yield clients
    for client in clients:
        client.stop_channels()
        client.context.destroy(linger=0)


def test_ten_clients_at_once_get_their_own_answers(
    ten_clients: list[BlockingKernelClient],
) -> None:
    asked = {
        client.session.session: client.execute("", user_expressions={"n": str(number)})
        for number, client in enumerate(ten_clients)
    }
    answers = []
    for client in ten_clients:
        reply = client.get_shell_msg(timeout=PATIENCE)
        assert reply["parent_header"]["msg_id"] == asked[client.session.session]
        answers.append(reply["content"]["user_expressions"]["n"]["data"]["text/plain"])
    assert answers == [str(number) for number in range(10)]


def test_a_thousand_clients_that_come_and_go_leave_nothing(
    kernel: RunningKernel,
) -> None:
    process = kernel.process.pid
    info = kernel.manager.get_connection_info()

    def come_and_go(count: int) -> None:
        for _ in range(count):
            # The heartbeat's answer says that the kernel has seen the connection.
            with zmq.Context() as context:
                sockets = [
                    context.socket(kind)
                    for kind in (zmq.DEALER, zmq.DEALER, zmq.SUB, zmq.REQ)
                ]
                ports = (
                    info["shell_port"],
                    info["control_port"],
                    info["iopub_port"],
                    info["hb_port"],
                )
                for socket, port in zip(sockets, ports, strict=True):
                    socket.linger = 0
                    socket.connect(f"tcp://{info['ip']}:{port}")
                sockets[2].subscribe(b"")
                sockets[3].send(b"ping")
                assert sockets[3].poll(int(PATIENCE * 1000))
                for socket in sockets:
                    socket.close()

    come_and_go(200)
    before = descriptors(process), resident(process)
    come_and_go(800)
    kernel.run("pass")
    assert descriptors(process) <= before[0] + 8  # the last ones may be closing still
    assert resident(process) < before[1] + 8_000_000


def test_beats_that_nobody_reads_take_no_memory(kernel: RunningKernel) -> None:
    """Whoever sent them, without a key, had the kernel keep every answer."""
    process = kernel.process.pid
    info = kernel.manager.get_connection_info()
    with zmq.Context() as context, context.socket(zmq.DEALER) as flood:
        flood.linger = 0
        flood.rcvhwm = 1
        flood.rcvbuf = 4096
        flood.connect(f"tcp://{info['ip']}:{info['hb_port']}")
        before = resident(process)
        for _ in range(50_000):
            flood.send_multipart([b"", b"b" * 2000])
        assert kernel.run("'alive'").result == "'alive'"
        assert resident(process) < before + 50_000_000


def test_clients_that_have_left_take_no_memory(kernel: RunningKernel) -> None:
    """Nobody received on stdin while nothing was asked, so libzmq kept their pipes."""
    process = kernel.process.pid
    file = kernel.manager.connection_file

    def come_and_go(count: int) -> None:
        for _ in range(count):
            Client.connect(file).close()

    come_and_go(100)
    before = resident(process), resident(os.getpid())
    come_and_go(500)
    assert resident(process) < before[0] + 5_000_000
    assert resident(os.getpid()) < before[1] + 5_000_000


def test_answers_that_nobody_has_asked_for_take_no_memory(
    kernel: RunningKernel,
) -> None:
    process = kernel.process.pid
    info = kernel.manager.get_connection_info()
    with zmq.Context() as context, context.socket(zmq.DEALER) as flood:
        flood.linger = int(PATIENCE * 1000)
        flood.sndhwm = 100
        flood.connect(f"tcp://{info['ip']}:{info['stdin_port']}")
        before = resident(process)
        for _ in range(50_000):
            flood.send(b"a" * 2000)
        assert kernel.run("'alive'").result == "'alive'"
    assert resident(process) < before + 50_000_000


BUDGET = 64 << 20  # bytes that the kernel keeps for those who have not read them

FLOODS = {
    "writes": "for n in range(20_000): print(n, flush=True)",
    "updates": (
        "shown = display({'text/plain': ''}, raw=True, display_id='flood')\n"
        "for n in range(5_000): shown.update({'text/plain': str(n)}, raw=True)"
    ),
    "buffers": (
        "from comm import create_comm\n"
        "flood = create_comm(target_name='flood')\n"
        "data = b'b' * 100_000\n"
        "for n in range(2_000): flood.send({}, buffers=[data])"
    ),
}


def usage(kernel: RunningKernel) -> dict[str, Any]:
    return dict(kernel.ask_control("usage_request")["kernelwire"])


def beat_until(endpoint: str, over: threading.Event) -> int:
    """Beat, one beat after the other; returns how many were answered: all of them, or 0."""
    with zmq.Context() as context, context.socket(zmq.REQ) as heart:
        heart.linger = 0
        heart.connect(endpoint)
        answered = 0
        while not over.is_set():
            heart.send(b"ping")
            if not heart.poll(int(PATIENCE * 1000)):
                return 0
            heart.recv()
            answered += 1
    return answered


def arrived(outcome: Outcome, flood: str) -> object:
    """What a client has got of a flood."""
    if flood == "writes":
        return outcome.text()
    if flood == "updates":
        return outcome.of("update_display_data")[-1]["data"]["text/plain"]
    return sum(len(buffer) for each in outcome.raw for buffer in each["buffers"])


WHOLE = {
    "writes": "".join(f"{n}\n" for n in range(20_000)),
    "updates": "4999",
    "buffers": 200_000_000,
}


@pytest.mark.parametrize("flood", list(FLOODS))
def test_a_flood_arrives_whole_at_a_client_that_reads_late(
    kernel: RunningKernel, flood: str
) -> None:
    """The client is jupyter_client's, with its limits; bench/ has floods of full size."""
    info = kernel.manager.get_connection_info()
    over = threading.Event()
    before = resident(kernel.process.pid)
    done = usage(kernel)["executions"] + 1
    with ThreadPoolExecutor() as pool:
        beats = pool.submit(beat_until, f"tcp://{info['ip']}:{info['hb_port']}", over)
        msg_id = kernel.execute(FLOODS[flood])
        # Nothing is read until the cell has ended, or has to wait for it.
        while (now := usage(kernel))["executions"] < done:
            if now["iopub_backlog_bytes"] >= BUDGET:
                break
        grown = resident(kernel.process.pid) - before
        outcome = kernel.finish(msg_id)
        over.set()
        assert beats.result() > 0
    assert outcome.reply["status"] == "ok"
    assert arrived(outcome, flood) == WHOLE[flood]
    assert grown < 2 * BUDGET


def test_a_client_killed_amid_a_flood_harms_nobody(kernel: RunningKernel) -> None:
    code = (
        "import sys, zmq\n"
        "socket = zmq.Context().socket(zmq.SUB)\n"
        "socket.rcvhwm, socket.rcvbuf = 1, 4096\n"
        "socket.subscribe(b'')\n"
        "socket.connect(sys.argv[1])\n"
        "socket.recv_multipart()\n"
        "print('subscribed', flush=True)\n"
        "socket.recv_multipart()\n"
        "print('flooded', flush=True)\n"
        "sys.stdin.read()\n"
    )
    info = kernel.manager.get_connection_info()
    command = [sys.executable, "-c", code, f"tcp://{info['ip']}:{info['iopub_port']}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as client:
        assert client.stdout
        assert client.stdout.readline() == b"subscribed\n"
        msg_id = kernel.execute("for n in range(10_000): print(n, flush=True)")
        assert client.stdout.readline() == b"flooded\n"
        client.kill()
    outcome = kernel.finish(msg_id)
    assert outcome.text() == "".join(f"{n}\n" for n in range(10_000))
    assert outcome.reply["status"] == "ok"


def test_what_a_cell_has_started_ends_with_the_kernel(
    fresh_kernel: RunningKernel,
) -> None:
    """A restart left it behind, with the ports and the memory that it had."""
    code = "import subprocess\nsubprocess.Popen(['sleep', '600']).pid"
    child = int(fresh_kernel.run(code).result)
    handle = os.pidfd_open(child)
    try:
        fresh_kernel.manager.restart_kernel()
        fresh_kernel.client.wait_for_ready(timeout=PATIENCE)
        ended, _, _ = select.select([handle], [], [], PATIENCE)
        assert ended
    finally:
        os.close(handle)


STUBBORN = """
import time
print('started', flush=True)
while True:
    try:
        time.sleep(1000)
    except KeyboardInterrupt:
        pass
"""


def test_a_cell_that_ignores_interrupts_ends_with_the_kernels_parent(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    """The interrupt was all it got, so that it ran on for ever, as did its kernel."""
    from tests.conftest import in_a_parent

    file = str(tmp_path / "connection.json")
    write_connection_file(file, key=b"key")
    argv = [sys.executable, "-m", "kernelwire.python", "-f", file]
    parent = in_a_parent(argv, start_new_session=True)
    with subprocess.Popen(
        parent, env=jupyter_environment, stdout=subprocess.PIPE
    ) as process:
        client = BlockingKernelClient()
        client.load_connection_info(json.loads(Path(file).read_text()))
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        client.execute(STUBBORN)
        while True:
            message = client.get_iopub_msg(timeout=PATIENCE)
            if "started" in message["content"].get("text", ""):
                break
        process.kill()
        assert process.stdout
        assert process.stdout.read() == b""  # until nobody holds the pipe any more
        client.stop_channels()
        client.context.destroy(linger=0)


def test_interrupts_while_the_kernel_starts_do_not_end_it(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    """Python's own handler did, until ours was in place.

    What Python does before it runs the first line of ours is not ours to guard.
    """
    code = (
        "import runpy, signal, sys\n"
        "class Impatient:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in ('kernelwire.kernel', 'kernelwire.python.interpreter'):\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "sys.meta_path.insert(0, Impatient())\n"
        "runpy.run_module('kernelwire.python', run_name='__main__', alter_sys=True)\n"
    )
    file = str(tmp_path / "connection.json")
    write_connection_file(file, key=b"key")
    command = [sys.executable, "-c", code, "-f", file]
    with subprocess.Popen(command, env=jupyter_environment) as process:
        client = BlockingKernelClient()
        client.load_connection_info(json.loads(Path(file).read_text()))
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        client.shutdown()
        assert process.wait(PATIENCE) == 0
        client.stop_channels()
        client.context.destroy(linger=0)
