"""How much a server holds for clients that read slowly, as its host has chosen."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest
import zmq
from jupyter_client.connect import write_connection_file
from jupyter_client.session import Session

import kernelwire as kw

KEY = b"a-key-of-the-tests"
PATIENCE = 60  # seconds
BUDGET = 3_000_000  # bytes
COUNT, SIZE = 60, 500_000  # of the buffers: ten budgets


class Generous(kw.Interpreter):
    language = kw.Language("generous")

    def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
        for _ in range(COUNT):
            content = {"comm_id": "c", "data": {}}
            output.publish("comm_msg", content, buffers=[bytes(SIZE)])
        return kw.ok()


@pytest.fixture
def connection(tmp_path: Path) -> str:
    file = str(tmp_path / "kernel.json")
    write_connection_file(file, key=KEY)
    return file


def fill(connection: str, *, patience: float) -> tuple[int, int]:
    """Have a client that reads nothing ask for all the buffers, and then read them.

    Returns:
        The bytes that were held when the writer waited, or had ended; and how many
        messages with buffers came in the end.
    """
    server = kw.Server(
        Generous(), connection, iopub_bytes=BUDGET, iopub_patience=patience
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    info = json.loads(Path(connection).read_text())
    session = Session(key=KEY)
    context = zmq.Context()
    try:
        iopub, shell, control = (
            context.socket(kind) for kind in (zmq.SUB, zmq.DEALER, zmq.DEALER)
        )
        iopub.rcvhwm = 1
        iopub.rcvbuf = 65536
        iopub.subscribe(b"")
        for socket, channel in (
            (iopub, "iopub"),
            (shell, "shell"),
            (control, "control"),
        ):
            socket.connect(f"tcp://127.0.0.1:{info[f'{channel}_port']}")
        assert iopub.poll(PATIENCE * 1000)
        session.send(shell, "execute_request", {"code": "all"})
        deadline = time.monotonic() + PATIENCE
        held = 0
        while held < BUDGET and not shell.poll(0):
            assert time.monotonic() < deadline
            held = server.usage["iopub_backlog_bytes"]
        buffers = 0
        state = ""
        while state != "idle":
            assert iopub.poll(PATIENCE * 1000)
            _, frames = session.feed_identities(iopub.recv_multipart())
            message = session.deserialize(frames)
            buffers += message["msg_type"] == "comm_msg"
            if message["parent_header"].get("msg_type") == "execute_request":
                state = message["content"].get("execution_state", "")
        session.send(control, "shutdown_request", {"restart": False})
        thread.join(PATIENCE)
        assert not thread.is_alive()
    finally:
        server.stop()
        context.destroy(linger=0)
    return held, buffers


def test_a_writer_waits_at_the_budget(connection: str) -> None:
    held, buffers = fill(connection, patience=PATIENCE)
    assert BUDGET <= held < BUDGET + 2 * SIZE
    assert buffers == COUNT


def test_a_writer_without_patience_goes_on_and_loses_nothing(connection: str) -> None:
    _, buffers = fill(connection, patience=0)
    assert buffers == COUNT


@pytest.mark.parametrize(
    "options",
    [{"iopub_bytes": 0}, {"iopub_patience": -1}, {"iopub_patience": float("nan")}],
    ids=["no bytes", "negative", "nan"],
)
def test_a_budget_that_makes_no_sense_is_refused(
    connection: str, options: dict[str, float]
) -> None:
    with pytest.raises(ValueError, match="want"):
        kw.Server(Generous(), connection, **options)  # type: ignore[arg-type]
