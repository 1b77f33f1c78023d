"""A jupyter_server of its own, and the kernels that it starts."""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.process import Process, free_ports

_PATIENCE = 60.0  # seconds until the server answers
_LOOK = 0.05  # seconds between two looks
_GOODBYE = 10.0  # seconds to shut kernels down


class ServerError(Exception):
    """The server did not come up, or has no such kernel."""


class Server:
    """A running jupyter_server, which nobody but its client can use."""

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        """Start it and wait until it answers.

        Args:
            env: added to its environment, and so to its kernels'.
            folder: its root and its working directory, kept until it is closed.

        Raises:
            ServerError: it ended, or did not answer in time.
        """
        (port,) = free_ports(1)
        token = uuid.uuid4().hex
        argv = [
            *[sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"],
            *["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"],
            *["--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"],
            f"--IdentityProvider.token={token}",
            # The limit on iopub drops messages of a kernel that prints quickly; 0 is none.
            "--ZMQChannelsWebsocketConnection.iopub_msg_rate_limit=0",
            "--ZMQChannelsWebsocketConnection.iopub_data_rate_limit=0",
        ]
        self.address = f"127.0.0.1:{port}"
        self.headers = {"Authorization": f"token {token}"}
        self.process = Process(argv, env, folder)
        try:
            self._wait()
        except BaseException:
            self.process.close()
            raise

    def start(self, kernelspec: str) -> str:
        """Start a kernel and return its id.

        Raises:
            ServerError: there is no such kernelspec.
        """
        try:
            kernel: dict[str, Any] = self._ask("/api/kernels", {"name": kernelspec})
        except urllib.error.HTTPError as error:
            msg = f"no kernel {kernelspec!r}: {error}"
            raise ServerError(msg) from None
        return str(kernel["id"])

    def close(self) -> None:
        """End the server and, through it, its kernels."""
        self.process.end(_GOODBYE)

    def _wait(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self._ask("/api/status")
                return
            except OSError:
                if not self.process.alive() or time.monotonic() > deadline:
                    msg = self.process.last_words() or "the server does not answer"
                    raise ServerError(msg) from None
            time.sleep(_LOOK)

    def _ask(self, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://{self.address}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers=self.headers,
        )
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            return json.load(answer)
