"""Who is compared: each starts a process of its own, and runs cells in it.

What a contestant says has taken so long is what its user waits for: a kernel's client
until the reply and the idle status are there, the others until the next prompt or answer.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from bench.cpp.cells import Cell
from bench.cpp.terminal import PATIENCE, Terminal
from bench.kernels.catalogue import Command, NotInstalledError, newest
from bench.kernels.client import Client, KernelSilentError, Request
from bench.kernels.process import KernelProcess

STANDARD = "c++20"
BASELINE = "g++"
PYTHON = "KERNELWIRE_CPPYY_PYTHON"  # the Python that has cppyy

_CHILD = Path(__file__).parent / "cppyy_cells.py"


class Contestant(ABC):
    """What takes cells. The constructor starts it, with or without -O2."""

    name: ClassVar[str]
    title: ClassVar[str]

    @classmethod
    @abstractmethod
    def version(cls, build: Path) -> str:
        """Say which one is measured.

        Args:
            build: directory searched, with all below it, for the kernel.

        Raises:
            NotInstalledError: it is not on this machine.
        """

    @abstractmethod
    def __init__(self, build: Path, *, optimised: bool = False) -> None: ...

    @abstractmethod
    def run(self, cell: Cell) -> float:
        """Run a cell; return the seconds until it is done.

        Raises:
            KernelSilentError: it failed, or was not done in time.
        """

    @abstractmethod
    def text(self, cell: Cell) -> str:
        """Run a cell; return what it has written and shown."""

    @abstractmethod
    def close(self) -> None:
        """Kill it, and remove its files."""


class Interpreter(Contestant):
    """One that has a process of its own."""

    process: KernelProcess | Terminal

    @abstractmethod
    def ready(self) -> None:
        """Wait until it takes a cell: for the first kernel_info reply, or a prompt."""

    def first(self, cell: Cell) -> float:
        """Run the first cell; return the seconds from the start to its end."""
        self.run(cell)
        return self.since_start()

    @abstractmethod
    def complete(self, code: str, wanted: str) -> float:
        """Complete what is typed; return the seconds until the match is there.

        Raises:
            KernelSilentError: `wanted`, the only match, is not.
        """

    def since_start(self) -> float:
        return time.perf_counter() - self.process.started

    def close(self) -> None:
        self.process.close()


class Kernel(Interpreter):
    """kernelwire-cpp, over its sockets."""

    name = "kernelwire-cpp"
    title = "kernelwire-cpp"
    process: KernelProcess

    @classmethod
    def version(cls, build: Path) -> str:
        program = newest(build, "kernelwire-cpp")
        return f"{said(program, '--version')} of {STANDARD}"

    def __init__(
        self, build: Path, *, optimised: bool = False, cache: str = ""
    ) -> None:
        """Start it, with the user's cache or another one."""
        program = str(newest(build, "kernelwire-cpp"))
        argv = [program, "-f", "{connection_file}", "--std", STANDARD]
        argv += ["--history", "{connection_file}.history"]  # not the user's own
        argv += ["-O", "2"] if optimised else []
        env = {"XDG_CACHE_HOME": cache} if cache else {}
        self.process = KernelProcess(Command(argv, env))
        self._client = Client(self.process.connection)
        self._client.patience(PATIENCE)

    def ready(self) -> None:
        request = self._client.kernel_info()
        self._client.send(request)
        self._client.reply(request)

    def first(self, cell: Cell) -> float:
        """Wait for the reply only: iopub's subscription may be on its way."""
        request = self._client.execute("\n".join(cell))
        self._client.send(request)
        content = self._client.reply(request)
        seconds = self.since_start()
        succeeded(content)
        self._client.subscribe(PATIENCE)
        return seconds

    def run(self, cell: Cell) -> float:
        seconds, content = self._ask(self._client.execute("\n".join(cell)))
        succeeded(content)
        return seconds

    def text(self, cell: Cell) -> str:
        request = self._client.execute("\n".join(cell))
        self._client.send(request)
        published = self._client.text(request)
        succeeded(self._client.reply(request))
        return published

    def complete(self, code: str, wanted: str) -> float:
        seconds, content = self._ask(self._client.complete(code))
        found(wanted, succeeded(content)["matches"])
        return seconds

    def _ask(self, request: Request) -> tuple[float, bytes]:
        start = time.perf_counter()
        self._client.send(request)
        content = self._client.reply(request)
        self._client.idle(request)
        return time.perf_counter() - start, content

    def close(self) -> None:
        self._client.close()
        super().close()


