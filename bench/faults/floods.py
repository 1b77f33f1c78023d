"""Floods for a client that looks away: what arrives, at what cost, and the beats meanwhile.

The client is jupyter_client's own, with its limits as they are.
"""

from __future__ import annotations

import queue
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from jupyter_client.blocking.client import BlockingKernelClient

from bench.faults.beats import Heart
from bench.kernels.client import Client
from bench.kernels.process import Connection
from bench.kernels.rows import MEGA, MILLI, Live, Outcome, Outcomes, Plan, Row, Step

if TYPE_CHECKING:
    from jupyter_client.connect import KernelConnectionInfo

WRITES = 200_000
UPDATES = 10_000
BUFFERS = 10_000
BUFFER = 100_000  # bytes
PAUSE = 6.0  # seconds in which the client does not read
_QUIET = 15.0  # seconds without a message after which what is missing is lost
_PATIENCE = 600.0  # seconds for one flood


@dataclass
class Arrived:
    """What the client got of one request."""

    lines: int = 0
    last_update: str = ""
    buffer_bytes: int = 0
    idle: bool = False
    seconds: float = 0.0

    def take(self, message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            self.lines += content["text"].count("\n")
        elif message["msg_type"] == "update_display_data":
            self.last_update = content["data"]["text/plain"]
        elif message["msg_type"] == "comm_msg":
            self.buffer_bytes += sum(map(len, message["buffers"]))
        self.idle = content.get("execution_state") == "idle"


def connect(connection: Connection) -> BlockingKernelClient:
    client = BlockingKernelClient()
    client.load_connection_info(cast("KernelConnectionInfo", connection.content()))
    client.start_channels()
    client.wait_for_ready(timeout=60)
    return client


def look_away(client: BlockingKernelClient, code: str) -> Arrived:
    """Execute code, read nothing for a while, and then everything up to idle."""
    arrived = Arrived()
    began = time.perf_counter()
    msg_id = client.execute(code, allow_stdin=False)
    time.sleep(PAUSE)
    while not arrived.idle and time.perf_counter() - began < _PATIENCE:
        try:
            message = client.get_iopub_msg(timeout=_QUIET)
        except queue.Empty:
            if client.shell_channel.msg_ready():
                break
            continue
        if message["parent_header"].get("msg_id") == msg_id:
            arrived.take(message)
    arrived.seconds = time.perf_counter() - began
    return arrived


def flood(live: Live, code: str) -> tuple[Arrived, float, float]:
    """Return what arrived, the bytes that memory grew by at most, and the worst beat."""
    live.client.close()  # one reader at a time
    client = connect(live.process.connection)
    heart = Heart(live.process.connection.endpoint("hb"))
    with closing(heart):
        before = live.process.resident()
        live.process.forget_peak()
        arrived = look_away(client, code)
        grown = live.process.peak() - before
        worst = heart.stop().worst
    client.stop_channels()
    client.context.destroy(linger=0)
    live.client = Client(live.process.connection)
    live.client.subscribe()
    return arrived, grown, worst


def rows(name: str, title: str) -> tuple[Row, ...]:
    return (
        Row(name, title, "s"),
        Row(f"{name}_memory", "… memory that it took at most", "MB"),
        Row(f"{name}_beat", "… slowest heartbeat", "ms"),
    )


def measure(live: Live, name: str, code: str, expected: Arrived) -> Outcomes:
    """Flood, and compare what arrived; the time counts only when nothing is missing."""
    arrived, grown, worst = flood(live, code)
    lost = expected.lines - arrived.lines
    lost += (expected.buffer_bytes - arrived.buffer_bytes) // BUFFER
    lost += arrived.last_update != expected.last_update
    whole = arrived.idle and not lost
    facts = {"lost": float(lost), "idle_lost": float(not arrived.idle)}
    return {
        name: Outcome([arrived.seconds] if whole else [], facts),
        f"{name}_memory": Outcome([grown * MEGA]),
        f"{name}_beat": Outcome([worst * MILLI]),
    }


def writes(live: Live, plan: Plan) -> Outcomes:
    code = live.cells.flushed(WRITES)
    return measure(live, "writes", code, Arrived(lines=WRITES))


def updates(live: Live, plan: Plan) -> Outcomes:
    code = live.cells.updates(UPDATES)
    last = Arrived(last_update=str(UPDATES - 1))
    return measure(live, "updates", code, last)


def buffers(live: Live, plan: Plan) -> Outcomes:
    live.client.run(live.cells.prepare_buffer(BUFFER))
    code = live.cells.buffers(BUFFERS, BUFFER)
    return measure(live, "buffers", code, Arrived(buffer_bytes=BUFFERS * BUFFER))


STEPS = (
    Step(rows("writes", "200,000 flushed writes, read six seconds late"), writes),
    Step(rows("updates", "10,000 updates of a display, the same"), updates),
    Step(rows("buffers", "10,000 x 100 kB comm buffers, the same"), buffers),
)
