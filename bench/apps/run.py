"""The run: both variants of a scene live side by side, and every step visits both."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.apps.cluster import ClusterError
from bench.apps.rows import QUICK, Plan, Scene, Step
from bench.apps.server import ServerError
from bench.apps.variants import WITHOUT, Variant, variants
from bench.apps.websocket import SilentError
from bench.batches import say
from bench.kernels.rows import Outcome, Row
from bench.machine import describe
from bench.results import Contestant, Entry, Result, RowResult, summarise

BASELINE = WITHOUT

_FAILURES = (
    ServerError,
    ClusterError,
    SilentError,
    OSError,
    subprocess.SubprocessError,
)


@dataclass
class Tally:
    """What was measured of one variant."""

    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def entry(self, row: Row) -> Entry:
        outcomes = self.outcomes.get(row.name, [])
        facts: dict[str, list[float]] = {}
        for outcome in outcomes:
            for fact, value in outcome.facts.items():
                facts.setdefault(fact, []).append(value)
        samples = [value for outcome in outcomes for value in outcome.samples]
        return {
            "summary": summarise(samples, row.better),
            "facts": facts,
            "note": self.notes.get(row.name, ""),
        }


def compare(scenes: Sequence[Scene[Any]], rows: Iterable[str], plan: Plan) -> Result:
    """Measure the scenes with kernelwire's Session and without.

    Args:
        scenes: what is run, one after the other.
        rows: names of the rows that are wanted.
        plan: how often everything is repeated.

    Raises:
        SwitchError: a process does not have the Session that it should.
    """
    machine = describe()
    began = time.monotonic()
    wanted = set(rows)
    found: dict[str, RowResult] = {}
    with TemporaryDirectory(prefix="apps-bench-") as home:
        both = variants(Path(home))
        for variant in both:
            variant.check()
        tallies = {variant.name: Tally() for variant in both}
        for scene in scenes:
            steps = [
                step
                for step in scene.steps
                if any(row.name in wanted for row in step.rows)
            ]
            if steps:
                play(scene, steps, both, tallies, plan, Path(home))
            for step in steps:
                for row in step.rows:
                    found[row.name] = {
                        "title": row.title,
                        "unit": row.unit,
                        "better": row.better,
                        "entries": {n: t.entry(row) for n, t in tallies.items()},
                    }
    contestants: dict[str, Contestant] = {
        each.name: {"title": each.title, "found": True, "note": ""} for each in both
    }
    return {
        "machine": machine,
        "quick": plan == QUICK,
        "rounds": plan.rounds,
        "seconds": time.monotonic() - began,
        "contestants": contestants,
        "rows": found,
    }


def play(
    scene: Scene[Any],
    steps: Sequence[Step[Any]],
    both: Sequence[Variant],
    tallies: dict[str, Tally],
    plan: Plan,
    home: Path,
) -> None:
    """Play one scene. A program that does not start, or fails, is noted and left out."""
    with ExitStack() as stack:
        live: dict[str, Any] = {}
        for variant in both:
            folder = home / f"{scene.name}-{variant.name}"
            folder.mkdir()
            try:
                opened = stack.enter_context(closing(scene.open(variant.env, folder)))
                live[variant.name] = opened
            except _FAILURES as error:
                note(tallies[variant.name], steps, error)
        for number in range(plan.rounds):
            for place, step in enumerate(steps):
                names = list(live)
                turn = (number + place) % max(len(names), 1)
                for name in names[turn:] + names[:turn]:
                    try:
                        measured = step.measure(live[name], plan)
                    except _FAILURES as error:
                        note(tallies[name], steps, error)
                        del live[name]
                        continue
                    for row, outcome in measured.items():
                        tallies[name].outcomes.setdefault(row, []).append(outcome)
                progress(number, plan, step, tallies)


def note(tally: Tally, steps: Sequence[Step[Any]], error: Exception) -> None:
    for step in steps:
        for row in step.rows:
            tally.notes[row.name] = str(error)


def progress(
    number: int, plan: Plan, step: Step[Any], tallies: dict[str, Tally]
) -> None:
    """Report a step: both medians so far, or what went wrong."""
    for row in step.rows:
        parts = []
        for name, tally in tallies.items():
            entry = tally.entry(row)
            summary = entry["summary"]
            value = f"{summary['median']:,.4g} {row.unit}" if summary else "-"
            parts.append(f"{name} {value} {entry['note']}".strip())
        say(f"round {number + 1}/{plan.rounds}  {row.title:50} {'  '.join(parts)}")
