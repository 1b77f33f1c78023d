"""A program that is talked to through a pseudoterminal, as its user talks to it.

To a pipe, programs write what they show only when they end.
"""

from __future__ import annotations

import os
import pty
import select
import tempfile
import time
import tty
from collections.abc import Sequence
from pathlib import Path

from bench.kernels.client import KernelSilentError
from bench.process import Process

PATIENCE = 60.0  # seconds


class Terminal(Process):
    """A program, and what it writes; killed with all its children on exit."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cpp-bench-")
        self._ours, theirs = pty.openpty()
        tty.setraw(theirs)
        try:
            super().__init__(argv, {"TERM": "dumb"}, Path(self._folder.name), theirs)
        finally:
            os.close(theirs)

    def say(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def hear(self, *ends: str) -> str:
        """Return what the program writes, up to the first of some ends.

        Raises:
            KernelSilentError: none of them came in time, or the program has ended.
        """
        wanted = tuple(end.encode() for end in ends)
        deadline = time.perf_counter() + PATIENCE
        heard = b""
        while not heard.endswith(wanted):
            left = max(deadline - time.perf_counter(), 0)
            ready, _, _ = select.select([self._ours], [], [], left)
            try:
                heard += os.read(self._ours, 65536) if ready else b""
            except OSError:  # EIO: nobody has the other side open
                ready = []
            if not ready:
                msg = f"no answer after {heard[-200:]!r}"
                raise KernelSilentError(msg)
        return heard.decode(errors="replace")

    def close(self) -> None:
        """Kill it and remove its files. Called once."""
        super().close()
        os.close(self._ours)
        self._folder.cleanup()
