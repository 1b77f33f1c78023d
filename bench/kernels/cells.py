"""The cells that put each load on a kernel: Python code, or a marker for C++ kernels.

Every Python cell ends in an expression whose value is None, because xeus-python's raw
mode (0.19) mutes a cell that ends in anything else.
"""

from __future__ import annotations

from typing import Protocol


class Cells(Protocol):
    """One kernel's wording of every load."""

    nothing: str
    """Publishes nothing."""
    line: str
    """Publishes one short line on stdout."""

    def prints(self, count: int) -> str:
        """Return a cell that prints `count` numbered lines and never flushes."""

    def flushed(self, count: int) -> str:
        """Return a cell that prints `count` numbered lines and flushes each."""

    def display(self, count: int) -> str:
        """Return a cell that publishes `count` display_data messages."""

    def updates(self, count: int) -> str:
        """Return a cell that updates one display `count` times, with numbers from 0."""

    def prepare_buffer(self, size: int) -> str:
        """Return a cell, run untimed, that fills `size` bytes and opens a comm."""

    def buffers(self, count: int, size: int) -> str:
        """Return a cell that sends `count` comm_msg with those `size` bytes each."""


class PythonCells:
    """The loads in Python, as a user of IPython would write them."""

    nothing = "pass"
    line = 'print("pass")'

    def prints(self, count: int) -> str:
        return f"for i in range({count}): print(i)\nNone"

    def flushed(self, count: int) -> str:
        return f"for i in range({count}): print(i, flush=True)\nNone"

    def display(self, count: int) -> str:
        # IPython's builtin, as raw mode has no IPython.display to import from; and a
        # ready-made bundle, as the row is about publishing, not about formatting.
        bundle = '{"text/plain": str(i)}'
        return f"for i in range({count}): display({bundle}, raw=True)\nNone"

    def updates(self, count: int) -> str:
        bundle = '{"text/plain": str(i)}'
        return (
            'shown = display({"text/plain": ""}, raw=True, display_id="bench")\n'
            f"for i in range({count}): shown.update({bundle}, raw=True)\nNone"
        )

    def prepare_buffer(self, size: int) -> str:
        # Written, not zeroed: untouched zero pages are not resident, so a copy of
        # them would not show.
        return (
            "from comm import create_comm\n"
            'bench_comm = create_comm(target_name="bench")\n'
            'assert type(bench_comm).__name__ != "DummyComm", "it has no comms"\n'
            f'bench_data = b"\\1" * {size}\nNone'
        )

    def buffers(self, count: int, size: int) -> str:
        send = "bench_comm.send(data={}, buffers=[bench_data])"
        return f"for i in range({count}): {send}\nNone"


class MarkerCells:
    """The loads as markers, for C++ kernels that only look for their prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.nothing = f"{prefix}:pass"
        self.line = f"{prefix}:echo"

    def prints(self, count: int) -> str:
        return f"{self.prefix}:prints:{count}"

    def flushed(self, count: int) -> str:
        return f"{self.prefix}:flushed:{count}"

    def display(self, count: int) -> str:
        return f"{self.prefix}:display:{count}"

    def updates(self, count: int) -> str:
        return f"{self.prefix}:updates:{count}"

    def prepare_buffer(self, size: int) -> str:
        return f"{self.prefix}:allocate:{size}"

    def buffers(self, count: int, size: int) -> str:
        return f"{self.prefix}:buffers:{count}:{size}"