class Cling(Interpreter):
    """cling, in the cppyy-cling wheel, by cppyy in a Python process."""

    name = "cppyy"
    title = "cling by cppyy"
    process: Terminal

    @classmethod
    def version(cls, build: Path) -> str:
        code = (
            "from importlib.metadata import version; "
            "print('cppyy', version('cppyy'), 'over cppyy-cling', version('cppyy-cling'))"
        )
        try:
            return said(cls._python(), "-c", code)
        except (OSError, subprocess.CalledProcessError):
            msg = f"no cppyy in the Python that runs this, nor in ${PYTHON}"
            raise NotInstalledError(msg) from None

    @staticmethod
    def _python() -> str:
        return os.environ.get(PYTHON, sys.executable)

    def __init__(self, build: Path, *, optimised: bool = False) -> None:
        self.process = Terminal([self._python(), str(_CHILD)])  # -O2 is its default

    def ready(self) -> None:
        self._ask({"lines": []})

    def run(self, cell: Cell) -> float:
        start = time.perf_counter()
        self.text(cell)
        return time.perf_counter() - start

    def text(self, cell: Cell) -> str:
        written, done = self._ask({"lines": list(cell)})
        if not done:
            msg = f"the cell failed: {written[:200]}"
            raise KernelSilentError(msg)
        return written

    def complete(self, code: str, wanted: str) -> float:
        start = time.perf_counter()
        _, matches = self._ask({"code": code})
        seconds = time.perf_counter() - start
        found(wanted, matches)
        return seconds

    def _ask(self, order: dict[str, Any]) -> tuple[str, Any]:
        self.process.say(json.dumps(order) + "\n")
        heard = self.process.hear("\x04")
        written, _, answer = heard.removesuffix("\x04").rpartition("\x1e")
        return written, json.loads(answer)


class ClangRepl(Interpreter):
    """LLVM's own clang-repl, at its prompt. Completion is what its tabulator shows."""

    name = "clang-repl"
    title = "clang-repl"
    process: Terminal

    PROMPT = "clang-repl> "

    @classmethod
    def version(cls, build: Path) -> str:
        first_line = said(cls._program(), "--version").partition("\n")[0]
        return f"{first_line} of {STANDARD}"

    @staticmethod
    def _program() -> str:
        for name in ("clang-repl-22", "clang-repl"):
            if program := shutil.which(name):
                return program
        msg = "no clang-repl, which Debian's clang-tools-22 has"
        raise NotInstalledError(msg)

    def __init__(self, build: Path, *, optimised: bool = False) -> None:
        argv = [self._program(), "-Xcc", f"-std={STANDARD}"]
        argv += ["-Xcc", "-O2"] if optimised else []
        self.process = Terminal(argv)

    def ready(self) -> None:
        self.process.hear(self.PROMPT)

    def run(self, cell: Cell) -> float:
        start = time.perf_counter()
        self.text(cell)
        return time.perf_counter() - start

    def text(self, cell: Cell) -> str:
        written = ""
        for line in cell:
            self.process.say(f"{line}\n")
            written += self.process.hear(self.PROMPT)
        if "error:" in written:
            msg = f"the cell failed: {written[:200]}"
            raise KernelSilentError(msg)
        return written

    def complete(self, code: str, wanted: str) -> float:
        self.process.say(code)
        self.process.hear(code)  # the echo
        start = time.perf_counter()
        self.process.say("\t")
        shown = self.process.hear(wanted, "\a")  # the rest of the word, or a bell
        seconds = time.perf_counter() - start
        self.process.say("\x15// cleared\n")
        self.process.hear(f"// cleared\r\n{self.PROMPT}")
        found(wanted, shown.split())
        return seconds


class Compiler(Contestant):
    """g++ -O2: a program made of the cells. There are only loops in it to be timed."""

    name = BASELINE
    title = "g++ -O2"

    @classmethod
    def version(cls, build: Path) -> str:
        return said(cls._program(), "--version").partition("\n")[0]

    @staticmethod
    def _program() -> str:
        if program := shutil.which("g++"):
            return program
        msg = "no g++"
        raise NotInstalledError(msg)

    def __init__(self, build: Path, *, optimised: bool = False) -> None:
        self._folder = TemporaryDirectory(prefix="cpp-bench-")
        self._declared: Cell = ()

    def run(self, cell: Cell) -> float:
        """Keep declarations for the programs to come."""
        self._declared += cell
        return 0.0

    def text(self, cell: Cell) -> str:
        """Make a program that does the cell; return what it writes."""
        source = Path(self._folder.name) / "loops.cpp"
        program = source.with_suffix("")
        # Not in main itself: g++ optimises less what is known to be done only once.
        function = ["void do_cell() {", *cell, "}", "int main() { do_cell(); }", ""]
        lines = [*self._declared, *function]
        source.write_text("\n".join(lines))
        options = [f"-std={STANDARD}", "-O2", str(source), "-o", str(program)]
        said(self._program(), *options)
        return said(program)

    def close(self) -> None:
        self._folder.cleanup()


INTERPRETERS: tuple[type[Interpreter], ...] = (Kernel, Cling, ClangRepl)
CONTESTANTS: tuple[type[Contestant], ...] = (*INTERPRETERS, Compiler)


def said(*command: str | Path) -> str:
    """Run a command to its end; what it has written."""
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=PATIENCE
    )
    return done.stdout.strip()


def succeeded(content: bytes) -> dict[str, Any]:
    """Return the content of a reply that says so."""
    reply: dict[str, Any] = json.loads(content)
    if reply["status"] != "ok":
        msg = f"the cell failed: {reply.get('evalue', reply)}"
        raise KernelSilentError(msg)
    return reply


def found(wanted: str, matches: list[str]) -> None:
    """Look for a name; cling writes `[#int#]name`, with the type before it."""
    names = [re.sub(r"\[#.*?#\]", "", match) for match in matches]
    if not any(name.rpartition(".")[2].startswith(wanted) for name in names):
        msg = "finds none"
        raise KernelSilentError(msg)
