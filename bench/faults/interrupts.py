"""How long it takes from an interrupt to the reply of the cell that it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import zmq

from bench.kernels.client import DELIMITER, KernelSilentError, execute_content, request
from bench.kernels.process import Connection
from bench.kernels.rows import MILLI, Live, Outcome, Outcomes, Plan, Row, Step

TIMES = 200
_PATIENCE = 30_000  # milliseconds
_LOST = 2_000  # milliseconds after which an interrupt had no effect
_HOPELESS = 10  # interrupts of one cell, after which none will have
_IDENTITY = b"interrupting"

# Not in one piece: the code is published too, before it runs.
STARTED = "print('it has ' + 'started', flush=True)\n"


@dataclass(frozen=True)
class Case:
    """A cell that would run on for ever, and how it says that it runs."""

    name: str
    title: str
    code: str
    asks: bool = False


CASES = (
    Case("loop", "`while True: pass`", STARTED + "while True: pass"),
    Case("sleep", "`time.sleep`", f"import time\n{STARTED}time.sleep(600)"),
    Case(
        "released",
        "native calls of 20 ms without the GIL",
        "import zlib\ndata = bytes(range(256)) * 2500\n"
        f"{STARTED}while True: zlib.compress(data, 9)",
    ),
    Case(
        "held",
        "native calls of 20 ms with the GIL",
        f"{STARTED}while True: sum(range(1_000_000))",
    ),
    Case("input", "`input()`", "input('it asks')", asks=True),
    Case("await", "`await`", f"import asyncio\n{STARTED}await asyncio.sleep(600)"),
)


class Interrupter:
    """A client with the four sockets that this takes. Confined to one thread."""

    def __init__(self, connection: Connection) -> None:
        self._key = connection.key
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.shell = self._connect(zmq.DEALER, connection.endpoint("shell"))
        self.control = self._connect(zmq.DEALER, connection.endpoint("control"))
        self.stdin = self._connect(zmq.DEALER, connection.endpoint("stdin"))
        self.iopub = self._connect(zmq.SUB, connection.endpoint("iopub"))
        self.iopub.subscribe(b"")
        self._subscribe()

    def _subscribe(self) -> None:
        """Ask until what the kernel publishes arrives here."""
        while True:
            message = request(self._key, "kernel_info_request", {})
            self.shell.send_multipart(message.frames)
            self._receive(self.shell)
            if self.iopub.poll(200):
                break

    def _connect(self, kind: int, endpoint: str) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.linger = 0
        socket.rcvtimeo = _PATIENCE
        socket.routing_id = _IDENTITY  # a question goes to who has asked on shell
        socket.connect(endpoint)
        return socket

    def close(self) -> None:
        self._context.destroy(linger=0)

    def start(self, case: Case) -> None:
        """Execute the cell; returns once it says that it runs."""
        content = execute_content(case.code, silent=False) | {"allow_stdin": case.asks}
        message = request(self._key, "execute_request", content)
        self.shell.send_multipart(message.frames)
        if case.asks:
            self._receive(self.stdin)
            return
        while b"it has started" not in self._receive(self.iopub):
            pass

    def by_message(self) -> None:
        message = request(self._key, "interrupt_request", {})
        self.control.send_multipart(message.frames)

    def ended(self) -> bool:
        """Wait for the cell's reply; false where it goes on as if nothing had been."""
        if not self.shell.poll(_LOST):
            return False
        self._receive(self.shell)
        return True

    def settle(self) -> None:
        """Read what else has come."""
        for socket in (self.control, self.iopub):
            while socket.poll(0):
                socket.recv_multipart()

    def _receive(self, socket: zmq.Socket[bytes]) -> bytes:
        """Return the content of the next message."""
        try:
            frames = socket.recv_multipart()
        except zmq.Again:
            msg = "no message"
            raise KernelSilentError(msg) from None
        return frames[frames.index(DELIMITER) + 5]


def measure(case: Case) -> Callable[[Live, Plan], Outcomes]:
    def measured(live: Live, plan: Plan) -> Outcomes:
        outcomes = {}
        with closing(Interrupter(live.process.connection)) as client:
            for way, interrupt in (
                ("signal", live.process.interrupt),
                ("message", client.by_message),
            ):
                samples = []
                lost = 0
                for _ in range(TIMES):
                    client.start(case)
                    began = time.perf_counter()
                    lost += interrupt_until_it_ends(client, interrupt)
                    samples.append((time.perf_counter() - began) * MILLI)
                    client.settle()
                facts = {"worst": max(samples), "lost": float(lost)}
                outcomes[f"{case.name}_{way}"] = Outcome(samples, facts)
        return outcomes

    return measured


def interrupt_until_it_ends(client: Interrupter, interrupt: Callable[[], None]) -> int:
    """Interrupt the running cell; returns how many interrupts had no effect."""
    for lost in range(_HOPELESS):
        interrupt()
        if client.ended():
            return lost
    msg = f"the cell goes on after {_HOPELESS} interrupts"
    raise KernelSilentError(msg)


STEPS = tuple(
    Step(
        (
            Row(f"{case.name}_signal", f"{case.title}, by a signal", "ms"),
            Row(f"{case.name}_message", f"{case.title}, by a message", "ms"),
        ),
        measure(case),
    )
    for case in CASES
)
