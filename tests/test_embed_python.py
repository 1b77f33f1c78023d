"""Python inside an application in C++: `kernelwire::python`, and its example.

The example is built as a user builds it, against the kernelwire of this environment, and
again with AddressSanitizer and ThreadSanitizer, under which it must be silent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from tests.native import checked, cmake

if TYPE_CHECKING:
    from tests.conftest import Json

# Two cores that others use too, and sanitizers that slow a program down.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        sys.platform != "linux", reason="epoll, and the sanitizers' names"
    ),
]

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "cpp" / "examples" / "embed_python"
SANITIZERS = ROOT / "tests" / "cpp" / "sanitizers"
QUIET = "print_suppressions=0"  # how often they were of use
PATIENCE = 120  # seconds
WARNINGS = "-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"

MODES = {"in the loop": [], "on a thread": ["--thread"]}


def built(source: Path, place: Path, flags: str) -> Path:
    """Build a project against the package of this environment, which brings headers."""
    command = [sys.executable, "-m", "kernelwire", "--cmake-dir"]
    config = checked(*command).strip()
    return cmake(
        source,
        place,
        f"-Dkernelwire_DIR={config}",
        f"-DPython_EXECUTABLE={sys.executable}",
        f"-DCMAKE_CXX_FLAGS={flags}",
        "-DCMAKE_BUILD_TYPE=Debug",
    )


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("embed_python")
    return built(EXAMPLE, place, f"-O0 {WARNINGS}") / "embed_python"


class Visitor:
    """A client of the application's kernel."""

    def __init__(self, file: Path) -> None:
        self.client = BlockingKernelClient(connection_file=str(file))
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str) -> Json:
        """Execute a cell; its reply, with what it has printed as `said`."""
        said = []

        def note(message: dict[str, Any]) -> None:
            said.append(message["content"].get("text", ""))

        reply = self.client.execute_interactive(
            code, output_hook=note, timeout=PATIENCE, allow_stdin=False
        )
        return {**reply["content"], "said": "".join(said)}

    def said(self, code: str) -> str:
        outcome = self.run(code)
        assert outcome["status"] == "ok", outcome
        return str(outcome["said"])

    def interrupted(self, code: str) -> Json:
        """Interrupt a cell as soon as it prints; its reply."""
        msg_id = self.client.execute(code, allow_stdin=False)
        while self.client.get_iopub_msg(PATIENCE)["msg_type"] != "stream":
            pass
        message = self.client.session.msg("interrupt_request", {})
        self.client.control_channel.send(message)
        self.client.get_control_msg(timeout=PATIENCE)
        reply = self.client.get_shell_msg(timeout=PATIENCE)
        assert reply["parent_header"]["msg_id"] == msg_id
        return dict(reply["content"])

    def shutdown(self) -> None:
        self.client.shutdown()
        self.client.get_control_msg(timeout=PATIENCE)


class Application:
    """The program while it runs, with a client."""

    def __init__(self, process: subprocess.Popen[str], file: Path) -> None:
        self.process = process
        self.file = file
        self.visitor = Visitor(file)

    def end(self) -> str:
        """Wait until it has ended well; what it has said on stderr."""
        _, complaints = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, complaints
        assert not self.file.exists()
        return complaints


