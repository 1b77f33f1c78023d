"""The run: batches of each message, the contestants in turn, medians of all batches."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.batches import Batch, calibrate, clock, in_turn, row, say, uncollected
from bench.codec.contestants import (
    Coder,
    Competitor,
    Frames,
    candidates,
    jupyter,
)
from bench.codec.messages import Sample, samples
from bench.machine import describe
from bench.results import Contestant, Result, RowResult

HISTORY = 2**16  # signatures that jupyter_client remembers
CULL = 7_000  # messages that contain at least one cull of a full history: 10 % of it
SMALL = ("execute_request", "execute_reply", "stream")


class DisagreementError(Exception):
    """Two contestants do not understand each other, so their times mean nothing."""


@dataclass(frozen=True)
class Plan:
    """How many batches there are of each row."""

    batches: int = 60
    full_batches: int = 5


QUICK = Plan(batches=8, full_batches=1)


def compare(plan: Plan) -> Result:
    """Measure every message on every contestant that is importable.

    Raises:
        DisagreementError: a contestant decodes another thing than was encoded.
    """
    machine = describe()
    began = time.monotonic()
    found, missing = candidates()
    field = [jupyter(), *found]
    for note in missing.values():
        say(f"skipped: {note}")
    rows: dict[str, RowResult] = {}
    messages = samples()
    for sample in messages:
        agree(field, sample)
        encoders = {each.name: encoder(each.coder(), sample) for each in field}
        calls = calibrate(encoders)
        rows[f"encode.{sample.name}"] = row(
            f"encode {sample.title}", in_turn(encoders, plan.batches, calls)
        )
        rows[f"decode.{sample.name}"] = row(
            f"decode {sample.title}",
            decodes(field, sample, plan.batches, max(calls.values())),
        )
    coders = {each.name: each.coder() for each in field}
    fill(coders, messages[0])
    for sample in messages:
        if sample.name in SMALL:
            rows[f"full.{sample.name}"] = row(
                f"decode {sample.title}, history full",
                full_decodes(coders, sample, plan.full_batches),
            )
    contestants: dict[str, Contestant] = {
        each.name: {"title": each.title, "found": True, "note": ""} for each in field
    }
    for name, note in missing.items():
        contestants[name] = {"title": name, "found": False, "note": note}
    return {
        "machine": machine,
        "quick": plan == QUICK,
        "rounds": plan.batches,
        "seconds": time.monotonic() - began,
        "contestants": contestants,
        "rows": rows,
    }


def agree(field: Sequence[Competitor], sample: Sample) -> None:
    """Have everyone decode what everyone encoded, and compare."""
    for writer in field:
        frames = writer.coder().encode(sample)
        for reader in field:
            header, parent, metadata, content = reader.coder().decode(frames)
            same = (
                header["msg_type"] == sample.msg_type
                and parent.get("msg_id") == sample.parent.get("msg_id")
                and metadata == sample.metadata
                and content == sample.content
            )
            if not same:
                msg = f"{reader.title} misreads {sample.name} by {writer.title}"
                raise DisagreementError(msg)


def encoder(coder: Coder, sample: Sample) -> Batch:
    """Return batches of one contestant's encode."""
    encode = coder.encode

    def batch(calls: int) -> float:
        with uncollected():
            start = clock()
            for _ in range(calls):
                encode(sample)
            return (clock() - start) / calls

    return batch


def decodes(
    field: Sequence[Competitor], sample: Sample, batches: int, calls: int
) -> dict[str, list[float]]:
    """Return seconds per message; every batch starts with an empty history."""
    times: dict[str, list[float]] = {each.name: [] for each in field}
    messages = written(sample, calls)
    for _ in range(batches):
        for each in field:
            times[each.name].append(decode_batch(each.coder(), messages))
    return times


def full_decodes(
    coders: dict[str, Coder], sample: Sample, batches: int
) -> dict[str, list[float]]:
    """Return seconds per message, what forgetting costs included."""
    times: dict[str, list[float]] = {name: [] for name in coders}
    for _ in range(batches):
        messages = written(sample, CULL)  # never seen before
        for name, coder in coders.items():
            times[name].append(decode_batch(coder, messages))
    return times


def fill(coders: dict[str, Coder], sample: Sample) -> None:
    """Decode as many messages as a history holds."""
    for _ in range(0, HISTORY, CULL):
        messages = written(sample, CULL)
        for coder in coders.values():
            for frames in messages:
                coder.decode(frames)


def written(sample: Sample, count: int) -> list[Frames]:
    """Return distinct messages, written by jupyter_client for all readers alike."""
    writer = jupyter().coder()
    return [writer.encode(sample) for _ in range(count)]


def decode_batch(coder: Coder, messages: Sequence[Frames]) -> float:
    decode = coder.decode
    with uncollected():
        start = clock()
        for frames in messages:
            decode(frames)
        return (clock() - start) / len(messages)
