"""The examples `embed_loop` and `embed_qt`: applications with a loop, and a kernel in it.

What a frontend does that joins it: finds its connection file as `jupyter console
--existing` does, runs cells, interrupts, leaves, comes again, shuts it down.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client import find_connection_file
from jupyter_client.blocking.client import BlockingKernelClient

if TYPE_CHECKING:
    from tests.conftest import Json

# Where `make test-cpp` has not built the example, the first test does.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PATIENCE = 60  # seconds


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.native import cpp_build

    return cpp_build(tmp_path_factory) / "cpp" / "examples"


@dataclass
class Application:
    """The program while it runs, and where it has its connection file."""

    process: subprocess.Popen[str]
    runtime: Path
    file: Path

    def wait(self) -> int:
        return self.process.wait(PATIENCE)


@contextmanager
def started(program: Path, runtime: Path) -> Iterator[Application]:
    """Run an application that says on its first line how to join its kernel."""
    with subprocess.Popen(
        [program],
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "JUPYTER_RUNTIME_DIR": str(runtime),
            "QT_QPA_PLATFORM": "offscreen",  # windows that nobody sees
        },
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline().split()
        assert said[:-1] == ["jupyter", "console", "--existing"]
        yield Application(process, runtime, Path(said[-1]))
        process.kill()


@pytest.fixture
def application(examples: Path, tmp_path: Path) -> Iterator[Application]:
    program = examples / "embed_loop" / "embed_loop"
    with started(program, tmp_path / "runtime") as application:
        yield application


@pytest.fixture
def window(examples: Path, tmp_path: Path) -> Iterator[Application]:
    program = examples / "embed_qt" / "embed_qt"
    with started(program, tmp_path / "runtime") as application:
        yield application


class Visitor:
    """A client that has joined the application's kernel."""

    def __init__(self, file: Path) -> None:
        self.client = BlockingKernelClient(connection_file=str(file))
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str) -> Json:
        """Execute a cell; its reply, with what it showed as `data` and `result`."""
        data: Json = {}

        def note(message: dict[str, Any]) -> None:
            data.update(message["content"].get("data", {}))

        reply = self.client.execute_interactive(
            code, output_hook=note, timeout=PATIENCE, allow_stdin=False
        )
        result = data.get("text/plain", "")
        return {**reply["content"], "data": data, "result": result}

    def begin(self, code: str) -> str:
        """Have a cell executed, and wait until it is; the request's id."""
        msg_id: str = self.client.execute(code, allow_stdin=False)
        while self.client.get_iopub_msg(PATIENCE)["msg_type"] != "execute_input":
            pass
        return msg_id

    def reply_to(self, msg_id: str) -> Json:
        reply = self.client.get_shell_msg(timeout=PATIENCE)
        assert reply["parent_header"]["msg_id"] == msg_id
        return dict(reply["content"])

    def temperature(self) -> float:
        return float(self.run("show")["result"])

    def control(self, msg_type: str, **content: Any) -> Json:
        session = self.client.session
        self.client.control_channel.send(session.msg(msg_type, content))
        return dict(self.client.get_control_msg(timeout=PATIENCE)["content"])


@pytest.fixture
def visitor(application: Application) -> Iterator[Visitor]:
    visitor = Visitor(application.file)
    yield visitor
    visitor.client.stop_channels()


def test_jupyter_finds_its_connection_file(application: Application) -> None:
    """As `jupyter console --existing` does, and with the process's id."""
    path = [str(application.runtime)]
    assert find_connection_file("kernel-*.json", path=path) == str(application.file)
    pid = str(application.process.pid)
    assert find_connection_file(pid, path=path) == str(application.file)
    assert application.file.stat().st_mode & 0o777 == 0o600
    assert json.loads(application.file.read_text())["key"]


def test_cells_use_what_belongs_to_the_application(visitor: Visitor) -> None:
    assert visitor.run("set 0")["status"] == "ok"
    assert visitor.run("wait")["status"] == "ok"
    assert visitor.temperature() < 0.1
    assert visitor.run("dance")["ename"] == "UnknownCommand"


def test_the_application_goes_on_between_cells(visitor: Visitor) -> None:
    visitor.run("set 100")
    deadline = time.monotonic() + PATIENCE
    while visitor.temperature() < 30:
        assert time.monotonic() < deadline


def test_a_cell_that_keeps_the_loop_is_interrupted(visitor: Visitor) -> None:
    visitor.run("set 1e300")
    msg_id = visitor.begin("wait")
    assert visitor.control("kernel_info_request")["status"] == "ok"
    assert visitor.control("interrupt_request")["status"] == "ok"
    assert visitor.reply_to(msg_id)["ename"] == "Interrupted"


def test_clients_come_and_go(application: Application, visitor: Visitor) -> None:
    visitor.run("set 5")
    other = Visitor(application.file)
    assert other.run("show")["status"] == "ok"
    other.client.stop_channels()
    assert visitor.run("show")["status"] == "ok"


@pytest.mark.parametrize("end", ["cell", "request"])
def test_it_ends_and_takes_its_file_with_it(
    application: Application, visitor: Visitor, end: str
) -> None:
    if end == "cell":
        assert visitor.run("quit")["status"] == "ok"
    else:
        assert visitor.control("shutdown_request", restart=False)["status"] == "ok"
    assert application.wait() == 0
    assert list(application.runtime.iterdir()) == []


@pytest.fixture
def guest(window: Application) -> Iterator[Visitor]:
    guest = Visitor(window.file)
    yield guest
    guest.client.stop_channels()


def test_a_notebook_changes_a_window_of_qts_and_shows_it(guest: Visitor) -> None:
    before = guest.run("picture")["data"]["image/png"]
    assert base64.b64decode(before).startswith(b"\x89PNG")
    assert guest.run("set 40")["status"] == "ok"
    assert guest.run("get")["result"] == "40"
    assert guest.run("picture")["data"]["image/png"] != before


def test_a_dialog_in_a_cell_keeps_other_cells_waiting(guest: Visitor) -> None:
    """Its loop runs within the request, and is told of an interrupt by post()."""
    asked = guest.begin("ask")
    behind = guest.client.execute("get", allow_stdin=False)
    assert guest.control("kernel_info_request")["status"] == "ok"
    assert guest.control("interrupt_request")["status"] == "ok"
    assert guest.reply_to(asked)["status"] == "ok"
    assert guest.reply_to(behind)["status"] == "ok"


@pytest.mark.parametrize("end", ["cell", "request"])
def test_an_application_of_qts_ends(
    window: Application, guest: Visitor, end: str
) -> None:
    if end == "cell":
        assert guest.run("quit")["status"] == "ok"
    else:
        assert guest.control("shutdown_request", restart=False)["status"] == "ok"
    assert window.wait() == 0
    assert list(window.runtime.iterdir()) == []
