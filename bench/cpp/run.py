"""The run: in every round every step visits every contestant, so all share the weather.

The order turns by one place from step to step, so nobody is always first. Whoever fails a
step is closed, and started anew for the next one; the run itself never stops.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from bench.batches import say
from bench.cpp.cells import FIRST
from bench.cpp.contestants import CONTESTANTS, Contestant, Interpreter
from bench.cpp.rows import QUICK, STEPS, Plan, Step, Visit
from bench.kernels.catalogue import NotInstalledError
from bench.kernels.client import KernelSilentError
from bench.kernels.rows import Row
from bench.machine import describe
from bench.results import Contestant as Column
from bench.results import Entry, Result, summarise

_FAILURES = (KernelSilentError, OSError, subprocess.SubprocessError)


class Sheet:
    """What was measured so far: samples and failures by contestant and row."""

    def __init__(self) -> None:
        self._samples: dict[tuple[str, str], list[float]] = {}
        self._notes: dict[tuple[str, str], str] = {}

    def visit(self, visit: Visit, step: Step) -> None:
        """Measure one step of one contestant, and keep what came of it."""
        try:
            for row, samples in step.measure(visit).items():
                self._samples.setdefault((visit.kind.name, row), []).extend(samples)
        except _FAILURES as error:
            for each in step.rows:
                self._notes[visit.kind.name, each.name] = str(error)
            visit.close()

    def entry(self, kind: type[Contestant], row: Row) -> Entry:
        samples = self._samples.get((kind.name, row.name), [])
        note = self._notes.get((kind.name, row.name), "")
        return {"summary": summarise(samples), "facts": {}, "note": note}

    def progress(self, kind: type[Contestant], step: Step) -> str:
        parts = []
        for row in step.rows:
            entry = self.entry(kind, row)
            if entry["summary"]:
                parts.append(f"{entry['summary']['median']:,.4g} {row.unit}")
            if entry["note"]:
                parts.append(entry["note"])
        return f"{step.rows[0].name:16} {kind.title:16} {'  |  '.join(parts)}"


def compare(plan: Plan, build: Path) -> Result:
    """Measure everything on everyone who is installed.

    Args:
        plan: how often.
        build: directory searched, with all below it, for the kernel.
    """
    machine = describe()
    began = time.monotonic()
    columns, kinds = muster(build)
    sheet = Sheet()
    for number in range(plan.rounds):
        play(kinds, sheet, plan, build, number)
    return {
        "machine": machine,
        "quick": plan == QUICK,
        "rounds": plan.rounds,
        "seconds": time.monotonic() - began,
        "contestants": columns,
        "rows": {
            row.name: {
                "title": row.title,
                "unit": row.unit,
                "better": row.better,
                "entries": {
                    kind.name: sheet.entry(kind, row)
                    for kind in kinds
                    if kind in step.contestants
                },
            }
            for step in STEPS
            for row in step.rows
        },
    }


def muster(build: Path) -> tuple[dict[str, Column], list[type[Contestant]]]:
    """Start each once, untimed: it warms the disk's cache, and precompiles its headers.

    Who is not there, or does not start, is noted and left out.
    """
    columns: dict[str, Column] = {}
    kinds: list[type[Contestant]] = []
    for kind in CONTESTANTS:
        try:
            found, note = True, kind.version(build)
            with closing(kind(build)) as made:
                if isinstance(made, Interpreter):
                    made.ready()
                    made.first(FIRST)
            kinds.append(kind)
        except NotInstalledError as error:
            found, note = False, f"not installed: {error}"
        except _FAILURES as error:
            found, note = False, f"does not start: {error}"
        columns[kind.name] = {"title": kind.title, "found": found, "note": note}
        say(f"{kind.title}: {note}")
    return columns, kinds


def play(
    kinds: Sequence[type[Contestant]],
    sheet: Sheet,
    plan: Plan,
    build: Path,
    number: int,
) -> None:
    """Play one round; at its end, however it comes, nobody is left running."""
    with ExitStack() as stack:
        visits = [stack.enter_context(closing(Visit(k, build, plan))) for k in kinds]
        for place, step in enumerate(STEPS):
            turn = (number + place) % max(len(visits), 1)
            for visit in visits[turn:] + visits[:turn]:
                if visit.kind in step.contestants:
                    sheet.visit(visit, step)
                    shown = sheet.progress(visit.kind, step)
                    say(f"round {number + 1}/{plan.rounds}  {shown}")
