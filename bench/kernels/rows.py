"""What is measured: each step runs on one live kernel and fills one or more rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Literal

from bench.kernels.catalogue import Command
from bench.kernels.cells import Cells
from bench.kernels.client import DEFAULT_LIMIT, Client, Flood, Request
from bench.kernels.process import KernelProcess

MICRO, MILLI, MEGA, GIGA = 1e6, 1e3, 1e-6, 1e-9

LINES = 20_000
DISPLAYS = 5_000
PIPELINED = 1_000
BIG = 100_000_000
SMALL = 1_000_000
SMALL_COUNT = 500
PAUSE = 6.0  # seconds
_PATIENCE = 60.0  # seconds for one request; a loss is noticed long before
_SETTLE = 0.5  # seconds after which a kernel's memory is looked at


@dataclass(frozen=True)
class Plan:
    """How often each thing is repeated within one round."""

    rounds: int = 5
    starts: int = 2
    round_trips: int = 300
    executions: int = 500
    buffers: int = 3


QUICK = Plan(rounds=1, starts=1, round_trips=50, executions=100, buffers=1)


@dataclass
class Outcome:
    """One row of one kernel in one round: samples in the row's unit, and remarks.

    `facts` are counted, not timed: lines received, idle statuses lost, copies made.
    """

    samples: list[float] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    title: str
    unit: str
    better: Literal["lower", "higher"] = "lower"


@dataclass
class Live:
    """A running kernel, connected; `command` starts another one like it."""

    command: Command
    cells: Cells
    process: KernelProcess
    client: Client


Outcomes = dict[str, Outcome]


@dataclass(frozen=True)
class Step:
    """Rows that are measured together."""

    rows: tuple[Row, ...]
    measure: Callable[[Live, Plan], Outcomes]


def start(live: Live, plan: Plan) -> Outcomes:
    """Start fresh kernels, one after the other, next to the idle live one."""
    info, executed = Outcome(), Outcome()
    for _ in range(plan.starts):
        with (
            closing(KernelProcess(live.command)) as process,
            closing(Client(process.connection)) as client,
        ):
            client.patience(30)
            for outcome, request in (
                (info, client.kernel_info()),
                (executed, client.execute(live.cells.nothing)),
            ):
                client.send(request)
                client.reply(request)
                seconds = time.perf_counter() - process.started
                outcome.samples.append(seconds * MILLI)
    return {"start_kernel_info": info, "start_execute": executed}


def memory(live: Live, plan: Plan) -> Outcomes:
    """Look at the resident memory of a kernel that has just started."""
    with (
        closing(KernelProcess(live.command)) as process,
        closing(Client(process.connection)) as client,
    ):
        client.subscribe()
        time.sleep(_SETTLE)
        info = process.resident() * MEGA
        client.run(live.cells.nothing)
        time.sleep(_SETTLE)
        executed = process.resident() * MEGA
    return {"rss_kernel_info": Outcome([info]), "rss_execute": Outcome([executed])}


def round_trips(live: Live, requests: list[Request]) -> Outcome:
    return Outcome([live.client.round_trip(each) * MICRO for each in requests])


def kernel_info(live: Live, plan: Plan) -> Outcomes:
    requests = [live.client.kernel_info() for _ in range(plan.round_trips)]
    return {"kernel_info": round_trips(live, requests)}


def execute(live: Live, plan: Plan) -> Outcomes:
    code, times = live.cells.nothing, plan.round_trips
    requests = [live.client.execute(code) for _ in range(times)]
    return {"execute": round_trips(live, requests)}


def execute_line(live: Live, plan: Plan) -> Outcomes:
    code, times = live.cells.line, plan.round_trips
    requests = [live.client.execute(code) for _ in range(times)]
    return {"execute_line": round_trips(live, requests)}


def execute_silent(live: Live, plan: Plan) -> Outcomes:
    code, times = live.cells.nothing, plan.round_trips
    requests = [live.client.execute(code, silent=True) for _ in range(times)]
    return {"execute_silent": round_trips(live, requests)}


def cpu(live: Live, plan: Plan) -> Outcomes:
    """Divide the CPU time of many executes by their number."""
    code, times = live.cells.nothing, plan.executions
    requests = [live.client.execute(code) for _ in range(times)]
    before = live.process.cpu()
    round_trips(live, requests)
    spent = (live.process.cpu() - before) / times
    return {"cpu_execute": Outcome([spent * MICRO])}


def pipelined(live: Live, plan: Plan) -> Outcomes:
    code = live.cells.nothing
    requests = [live.client.execute(code, silent=True) for _ in range(PIPELINED)]
    return {"pipelined": Outcome([PIPELINED / live.client.pipeline(requests)])}


def flooded(name: str, flood: Flood, expected: int, arrived: int) -> Outcomes:
    """Turn a flood into an outcome; its time counts only when nothing is missing."""
    facts = {"lost": float(expected - arrived), "idle_lost": float(not flood.idle)}
    complete = flood.idle and arrived == expected
    return {name: Outcome([flood.seconds] if complete else [], facts)}


def prints(live: Live, plan: Plan) -> Outcomes:
    request = live.client.execute(live.cells.prints(LINES))
    flood = live.client.flood(request, b'"stream"', _PATIENCE)
    return flooded("prints", flood, LINES, flood.lines)


def flushed(live: Live, plan: Plan) -> Outcomes:
    request = live.client.execute(live.cells.flushed(LINES))
    flood = live.client.flood(request, b'"stream"', _PATIENCE)
    return flooded("flushed", flood, LINES, flood.lines)


def displays(live: Live, plan: Plan) -> Outcomes:
    request = live.client.execute(live.cells.display(DISPLAYS))
    flood = live.client.flood(request, b'"display_data"', _PATIENCE)
    return flooded("display", flood, DISPLAYS, flood.messages)


def kept(live: Live, name: str, code: str, pause: float) -> Outcomes:
    """Count the lines that reach a client with libzmq's default receive limit."""
    live.client.close()  # one reader at a time
    with closing(Client(live.process.connection, DEFAULT_LIMIT)) as client:
        client.subscribe()
        flood = client.flood(client.execute(code), b'"stream"', _PATIENCE, pause)
    live.client = Client(live.process.connection)
    live.client.subscribe()
    facts = {"idle_lost": float(not flood.idle)}
    return {name: Outcome([float(flood.lines)], facts)}


