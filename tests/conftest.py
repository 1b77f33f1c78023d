"""A real Python kernel for the tests: started by its kernelspec, driven by jupyter_client.

What a test cannot reach through messages it does not test here. Every wait ends after
PATIENCE seconds, and none of them is a sleep.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from kernelwire.kernelspec import RAW_NAME, install_python

PATIENCE = 60.0  # seconds

# A background job of a script, or of nohup, ignores these, and so would all that the tests
# start and send them to. What is handled here, a new process has by default.
for _number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)
KERNEL_NAME = "kernelwire-python"

Json = dict[str, Any]


@dataclass
class Outcome:
    """What came of one request."""

    reply: Json = field(default_factory=dict)
    """The reply's content; empty for a comm message, which has none."""
    messages: list[tuple[str, Json]] = field(default_factory=list)
    """Message type and content of all on iopub, but for status and execute_input."""
    raw: list[Json] = field(default_factory=list)
    """The same messages whole, with metadata and buffers."""

    def of(self, msg_type: str) -> list[Json]:
        """The contents of the messages of a type."""
        return [content for kind, content in self.messages if kind == msg_type]

    def text(self, stream: str = "stdout") -> str:
        """All that was written to a stream."""
        return "".join(
            content["text"]
            for content in self.of("stream")
            if content["name"] == stream
        )

    @property
    def written(self) -> list[tuple[str, str]]:
        """Stream and text, in order; how it was cut into messages does not show."""
        joined: list[tuple[str, str]] = []
        for content in self.of("stream"):
            name, text = content["name"], content["text"]
            if joined and joined[-1][0] == name:
                text = joined.pop()[1] + text
            joined.append((name, text))
        return joined

    @property
    def kinds(self) -> list[str]:
        """The message types in order, neighbours of a kind once."""
        return [kind for kind, _ in groupby(kind for kind, _ in self.messages)]

    @property
    def result(self) -> str:
        """The plain text of the one result."""
        (content,) = self.of("execute_result")
        return str(content["data"]["text/plain"])


class RunningKernel:
    """A kernel process and a client of it."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client: BlockingKernelClient = manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str, *answers: str, **options: Any) -> Outcome:
        """Execute code; each answer is given to one input request."""
        msg_id = self.execute(code, allow_stdin=bool(answers), **options)
        for answer in answers:
            self.client.get_stdin_msg(timeout=PATIENCE)
            self.client.input(answer)
        return self.finish(msg_id)

    def execute(self, code: str, **options: Any) -> str:
        """Send code to be executed; returns the request's id."""
        options.setdefault("allow_stdin", False)
        return str(self.client.execute(code, **options))

    def open_subshell(self) -> str:
        """Open a subshell (JEP 91); returns its id."""
        return str(self.ask_control("create_subshell_request")["subshell_id"])

    def execute_in(self, subshell_id: str, code: str, **content: Any) -> str:
        """Send code to a subshell; returns the request's id."""
        content = {"code": code, "allow_stdin": False, **content}
        return self.send("execute_request", content, subshell_id=subshell_id)

    def run_in(self, subshell_id: str, code: str, **content: Any) -> Outcome:
        """Execute code in a subshell."""
        return self.finish(self.execute_in(subshell_id, code, **content))

    def ask(self, msg_type: str, **content: Any) -> Json:
        """Send any request on shell; returns the content of its reply."""
        return self.finish(self.send(msg_type, content)).reply

    def ask_control(self, msg_type: str, **content: Any) -> Json:
        """Send any request on control; returns the content of its reply."""
        request = self.client.session.msg(msg_type, content)
        self.client.control_channel.send(request)
        reply = self.client.get_control_msg(timeout=PATIENCE)
        assert reply["parent_header"]["msg_id"] == request["header"]["msg_id"]
        assert reply["msg_type"] == msg_type.replace("_request", "_reply")
        return dict(reply["content"])

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The kernel's process, as the manager started it."""
        provisioner = self.manager.provisioner
        assert isinstance(provisioner, LocalProvisioner)
        assert isinstance(provisioner.process, subprocess.Popen)
        return provisioner.process

    def send(
        self,
        msg_type: str,
        content: Json,
        metadata: Json | None = None,
        buffers: Sequence[bytes] = (),
        subshell_id: str = "",
    ) -> str:
        """Send any message on shell, such as a comm's; returns its id."""
        session, shell = self.client.session, self.client.shell_channel
        message = session.msg(msg_type, content, metadata=metadata)
        if subshell_id:
            message["header"]["subshell_id"] = subshell_id
        session.send(shell.socket, message, buffers=list(buffers))
        return str(message["header"]["msg_id"])

    def finish(self, msg_id: str, *, replied: bool = True) -> Outcome:
        """Wait until the kernel is done with a request.

        Args:
            msg_id: the request's.
            replied: false for comm messages, which get no reply.
        """
        outcome = Outcome()
        for message in self.published(msg_id):
            if message["msg_type"] not in ("status", "execute_input"):
                outcome.raw.append(message)
                outcome.messages.append((message["msg_type"], message["content"]))
        while replied:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == msg_id:
                outcome.reply = reply["content"]
                break
        return outcome

    def published(self, msg_id: str) -> Iterator[Json]:
        """The messages on iopub that belong to a request, up to its idle status."""
        deadline = time.monotonic() + PATIENCE
        while True:
            left = max(0.0, deadline - time.monotonic())
            message = self.client.get_iopub_msg(timeout=left)
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            yield message
            if message["content"].get("execution_state") == "idle":
                return

    def wait_for_output(self, msg_id: str, text: str) -> None:
        """Wait until a request has written a text to stdout."""
        seen = []
        written = ""
        for message in self.published(msg_id):
            seen.append((message["msg_type"], message["content"]))
            written += message["content"].get("text", "")
            if text in written:
                return
        pytest.fail(f"{text!r} was not written; there came {seen!r}")

    def stop(self) -> None:
        """Shut the kernel down and let go of its sockets."""
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()
        self.manager.context.destroy(linger=0)


