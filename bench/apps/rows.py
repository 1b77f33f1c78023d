"""What is measured: scenes, each with a program that runs and steps that it is put to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from bench.apps import websocket
from bench.apps.cluster import Cluster
from bench.apps.driver import SIZE
from bench.apps.server import Server
from bench.apps.websocket import Client
from bench.kernels.cells import PythonCells
from bench.kernels.rows import GIGA, MICRO, Outcome, Outcomes, Row

PIPELINED = 300
DISPLAYS = 2_000


@dataclass(frozen=True)
class Plan:
    """How often each thing is repeated within one round."""

    rounds: int = 5
    round_trips: int = 100
    transfers: int = 3
    """Pushes, and pulls, of 100 MB."""


QUICK = Plan(rounds=1, round_trips=30, transfers=1)


class Live(Protocol):
    """A program that runs."""

    def close(self) -> None: ...


_Live = TypeVar("_Live", bound=Live)


@dataclass(frozen=True)
class Step(Generic[_Live]):
    """Rows that are measured together."""

    rows: tuple[Row, ...]
    measure: Callable[[_Live, Plan], Outcomes]


@dataclass(frozen=True)
class Scene(Generic[_Live]):
    """A program, and what is measured of it.

    `open` starts it: with what is added to its environment, and a folder of its own.
    """

    name: str
    open: Callable[[Mapping[str, str], Path], _Live]
    steps: tuple[Step[_Live], ...]


class Notebook:
    """A server with one kernel, and a client that is connected to it."""

    def __init__(self, kernel: str, env: Mapping[str, str], folder: Path) -> None:
        self.server = Server(env, folder)
        try:
            self.client = Client(self.server, self.server.start(kernel))
        except BaseException:
            self.server.close()
            raise

    def close(self) -> None:
        self.client.close()
        self.server.close()


def notebook(kernel: str, title: str) -> Scene[Notebook]:
    """Return the scene of a kernel behind jupyter_server.

    Args:
        kernel: its kernelspec.
        title: its name in the table.
    """

    def info(live: Notebook, plan: Plan) -> Outcomes:
        requests = [websocket.kernel_info() for _ in range(plan.round_trips)]
        samples = [live.client.round_trip(each) * MICRO for each in requests]
        return {f"{kernel}.info": Outcome(samples)}

    def execute(live: Notebook, plan: Plan) -> Outcomes:
        cells = [
            websocket.execute("pass", silent=False) for _ in range(plan.round_trips)
        ]
        samples = [live.client.round_trip(each) * MICRO for each in cells]
        return {f"{kernel}.execute": Outcome(samples)}

    def infos(live: Notebook, plan: Plan) -> Outcomes:
        requests = [websocket.kernel_info() for _ in range(PIPELINED)]
        before = live.server.process.cpu()
        seconds = live.client.pipeline(requests)
        spent = live.server.process.cpu() - before
        return {
            f"{kernel}.infos": Outcome([PIPELINED / seconds]),
            f"{kernel}.server_cpu": Outcome([spent / PIPELINED * MICRO]),
        }

    def executes(live: Notebook, plan: Plan) -> Outcomes:
        cells = [websocket.execute("pass", silent=True) for _ in range(PIPELINED)]
        seconds = live.client.pipeline(cells)
        return {f"{kernel}.executes": Outcome([PIPELINED / seconds])}

    def displays(live: Notebook, plan: Plan) -> Outcomes:
        cell = websocket.execute(PythonCells().display(DISPLAYS), silent=False)
        seconds, count = live.client.flood(cell, b'"display_data"')
        samples = [count / seconds] if count == DISPLAYS else []
        facts = {"lost": float(DISPLAYS - count)}
        return {f"{kernel}.displays": Outcome(samples, facts)}

    def one(
        name: str, title: str, unit: str, measure: Callable[[Notebook, Plan], Outcomes]
    ) -> Step[Notebook]:
        return Step((row(name, title, unit),), measure)

    def row(name: str, what: str, unit: str) -> Row:
        named = f"{kernel}.{name}", f"{title}: {what}", unit
        return Row(*named, "higher") if unit == "/s" else Row(*named)

    return Scene(
        kernel,
        lambda env, folder: Notebook(kernel, env, folder),
        (
            one("info", "kernel_info, one at a time", "µs", info),
            one("execute", "execute, one at a time", "µs", execute),
            Step(
                (
                    row("infos", f"{PIPELINED} kernel_info at once", "/s"),
                    row("server_cpu", "the server's CPU time for each", "µs"),
                ),
                infos,
            ),
            one("executes", f"{PIPELINED} silent executes at once", "/s", executes),
            one("displays", f"{DISPLAYS:,} display_data of a cell", "/s", displays),
        ),
    )


def push(live: Cluster, plan: Plan) -> Outcomes:
    seconds = [live.order("push") for _ in range(plan.transfers)]
    return {"push": Outcome([SIZE / each * GIGA for each in seconds])}


def pull(live: Cluster, plan: Plan) -> Outcomes:
    seconds = [live.order("pull") for _ in range(plan.transfers)]
    return {"pull": Outcome([SIZE / each * GIGA for each in seconds])}


def apply(live: Cluster, plan: Plan) -> Outcomes:
    seconds = live.order(f"apply {plan.round_trips}")
    return {"apply": Outcome([seconds / plan.round_trips * MICRO])}


def tasks(live: Cluster, plan: Plan) -> Outcomes:
    return {"tasks": Outcome([PIPELINED / live.order(f"tasks {PIPELINED}")])}


_CLUSTER: Scene[Cluster] = Scene(
    "ipyparallel",
    Cluster,
    (
        Step((Row("push", "ipyparallel: push of 100 MB", "GB/s", "higher"),), push),
        Step((Row("pull", "ipyparallel: pull of 100 MB", "GB/s", "higher"),), pull),
        Step((Row("apply", "ipyparallel: apply, one at a time", "µs"),), apply),
        Step(
            (Row("tasks", f"ipyparallel: {PIPELINED} tasks at once", "/s", "higher"),),
            tasks,
        ),
    ),
)

SCENES = (
    notebook("python3", "ipykernel"),
    notebook("kernelwire-python", "kernelwire Python"),
    _CLUSTER,
)
