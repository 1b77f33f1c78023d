"""What reaches the cell that was written past sys.stdout, by C code and child processes.

Most tests run twice: over libzmq's functions, and over pyzmq's methods, which need the
GIL that a C library may hold while it writes.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import RunningKernel, manager_of, start_kernel

pytestmark = pytest.mark.skipif(os.name == "nt", reason="not captured on Windows")

PATIENCE = 60.0  # seconds

PREPARE = """
    import ctypes, faulthandler, os, subprocess, sys, warnings
    warnings.simplefilter('ignore')  # Python 3.12 warns of fork() with threads
    libc = ctypes.CDLL(None)
    holding = ctypes.PyDLL(None)  # its functions keep the GIL
"""


@pytest.fixture(scope="module", params=["table", "pyzmq"])
def captured(
    request: pytest.FixtureRequest,
    jupyter_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningKernel]:
    """A kernel that has imported what the tests use, for each filling of the table."""
    how = {"KERNELWIRE_LIBZMQ": "pyzmq"} if request.param == "pyzmq" else {}
    environment = {**jupyter_environment, **how}
    kernel = start_kernel(environment, tmp_path_factory.mktemp(request.param))
    kernel.run(PREPARE)
    yield kernel
    kernel.stop()


def await_text(kernel: RunningKernel, msg_id: str) -> str:
    """Wait for text of a request, also after its idle."""
    while True:
        message = kernel.client.get_iopub_msg(timeout=PATIENCE)
        of_request = message["parent_header"].get("msg_id") == msg_id
        if of_request and message["msg_type"] == "stream":
            return str(message["content"]["text"])


@pytest.mark.parametrize(
    "code",
    [
        "libc.puts(b'hi');",
        "os.system('echo hi');",
        "os.write(1, b'hi\\n');",
        "subprocess.run(['echo', 'hi']);",
        "subprocess.run(['echo', 'hi'], stdout=sys.stdout);",
        "print('hi', file=sys.__stdout__)",
        "sys.__stdout__.write('hi\\n');",
        "!echo hi",
        "%system echo hi\n!echo hi",
    ],
)
def test_whatever_writes_to_descriptor_1_shows_in_the_cell(
    captured: RunningKernel, code: str
) -> None:
    outcome = captured.run(code)
    assert outcome.text().replace("\r\n", "\n") == "hi\n"
    assert outcome.text("stderr") == ""


@pytest.mark.parametrize(
    "code",
    [
        "os.system('echo hi >&2');",
        "os.write(2, b'hi\\n');",
        "libc.perror(b'hi');",
        "print('hi', file=sys.__stderr__)",
        "faulthandler.dump_traceback(all_threads=False)",
    ],
)
def test_whatever_writes_to_descriptor_2_shows_as_stderr(
    captured: RunningKernel, code: str
) -> None:
    outcome = captured.run(code)
    assert outcome.text("stderr").startswith(("hi", "Stack"))
    assert outcome.text() == ""


def test_text_of_c_and_of_python_comes_in_the_order_of_one_thread(
    captured: RunningKernel,
) -> None:
    code = "\n".join(
        f"print('p{i}'); libc.puts(b'c{i}'); print('q{i}'); os.system('echo s{i}')"
        for i in range(20)
    )
    lines = captured.run(code + ";").text().split()
    assert lines == [f"{kind}{i}" for i in range(20) for kind in "pcqs"]


def test_text_comes_before_what_is_shown_after_it(captured: RunningKernel) -> None:
    code = "os.write(1, b'before'); display(1); os.write(1, b'after'); 1/0"
    outcome = captured.run(code)
    assert outcome.kinds == ["stream", "display_data", "stream", "error"]
    assert [content["text"] for content in outcome.of("stream")] == ["before", "after"]


def test_ten_megabytes_from_c_arrive_while_it_holds_the_gil(
    captured: RunningKernel,
) -> None:
    """A pipe takes 64 KiB: whoever empties it must not need what the writer holds."""
    outcome = captured.run(
        "text = b'0123456789abcde\\n' * 655_360\n"
        "holding.write(1, text, ctypes.c_size_t(len(text)))"
    )
    assert outcome.result == str(16 * 655_360)
    assert outcome.text() == "0123456789abcde\n" * 655_360


def test_a_character_that_is_cut_waits_for_its_rest(captured: RunningKernel) -> None:
    code = """
        for byte in '\u00e9\u20ac\U0001f600'.encode():
            os.write(1, bytes([byte]))
            display(byte)  # what is shown in between cuts the text
            sys.stdout.flush()
    """
    assert captured.run(code).text() == "\u00e9\u20ac\U0001f600"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"caf\xe9", "caf\ufffd"),
        (b"a\xe2\x82b", "a\ufffdb"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
    ],
)
def test_bytes_that_are_no_utf8_become_replacement_characters(
    captured: RunningKernel, written: bytes, shown: str
) -> None:
    text = captured.run(f"os.write(1, {written!r});").text()
    assert text.replace("\ufffd\ufffd", "\ufffd") == shown.replace(
        "\ufffd\ufffd", "\ufffd"
    )


def test_what_a_forked_child_prints_shows_in_the_cell(captured: RunningKernel) -> None:
    code = """
        child = os.fork()
        if child == 0:
            print('printed')
            sys.exit()
        os.waitpid(child, 0);
    """
    assert captured.run(code).text() == "printed\n"


def test_what_worker_processes_print_shows_in_the_cell(captured: RunningKernel) -> None:
    code = """
        import multiprocessing
        worker = multiprocessing.get_context('fork').Process(target=print, args=['hi'])
        worker.start()
        worker.join()
    """
    assert captured.run(code).text() == "hi\n"


def test_a_child_that_outlives_its_cell_writes_to_the_latest(
    captured: RunningKernel,
) -> None:
    captured.run("child = subprocess.Popen(['cat'], stdin=subprocess.PIPE)")
    latest = captured.execute("child.stdin.write(b'late\\n'); child.stdin.flush()")
    assert await_text(captured, latest) == "late\n"
    captured.run("child.stdin.close(); child.wait()")


def test_text_between_cells_belongs_to_the_last_one(
    captured: RunningKernel, tmp_path: Path
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    captured.run("pass")
    last = captured.execute(f"child = subprocess.Popen(['cat', {str(fifo)!r}])")
    captured.finish(last)
    captured.ask("is_complete_request", code="1")  # no cell: it takes nothing over
    fifo.write_text("between\n")
    assert await_text(captured, last) == "between\n"
    captured.run("child.wait()")


def test_a_steady_writer_does_not_hold_a_cell_up(captured: RunningKernel) -> None:
    """A cell waits for what was written before its end, not for an end of writing."""
    loop = "while :; do echo y; done"
    captured.run(f"child = subprocess.Popen(['sh', '-c', {loop!r}])")
    assert captured.run("1 + 1").result == "2"
    captured.run("child.kill(); child.wait()")


def test_closing_the_descriptors_does_no_harm(captured: RunningKernel) -> None:
    code = "saved = os.dup(1); os.close(1); os.dup2(saved, 1); os.write(1, b'hi');"
    assert captured.run(code).text() == "hi"


def test_an_interrupt_ends_a_command_whose_output_is_captured(
    captured: RunningKernel,
) -> None:
    waiting = captured.execute("!echo started; sleep 600")
    captured.wait_for_output(waiting, "started")
    captured.manager.interrupt_kernel()
    captured.finish(waiting)
    assert captured.run("1 + 1").result == "2"


# Kernels of the tests' own: what they are started with, and how they end.


def start(
    environment: dict[str, str], place: Path, *options: str, **variables: str
) -> RunningKernel:
    """Start a kernel whose stdout and stderr are the file `log` in `place`."""
    argv = [sys.executable, "-m", "kernelwire.python", *options]
    manager = manager_of(argv, place)
    with (place / "log").open("wb") as log:
        manager.start_kernel(
            env={**environment, **variables}, cwd=str(place), stdout=log, stderr=log
        )
    kernel = RunningKernel(manager)
    kernel.run(PREPARE)
    return kernel


def log_of(kernel: RunningKernel, place: Path) -> str:
    """What a kernel's log holds once it has ended."""
    kernel.process.wait(PATIENCE)
    kernel.stop()
    return (place / "log").read_text()


