"""A Jupyter server on our Session by its configuration: a real one, with a real kernel.

It is another process, started as `jupyter server` is. A small extension of it tells of what
class its Sessions are: all of them that its garbage collector knows.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import pytest
from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.base import (
    deserialize_binary_message,
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from tests.conftest import KERNEL_NAME, PATIENCE
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

Json = dict[str, Any]

OURS = "kernelwire.session.Session"
THEIRS = "jupyter_client.session.Session"
V1 = "v1.kernel.websocket.jupyter.org"
TOKEN = "a-token-of-this-test"

# The settings, and the line of Python, that the documentation shows.
PAGE = Path(__file__).parent.parent / "docs" / "session.md"
CLASSES, LINE = re.findall(
    r"^```py\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
)

REPORT = """\
import gc

from jupyter_client.session import Session
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated


class Report(JupyterHandler):
    @authenticated
    def get(self):
        gc.collect()
        made = [type(each) for each in gc.get_objects() if isinstance(each, Session)]
        self.finish({"sessions": [f"{t.__module__}.{t.__qualname__}" for t in made]})


def _jupyter_server_extension_points():
    return [{"module": "session_report"}]


def _load_jupyter_server_extension(app):
    base = app.web_app.settings["base_url"]
    app.web_app.add_handlers(".*", [(url_path_join(base, "report"), Report)])
    # The server binds its port in the first round of the loop.
    tell = lambda: app.log.warning("listens on 127.0.0.1:%d", app.port)
    app.io_loop.add_callback(app.io_loop.add_callback, tell)
"""

CODE = """\
from comm import create_comm
print("shown")
create_comm(target_name="test", buffers=[bytes(range(256)) * 4000])
"""


class Outcome(NamedTuple):
    """What came over the websocket for one request."""

    status: str
    text: str
    buffers: list[bytes]
    sessions: list[str]
    """The classes of all Sessions in the server, while the websocket is open."""


class Server:
    """A running server, and what a client asks it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.address = self._wait_for_address(process)

    def _wait_for_address(self, process: subprocess.Popen[str]) -> str:
        """Read what it says until it listens, at an address like `127.0.0.1:8888`.

        What it says later, a few lines, has room in the pipe.
        """
        assert process.stderr is not None
        said: list[str] = []
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"listens on ([\d.]+:\d+)", line):
                return found[1]
        pytest.fail(f"the server has ended:\n{''.join(said)}")

    def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """Make a request of the REST interface."""
        request = Request(
            f"http://{self.address}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {TOKEN}"},
            method=method,
        )
        with urlopen(request, timeout=PATIENCE) as reply:
            answer: Json = json.loads(reply.read() or b"{}")
        return answer

    def sessions(self) -> list[str]:
        """The classes of all Sessions in the server's process."""
        return list(self.ask("GET", "report")["sessions"])

    def wait_for_idle(self, kernel: str, since: str) -> None:
        """Wait until the server knows that a kernel has been active, and is idle."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            model = self.ask("GET", f"api/kernels/{kernel}")
            if model["execution_state"] == "idle" and model["last_activity"] > since:
                return
        pytest.fail(f"the server still believes that {model}")


@contextmanager
def serving(place: Path, variables: dict[str, str], config: str) -> Iterator[Server]:
    """Start a server, and end it.

    Args:
        place: a directory for its configuration and its notebooks.
        variables: its environment.
        config: lines of jupyter_server_config.py.
    """
    (place / "session_report.py").write_text(REPORT)
    extension = 'c.ServerApp.jpserver_extensions = {"session_report": True}\n'
    config_file = place / "jupyter_server_config.py"
    config_file.write_text(extension + config)
    options = {
        "config": config_file,
        "ServerApp.root_dir": place,
        "ServerApp.port": 0,
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": TOKEN,
    }
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter_server"),
            *(f"--{name}={value}" for name, value in options.items()),
        ],
        env={
            **variables,
            "PYTHONPATH": str(place),
            "KERNELWIRE_SESSION": "off",  # so that it is the configuration that is tested
            "TRAITLETS_APPLICATION_RAISE_CONFIG_FILE_ERROR": "1",
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Server(process)
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def server(
    jupyter_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with our configuration."""
    place = tmp_path_factory.mktemp("server")
    with serving(place, jupyter_environment, CLASSES) as server:
        yield server


