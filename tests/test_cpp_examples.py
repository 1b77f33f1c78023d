"""The kernel written in C++, as a program: started by Jupyter, and by a confused user."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import jupyter_kernel_test  # type: ignore[import-untyped]
import pytest

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

# Where `make test-cpp` has not built the kernel, the first test does.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PATIENCE = 60  # seconds
PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.native import cpp_build

    found = cpp_build(tmp_path_factory) / "cpp" / "examples" / "echo" / "echo_kernel"
    assert found.is_file()
    return found


@pytest.fixture(scope="module")
def kernel(
    program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningKernel]:
    from tests.native import start

    kernel = start(program, tmp_path_factory.mktemp("echo"))
    yield kernel
    kernel.stop()


@pytest.fixture
def fresh_kernel(program: Path, tmp_path: Path) -> Iterator[RunningKernel]:
    from tests.native import start

    kernel = start(program, tmp_path)
    yield kernel
    kernel.stop()


def test_kernel_info_names_the_language(kernel: RunningKernel) -> None:
    info = kernel.ask("kernel_info_request")
    assert (info["status"], info["implementation"]) == ("ok", "kernelwire")
    assert info["language_info"]["name"] == "echo"
    assert info["language_info"]["version"] == "1.0"


def test_kernel_info_is_answered_on_control_too(kernel: RunningKernel) -> None:
    info = kernel.ask_control("kernel_info_request")
    assert info["language_info"]["name"] == "echo"


@pytest.mark.parametrize(
    "code",
    ["hello", "several\nlines\n", 'quotes " and \\', "äöü 😀", "x" * 1_000_000],
    ids=["word", "lines", "quotes", "unicode", "long"],
)
def test_what_is_executed_is_echoed(kernel: RunningKernel, code: str) -> None:
    outcome = kernel.run(code)
    assert outcome.reply["status"] == "ok"
    assert outcome.written == [("stdout", code)]


def test_executions_are_counted(kernel: RunningKernel) -> None:
    counts = [kernel.run(code).reply["execution_count"] for code in ("one", "two")]
    assert counts[1] == counts[0] + 1


def test_a_silent_execution_is_not_counted(kernel: RunningKernel) -> None:
    before = kernel.run("loud").reply["execution_count"]
    assert kernel.run("quiet", silent=True).reply["execution_count"] == before


def test_requests_sent_at_once_are_answered_in_order(kernel: RunningKernel) -> None:
    ids = [kernel.execute(str(number)) for number in range(50)]
    outcomes = [kernel.finish(msg_id) for msg_id in ids]
    assert [outcome.text() for outcome in outcomes] == [str(n) for n in range(50)]


def test_what_it_has_no_answer_for_gets_an_empty_one(kernel: RunningKernel) -> None:
    assert kernel.ask("complete_request", code="ech", cursor_pos=3)["matches"] == []
    assert kernel.ask("inspect_request", code="ech", cursor_pos=3)["found"] is False
    assert kernel.ask("is_complete_request", code="ech")["status"] == "unknown"
    assert kernel.ask("history_request", hist_access_type="tail")["history"] == []
    assert kernel.ask("comm_info_request")["comms"] == {}


def test_a_malformed_request_gets_an_error_and_no_more(kernel: RunningKernel) -> None:
    assert kernel.ask("execute_request", code=["not", "text"])["status"] == "error"
    assert kernel.run("next").text() == "next"


def test_an_unknown_request_gets_an_error(kernel: RunningKernel) -> None:
    assert kernel.ask("dance_request")["ename"] == "UnknownMessageType"


def test_a_comm_without_a_target_is_closed(kernel: RunningKernel) -> None:
    content = {"comm_id": "c", "target_name": "nobody", "data": {}}
    outcome = kernel.finish(kernel.send("comm_open", content), replied=False)
    assert [comm["comm_id"] for comm in outcome.of("comm_close")] == ["c"]


def test_an_interrupt_message_is_answered_and_survived(kernel: RunningKernel) -> None:
    assert kernel.ask_control("interrupt_request")["status"] == "ok"
    assert kernel.run("still here").text() == "still here"


def test_ctrl_c_in_its_terminal_is_survived(kernel: RunningKernel) -> None:
    """A console's Ctrl-C reaches every process of the terminal's."""
    kernel.manager.signal_kernel(signal.SIGINT)
    assert kernel.run("still here").text() == "still here"


@pytest.mark.parametrize("restart", [False, True], ids=["for good", "to restart"])
def test_shutdown_is_answered_and_ends_the_process_with_0(
    fresh_kernel: RunningKernel, restart: bool
) -> None:
    process = fresh_kernel.process
    content = fresh_kernel.ask_control("shutdown_request", restart=restart)
    assert (content["status"], content["restart"]) == ("ok", restart)
    assert process.wait(PATIENCE) == 0


def test_the_manager_restarts_it(fresh_kernel: RunningKernel) -> None:
    first = fresh_kernel.process.pid
    fresh_kernel.run("before")
    fresh_kernel.manager.restart_kernel()
    fresh_kernel.client.wait_for_ready(timeout=PATIENCE)
    assert fresh_kernel.process.pid != first
    assert fresh_kernel.run("after").reply["execution_count"] == 1


def refusal(program: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and the one line on stderr of a start that fails."""
    done = subprocess.run(
        [program, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return done.returncode, line


@pytest.mark.parametrize(
    "arguments", [[], ["-f"], ["--help"], ["connection.json"]], ids=" ".join
)
def test_wrong_arguments_are_answered_by_the_usage(
    program: Path, arguments: list[str]
) -> None:
    options = "[--log-level error|warning|info|debug] [--no-capture]"
    line = f"usage: {program} -f CONNECTION_FILE {options}"
    assert refusal(program, *arguments) == (2, line)


COMPLETE = {
    "key": "k",
    "transport": "tcp",
    "ip": "127.0.0.1",
    **dict.fromkeys(PORTS, 0),
}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is not a JSON object"),
        ("[]", "is not a JSON object"),
        ("{}", "shell_port is missing"),
        (
            json.dumps({**COMPLETE, "hb_port": "5"}),
            'hb_port is "5", want a number from',
        ),
        (json.dumps({**COMPLETE, "hb_port": 70000}), "hb_port is 70000, want a number"),
        (json.dumps({**COMPLETE, "key": 5}), "key is number, want a string"),
        (
            json.dumps({**COMPLETE, "transport": "pgm"}),
            'transport is "pgm", want "tcp"',
        ),
        (
            json.dumps({**COMPLETE, "signature_scheme": "hmac-md5"}),
            'signature_scheme is "hmac-md5", want "hmac-sha256"',
        ),
    ],
    ids=["empty", "list", "ports", "text", "range", "key", "transport", "scheme"],
)
def test_a_wrong_connection_file_is_told_in_one_line(
    program: Path, tmp_path: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "connection.json"
    file.touch(mode=0o600)  # or a second line would say that others can read it
    file.write_text(text)
    code, line = refusal(program, "-f", str(file))
    assert code == 1
    assert line.startswith(f"kernelwire: {file}: {complaint}")


def test_a_missing_connection_file_is_told_in_one_line(
    program: Path, tmp_path: Path
) -> None:
    file = tmp_path / "nowhere.json"
    code, line = refusal(program, f"--f={file}")
    assert code == 1
    assert line.startswith(f"kernelwire: {file}: cannot read the connection file: ")


def test_a_port_in_use_is_told_in_one_line(program: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        file = tmp_path / "connection.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps({**COMPLETE, "shell_port": port}))
        code, line = refusal(program, "-f", str(file))
    assert code == 1
    assert f"127.0.0.1:{port}" in line
    assert "in use" in line


@pytest.fixture(scope="module")
def _known_to_jupyter(
    program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Let jupyter_kernel_test, which takes a kernel's name, find the echo kernel."""
    from tests.conftest import write_kernelspec

    place = tmp_path_factory.mktemp("jupyter")
    folder = place / "kernels" / "echo"
    write_kernelspec(folder, [str(program)], interrupt_mode="message")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(place))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(place / "runtime"))
        yield


@pytest.mark.usefixtures("_known_to_jupyter")
class TestEchoKernel(jupyter_kernel_test.KernelTests):  # type: ignore[misc]
    """The samples of a kernel that has no errors, results, pager or history."""

    kernel_name = "echo"
    language_name = "echo"
    file_extension = ".txt"
    code_hello_world = "hello, world"
    completion_samples: ClassVar = [{"text": "ech", "matches": set()}]

    # Would be skipped for want of samples, and a skip asks to be looked into.
    test_execute_stderr = None
    test_is_complete = None
    test_pager = None
    test_error = None
    test_execute_result = None
    test_display_data = None
    test_history = None
    test_inspect = None
    test_clear_output = None