@pytest.mark.parametrize("value", ["off", "0", "No"])
def test_a_variable_turns_it_off(
    jupyter_environment: dict[str, str], tmp_path: Path, value: str
) -> None:
    kernel = start(jupyter_environment, tmp_path, KERNELWIRE_CAPTURE=value)
    outcome = kernel.run("os.write(1, b'to the log'); print('to the cell')")
    kernel.client.shutdown()
    assert log_of(kernel, tmp_path) == "to the log"
    assert outcome.text() == "to the cell\n"


def test_an_option_turns_it_off(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    kernel = start(jupyter_environment, tmp_path, "--no-capture")
    outcome = kernel.run("os.write(1, b'to the log'); print('to the cell')")
    kernel.client.shutdown()
    assert log_of(kernel, tmp_path) == "to the log"
    assert outcome.text() == "to the cell\n"


def test_captured_text_goes_to_the_log_as_well(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    kernel = start(jupyter_environment, tmp_path)
    kernel.run("os.write(1, b'to both'); print('to the cell')")
    kernel.client.shutdown()
    assert log_of(kernel, tmp_path) == "to both"


def test_the_log_of_the_kernel_goes_to_no_cell(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    kernel = start(jupyter_environment, tmp_path, "--log-level", "debug")
    outcome = kernel.run("os.write(1, b'text');")
    kernel.client.shutdown()
    assert outcome.written == [("stdout", "text")]
    assert "received execute_request" in log_of(kernel, tmp_path)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("faulthandler.enable(); faulthandler._sigsegv()", "Segmentation fault"),
        ("faulthandler.enable(); libc.abort()", "Fatal Python error: Aborted"),
        ("os.write(2, b'last words'); os.kill(os.getpid(), 11)", "last words"),
        ("os.write(2, b'last words'); ctypes.string_at(0)", "last words"),
    ],
)
def test_what_is_said_of_a_crash_is_in_the_log(
    jupyter_environment: dict[str, str], tmp_path: Path, code: str, said: str
) -> None:
    """It was in a pipe when the process died, and nobody could read it any more."""
    kernel = start(jupyter_environment, tmp_path)
    kernel.execute(code)
    process = kernel.process
    assert said in log_of(kernel, tmp_path)
    assert process.returncode < 0  # by a signal


def test_a_kernel_without_stdout_and_stderr_shows_what_it_captures(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    command = f'exec {sys.executable} -m kernelwire.python "$@" >&- 2>&-'
    manager = manager_of(["sh", "-c", command, "sh"], tmp_path)
    manager.start_kernel(env=jupyter_environment, cwd=str(tmp_path))
    kernel = RunningKernel(manager)
    text = kernel.run("import os; os.system('echo hi; echo no >&2'); print('x')")
    kernel.stop()
    assert text.written == [("stdout", "hi\n"), ("stderr", "no\n"), ("stdout", "x\n")]


def test_a_child_that_goes_on_keeps_no_kernel_from_ending(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    kernel = start(jupyter_environment, tmp_path)
    code = "subprocess.Popen(['sleep', '600'], start_new_session=True).pid"
    child = int(kernel.run(code).result)
    kernel.client.shutdown()
    log_of(kernel, tmp_path)
    os.kill(child, signal.SIGKILL)  # it has outlived the kernel


def test_a_client_that_reads_late_gets_all_that_c_has_written(
    captured: RunningKernel,
) -> None:
    """More than its socket and the kernel's hold, written with the GIL held."""
    code = "holding.write(1, text, ctypes.c_size_t(len(text)));" * 3
    request = captured.execute("text = b'0123456789abcde\\n' * 655_360\n" + code)
    while (
        captured.client.get_shell_msg(timeout=PATIENCE)["parent_header"].get("msg_id")
        != request
    ):
        pass
    messages = captured.published(request)
    text = "".join(message["content"].get("text", "") for message in messages)
    assert text == "0123456789abcde\n" * 3 * 655_360
