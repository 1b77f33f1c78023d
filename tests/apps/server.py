"""The servers of Jupyter's apps as processes: started, waited for, logged and ended."""

from __future__ import annotations

import random
import re
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO

import pytest

PATIENCE = 120.0  # seconds: an app starts on a machine that does much else


@contextmanager
def serving(
    command: Sequence[str | Path],
    *,
    environment: dict[str, str],
    log: Path,
    listens: str,
) -> Iterator[str]:
    """Run a server until the block ends.

    Args:
        command: its program and arguments.
        environment: its variables.
        log: a file for all that it says, its kernels included.
        listens: a pattern of the line that says where it listens; its first group is the
            address.

    Yields:
        The address, such as `http://127.0.0.1:8888`.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        [str(part) for part in command],
        env=environment,
        cwd=log.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        found: SimpleQueue[str] = SimpleQueue()
        copying = Thread(target=copy, args=(process.stdout, log, listens, found))
        copying.start()
        try:
            yield wait_for(found, log)
        finally:
            process.terminate()
            process.wait(PATIENCE)
            copying.join(PATIENCE)


def copy(said: IO[str], log: Path, listens: str, found: SimpleQueue[str]) -> None:
    """Copy what a server says to its log, and tell the address once it is there."""
    with log.open("w", encoding="utf-8") as file:
        for line in said:
            file.write(line)
            file.flush()
            if address := re.search(listens, line):
                found.put(address[1])
    found.put("")  # it has ended


def wait_for(found: SimpleQueue[str], log: Path) -> str:
    """Wait for a server's address."""
    try:
        address = found.get(timeout=PATIENCE)
    except Empty:
        address = ""
    if not address:
        pytest.fail(f"the server does not listen; it said:\n{log.read_text()}")
    return address.rstrip("/")


def free_port() -> int:
    """Choose a port that nothing listens on.

    It is below those that the system gives to whoever asks for any, so that none of the
    many sockets of a test run takes it before the server does.
    """
    while True:
        port = random.randrange(10_000, 30_000)
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)):
                return port
