"""Batches of calls, the contestants in turn: what codec and session have in common.

A row's batches are interleaved, and who begins changes from round to round, so a noisy
minute hits everybody. They are timed by the thread's CPU clock: all is done in one thread
that never waits, so on an idle machine it shows what a watch would, and on a busy one it
leaves out the time in which others ran.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

from bench.results import RowResult, summarise

MICRO, MILLI = 1e6, 1e3

clock = time.thread_time

_LONG = 5e-3  # seconds that one batch should take
_TRIAL = 20  # calls that calibrate
_MOST = 1_000  # calls in one batch

Batch: TypeAlias = Callable[[int], float]
"""Make so many calls, after untimed preparations; return the seconds of one call."""


def in_turn(
    batches: Mapping[str, Batch], rounds: int, calls: Mapping[str, int]
) -> dict[str, list[float]]:
    """Return seconds per call: for each contestant, one figure a round.

    Args:
        batches: by contestant.
        rounds: how many batches each makes.
        calls: how many calls a contestant's batch has; see `calibrate`.
    """
    names = list(batches)
    times: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % max(len(names), 1)
        for name in names[first:] + names[:first]:
            times[name].append(batches[name](calls[name]))
    return times


def calibrate(batches: Mapping[str, Batch]) -> dict[str, int]:
    """Return how many of its calls fill a contestant's batch.

    All batches take as long, so that nobody's consists mainly of its first calls, which
    find the caches full of what the others left there.
    """
    return {
        name: max(1, min(_MOST, int(_LONG / batch(_TRIAL))))
        for name, batch in batches.items()
    }


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector, which knows no fairness, out of a batch."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def row(title: str, times: Mapping[str, list[float]], unit: str = "µs") -> RowResult:
    """Summarise seconds per call as microseconds or milliseconds, and say so."""
    scale = {"µs": MICRO, "ms": MILLI}[unit]
    result: RowResult = {
        "title": title,
        "unit": unit,
        "better": "lower",
        "entries": {
            name: {
                "summary": summarise([value * scale for value in values]),
                "facts": {},
                "note": "",
            }
            for name, values in times.items()
        },
    }
    medians = [
        f"{name} {summary['median']:.2f} {unit}"
        for name, entry in result["entries"].items()
        if (summary := entry["summary"])
    ]
    say(f"{title:58} {'  '.join(medians)}")
    return result


def say(line: str) -> None:
    """Report progress, on stderr."""
    print(line, file=sys.stderr, flush=True)
