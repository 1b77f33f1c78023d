"""`kernelwire.main`: an author's kernel as a program, driven by jupyter_client."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from kernelwire.kernel import connection_file

ECHO = Path(__file__).parent.parent / "examples" / "echo.py"
PATIENCE = 30  # seconds


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which Jupyter's files of this user lie below tmp_path."""
    runtime, data = str(tmp_path / "runtime"), str(tmp_path / "data")
    return {**os.environ, "JUPYTER_RUNTIME_DIR": runtime, "JUPYTER_DATA_DIR": data}


def run_echo(
    environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ECHO), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["-f", "a.json"],
        ["-f=a.json"],
        ["--f=a.json"],
        ["--f", "a.json"],
        ["--connection-file=a.json"],
        ["-f", "a.json", "--HistoryManager.hist_file=:memory:"],
        ["-f", "a.json", "script.py"],
        ["--ip=127.0.0.1", '--Session.key=b"k"', "--f=a.json"],
    ],
    ids=" ".join,
)
def test_the_connection_file_is_found_where_frontends_put_it(
    arguments: list[str],
) -> None:
    assert connection_file(arguments) == "a.json"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-f"],
        ["-f="],
        ["--help"],
        ["install"],
    ],
    ids=" ".join,
)
def test_what_no_frontend_writes_is_left_to_the_command_line(
    arguments: list[str],
) -> None:
    assert connection_file(arguments) is None


def test_a_missing_connection_file_is_one_line_and_a_failure(
    environment: dict[str, str],
) -> None:
    done = run_echo(environment, "-f", "absent.json")
    assert done.returncode == 1
    assert done.stderr.startswith("kernelwire: ")
    assert "absent.json" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unknown_argument_is_one_line_and_a_failure(
    environment: dict[str, str],
) -> None:
    done = run_echo(environment, "--bogus")
    assert done.returncode == 2
    assert done.stderr == (
        "echo.py: unrecognized arguments: --bogus; see echo.py --help\n"
    )


@pytest.mark.parametrize("verb", [[], ["install"], ["uninstall"]], ids=str)
def test_help_has_examples(environment: dict[str, str], verb: list[str]) -> None:
    done = run_echo(environment, *verb, "--help")
    assert done.returncode == 0
    assert "echo.py" in done.stdout.partition("examples:")[2]


def test_an_author_installs_and_removes_the_kernel(
    environment: dict[str, str], tmp_path: Path
) -> None:
    directory = tmp_path / "data" / "kernels" / "echo"
    done = run_echo(environment, "install", "--user", "--env", "LEVEL=1")
    assert done.stdout == f"installed echo in {directory}\n"
    spec = json.loads((directory / "kernel.json").read_text())
    assert spec["argv"] == [sys.executable, str(ECHO), "-f", "{connection_file}"]
    assert (spec["display_name"], spec["language"]) == ("Echo", "echo")
    assert spec["env"] == {"LEVEL": "1"}
    assert run_echo(environment, "uninstall").stdout == f"removed {directory}\n"
    assert not directory.exists()


def test_a_kernel_run_as_a_module_is_installed_as_one(
    environment: dict[str, str], tmp_path: Path
) -> None:
    subprocess.run(
        [sys.executable, "-m", "echo", "install", "--user", "--name", "module"],
        env=environment,
        cwd=ECHO.parent,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    file = tmp_path / "data" / "kernels" / "module" / "kernel.json"
    assert json.loads(file.read_text())["argv"][1:3] == ["-m", "echo"]


def test_an_installed_kernel_answers_a_frontend(
    environment: dict[str, str], tmp_path: Path
) -> None:
    run_echo(environment, "install", "--user")
    specs = KernelSpecManager(kernel_dirs=[str(tmp_path / "data" / "kernels")])
    manager = KernelManager(kernel_name="echo", kernel_spec_manager=specs)
    manager.start_kernel(env=environment)
    client: BlockingKernelClient = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        assert printed_by(client, "say this") == "say this"
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def printed_by(client: BlockingKernelClient, code: str) -> str:
    texts: list[str] = []

    def note(message: dict[str, Any]) -> None:
        if message["header"]["msg_type"] == "stream":
            texts.append(message["content"]["text"])

    reply = client.execute_interactive(code, timeout=PATIENCE, output_hook=note)
    assert reply["content"]["status"] == "ok"
    return "".join(texts)


@pytest.fixture
def alone(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The echo kernel, started without a frontend."""
    with subprocess.Popen(
        [sys.executable, str(ECHO)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def announced_file(process: subprocess.Popen[str]) -> Path:
    """The connection file that a kernel without a frontend says it serves."""
    assert process.stdout is not None
    for line in process.stdout:
        command, flag, file = line.strip().partition(" --existing ")
        if flag:
            assert command == "jupyter console"
            return Path(file)
    pytest.fail("no connection file was announced")


@pytest.fixture
def connected(alone: subprocess.Popen[str]) -> Iterator[BlockingKernelClient]:
    """A client of the kernel that was started without a frontend."""
    client = BlockingKernelClient(connection_file=str(announced_file(alone)))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    yield client
    client.stop_channels()


def test_without_a_frontend_it_serves_whom_it_told_how_to_connect(
    alone: subprocess.Popen[str], connected: BlockingKernelClient, tmp_path: Path
) -> None:
    (file,) = (tmp_path / "runtime").glob("kernel-*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert printed_by(connected, "hello") == "hello"
    connected.shutdown(reply=True, timeout=PATIENCE)
    assert alone.wait(PATIENCE) == 0
    assert not file.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT"])
@pytest.mark.usefixtures("connected")
def test_a_signal_ends_it_and_removes_its_connection_file(
    alone: subprocess.Popen[str], tmp_path: Path, name: str
) -> None:
    number = signal.Signals[name]
    alone.send_signal(number)
    assert alone.wait(PATIENCE) == 128 + number
    assert list((tmp_path / "runtime").iterdir()) == []
    assert alone.stderr is not None
    assert alone.stderr.read() == ""


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
def test_an_interrupt_leaves_an_idle_kernel_alone(
    alone: subprocess.Popen[str], connected: BlockingKernelClient
) -> None:
    alone.send_signal(signal.SIGINT)
    assert printed_by(connected, "still here") == "still here"


def test_serving_imports_no_command_line(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(ECHO), "-f", "absent.json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "kernelwire.errors" in imported
    heavy = {"argparse", "asyncio", "jupyter_client", "jupyter_core", "pathlib"}
    assert not imported & heavy
