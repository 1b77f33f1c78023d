"""CURVE: kernels whose sockets are encrypted, started and used by jupyter_client."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import channel_socket_types, write_connection_file
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from zmq.utils.monitor import recv_monitor_message

from kernelwire import kernelspec

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

ECHO = Path(__file__).parent.parent / "examples" / "echo.py"
PATIENCE = 60  # seconds


def start(place: Path, encryption: str, **env: str) -> RunningKernel:
    """Start examples/echo.py by a kernelspec, under a policy of encryption."""
    from tests.conftest import RunningKernel, manager_of

    argv = [sys.executable, str(ECHO)]
    metadata = {"supported_encryption": ["curve"]}
    manager = manager_of(
        argv, place, fields={"metadata": metadata}, transport_encryption=encryption
    )
    manager.start_kernel(env={**os.environ, **env})
    return RunningKernel(manager)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningKernel]:
    kernel = start(tmp_path_factory.mktemp("curve"), "required")
    yield kernel
    kernel.stop()


def connection_of(kernel: RunningKernel) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        Path(kernel.manager.connection_file).read_text()
    )
    return content


@pytest.mark.parametrize(
    ("policy", "encrypted"),
    [("disabled", False), ("auto", True), ("required", True)],
    ids=["disabled", "auto", "required"],
)
def test_the_python_kernel_is_encrypted_as_its_manager_wishes(
    policy: str, encrypted: bool, jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    from tests.conftest import KERNEL_NAME, RunningKernel

    kernels = Path(jupyter_environment["JUPYTER_PATH"]) / "kernels"
    manager = KernelManager(
        kernel_name=KERNEL_NAME,
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(kernels)]),
        connection_file=str(tmp_path / "connection.json"),
        transport_encryption=policy,
    )
    manager.start_kernel(env=jupyter_environment)
    kernel = RunningKernel(manager)
    try:
        assert kernel.run("print('héllo')").text() == "héllo\n"
        assert ("curve_secretkey" in connection_of(kernel)) == encrypted
    finally:
        kernel.stop()


def test_every_way_to_call_libzmq_encrypts(tmp_path: Path) -> None:
    kernel = start(tmp_path, "required", KERNELWIRE_LIBZMQ="pyzmq")
    try:
        assert kernel.run("by its methods").text() == "by its methods"
    finally:
        kernel.stop()


def test_the_specs_of_our_kernels_say_that_they_can_be_encrypted(
    tmp_path: Path,
) -> None:
    """jupyter_client gives no keys to a kernel that does not ("auto"), or refuses it."""
    import kernelwire as kw

    class Mine(kw.Interpreter):
        language = kw.Language("mine")

    installed = [
        kernelspec.install_python(tmp_path),
        kernelspec.install_interpreter(Mine, tmp_path),
    ]
    for spec in installed:
        assert spec.content["metadata"]["supported_encryption"] == ["curve"]


def test_a_restarted_kernel_has_its_keys_and_its_clients_still(
    tmp_path: Path,
) -> None:
    kernel = start(tmp_path, "required")
    try:
        before = connection_of(kernel)
        kernel.manager.restart_kernel(now=True)
        kernel.client.wait_for_ready(timeout=PATIENCE)
        assert kernel.run("again").text() == "again"
        assert connection_of(kernel) == before
    finally:
        kernel.stop()


def failure_of_a_handshake(
    channel: str, port: int, prepare: Callable[[zmq.Socket[bytes]], None]
) -> zmq.Event:
    """Connect to a channel; the event by which libzmq says that it cannot."""
    wanted = (
        zmq.Event.HANDSHAKE_FAILED_PROTOCOL
        | zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
        | zmq.Event.HANDSHAKE_SUCCEEDED
    )
    with (
        zmq.Context() as context,
        context.socket(channel_socket_types[channel]) as peer,
    ):
        peer.linger = 0
        prepare(peer)
        with peer.get_monitor_socket(wanted) as monitor:
            peer.connect(f"tcp://127.0.0.1:{port}")
            assert monitor.poll(PATIENCE * 1000)
            event = zmq.Event(recv_monitor_message(monitor)["event"])
            peer.disable_monitor()
    return event


def without_keys(peer: zmq.Socket[bytes]) -> None:
    """As a client that knows nothing of encryption."""
    del peer


def with_keys_of_another_kernel(peer: zmq.Socket[bytes]) -> None:
    peer.curve_publickey, peer.curve_secretkey = zmq.curve_keypair()
    peer.curve_serverkey = zmq.curve_keypair()[0]


@pytest.mark.parametrize("channel", list(channel_socket_types))
@pytest.mark.parametrize("prepare", [without_keys, with_keys_of_another_kernel])
def test_who_does_not_know_the_public_key_gets_no_connection(
    kernel: RunningKernel,
    channel: str,
    prepare: Callable[[zmq.Socket[bytes]], None],
) -> None:
    port = connection_of(kernel)[f"{channel}_port"]
    event = failure_of_a_handshake(channel, port, prepare)
    assert event != zmq.Event.HANDSHAKE_SUCCEEDED
    assert kernel.run("still here").text() == "still here"


class Wiretap(threading.Thread):
    """Listens on a port, passes everything on to another, and keeps what it has seen."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._target = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.seen = b""

    def run(self) -> None:
        with (
            self._server,
            self._server.accept()[0] as one,
            socket.create_connection(("127.0.0.1", self._target)) as other,
        ):
            back = threading.Thread(target=self._pass_on, args=(other, one))
            back.start()
            self._pass_on(one, other)
            back.join()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        while data := source.recv(65536):
            self.seen += data
            sink.sendall(data)
        with contextlib.suppress(OSError):  # the other side has gone as well
            sink.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("encryption", ["disabled", "required"])
