"""Beats a kernel's heartbeat, one beat after the other, until its stdin is closed.

`python -m bench.faults.beats ENDPOINT`: a process of its own, because a client that is
busy reading would hold the beats up. At the end it prints how many were answered, and how
long the slowest answer took, in seconds.
"""

from __future__ import annotations

import select
import subprocess
import sys
import time
from dataclasses import dataclass

import zmq

_INTERVAL = 0.01  # seconds between an answer and the next beat
_PATIENCE = 60_000  # milliseconds


@dataclass(frozen=True)
class Beats:
    """What came of them; `worst` in seconds."""

    answered: int
    worst: float


class Heart:
    """The process, while something else is measured."""

    def __init__(self, endpoint: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, endpoint],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        self._process.stdout.readline()  # the first beat was answered

    def stop(self) -> Beats:
        output, _ = self._process.communicate()
        answered, worst = output.split()
        return Beats(int(answered), float(worst))

    def close(self) -> None:
        """End the process, whatever it does. May be called twice."""
        self._process.kill()
        self._process.wait()


def main() -> None:
    with zmq.Context() as context, context.socket(zmq.REQ) as heart:
        heart.linger = 0
        heart.rcvtimeo = _PATIENCE
        heart.connect(sys.argv[1])
        beat(heart)
        print("beating", flush=True)
        answered, worst = 0, 0.0
        while not select.select([sys.stdin], [], [], _INTERVAL)[0]:
            worst = max(worst, beat(heart))
            answered += 1
        print(answered, worst)


def beat(heart: zmq.Socket[bytes]) -> float:
    """Return the seconds until a beat is answered."""
    began = time.perf_counter()
    heart.send(b"ping")
    heart.recv()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
