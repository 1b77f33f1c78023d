"""A program with an ipyparallel cluster of two engines, which does what it is told.

`python -m bench.apps.driver FOLDER` reads one order a line and answers each with the
seconds that it took: `push`, `pull`, `apply COUNT`, `tasks COUNT`. At the end of its
input it stops the cluster. The client is in here, since it has a Session too.
"""

from __future__ import annotations

import importlib
import logging
import sys
import time
from typing import Any

import numpy as np

SIZE = 100_000_000  # bytes that are pushed and pulled
_PATIENCE = 60.0  # seconds for one order


def nothing() -> None:
    """A task that costs only its messages."""


class Driver:
    """One engine of a cluster, seen from the client."""

    def __init__(self, client: Any) -> None:
        self._view = client[0]
        self._array = np.arange(SIZE // 8, dtype=np.float64)

    def obey(self, order: str) -> float:
        name, _, count = order.partition(" ")
        start = time.perf_counter()
        if name == "push":
            self._view.push({"array": self._array}, block=True)
        elif name == "pull":
            array = self._view.pull("array", block=True)
            seconds = time.perf_counter() - start
            if array.nbytes != SIZE or array[-1] != self._array[-1]:
                msg = "another array came back"
                raise RuntimeError(msg)
            return seconds
        elif name == "apply":
            for _ in range(int(count)):
                self._view.apply_sync(nothing)
        elif name == "tasks":
            results = [self._view.apply_async(nothing) for _ in range(int(count))]
            for result in results:
                result.get(_PATIENCE)
        else:
            msg = f"no order {name!r}"
            raise ValueError(msg)
        return time.perf_counter() - start


def main(folder: str) -> None:
    ipyparallel: Any = importlib.import_module("ipyparallel")  # it has no types
    cluster = ipyparallel.Cluster(
        n=2, profile_dir=folder, log_level=logging.ERROR, shutdown_atexit=True
    )
    answers, sys.stdout = sys.stdout, sys.stderr  # ipyparallel prints its progress
    with cluster as client:
        client.wait_for_engines(2, timeout=_PATIENCE, interactive=False)
        driver = Driver(client)
        print(0.0, file=answers, flush=True)
        for line in sys.stdin:
            print(driver.obey(line.strip()), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
