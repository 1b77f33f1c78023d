"""A running kernel: its connection file, and the process that serves it."""

from __future__ import annotations

import json
import os
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

from bench.kernels.catalogue import Command
from bench.process import Process, free_ports

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")


@dataclass(frozen=True)
class Connection:
    """What the connection file says: a port per channel and the signing key."""

    ports: dict[str, int]
    key: bytes

    def endpoint(self, channel: str) -> str:
        return f"tcp://127.0.0.1:{self.ports[channel]}"

    def content(self) -> dict[str, str | int]:
        """Return the whole file's content, as jupyter_client takes it too."""
        content: dict[str, str | int] = {
            "transport": "tcp",
            "ip": "127.0.0.1",
            "signature_scheme": "hmac-sha256",
            "key": self.key.decode(),
            "kernel_name": "bench",
        }
        content |= {f"{name}_port": port for name, port in self.ports.items()}
        return content

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.content()))


class KernelProcess(Process):
    """A kernel in a session of its own, killed with all its children on exit."""

    def __init__(self, command: Command) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kernel-bench-")
        folder = Path(self._folder.name)
        self.connection = Connection(
            dict(zip(CHANNELS, free_ports(len(CHANNELS)), strict=True)),
            uuid.uuid4().hex.encode(),
        )
        file = folder / "connection.json"
        self.connection_file = str(file)
        self.connection.write(file)
        argv = [part.replace("{connection_file}", str(file)) for part in command.argv]
        # jupyter_client sets JPY_PARENT_PID too: kernels end when this process does.
        env = command.env | {"JPY_PARENT_PID": str(os.getpid())}
        super().__init__(argv, env, folder)

    def close(self) -> None:
        """Kill the whole process group and remove its files. May be called twice."""
        super().close()
        self._folder.cleanup()
