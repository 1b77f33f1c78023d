"""The run: each row's batches in turn, and then what the floors add up to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupyter_client.session

from bench.batches import calibrate, in_turn, row, say
from bench.codec.messages import Sample, samples
from bench.kernels.catalogue import NotInstalledError
from bench.machine import describe
from bench.results import Contestant, Result, RowResult, summarise
from bench.session.floor import Floor
from bench.session.loads import CULL, Maker
from bench.session.rows import BASELINE, FLOOR, FULL, LONGEST, OURS, Field, Step


@dataclass(frozen=True)
class Plan:
    """How many batches there are of each row."""

    batches: int = 60
    full_batches: int = 7
    """Of a history that is full: batches of 7,000 messages."""
    pauses: int = 29
    """Batches of 7,000 messages whose longest read is looked for: 203,000 in all."""


QUICK = Plan(batches=8, full_batches=1, pauses=2)


def compare(steps: Sequence[Step], plan: Plan, build: Path) -> Result:
    """Measure every step on every Session that is there.

    Args:
        steps: the rows, in the table's order.
        plan: how often everything is repeated.
        build: directory to search for the floor's program.

    Raises:
        RuntimeError: jupyter_client's Session is replaced, and so cannot be measured.
        LostError: a Session does not receive what it sent.
    """
    machine = describe()
    began = time.monotonic()
    sessions, contestants = muster()
    small, display, buffers = pick("stream", "display", "buffers")
    with ExitStack() as stack:
        below: Floor | None = None
        try:
            below = stack.enter_context(closing(Floor(build)))
            contestants[FLOOR] = {"title": "floor", "found": True, "note": ""}
        except NotInstalledError as error:
            contestants[FLOOR] = {"title": "floor", "found": False, "note": str(error)}
            say(f"skipped: {error}")
        rows: dict[str, RowResult] = {}
        for step in steps:
            given = Field(sessions, below, small, display, buffers)
            with given.closing:
                rows[step.name] = measure(step, given, plan)
    add_up(steps, rows)
    return {
        "machine": machine,
        "quick": plan == QUICK,
        "rounds": plan.batches,
        "seconds": time.monotonic() - began,
        "contestants": contestants,
        "rows": rows,
    }


def measure(step: Step, given: Field, plan: Plan) -> RowResult:
    """Measure one row: as many batches as the plan has for it."""
    batches = step.batches(given)
    long = dict.fromkeys(batches, CULL)
    if step.name == LONGEST:
        measured = row(step.title, in_turn(batches, plan.pauses, long), "ms")
        for entry in measured["entries"].values():
            if entry["summary"]:
                entry["facts"]["worst"] = [entry["summary"]["maximum"]]
        return measured
    if step.name in FULL:
        return row(step.title, in_turn(batches, plan.full_batches, long))
    return row(step.title, in_turn(batches, plan.batches, calibrate(batches)))


def add_up(steps: Sequence[Step], rows: dict[str, RowResult]) -> None:
    """Give each row whose floor consists of others' that floor: the sum of medians."""
    for step in steps:
        floors = [
            rows[name]["entries"][FLOOR]["summary"]
            for name in step.floor
            if name in rows and FLOOR in rows[name]["entries"]
        ]
        medians = [each["median"] for each in floors if each]
        if medians and len(medians) == len(step.floor):
            rows[step.name]["entries"][FLOOR] = {
                "summary": summarise([sum(medians)]),
                "facts": {},
                "note": "",
            }


def muster() -> tuple[dict[str, Maker], dict[str, Contestant]]:
    """Return the classes of Session, and what the table says about each.

    Raises:
        RuntimeError: jupyter_client's Session is not its own.
    """
    upstream: Any = jupyter_client.session.Session
    if type(upstream(key=b"0")) is not upstream:
        msg = "jupyter_client's Session is replaced by another"
        raise RuntimeError(msg)
    sessions: dict[str, Maker] = {BASELINE: upstream}
    contestants: dict[str, Contestant] = {
        BASELINE: {
            "title": "jupyter_client.session.Session",
            "found": True,
            "note": "",
        }
    }
    note = ""
    try:
        from kernelwire.session import Session

        sessions[OURS] = Session
    except ImportError as error:
        note = f"kernelwire.session is not importable: {error}"
        say(f"skipped: {note}")
    contestants[OURS] = {
        "title": "kernelwire.Session",
        "found": OURS in sessions,
        "note": note,
    }
    return sessions, contestants


def pick(*names: str) -> list[Sample]:
    """Return the messages of those names."""
    messages = {sample.name: sample for sample in samples()}
    return [messages[name] for name in names]
