"""`kernelwire.embed_kernel()`: programs that stop for a client, and go on."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient

PATIENCE = 60  # seconds

Start = Callable[..., "Program"]


class Program:
    """A program that embeds a kernel, and the text that it prints."""

    def __init__(self, text: str, place: Path, environment: dict[str, str]) -> None:
        script = place / "program.py"
        script.write_text(text)
        self.environment = environment
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            cwd=place,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def announced(self) -> str:
        """The connection file that the program says how to connect by."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            command, flag, file = line.strip().partition(" --existing ")
            if flag:
                assert command == "jupyter console"
                return file
        assert self.process.stderr is not None
        pytest.fail(f"no connection file, but {self.process.stderr.read()}")

    def client(self) -> BlockingKernelClient:
        client = BlockingKernelClient(connection_file=self.announced())
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        return client

    def rest(self) -> str:
        """What the program prints from now on, when it has ended well."""
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        out, err = self.process.stdout.read(), self.process.stderr.read()
        assert (err, self.process.wait(PATIENCE)) == ("", 0)
        return out.partition("shuts the kernel down\n")[2]


@pytest.fixture
def start(jupyter_environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts a program of the given text."""
    programs = []

    def start(text: str) -> Program:
        text = f"from kernelwire import embed_kernel\n{text}"
        programs.append(Program(text, tmp_path, jupyter_environment))
        return programs[-1]

    yield start
    for program in programs:
        program.process.kill()
        program.process.communicate()


def shown_by(client: BlockingKernelClient, code: str) -> str:
    """The text of what a cell prints and returns."""
    texts: list[str] = []

    def note(message: dict[str, Any]) -> None:
        content = message["content"]
        texts.append(content.get("text", ""))
        texts.append(content.get("data", {}).get("text/plain", ""))
        texts.append(content.get("ename", ""))

    client.execute_interactive(code, timeout=PATIENCE, output_hook=note)
    return "".join(texts)


def leave(client: BlockingKernelClient) -> None:
    """Type `exit`, as the user of a console does."""
    client.execute("exit", allow_stdin=False)
    assert client.get_shell_msg(timeout=PATIENCE)["content"]["status"] == "ok"
    client.stop_channels()


FUNCTION = """
total = 10

def work():
    part = 3
    embed_kernel()
    print("part", part, "total", total)

work()
"""


def test_cells_see_the_names_where_the_kernel_is_embedded(start: Start) -> None:
    program = start(FUNCTION)
    client = program.client()
    assert shown_by(client, "part, total") == "(3, 10)"
    assert shown_by(client, "[part + n for n in range(2)]") == "[3, 4]"
    assert shown_by(client, "factor = 2\ndef f(): return factor * part * total") == ""
    assert shown_by(client, "f()") == "60"
    assert shown_by(client, "part = total = 0") == ""
    leave(client)
    assert program.rest() == "part 3 total 10\n"


def test_what_cells_assign_is_in_the_namespace_that_is_given(start: Start) -> None:
    program = start(
        "names = {'a': 1, '_': 'mine', 'kept': 5}\n"
        "other = 2\n"
        "embed_kernel(local_ns=names)\n"
        "print(names)\n"
    )
    client = program.client()
    assert shown_by(client, "a + other") == "3"
    shown_by(client, "a = 10; new = 11; del kept")
    leave(client)
    assert program.rest() == "{'a': 10, '_': 'mine', 'new': 11}\n"


def test_a_module_can_be_given(start: Start) -> None:
    program = start("import string\nembed_kernel(string, {'own': 1})\n")
    client = program.client()
    assert shown_by(client, "digits, own") == "('0123456789', 1)"
    leave(client)
    assert program.rest() == ""


RESTORED = """
import asyncio, builtins, comm, getpass, os, signal, sys, threading
from concurrent.futures import ThreadPoolExecutor

def handler(*_): pass
signal.signal(signal.SIGINT, handler)

def state():
    return {
        "streams": (sys.stdout, sys.stderr, sys.stdin),
        "hooks": (sys.displayhook, sys.excepthook, sys.breakpointhook),
        "signals": [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)],
        "input": (builtins.input, getpass.getpass),
        "builtins": sorted(vars(builtins)),
        "comm": (comm.create_comm, comm.get_comm_manager, comm.DummyComm.publish_msg),
        "methods": (threading.Thread.start, ThreadPoolExecutor.submit),
        "environment": dict(os.environ),
        "path": list(sys.path),
        "main": sys.modules["__main__"],
        "descriptors": sorted(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
    }

before = state()
embed_kernel()
after = state()
print([name for name in before if before[name] != after[name]])
os.write(1, b"written\\n")
"""


def test_the_process_is_as_it_was_afterwards(start: Start) -> None:
    program = start(RESTORED)
    client = program.client()
    code = "import asyncio, ipywidgets, threading; await asyncio.sleep(0.01)"
    assert shown_by(client, code) == ""
    assert shown_by(client, "%matplotlib inline") == ""
    assert shown_by(client, "ipywidgets.IntSlider();") == ""
    assert shown_by(client, "1 / 0") == "ZeroDivisionError"
    leave(client)
    assert program.rest() == "[]\nwritten\n"


def test_a_program_may_embed_one_kernel_after_another(start: Start) -> None:
    program = start("for number in (1, 2):\n    embed_kernel()\n")
    for number in ("1", "2"):
        client = program.client()
        assert shown_by(client, "number") == number
        leave(client)
    assert program.rest() == ""


def test_a_shutdown_lets_the_program_go_on(start: Start) -> None:
    program = start("embed_kernel()\nprint('on')\n")
    client = program.client()
    client.shutdown(reply=True, timeout=PATIENCE)
    client.stop_channels()
    assert program.rest() == "on\n"


@pytest.mark.parametrize("named", [True, False], ids=["named", "found"])
def test_jupyter_console_connects_and_its_exit_lets_the_program_go_on(
    start: Start, named: bool
) -> None:
    """With `--existing` alone, the console takes the latest file of the directory."""
    program = start("answer = 42\nembed_kernel()\nprint('on')\n")
    file = program.announced()
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_console", "--simple-prompt", "--existing"]
        + [file] * named,
        env=program.environment,
        input="print('answer', answer)\nexit\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert "answer 42" in done.stdout
    assert program.rest() == "on\n"
    assert not Path(file).exists()


def test_an_interrupt_ends_the_cell_and_not_the_program(start: Start) -> None:
    program = start("embed_kernel()\nprint('on')\n")
    client = program.client()
    program.process.send_signal(signal.SIGINT)
    assert shown_by(client, "'idle kernels stay'") == "'idle kernels stay'"
    request = client.execute("print('begun', flush=True)\nwhile True: pass")
    while client.get_iopub_msg(timeout=PATIENCE)["content"].get("text") != "begun\n":
        pass
    program.process.send_signal(signal.SIGINT)
    reply = client.get_shell_msg(timeout=PATIENCE)
    assert reply["parent_header"]["msg_id"] == request
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    leave(client)
    assert program.rest() == "on\n"


IN_A_COROUTINE = """
import asyncio

async def work():
    task = asyncio.create_task(asyncio.sleep(0.01, "slept"))
    embed_kernel()
    print(await task, asyncio.get_running_loop() is loop)

loop = asyncio.new_event_loop()
loop.run_until_complete(work())
"""


def test_a_coroutine_goes_on_in_its_own_loop(start: Start) -> None:
    program = start(IN_A_COROUTINE)
    client = program.client()
    assert shown_by(client, "import asyncio; await asyncio.sleep(0.01, 1)") == "1"
    leave(client)
    assert program.rest() == "slept True\n"


def test_a_thread_can_embed_a_kernel(start: Start) -> None:
    program = start(
        "import threading\n"
        "def work(): embed_kernel()\n"
        "thread = threading.Thread(target=work)\n"
        "thread.start()\n"
        "thread.join()\n"
        "print('on')\n"
    )
    client = program.client()
    assert shown_by(client, "print(thread.is_alive())") == "True\n"
    leave(client)
    assert program.rest() == "on\n"


def test_settings_of_ipython_can_be_given(start: Start) -> None:
    program = start("embed_kernel(settings=['--cache-size=7', '-c', 'extra = 1'])\n")
    client = program.client()
    assert shown_by(client, "get_ipython().cache_size, extra") == "(7, 1)"
    leave(client)
    assert program.rest() == ""


def test_a_connection_file_that_exists_is_served_and_kept(
    start: Start, tmp_path: Path
) -> None:
    program = start(
        "from kernelwire.program import new_connection_file\n"
        "with new_connection_file('python') as file:\n"
        "    embed_kernel(connection_file=file)\n"
        "    print(file.exists())\n"
    )
    leave(program.client())
    assert program.rest() == "True\n"


def test_a_connection_file_is_written_where_it_is_wanted(
    start: Start, tmp_path: Path
) -> None:
    file = tmp_path / "mine.json"
    program = start(f"embed_kernel(connection_file={str(file)!r})\n")
    leave(program.client())
    assert program.rest() == ""
    assert not file.exists()


def test_a_failure_leaves_the_process_as_it_was(start: Start) -> None:
    program = start(
        "import sys\n"
        "streams = sys.stdout, sys.stderr\n"
        "try: embed_kernel(connection_file='/nowhere/file.json')\n"
        "except OSError as exc: print(type(exc).__name__, end=' ')\n"
        "open('none.json', 'w').close()\n"
        "try: embed_kernel(connection_file='none.json')\n"
        "except Exception as exc: print(type(exc).__name__, end=' ')\n"
        "print((sys.stdout, sys.stderr) == streams)\n"
    )
    out, _ = program.process.communicate(timeout=PATIENCE)
    assert out == "FileNotFoundError ConnectionFileError True\n"


def test_a_kernel_embeds_no_kernel(start: Start) -> None:
    program = start("embed_kernel()\n")
    client = program.client()
    assert shown_by(client, "embed_kernel()") == "RuntimeError"
    leave(client)
    assert program.rest() == ""
