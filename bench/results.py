"""The result file of a run: JSON, written by the benchmarks and read by the report."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, cast

from bench.machine import Machine


class Summary(TypedDict):
    """The samples of one row and contender, in the row's unit."""

    count: int
    median: float
    p95: float
    """What 95 of 100 samples are no worse than; of few samples, simply the worst."""
    minimum: float
    maximum: float


class Entry(TypedDict):
    """One cell of the table."""

    summary: Summary | None
    """None when nothing was measured; `note` then says why."""
    facts: dict[str, list[float]]
    """What was counted beside the time, one value per round."""
    note: str


class RowResult(TypedDict):
    title: str
    unit: str
    better: str
    """`lower` or `higher`."""
    entries: dict[str, Entry]


class Contestant(TypedDict):
    """One column of the table."""

    title: str
    found: bool
    note: str
    """The version that was measured or, where nothing was found, what is missing."""


class Result(TypedDict):
    """One benchmark's run."""

    machine: Machine
    quick: bool
    rounds: int
    seconds: float
    contestants: dict[str, Contestant]
    rows: dict[str, RowResult]
    """In the table's order, as are the contestants."""


class Results(TypedDict, total=False):
    """The whole file. A run replaces its own parts and keeps the others."""

    kernels: Result
    floods: Result
    interrupts: Result
    codec: Result
    session: Result
    apps: Result
    embedded: Result
    clients: Result
    cpp: Result


def summarise(samples: Sequence[float], better: str = "lower") -> Summary | None:
    """Summarise samples; None when there are none.

    Args:
        samples: in any order.
        better: `lower` or `higher`, which decides what the worst samples are.
    """
    if not samples:
        return None
    ranked = sorted(samples, reverse=better == "higher")
    rank = -(-len(ranked) * 95 // 100)  # rounded up: the nearest-rank percentile
    return {
        "count": len(ranked),
        "median": statistics.median(ranked),
        "p95": ranked[rank - 1],
        "minimum": min(ranked),
        "maximum": max(ranked),
    }


def load(path: Path) -> Results:
    """Read a result file; one that does not exist has no results."""
    if not path.exists():
        return {}
    return cast("Results", json.loads(path.read_text()))


def save(path: Path, results: Results) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=1, ensure_ascii=False)
    path.write_text(text + "\n")
