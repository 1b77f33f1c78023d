"""Six messages as kernels send them, from a short request to 32 MB of buffers."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

_MEGABYTE = 1_000_000
_SEED = 20_260_101  # the same bytes in every run


@dataclass(frozen=True)
class Sample:
    """One message, without its header: that is made anew for every encode.

    `parent` is the header of the request that the message answers, or empty.
    """

    name: str
    title: str
    msg_type: str
    content: dict[str, Any]
    parent: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    buffers: list[bytes] = field(default_factory=list)


REQUEST_HEADER: dict[str, Any] = {
    "msg_id": "5d2f6c1e-9a7b40c38e61f0d2b4a59c77_4242_17",
    "msg_type": "execute_request",
    "username": "bench",
    "session": "5d2f6c1e-9a7b40c38e61f0d2b4a59c77",
    "date": "2026-01-01T00:00:00.000000Z",
    "version": "5.5",
}


def samples() -> list[Sample]:
    """Build the messages; the large ones take a moment."""
    rng = random.Random(_SEED)
    return [
        Sample(
            "execute_request",
            "execute_request",
            "execute_request",
            {
                "code": "for i in range(3):\n    print(i)",
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": True,
                "stop_on_error": True,
            },
            metadata={"cellId": "5d2f6c1e-9a7b-40c3-8e61-f0d2b4a59c77"},
        ),
        Sample(
            "execute_reply",
            "execute_reply",
            "execute_reply",
            {
                "status": "ok",
                "execution_count": 17,
                "user_expressions": {},
                "payload": [],
            },
            parent=REQUEST_HEADER,
            metadata={
                "started": "2026-01-01T00:00:00.000000Z",
                "dependencies_met": True,
                "engine": "5d2f6c1e-9a7b-40c3-8e61-f0d2b4a59c77",
                "status": "ok",
            },
        ),
        Sample(
            "stream",
            "stream",
            "stream",
            {"name": "stdout", "text": "one line of output, as print makes them\n"},
            parent=REQUEST_HEADER,
        ),
        Sample(
            "display",
            "display_data, 10 kB",
            "display_data",
            {
                "data": {"text/plain": "<table>", "text/html": _html(rng, 10_000)},
                "metadata": {},
                "transient": {},
            },
            parent=REQUEST_HEADER,
        ),
        Sample(
            "json",
            "display_data, 1 MB of JSON",
            "display_data",
            {
                "data": {"application/json": _records(rng, _MEGABYTE)},
                "metadata": {},
                "transient": {},
            },
            parent=REQUEST_HEADER,
        ),
        Sample(
            "buffers",
            "comm_msg, 4 x 8 MB of buffers",
            "comm_msg",
            {
                "comm_id": "5d2f6c1e9a7b40c38e61f0d2b4a59c77",
                "data": {"method": "update", "state": {}, "buffer_paths": []},
            },
            parent=REQUEST_HEADER,
            buffers=[rng.randbytes(8 * _MEGABYTE) for _ in range(4)],
        ),
    ]


def _html(rng: random.Random, size: int) -> str:
    """Return a table of numbers of about `size` characters."""
    rows: list[str] = []
    length = 0
    while length < size:
        cells = "".join(f"<td>{rng.random():.6f}</td>" for _ in range(5))
        rows.append(f"<tr>{cells}</tr>\n")
        length += len(rows[-1])
    return "<table>" + "".join(rows) + "</table>"


def _records(rng: random.Random, size: int) -> list[dict[str, Any]]:
    """Return records that take about `size` bytes as JSON."""
    one = 70  # bytes of a record, its comma included
    return [
        {"id": i, "name": f"row {i:06}", "value": rng.random(), "ok": i % 2 == 0}
        for i in range(size // one)
    ]