def hear(kernel: RunningKernel, msg_id: str, text: str, stream: str = "stdout") -> str:
    """Wait until a request has written a text, also after its end; returns all of it.

    Messages of other requests are passed over.
    """
    seen, deadline = "", time.monotonic() + PATIENCE
    while text not in seen:
        left = max(0.0, deadline - time.monotonic())
        message = kernel.client.get_iopub_msg(timeout=left)
        content = message["content"]
        if message["parent_header"].get("msg_id") != msg_id:
            continue
        if content.get("name") == stream:
            seen += content["text"]
    return seen


@pytest.fixture(scope="session")
def jupyter_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which Jupyter finds our kernelspecs and no file of the user's.

    The kernelspec is the one in the source tree, whether it is installed or not; beside
    it is that of the raw mode.
    """
    place = tmp_path_factory.mktemp("jupyter")
    source = files("kernelwire") / "kernelspecs" / KERNEL_NAME / "kernel.json"
    spec = place / "path" / "kernels" / KERNEL_NAME
    spec.mkdir(parents=True)
    # jupyter_client takes "python" in it for the Python that runs the tests.
    (spec / "kernel.json").write_bytes(source.read_bytes())
    install_python(spec.parent, raw=True)
    places = {
        f"JUPYTER_{name.upper()}_DIR": str(place / name)
        for name in ("data", "runtime", "config")
    }
    return {
        **os.environ,
        **places,
        "JUPYTER_PATH": str(place / "path"),
        "IPYTHONDIR": str(place / "ipython"),
    }


@pytest.fixture
def fresh_kernel(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> Iterator[RunningKernel]:
    """A kernel of the test's own, for tests that end it or need it untouched."""
    kernel = start_kernel(jupyter_environment, tmp_path)
    yield kernel
    kernel.stop()


@pytest.fixture(scope="module")
def kernel(
    request: pytest.FixtureRequest,
    jupyter_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningKernel]:
    """A kernel that the tests of a module share; its parameter, if any, is its name."""
    name = getattr(request, "param", KERNEL_NAME)
    place = tmp_path_factory.mktemp("kernel")
    kernel = start_kernel(jupyter_environment, place, name)
    yield kernel
    kernel.stop()


