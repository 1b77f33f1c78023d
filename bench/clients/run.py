"""Clients: what a round trip, a flood and a large buffer take, seen by the program.

In every round each client in turn connects to the same kernel, the echo over kernelwire,
and does all rows. The raw client also visits the floor kernel, which signs nothing, so
that no other client believes it. Lines that did not come are counted, and copies of the
buffer, by the growth of the client's memory.
"""

from __future__ import annotations

import gc
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.batches import say, uncollected
from bench.clients.contestants import CONTESTANTS, Contestant, RawClient
from bench.kernels.catalogue import CONTENDERS, FLOOR
from bench.kernels.cells import MarkerCells
from bench.kernels.process import KernelProcess
from bench.machine import describe
from bench.results import Entry, Result, summarise

MICRO, MEGA, GIGA = 1e6, 1e6, 1e-9
LINES = 20_000
BIG = 100_000_000
_KIB = 1024
_FLOOR = MarkerCells("FLOOR")
_ECHO = MarkerCells("BENCH")


@dataclass(frozen=True)
class Plan:
    """How often everything is repeated."""

    rounds: int = 5
    round_trips: int = 500
    buffers: int = 3


QUICK = Plan(rounds=1, round_trips=100, buffers=1)


@dataclass
class Row:
    """One line of the table, as it fills: samples and facts by contestant."""

    title: str
    unit: str
    better: Literal["lower", "higher"] = "lower"

    def __post_init__(self) -> None:
        self.samples: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
        self.facts: dict[str, dict[str, list[float]]] = {n: {} for n in CONTESTANTS}

    def entry(self, name: str) -> Entry:
        summary = summarise(self.samples[name], self.better)
        return {"summary": summary, "facts": self.facts[name], "note": ""}


def compare(plan: Plan, build: Path) -> Result:
    """Measure all clients.

    Args:
        plan: how often.
        build: directory searched, with all below it, for the C++ programs.

    Raises:
        NotInstalledError: they were not built.
    """
    machine = describe()
    began = time.monotonic()
    commands = {each.name: each.command for each in CONTENDERS}
    rows = {
        "floor": Row("execute, floor kernel", "µs"),
        "info": Row("kernel_info", "µs"),
        "execute": Row("execute", "µs"),
        "flood": Row("20,000 flushed lines", "s"),
        "buffer": Row("a buffer of 100 MB", "GB/s", "higher"),
    }
    names = list(CONTESTANTS)
    with (
        closing(KernelProcess(commands[FLOOR](build))) as floor,
        closing(KernelProcess(commands["kernelwire-cpp"](build))) as echo,
    ):
        for number in range(plan.rounds):
            first = number % len(names)
            for name in names[first:] + names[:first]:
                visit(name, floor, echo, rows, plan, build)
                say(f"round {number + 1}/{plan.rounds}  {name:18} {latest(name, rows)}")
    return {
        "machine": machine,
        "quick": plan == QUICK,
        "rounds": plan.rounds,
        "seconds": time.monotonic() - began,
        "contestants": {
            name: {"title": title, "found": True, "note": ""}
            for name, (title, _) in CONTESTANTS.items()
        },
        "rows": {
            key: {
                "title": row.title,
                "unit": row.unit,
                "better": row.better,
                "entries": {name: row.entry(name) for name in CONTESTANTS},
            }
            for key, row in rows.items()
        },
    }


def visit(
    name: str,
    floor: KernelProcess,
    echo: KernelProcess,
    rows: dict[str, Row],
    plan: Plan,
    build: Path,
) -> None:
    """Connect one client to each kernel, and measure its rows."""
    made = CONTESTANTS[name][1]
    with closing(made(echo, build)) as client:
        trips(client, None, rows["info"].samples[name], plan)
        trips(client, _ECHO.nothing, rows["execute"].samples[name], plan)
        flood(client, rows["flood"], name)
        if not isinstance(client, RawClient):  # which looks into no buffer
            buffers(client, rows["buffer"], name, plan)
    if made is RawClient:
        with closing(made(floor, build)) as client:
            trips(client, _FLOOR.nothing, rows["floor"].samples[name], plan)


def trips(
    client: Contestant, code: str | None, samples: list[float], plan: Plan
) -> None:
    client.run(code, plan.round_trips // 10)  # untimed: caches
    with uncollected():
        samples += [c.seconds * MICRO for c in client.run(code, plan.round_trips)]


def flood(client: Contestant, row: Row, name: str) -> None:
    code = _ECHO.flushed(LINES)
    came = (
        client.flood(code) if isinstance(client, RawClient) else client.run(code, 1)[0]
    )
    row.facts[name].setdefault("lost", []).append(float(LINES - came.lines))
    row.samples[name].append(came.seconds)


def buffers(client: Contestant, row: Row, name: str, plan: Plan) -> None:
    client.run(_ECHO.prepare_buffer(BIG), 1)
    for _ in range(plan.buffers):
        gc.collect()
        Path(f"/proc/{client.pid}/clear_refs").write_text("5")  # proc(5): reset VmHWM
        before = memory(client.pid, "VmRSS")
        (came,) = client.run(_ECHO.buffers(1, BIG), 1)
        if came.bytes != BIG:
            row.facts[name].setdefault("lost", []).append(float(BIG - came.bytes))
            continue
        row.samples[name].append(BIG * GIGA / came.seconds)
        # The first one is the buffer itself, as it has come from the socket.
        copies = (memory(client.pid, "VmHWM") - before) / BIG - 1
        row.facts[name].setdefault("copies", []).append(max(copies, 0.0))


def memory(pid: int, field: str) -> float:
    """Return a line of /proc/PID/status in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * _KIB
    return 0.0


def latest(name: str, rows: dict[str, Row]) -> str:
    shown = []
    for row in rows.values():
        if summary := summarise(row.samples[name], row.better):
            shown.append(f"{summary['median']:,.4g} {row.unit}")
        else:
            shown.append("-")
    return "  ".join(shown)
