"""The log of a kernel: on its stderr, or in the logging of a program that hosts it."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file
from jupyter_client.session import Session
from tests.native import cpp_build

import kernelwire as kw

ECHO = Path(__file__).parent.parent / "examples" / "echo.py"
PATIENCE = 60  # seconds
SECRET = "a-key-of-the-tests"
CODE = "a-code-of-the-tests"

LINE = re.compile(
    r"\[([EWID]) \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z kernelwire\] (.+)"
)


class Echo(kw.Interpreter):
    language = kw.Language("echo")

    def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
        output.stdout(request.code)
        return kw.ok()


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kernel written in C++: built before ports are chosen, which others may take."""
    return cpp_build(tmp_path_factory) / "cpp" / "examples" / "echo" / "echo_kernel"


@pytest.fixture
def connection(tmp_path: Path) -> str:
    file = str(tmp_path / "kernel.json")
    write_connection_file(file, key=SECRET.encode())
    return file


@contextlib.contextmanager
def client_of(connection: str) -> Iterator[BlockingKernelClient]:
    client = BlockingKernelClient(connection_file=connection)
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    yield client
    client.shutdown(reply=True, timeout=PATIENCE)
    client.stop_channels()


def use(client: BlockingKernelClient) -> None:
    """Send a forged message, and after it one that is answered."""
    forger = Session(key=b"another")
    forger.send(client.shell_channel.socket, forger.msg("execute_request", {}))
    reply = client.execute(CODE, reply=True, timeout=PATIENCE)
    assert reply["content"]["status"] == "ok"


def log_of(
    connection: str, *options: str, log: str = "", program: Path | None = None
) -> list[tuple[str, str]]:
    """The levels and lines that a kernel has written, in a life of two messages."""
    argv = [program] if program else [sys.executable, ECHO]
    with subprocess.Popen(
        [*argv, *options, "-f", connection],
        env={**os.environ, "KERNELWIRE_LOG": log},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        with client_of(connection) as client:
            use(client)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    found = [LINE.fullmatch(line) for line in said.splitlines()]
    assert None not in found, said
    assert SECRET not in said
    assert CODE not in said
    return [(match[1], match[2]) for match in found if match]


def test_without_a_word_a_kernel_warns_and_says_no_more(connection: str) -> None:
    dropped = "dropped a message on shell: signature does not match the message"
    assert log_of(connection) == [("W", dropped)]


@pytest.mark.parametrize(
    ("options", "log", "letters"),
    [
        ((), "", "W"),
        (("--log-level", "error"), "", ""),
        (("--log-level=WARNING",), "", "W"),
        (("--log-level", "info"), "", "IW"),
        ((), "info", "IW"),
        ((), "Debug", "DIW"),
        (("--log-level=error",), "debug", ""),
    ],
    ids=str,
)
def test_a_level_shows_it_and_all_above(
    connection: str, options: tuple[str, ...], log: str, letters: str
) -> None:
    lines = log_of(connection, *options, log=log)
    assert "".join(sorted({letter for letter, _ in lines})) == letters


def test_debug_shows_what_came_and_what_went_and_no_content(connection: str) -> None:
    lines = [line for _, line in log_of(connection, "--log-level=debug")]
    (request,) = [line for line in lines if "received execute_request" in line]
    found = re.fullmatch(
        r"shell: received execute_request (\S+), \d+ bytes, 0 buffers", request
    )
    assert found
    belonging = [line for line in lines if line.endswith(f", for {found[1]}")]
    types = [re.findall(r"^(\w+): sent (\w+)", line)[0] for line in belonging]
    assert types == [
        ("iopub", "status"),
        ("iopub", "execute_input"),
        ("iopub", "stream"),
        ("shell", "execute_reply"),
        ("iopub", "status"),
    ]


def test_a_level_that_nobody_knows_is_refused_on_the_command_line(
    connection: str,
) -> None:
    done = subprocess.run(
        [sys.executable, ECHO, "-f", connection, "--log-level=loud"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert done.stderr == (
        "kernelwire: --log-level is 'loud', want one of error, warning, info, debug\n"
    )


def test_a_level_that_nobody_knows_in_the_environment_is_a_warning(
    connection: str,
) -> None:
    """A variable must not keep every kernel of a server from starting."""
    complaint = 'KERNELWIRE_LOG is "loud", want error, warning, info or debug'
    assert ("W", complaint) in log_of(connection, log="loud")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("options", "log", "letters"),
    [((), "", "W"), (("--log-level", "info"), "", "IW"), ((), "debug", "DIW")],
    ids=str,
)
def test_a_kernel_in_cpp_has_the_same_log(
    native: Path, connection: str, options: tuple[str, ...], log: str, letters: str
) -> None:
    lines = log_of(connection, *options, log=log, program=native)
    assert "".join(sorted({letter for letter, _ in lines})) == letters


def test_a_name_of_a_clients_choice_makes_no_line_of_the_log(connection: str) -> None:
    with subprocess.Popen(
        [sys.executable, ECHO, "-f", connection, "--log-level=debug"],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        with client_of(connection) as client:
            session = client.session
            odd = session.msg("odd\n[E 2026 kernelwire] lies\x1b[31m_request", {})
            session.send(client.control_channel.socket, odd)
            client.get_control_msg(timeout=PATIENCE)
        _, said = process.communicate(timeout=PATIENCE)
    assert all(LINE.fullmatch(line) for line in said.splitlines())
    assert "odd?[E?2026?kernelwire]?lies?[31m_request" in said


Hosted = Callable[[logging.Logger], list[logging.LogRecord]]


@pytest.fixture
def hosted(connection: str, caplog: pytest.LogCaptureFixture) -> Hosted:
    """What a kernel in this process has logged, in a life of two messages."""

    def run(logger: logging.Logger) -> list[logging.LogRecord]:
        server = kw.Server(Echo(), connection, logger=logger)
        thread = threading.Thread(target=server.run)
        thread.start()
        with client_of(connection) as client:
            use(client)
        thread.join(PATIENCE)
        assert not thread.is_alive()
        return [record for record in caplog.records if record.name == logger.name]

    return run


@pytest.mark.parametrize(
    ("level", "names"),
    [
        ("ERROR", set()),
        ("WARNING", {"WARNING"}),
        ("INFO", {"INFO", "WARNING"}),
        ("DEBUG", {"DEBUG", "INFO", "WARNING"}),
    ],
)
def test_a_program_that_hosts_a_kernel_gets_its_log_by_a_logger(
    hosted: Hosted, capfd: pytest.CaptureFixture[str], level: str, names: set[str]
) -> None:
    logger = logging.getLogger(f"kernelwire.{level.lower()}")
    logger.setLevel(level)
    records = hosted(logger)
    assert {record.levelname for record in records} == names
    assert not any(CODE in record.getMessage() for record in records)
    assert "kernelwire]" not in capfd.readouterr().err


def test_a_logger_that_fails_harms_no_kernel(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(logging.Logger):
        def log(self, *_: object, **__: object) -> None:
            raise OSError

    seen: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: seen.append(args.exc_type))
    hosted(Failing("failing", logging.DEBUG))
    assert set(seen) == {OSError}


@pytest.mark.parametrize(
    ("options", "error"),
    [({"log_level": "loud"}, ValueError), ({"logger": "stderr"}, TypeError)],
    ids=["level", "logger"],
)
def test_a_wrong_argument_is_refused(
    connection: str, options: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error, match="want"):
        kw.Server(Echo(), connection, **options)  # type: ignore[arg-type]