class Websocket:
    """A client's end of a kernel's websocket, in one of the two protocols."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection
        self.session = Session()
        self.is_v1 = connection.selected_subprotocol == V1

    async def send(self, msg_type: str, content: Json) -> str:
        """Send a request on shell; returns its id."""
        message = self.session.msg(msg_type, content)
        if self.is_v1:
            raw = serialize_msg_to_ws_v1(  # type: ignore[no-untyped-call]
                message, "shell", self.session.pack
            )
            await self.connection.write_message(raw, binary=True)
        else:
            text = json.dumps({**message, "channel": "shell"}, default=str)
            await self.connection.write_message(text)
        return str(message["header"]["msg_id"])

    async def receive(self) -> Json:
        """The next message, with its channel and its buffers."""
        raw = await asyncio.wait_for(self.connection.read_message(), PATIENCE)
        assert raw is not None
        if isinstance(raw, str):
            return {"buffers": [], **json.loads(raw)}
        if not self.is_v1:
            binary: Json = deserialize_binary_message(raw)  # type: ignore[no-untyped-call]
            return binary
        channel, parts = deserialize_msg_from_ws_v1(raw)  # type: ignore[no-untyped-call]
        header, parent, _, content = map(json.loads, parts[:4])
        return {
            "channel": channel,
            "msg_type": header["msg_type"],
            "parent_header": parent,
            "content": content,
            "buffers": parts[4:],
        }


async def execute(server: Server, kernel: str, code: str, protocol: str) -> Outcome:
    """Run code through a websocket, until the reply and the idle status are there."""
    request = HTTPRequest(
        f"ws://{server.address}/api/kernels/{kernel}/channels?session_id={kernel}",
        headers={"Authorization": f"token {TOKEN}"},
    )
    connection = await websocket_connect(
        request, subprotocols=[protocol] if protocol else None
    )
    websocket = Websocket(connection)
    assert websocket.is_v1 == (protocol == V1)
    msg_id = await websocket.send("execute_request", {"code": code, "silent": False})
    status, text, idle = "", "", False
    buffers: list[bytes] = []
    while not (status and idle):
        message = await websocket.receive()
        if message["parent_header"].get("msg_id") != msg_id:
            continue
        content = message["content"]
        buffers += message["buffers"]
        if message["msg_type"] == "execute_reply":
            status = content["status"]
        elif message["msg_type"] == "stream":
            text += content["text"]
        idle = idle or content.get("execution_state") == "idle"
    sessions = server.sessions()
    connection.close()
    while await connection.read_message() is not None:
        pass  # until the server has closed its end
    return Outcome(status, text, buffers, sessions)


@pytest.mark.parametrize("protocol", ["", V1], ids=["legacy", "v1"])
def test_a_notebook_works_and_all_sessions_of_the_server_are_ours(
    server: Server, protocol: str
) -> None:
    kernel = server.ask("POST", "api/kernels", {"name": KERNEL_NAME})["id"]
    outcome = asyncio.run(execute(server, kernel, CODE, protocol))
    assert (outcome.status, outcome.text) == ("ok", "shown\n")
    assert outcome.buffers == [bytes(range(256)) * 4000]

    # The kernel manager's, the one that watches iopub, and the websocket's.
    assert len(outcome.sessions) >= 3
    assert set(outcome.sessions) == {OURS}

    server.ask("POST", f"api/kernels/{kernel}/restart")
    again = asyncio.run(execute(server, kernel, "print(6 * 7)", protocol))
    assert (again.status, again.text) == ("ok", "42\n")
    assert set(again.sessions) == {OURS}
    server.ask("DELETE", f"api/kernels/{kernel}")


def test_the_server_sees_what_a_kernel_does(server: Server) -> None:
    """The Session that watches iopub reads the kernel's status."""
    kernel = server.ask("POST", "api/kernels", {"name": KERNEL_NAME})["id"]
    before = server.ask("GET", f"api/kernels/{kernel}")
    asyncio.run(execute(server, kernel, "1", V1))
    server.wait_for_idle(kernel, since=before["last_activity"])
    server.ask("DELETE", f"api/kernels/{kernel}")


@pytest.mark.parametrize(
    ("config", "kind"),
    [("", THEIRS), (LINE, OURS)],
    ids=["nothing", "enable"],
)
def test_the_process_is_switched_by_a_line_of_configuration_and_not_without(
    jupyter_environment: dict[str, str], tmp_path: Path, config: str, kind: str
) -> None:
    with serving(tmp_path, jupyter_environment, config) as server:
        kernel = server.ask("POST", "api/kernels", {"name": KERNEL_NAME})["id"]
        outcome = asyncio.run(execute(server, kernel, "1", V1))
    assert set(outcome.sessions) == {kind}
