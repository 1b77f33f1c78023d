"""What no Session can avoid: a signature, orjson, and frames through a socket.

The signature and the frames are measured in C++, by a program that bench/CMakeLists.txt
builds; JSON by orjson; and, beside libzmq from C++, the same frames through pyzmq.
"""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import Any

import orjson
import zmq

from bench.batches import Batch, clock, uncollected
from bench.kernels.catalogue import newest
from bench.session.loads import pair

PROGRAM = "session_floor"


class Floor:
    """The C++ program, running. Confined to one thread."""

    def __init__(self, build: Path) -> None:
        """Start the program.

        Args:
            build: directory searched, with all below it, for the executable.

        Raises:
            NotInstalledError: it was not built.
        """
        self._process = subprocess.Popen(
            [newest(build, PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """End the program; it ends when nobody can give orders any more."""
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()

    def signing(self, parts: list[bytes]) -> Batch:
        """Return batches of the signature of four parts."""
        return lambda calls: self._order("sign", calls, parts)

    def frames(self, frames: list[bytes]) -> Batch:
        """Return batches of one message over inproc, sent and received."""
        return lambda calls: self._order("frames", calls, frames)

    def _order(self, name: str, calls: int, parts: list[bytes]) -> float:
        sizes = " ".join(str(len(part)) for part in parts)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{name} {calls} {sizes}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline()) / calls


def packing(parts: list[bytes]) -> Batch:
    """Return batches of orjson.dumps of each part."""
    objects = [orjson.loads(part) for part in parts]
    return _batches(orjson.dumps, objects)


def unpacking(parts: list[bytes]) -> Batch:
    """Return batches of orjson.loads of each part."""
    return _batches(orjson.loads, parts)


def _batches(function: Any, parts: list[Any]) -> Batch:
    header, parent, metadata, content = parts

    def batch(calls: int) -> float:
        with uncollected():
            start = clock()
            for _ in range(calls):
                function(header)
                function(parent)
                function(metadata)
                function(content)
            return (clock() - start) / calls

    return batch


class Multipart:
    """pyzmq's send_multipart and recv_multipart of ready frames, over inproc."""

    def __init__(self, frames: list[bytes], *, copy: bool) -> None:
        self._frames = frames
        self._copy = copy
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._near, self._far = pair(self._context)

    def __call__(self, calls: int) -> float:
        send, recv = self._near.send_multipart, self._far.recv_multipart
        frames, copy = self._frames, self._copy
        with uncollected():
            start = clock()
            for _ in range(calls):
                send(frames, 0, copy)
                recv(zmq.NOBLOCK, copy)
            return (clock() - start) / calls

    def close(self) -> None:
        self._context.destroy(linger=0)
