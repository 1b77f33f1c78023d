"""An ipyparallel cluster with two engines, in a program that is told what to do."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]

_GOODBYE = 30.0  # seconds to stop engines and controller


class ClusterError(Exception):
    """The cluster did not come up, or could not do what it was told."""


class Cluster:
    """The driver program, running."""

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        """Start the program and its cluster, and wait for both engines.

        Args:
            env: added to the environment of client, controller and engines.
            folder: ipyparallel's profile, and the log; kept until it is closed.

        Raises:
            ClusterError: it did not come up.
        """
        self._log = folder / "output.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.apps.driver", str(folder / "profile")],
                env=os.environ | env,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._answer()

    def close(self) -> None:
        """Let it stop the cluster, and kill it if it does not."""
        try:
            with contextlib.suppress(BrokenPipeError):
                self._process.communicate(timeout=_GOODBYE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def order(self, order: str) -> float:
        """Have something done; return the seconds it took, seen by the client.

        Raises:
            ClusterError: it failed.
        """
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(f"{order}\n")
            self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> float:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            lines = self._log.read_text(errors="replace").strip().splitlines()
            raise ClusterError(lines[-1] if lines else "the driver has ended")
        return float(line)