@pytest.fixture(scope="module")
def raw_kernel(
    jupyter_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningKernel]:
    """A kernel without IPython that the tests of a module share."""
    kernel = start_kernel(jupyter_environment, tmp_path_factory.mktemp("raw"), RAW_NAME)
    yield kernel
    kernel.stop()


@pytest.fixture
def subshell(kernel: RunningKernel) -> Iterator[str]:
    """A subshell of the kernel, which is closed after the test."""
    subshell_id = kernel.open_subshell()
    yield subshell_id
    kernel.ask_control("delete_subshell_request", subshell_id=subshell_id)


@pytest.fixture
def fresh_raw_kernel(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> Iterator[RunningKernel]:
    """A kernel without IPython of the test's own."""
    kernel = start_kernel(jupyter_environment, tmp_path, RAW_NAME)
    yield kernel
    kernel.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have the tests of a module marked `both_kernels` try the raw kernel as well."""
    both = metafunc.definition.get_closest_marker("both_kernels")
    if both is not None and "kernel" in metafunc.fixturenames:
        names = [KERNEL_NAME, RAW_NAME]
        metafunc.parametrize("kernel", names, indirect=True, scope="module")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the raw kernel where a test is about something of IPython's."""
    items[:] = [item for item in items if not _is_misplaced(item)]


def _is_misplaced(item: pytest.Item) -> bool:
    parameters = getattr(item, "callspec", None)
    return (
        parameters is not None
        and parameters.params.get("kernel") == RAW_NAME
        and item.get_closest_marker("ipython") is not None
    )


def start_kernel(
    environment: dict[str, str], place: Path, name: str = KERNEL_NAME
) -> RunningKernel:
    """Start the kernel by its kernelspec, in a directory that it may write to."""
    specs = KernelSpecManager(
        kernel_dirs=[str(Path(environment["JUPYTER_PATH"]) / "kernels")]
    )
    manager = KernelManager(
        kernel_name=name,
        kernel_spec_manager=specs,
        connection_file=str(place / "connection.json"),
    )
    manager.start_kernel(env=environment, cwd=str(place))
    return RunningKernel(manager)


def write_kernelspec(folder: Path, argv: Sequence[str], **fields: Any) -> Path:
    """Make a program known to Jupyter as a kernel.

    Args:
        folder: to be made; its name is the kernel's.
        argv: of the program, without `-f FILE`.
        fields: of the kernelspec, beside the usual ones or instead of them.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True)
    spec = {
        "argv": [*argv, "-f", "{connection_file}"],
        "display_name": folder.name.title(),
        "language": folder.name,
        **fields,
    }
    (folder / "kernel.json").write_text(json.dumps(spec))
    return folder


def manager_of(
    argv: Sequence[str], place: Path, *, fields: Json | None = None, **options: Any
) -> KernelManager:
    """Make a manager of a program that is a kernel, all of whose files are in a place.

    Args:
        argv: of the program, without `-f FILE`.
        place: for a kernelspec of the program's own, and the connection file.
        fields: of the kernelspec, as write_kernelspec has them.
        options: traits of the manager.
    """
    folder = write_kernelspec(place / "kernels" / "mine", argv, **(fields or {}))
    traits = {"connection_file": str(place / "connection.json"), **options}
    return KernelManager(
        kernel_name=folder.name,
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(folder.parent)]),
        **traits,
    )


def start_program(program: Path, place: Path, **options: Any) -> RunningKernel:
    """Start a kernel that is a file of Python; its own files are in a place.

    Args:
        program: the file.
        place: for a kernelspec and the connection file.
        options: traits of the manager.
    """
    manager = manager_of([sys.executable, str(program)], place, **options)
    manager.start_kernel()
    return RunningKernel(manager)


def in_a_parent(argv: Sequence[str], **options: bool) -> list[str]:
    """The command of a process that starts a kernel, as its launcher, and then sleeps.

    Args:
        argv: of the kernel.
        options: of Popen.
    """
    code = (
        "import os, subprocess, time\n"
        "os.environ['JPY_PARENT_PID'] = str(os.getpid())\n"
        f"subprocess.Popen({list(argv)!r}, **{options!r})\n"
        "time.sleep(600)\n"
    )
    return [sys.executable, "-c", code]
