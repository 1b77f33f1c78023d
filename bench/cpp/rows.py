"""What is measured: each step visits one contestant, and fills one or more rows."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.cpp import cells
from bench.cpp.contestants import (
    CONTESTANTS,
    INTERPRETERS,
    Contestant,
    Interpreter,
    Kernel,
)
from bench.kernels.client import KernelSilentError
from bench.kernels.rows import MEGA, MILLI, Row

MIXED = 330  # cells of a long session
_SETTLE = 0.5  # seconds after which memory is looked at


@dataclass(frozen=True)
class Plan:
    """How often each thing is repeated within one round."""

    rounds: int = 5
    starts: int = 3
    cells: int = 30
    loops: int = 5


QUICK = Plan(rounds=1, starts=1, cells=5, loops=2)


Samples = dict[str, list[float]]
"""By row, in the row's unit."""


class Visit:
    """One contestant in one round: the interpreter that all its short cells share."""

    def __init__(self, kind: type[Contestant], build: Path, plan: Plan) -> None:
        self.kind, self.build, self.plan = kind, build, plan
        self._live: Interpreter | None = None

    def fresh(self, *, optimised: bool = False) -> Contestant:
        return self.kind(self.build, optimised=optimised)

    @contextmanager
    def started(self) -> Iterator[Interpreter]:
        """An interpreter that has just been started, and is closed at the end."""
        with closing(self.fresh()) as made:
            assert isinstance(made, Interpreter)
            yield made

    @property
    def live(self) -> Interpreter:
        """The one that stays for the whole round, prepared for the cells."""
        if self._live is None:
            made = self.fresh()
            assert isinstance(made, Interpreter)
            self._live = made
            made.ready()
            made.first(cells.FIRST)
            made.run(cells.PREPARED)
        return self._live

    def close(self) -> None:
        if self._live is not None:
            self._live.close()
            self._live = None


@dataclass(frozen=True)
class Step:
    """Some rows, who has them, and how they are measured."""

    rows: tuple[Row, ...]
    measure: Callable[[Visit], Samples]
    contestants: tuple[type[Contestant], ...] = INTERPRETERS


def start(visit: Visit) -> Samples:
    ready, executed = [], []
    for _ in range(visit.plan.starts):
        with visit.started() as made:
            made.ready()
            ready.append(made.since_start() * MILLI)
            executed.append(made.first(cells.FIRST) * MILLI)
    return {"ready": ready, "first_cell": executed}


def start_with_headers(visit: Visit) -> Samples:
    executed = []
    for _ in range(visit.plan.starts):
        with visit.started() as made:
            made.ready()
            executed.append(made.first(cells.HEADERS) * MILLI)
    return {"first_headers": executed}


def start_without_cache(visit: Visit) -> Samples:
    """Start the kernel as on a machine that has never had it."""
    with (
        TemporaryDirectory(prefix="cpp-bench-") as cache,
        closing(Kernel(visit.build, cache=cache)) as made,
    ):
        made.ready()
        return {"first_ever": [made.first(cells.FIRST) * MILLI]}


def repeated(row: str, cell: Callable[[int], cells.Cell]) -> Callable[[Visit], Samples]:
    """Run so many cells, after an untimed one of their kind."""

    def measure(visit: Visit) -> Samples:
        live = visit.live
        live.run(cell(0))
        numbers = range(1, visit.plan.cells + 1)
        return {row: [live.run(cell(number)) * MILLI for number in numbers]}

    return measure


def shown(row: str, cell: cells.Cell, value: str) -> Callable[[Visit], Samples]:
    """Show a value so many times, after an untimed one that must match a pattern."""

    def measure(visit: Visit) -> Samples:
        live = visit.live
        if re.search(value, text := live.text(cell)) is None:
            msg = f"shows {text!r}"
            raise KernelSilentError(msg)
        return {row: [live.run(cell) * MILLI for _ in range(visit.plan.cells)]}

    return measure


def completed(row: str, code: str, wanted: str) -> Callable[[Visit], Samples]:
    def measure(visit: Visit) -> Samples:
        live = visit.live
        live.complete(code, wanted)
        times = range(visit.plan.cells)
        return {row: [live.complete(code, wanted) * MILLI for _ in times]}

    return measure


def loops(visit: Visit) -> Samples:
    """Have each loop time itself; the first of three turns is left out."""
    samples: Samples = {}
    with closing(visit.fresh(optimised=True)) as made:
        if isinstance(made, Interpreter):
            made.ready()
            made.first(cells.FIRST)
        for cell in (cells.LOOP_HEADERS, cells.LOOP_FUNCTIONS, cells.LOOP_DATA):
            made.run(cell)
        for row, call in cells.LOOPS.items():
            spent: list[float] = []
            for _ in range(visit.plan.loops):
                text = made.text(cells.timed(call))
                turns = re.findall(r"milliseconds ([\d.e+-]+)", text)
                spent += map(float, turns[1:])
            samples[row] = spent
    return samples


def session(visit: Visit) -> Samples:
    """Look at the memory after the first cell, and after many."""
    with visit.started() as made:
        made.ready()
        made.first(cells.FIRST)
        time.sleep(_SETTLE)
        begun = made.process.resident() * MEGA
        made.run(cells.PREPARED)
        spent = sum(made.run(cells.mixed(number)) for number in range(MIXED))
        time.sleep(_SETTLE)
        full = made.process.resident() * MEGA
    return {"mixed": [spent / MIXED * MILLI], "rss_first": [begun], "rss_mixed": [full]}


STEPS = (
    Step(
        (
            Row("ready", "start to first kernel_info reply, or prompt", "ms"),
            Row("first_cell", "start to end of first cell", "ms"),
        ),
        start,
    ),
    Step(
        (Row("first_headers", "the same with `<iostream>` and `<vector>`", "ms"),),
        start_with_headers,
    ),
    Step(
        (Row("first_ever", "the first start ever, to end of first cell", "ms"),),
        start_without_cache,
        (Kernel,),
    ),
    Step(
        (Row("declaration", "`int trivial_7 = 7;`", "ms"),),
        repeated("declaration", cells.declaration),
    ),
    Step(
        (Row("assignment", "`total = 7;`", "ms"),),
        repeated("assignment", cells.assignment),
    ),
    Step((Row("sum", "value of `1 + 1`", "ms"),), shown("sum", cells.SUM, "2")),
    Step(
        (Row("vector", "value of a vector", "ms"),),
        shown("vector", cells.VECTOR, r"\[1, 2, 3\]|vector<"),
    ),
    Step(
        (Row("complete_vector", "completion of a vector's member", "ms"),),
        completed("complete_vector", "numbers.push_", "push_back"),
    ),
    Step(
        (Row("complete_member", "completion of a member of one's own", "ms"),),
        completed("complete_member", "point_of_mine.or", "ordinate"),
    ),
    Step(
        (Row("complete_name", "completion of a variable's name", "ms"),),
        completed("complete_name", "forty_t", "forty_two"),
    ),
    Step(
        (
            Row("loop_axpy", "40 million `y[i] += a * x[i]`, -O2", "ms"),
            Row("loop_sum", "40 million additions, -O2", "ms"),
            Row("loop_sieve", "primes below 5 million, -O2", "ms"),
        ),
        loops,
        CONTESTANTS,
    ),
    Step(
        (
            Row("mixed", "330 mixed cells, each", "ms"),
            Row("rss_first", "memory after the first cell", "MB"),
            Row("rss_mixed", "memory after 330 cells", "MB"),
        ),
        session,
    ),
)
