"""A running kernel: its connection file, its process group, its memory and CPU time.

Memory and CPU time are summed over the process group, so a kernel that works in a child
process is measured like the others. Linux only: everything is read from /proc.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from bench.kernels.catalogue import Command

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_KIB = 1024


@dataclass(frozen=True)
class Connection:
    """What the connection file says: a port per channel and the signing key."""

    ports: dict[str, int]
    key: bytes

    def endpoint(self, channel: str) -> str:
        return f"tcp://127.0.0.1:{self.ports[channel]}"

    def write(self, path: Path) -> None:
        content: dict[str, str | int] = {
            "transport": "tcp",
            "ip": "127.0.0.1",
            "signature_scheme": "hmac-sha256",
            "key": self.key.decode(),
            "kernel_name": "bench",
        }
        content |= {f"{name}_port": port for name, port in self.ports.items()}
        path.write_text(json.dumps(content))


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


class KernelProcess:
    """A kernel in a session of its own, killed with all its children on exit."""

    def __init__(self, command: Command) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kernel-bench-")
        folder = Path(self._folder.name)
        self.connection = Connection(
            dict(zip(CHANNELS, free_ports(len(CHANNELS)), strict=True)),
            uuid.uuid4().hex.encode(),
        )
        file = folder / "connection.json"
        self.connection.write(file)
        argv = [part.replace("{connection_file}", str(file)) for part in command.argv]
        # jupyter_client sets JPY_PARENT_PID too: kernels end when this process does.
        env = os.environ | command.env | {"JPY_PARENT_PID": str(os.getpid())}
        self._log = folder / "output.log"
        with self._log.open("wb") as log:
            self.started = time.perf_counter()
            self._process = subprocess.Popen(
                argv,
                env=env,
                cwd=folder,  # some kernels leave log files where they start
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def close(self) -> None:
        """Kill the whole process group and remove its files. May be called twice."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._folder.cleanup()

    def alive(self) -> bool:
        return self._process.poll() is None

    def last_words(self) -> str:
        """Return the last line of the kernel's own output, for a failure's report."""
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
