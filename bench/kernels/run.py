"""The run: in every round every step visits every kernel, so all share the weather.

All kernels of a round live side by side and idle while another one is measured. The
order turns by one place from step to step, so nobody is always first. A kernel that
fails a step is killed and started anew for the next one; the run itself never stops.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import zmq

from bench.kernels.catalogue import Command, Contender, NotInstalledError
from bench.kernels.client import Client, KernelSilentError
from bench.kernels.process import KernelProcess
from bench.kernels.rows import QUICK, Live, Outcome, Plan, Row, Step
from bench.machine import describe
from bench.results import Contestant, Entry, Result, RowResult, summarise

_FAILURES = (KernelSilentError, zmq.ZMQError, OSError, ValueError)


@dataclass
class Entrant:
    """A contender on this machine, and what was measured of it so far."""

    contender: Contender
    command: Command
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    facts: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    live: Live | None = None

    def ready(self) -> Live:
        """Return the running kernel, started if need be, with nothing left unread."""
        if self.live is None:
            process = KernelProcess(self.command)
            client = Client(process.connection)
            self.live = Live(self.command, self.contender.cells, process, client)
            client.subscribe()
        self.live.client.patience(30.0)
        self.live.client.round_trip(self.live.client.kernel_info())
        return self.live

    def close(self) -> None:
        if self.live is not None:
            self.live.client.close()
            self.live.process.close()
            self.live = None

    def visit(self, step: Step, plan: Plan) -> None:
        """Measure one step and keep what came of it."""
        try:
            outcomes = step.measure(self.ready(), plan)
        except _FAILURES as error:
            for row in step.rows:
                self.notes[row.name] = self._epitaph() or str(error)
            self.close()
            return
        for name, outcome in outcomes.items():
            self.outcomes.setdefault(name, Outcome()).samples.extend(outcome.samples)
            facts = self.facts.setdefault(name, {})
            for fact, value in outcome.facts.items():
                facts.setdefault(fact, []).append(value)

    def entry(self, row: Row) -> Entry:
        samples = self.outcomes.get(row.name, Outcome()).samples
        return {
            "summary": summarise(samples, row.better),
            "facts": self.facts.get(row.name, {}),
            "note": self.notes.get(row.name, ""),
        }

    def _epitaph(self) -> str:
        """Return the last words of a kernel that died; nothing of one that lives."""
        if self.live is None or self.live.process.alive():
            return ""
        return self.live.process.last_words() or "the kernel died"


def compare(
    contenders: Sequence[Contender], steps: Sequence[Step], plan: Plan, build: Path
) -> Result:
    """Measure every step on every contender that is installed.

    Args:
        contenders: the columns.
        steps: the rows, in order.
        plan: how often everything is repeated.
        build: directory to search for executables.
    """
    machine = describe()
    began = time.monotonic()
    with TemporaryDirectory(prefix="kernel-bench-") as home:
        entrants, contestants = muster(contenders, build, Path(home))
        for number in range(plan.rounds):
            play(entrants, steps, plan, number)
    rows: dict[str, RowResult] = {
        row.name: {
            "title": row.title,
            "unit": row.unit,
            "better": row.better,
            "entries": {each.contender.name: each.entry(row) for each in entrants},
        }
        for step in steps
        for row in step.rows
    }
    return {
        "machine": machine,
        "quick": plan == QUICK,
        "rounds": plan.rounds,
        "seconds": time.monotonic() - began,
        "contestants": contestants,
        "rows": rows,
    }


def play(
    entrants: list[Entrant], steps: Sequence[Step], plan: Plan, number: int
) -> None:
    """Play one round; at its end, however it comes, no kernel is left running."""
    try:
        for place, step in enumerate(steps):
            turn = (number + place) % max(len(entrants), 1)
            for entrant in entrants[turn:] + entrants[:turn]:
                entrant.visit(step, plan)
                progress(number, plan, step, entrant)
    finally:
        for entrant in entrants:
            entrant.close()


def muster(
    contenders: Sequence[Contender], build: Path, home: Path
) -> tuple[list[Entrant], dict[str, Contestant]]:
    """Start each kernel once, untimed: it warms the disk's cache and tells its version.

    A kernel that is not there, or does not start, is noted and left out.
    """
    entrants: list[Entrant] = []
    contestants: dict[str, Contestant] = {}
    for contender in contenders:
        found, note = True, ""
        try:
            command = contender.command(build)
            # A history file of its own: kernels that share one wait for its lock.
            own = {"IPYTHONDIR": str(home / contender.name)}
            entrant = Entrant(contender, Command(command.argv, command.env | own))
            note = introduction(entrant.command)
            entrants.append(entrant)
        except NotInstalledError as error:
            found, note = False, f"not installed: {error}"
        except _FAILURES as error:
            found, note = False, f"does not start: {error}"
        contestants[contender.name] = {
            "title": contender.title,
            "found": found,
            "note": note,
        }
        say(f"{contender.title}: {note}")
    return entrants, contestants


def introduction(command: Command) -> str:
    """Return the implementation and version that the kernel says it is."""
    with (
        closing(KernelProcess(command)) as process,
        closing(Client(process.connection)) as client,
    ):
        client.patience(30.0)
        request = client.kernel_info()
        client.send(request)
        try:
            info = json.loads(client.reply(request))
        except KernelSilentError:
            raise KernelSilentError(process.last_words() or "no reply") from None
    return f"{info['implementation']} {info['implementation_version']}"


def progress(number: int, plan: Plan, step: Step, entrant: Entrant) -> None:
    """Report one visit: the row's median so far, or what went wrong."""
    parts = []
    for row in step.rows:
        entry = entrant.entry(row)
        summary = entry["summary"]
        value = f"{summary['median']:,.4g} {row.unit}" if summary else "-"
        facts = [f"{name} {values[-1]:g}" for name, values in entry["facts"].items()]
        parts.append(" ".join([value, *facts, entry["note"]]).strip())
    title = f"{step.rows[0].name:18} {entrant.contender.title:18}"
    say(f"round {number + 1}/{plan.rounds}  {title} {'  |  '.join(parts)}")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