@contextmanager
def started(program: Path, mode: str, runtime: Path) -> Iterator[Application]:
    env = {
        **os.environ,
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "IPYTHONDIR": str(runtime / "ipython"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LSAN_OPTIONS": f"suppressions={SANITIZERS / 'leaks.supp'}:{QUIET}",
        "TSAN_OPTIONS": f"suppressions={SANITIZERS / 'threads.supp'}:{QUIET}",
    }
    with subprocess.Popen(
        [program, *MODES[mode]],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            pytest.fail(process.communicate(timeout=PATIENCE)[1])
        application = Application(process, Path(line.split()[-1]))
        try:
            yield application
        finally:
            application.visitor.client.stop_channels()
            process.kill()


@pytest.fixture(params=list(MODES))
def application(
    program: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Application]:
    with started(program, request.param, tmp_path / "runtime") as application:
        yield application


STILL = """\
with particles:
    particles.velocities[:] = 0
    particles.gravity = 0
    particles.positions[:] = 7
print(particles.positions.sum(), particles.positions.shape)
"""


def test_its_memory_is_an_array_that_is_live_both_ways(
    application: Application,
) -> None:
    """What cells write it has, and what it writes cells see, in the same array."""
    visitor = application.visitor
    assert visitor.said(STILL) == "14000.0 (1000, 2)\n"
    falls = """\
array = particles.positions
particles.gravity = -1.0
before = array[0, 1]
for _ in range(10):
    particles.advance(0.001)
print(array[0, 1] < before, particles.positions[0, 1] <= array[0, 1])
"""
    assert visitor.said(falls) == "True True\n"


def test_the_simulation_goes_on_between_cells(application: Application) -> None:
    steps = int(application.visitor.said("with particles: print(particles.steps)"))
    while int(application.visitor.said("with particles: print(particles.steps)")) < (
        steps + 20
    ):
        pass


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("particles.nothing", "AttributeError"),
        ("particles.gravity = 'up'", "TypeError"),
        ("def f(): f()\nf()", "RecursionError"),
    ],
    ids=["raises", "exits", "interrupts itself", "misspells", "mistakes", "recurses"],
)
def test_it_survives_what_a_cell_does(
    application: Application, code: str, name: str
) -> None:
    assert application.visitor.run(code)["ename"] == name
    assert application.visitor.said("print('still here')") == "still here\n"


@pytest.mark.parametrize(
    "code",
    [
        "print('begun')\nwhile True: pass",
        "import asyncio\nprint('begun')\nawait asyncio.sleep(1000)",
        "import threading\nprint('begun')\nwhile True: threading.Event().wait(0.01)",
    ],
    ids=["loops", "awaits", "waits"],
)
def test_a_cell_is_interrupted(application: Application, code: str) -> None:
    """Hearts and control go on meanwhile, or the request would not be taken."""
    assert application.visitor.interrupted(code)["ename"] == "KeyboardInterrupt"
    assert application.visitor.said("print('still here')") == "still here\n"


def test_a_late_interrupt_meets_no_other_cell(application: Application) -> None:
    """One that comes when the cell has ended is forgotten."""
    visitor = application.visitor
    visitor.run("print('done')")
    visitor.client.control_channel.send(
        visitor.client.session.msg("interrupt_request", {})
    )
    visitor.client.get_control_msg(timeout=PATIENCE)
    assert visitor.said("print('not met')") == "not met\n"


@pytest.mark.parametrize("end", ["cell", "request", "exit"])
def test_it_ends_in_order(application: Application, end: str) -> None:
    visitor = application.visitor
    if end == "request":
        visitor.shutdown()
    else:
        code = "particles.quit()" if end == "cell" else "exit"
        assert visitor.run(code)["status"] == "ok"
    assert application.end() == ""


def test_jupyter_finds_its_connection_file(application: Application) -> None:
    assert json.loads(application.file.read_text())["key"]
    assert application.file.stat().st_mode & 0o777 == 0o600
    assert application.file.parent.name == "runtime"


@pytest.fixture(scope="module", params=["address", "thread"])
def sanitized(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    place = tmp_path_factory.mktemp(f"embed_python_{request.param}")
    flags = f"-g -O1 -fsanitize={request.param}"
    return built(EXAMPLE, place, flags) / "embed_python"


@pytest.mark.parametrize("mode", list(MODES))
def test_the_sanitizers_have_nothing_to_say(
    sanitized: Path, mode: str, tmp_path: Path
) -> None:
    """Neither of its memory, nor of its threads, nor of what is left when it ends."""
    with started(sanitized, mode, tmp_path / "runtime") as application:
        visitor = application.visitor
        assert visitor.said(STILL) == "14000.0 (1000, 2)\n"
        assert visitor.run("kept = particles.positions; 1 / 0")["status"] == "error"
        assert visitor.run("raise SystemExit(3)")["status"] == "error"
        loop = "print('begun')\nwhile True: pass"
        assert visitor.interrupted(loop)["ename"] == "KeyboardInterrupt"
        assert visitor.run("particles.quit()")["status"] == "ok"
        assert application.end() == ""


def test_kernels_come_and_go_in_a_program(tmp_path: Path) -> None:
    build = built(ROOT / "tests" / "cpp" / "python", tmp_path / "build", WARNINGS)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**os.environ, "JUPYTER_RUNTIME_DIR": str(tmp_path), "PATH": path}
    checked(build / "python_kernel_test", env=env)
