"""A running program: its process group, its last words, its memory and CPU time.

Memory and CPU time are summed over the process group, so a program that works in a child
process is measured like the others. Linux only: everything is read from /proc.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_KIB = 1024


def free_ports(count: int) -> list[int]:
    """Return ports that nothing uses.

    They lie below Linux's ephemeral range, so that a client which connects again and
    again before the kernel listens can never be given the kernel's port as its own.
    """
    with contextlib.ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            holder = stack.enter_context(socket.socket())
            port = random.randrange(20_000, 32_000)
            with contextlib.suppress(OSError):
                holder.bind(("127.0.0.1", port))
                ports.append(port)
        return ports


class Process:
    """A program in a session of its own, killed with all its children on exit."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        folder: Path,
        terminal: int | None = None,
    ) -> None:
        """Start the program.

        Args:
            argv: the program and its arguments.
            env: added to this process's environment.
            folder: where it runs, and writes what it prints to output.log; kept until
                it is closed.
            terminal: a descriptor that it reads from and writes to instead.
        """
        self._log = folder / "output.log"
        with self._log.open("wb") as log:
            self.started = time.perf_counter()
            self._process = subprocess.Popen(
                argv,
                env=os.environ | env,
                cwd=folder,  # some programs leave log files where they start
                stdin=subprocess.DEVNULL if terminal is None else terminal,
                stdout=log if terminal is None else terminal,
                stderr=log if terminal is None else terminal,
                start_new_session=True,
            )

    def close(self) -> None:
        """Kill the whole process group. May be called twice."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def end(self, seconds: float) -> None:
        """Ask the program to end its children and itself, and close it if it does not."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.close()

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def alive(self) -> bool:
        return self._process.poll() is None

    def last_words(self) -> str:
        """Return the last line of the program's own output, for a failure's report."""
        lines = self._log.read_text(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def resident(self) -> float:
        """Return the resident memory of the process group, in bytes."""
        return sum(_status(pid, "VmRSS") for pid in self._pids())

    def peak(self) -> float:
        """Return the largest resident memory since `forget_peak`, in bytes."""
        return sum(_status(pid, "VmHWM") for pid in self._pids())

    def forget_peak(self) -> None:
        for pid in self._pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc(5): reset VmHWM

    def cpu(self) -> float:
        """Return the CPU time used so far by all threads of the group, in seconds."""
        return sum(_cpu(pid) for pid in self._pids())

    def _pids(self) -> list[int]:
        group = self._process.pid
        pids = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with contextlib.suppress(ProcessLookupError):
                    if os.getpgid(int(entry.name)) == group:
                        pids.append(int(entry.name))
        return pids


def _status(pid: int, name: str) -> float:
    """Return one line of /proc/PID/status, which counts in KiB, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * _KIB
    return 0.0


def _cpu(pid: int) -> float:
    """Return user plus system time in seconds.

    The scheduler's own count has nanoseconds; utime and stime are the same time in
    ticks of 10 ms, and stand in where the kernel was built without the former.
    """
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        spent = [(task / "schedstat").read_text().split()[0] for task in tasks]
    except FileNotFoundError:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND
    return sum(int(nanoseconds) for nanoseconds in spent) / 1e9