def kept_prints(live: Live, plan: Plan) -> Outcomes:
    return kept(live, "kept_prints", live.cells.prints(LINES), 0.0)


def kept_flushed(live: Live, plan: Plan) -> Outcomes:
    return kept(live, "kept_flushed", live.cells.flushed(LINES), PAUSE)


def big_buffer(live: Live, plan: Plan) -> Outcomes:
    """Send one large buffer; what the peak grows by, in buffers, is copies made."""
    outcome = Outcome()
    live.client.run(live.cells.prepare_buffer(BIG))
    for _ in range(plan.buffers):
        request = live.client.execute(live.cells.buffers(1, BIG))
        before = live.process.resident()
        live.process.forget_peak()
        seconds = live.client.buffers(request, 1, BIG)
        outcome.samples.append(BIG * GIGA / seconds)
        copies = (live.process.peak() - before) / BIG
        outcome.facts["copies"] = max(copies, outcome.facts.get("copies", 0.0))
    return {"big_buffer": outcome}


def small_buffers(live: Live, plan: Plan) -> Outcomes:
    live.client.run(live.cells.prepare_buffer(SMALL))
    request = live.client.execute(live.cells.buffers(SMALL_COUNT, SMALL))
    seconds = live.client.buffers(request, SMALL_COUNT, SMALL)
    return {"small_buffers": Outcome([SMALL_COUNT * SMALL * GIGA / seconds])}


STEPS = (
    Step(
        (
            Row("start_kernel_info", "start to first kernel_info reply", "ms"),
            Row("start_execute", "start to first executed cell", "ms"),
        ),
        start,
    ),
    Step(
        (
            Row("rss_kernel_info", "memory after first kernel_info", "MB"),
            Row("rss_execute", "memory after first cell", "MB"),
        ),
        memory,
    ),
    Step((Row("kernel_info", "kernel_info round trip", "µs"),), kernel_info),
    Step((Row("execute", "execute round trip, no output", "µs"),), execute),
    Step((Row("execute_line", "execute round trip, one line", "µs"),), execute_line),
    Step((Row("execute_silent", "silent execute round trip", "µs"),), execute_silent),
    Step((Row("cpu_execute", "CPU time per execute", "µs"),), cpu),
    Step(
        (Row("pipelined", "1,000 silent executes at once", "/s", "higher"),),
        pipelined,
    ),
    Step((Row("prints", "20,000 prints", "s"),), prints),
    Step((Row("flushed", "20,000 flushed prints", "s"),), flushed),
    Step((Row("display", "5,000 display_data", "s"),), displays),
    Step(
        (Row("kept_prints", "prints kept, default limit", "lines", "higher"),),
        kept_prints,
    ),
    Step(
        (Row("kept_flushed", "flushed prints kept, late reader", "lines", "higher"),),
        kept_flushed,
    ),
    Step((Row("big_buffer", "100 MB comm buffer", "GB/s", "higher"),), big_buffer),
    Step(
        (Row("small_buffers", "500 x 1 MB comm buffers", "GB/s", "higher"),),
        small_buffers,
    ),
)