def test_what_is_said_can_be_read_on_the_wire_only_where_it_is_not_encrypted(
    tmp_path: Path, encryption: str
) -> None:
    kernel = start(tmp_path, encryption)
    content = connection_of(kernel)
    taps = {name: Wiretap(content[name]) for name in ("shell_port", "iopub_port")}
    for name, tap in taps.items():
        tap.start()
        content[name] = tap.port
    client = BlockingKernelClient()
    client.load_connection_info(content)  # type: ignore[arg-type]
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        client.execute_interactive("a secret of state", timeout=PATIENCE)
    finally:
        client.stop_channels()
        client.context.destroy(linger=0)
        kernel.stop()
    for tap in taps.values():
        tap.join(PATIENCE)
    read = {name: b"a secret of state" in tap.seen for name, tap in taps.items()}
    assert set(read.values()) == {encryption == "disabled"}
    assert all(len(tap.seen) > 1000 for tap in taps.values())


def refusal_of(tmp_path: Path, **keys: str | None) -> str:
    """What the kernel says of a connection file with these keys, before it ends."""
    file, content = write_connection_file(str(tmp_path / "kernel.json"), key=b"key")
    Path(file).write_text(json.dumps({**content, **keys}))
    done = subprocess.run(
        [sys.executable, str(ECHO), "-f", file],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr


PUBLIC, SECRET = (key.decode() for key in zmq.curve_keypair())


@pytest.mark.parametrize(
    ("public", "secret", "complaint"),
    [
        (PUBLIC, None, "curve_secretkey is missing, and curve_publickey is not"),
        (None, SECRET, "curve_publickey is missing, and curve_secretkey is not"),
        (PUBLIC, SECRET[:-1], "curve_secretkey has 39 characters, want 40 of Z85's"),
        (PUBLIC, SECRET[:-1] + "~", "curve_secretkey has 40 characters, want 40 of"),
        (PUBLIC, "", "curve_secretkey has 0 characters"),
        (SECRET, SECRET, "curve_publickey does not belong to curve_secretkey"),
    ],
    ids=["no secret", "no public", "short", "not Z85", "empty", "no pair"],
)
def test_keys_that_cannot_be_are_an_error_that_does_not_show_them(
    tmp_path: Path, public: str | None, secret: str | None, complaint: str
) -> None:
    said = refusal_of(tmp_path, curve_publickey=public, curve_secretkey=secret)
    assert complaint in said
    assert SECRET[:-1] not in said


@pytest.mark.skipif(sys.platform == "win32", reason="has no modes of files")
@pytest.mark.parametrize(
    ("mode", "warned"), [(0o600, False), (0o640, True), (0o644, True)]
)
def test_a_connection_file_that_others_can_read_is_reported(
    tmp_path: Path, mode: int, warned: bool
) -> None:
    """Whoever reads the key runs code as the kernel's user; the kernel starts all the same."""
    file = tmp_path / "kernel.json"
    write_connection_file(str(file), key=b"key")
    file.chmod(mode)
    client = BlockingKernelClient(connection_file=str(file))
    client.load_connection_file()
    with subprocess.Popen(
        [sys.executable, str(ECHO), "-f", str(file)], stderr=subprocess.PIPE, text=True
    ) as process:
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        client.shutdown(reply=True, timeout=PATIENCE)
        client.stop_channels()
        _, said = process.communicate(timeout=PATIENCE)
    assert (f"(mode 0{mode:o})" in said and f"chmod 600 {file}" in said) == warned
    assert bool(said) == warned


def test_a_kernel_served_by_hand_can_be_encrypted(
    jupyter_environment: dict[str, str],
) -> None:
    """`jupyter console --existing` cannot be meant: in 8.10 it takes no keys along."""
    command = [sys.executable, "-m", "kernelwire", "kernel", "--curve"]
    with subprocess.Popen(
        command, env=jupyter_environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        announced = (line.split() for line in process.stdout if "loaded" in line)
        client = BlockingKernelClient()
        client.load_connection_file(next(announced)[-1])
        assert client.curve_publickey
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        client.shutdown(reply=True, timeout=PATIENCE)
        client.stop_channels()
        assert process.wait(PATIENCE) == 0
