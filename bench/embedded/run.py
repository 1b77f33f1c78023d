"""An embedded kernel: what it costs a loop that has nothing to do for it, and its size.

The program idle_loop does the calls, one batch an order; the sizes are those of two
executables. bench/CMakeLists.txt builds all three.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.batches import Batch, in_turn, row, say
from bench.kernels.catalogue import newest
from bench.machine import describe
from bench.results import Entry, Result, RowResult, summarise

FLOOR = "floor"
OURS = "kernelwire"
CALLS = 10_000  # in one batch: some milliseconds
KILO = 1e3


@dataclass(frozen=True)
class Plan:
    """How many batches there are of each row."""

    batches: int = 60


QUICK = Plan(batches=8)


def compare(plan: Plan, build: Path) -> Result:
    """Measure both rows.

    Args:
        plan: how many batches.
        build: directory searched, with all below it, for the programs.

    Raises:
        NotInstalledError: they were not built.
    """
    machine = describe()
    began = time.monotonic()
    with idle_loop(build) as (orders, answers):
        batches = {
            FLOOR: batch("poll", orders, answers),
            OURS: batch("step", orders, answers),
        }
        times = in_turn(batches, plan.batches, dict.fromkeys(batches, CALLS))
    size = sizes(build)
    return {
        "machine": machine,
        "quick": plan == QUICK,
        "rounds": plan.batches,
        "seconds": time.monotonic() - began,
        "contestants": {
            FLOOR: {"title": "floor", "found": True, "note": ""},
            OURS: {"title": "kernelwire", "found": True, "note": ""},
        },
        "rows": {"idle": row("a step with nothing to do", times), "size": size},
    }


@contextlib.contextmanager
def idle_loop(build: Path) -> Iterator[tuple[IO[str], IO[str]]]:
    """Run the program; its standard input and output."""
    with subprocess.Popen(
        [newest(build, "idle_loop")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdin, process.stdout
        process.stdin.close()  # then it ends


def batch(order: str, orders: IO[str], answers: IO[str]) -> Batch:
    """Return batches of one kind of call."""

    def run(calls: int) -> float:
        orders.write(f"{order} {calls}\n")
        orders.flush()
        return float(answers.readline()) / calls

    return run


def sizes(build: Path) -> RowResult:
    """Return how large a stripped kernel is, all but libzmq and the C library in it."""
    files = {FLOOR: "small_floor_kernel", OURS: "small_echo_kernel"}
    bytes_of = {
        name: newest(build, file).stat().st_size for name, file in files.items()
    }
    beyond = (bytes_of[OURS] - bytes_of[FLOOR]) / KILO
    entries: dict[str, Entry] = {
        name: {"summary": summarise([size / KILO]), "facts": {}, "note": ""}
        for name, size in bytes_of.items()
    }
    entries[OURS]["note"] = f"{beyond:.0f} kB more"
    say(f"a stripped kernel: {beyond:.0f} kB more than the floor")
    return {
        "title": "size of a stripped kernel",
        "unit": "kB",
        "better": "lower",
        "entries": entries,
    }
