"""The kernel under test: its process, and what a row needs to try it.

Over `peer.py` and `snippets.py`. It is started as frontends start kernels, through
jupyter_client's KernelManager; when a row has ended or broken it, the next row gets a
new one. Confined to one thread.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import zmq
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.manager import KernelManager

from kernelwire.conformance.messages import Exchange, Json, Message
from kernelwire.conformance.peer import Peer
from kernelwire.conformance.rows import Failure
from kernelwire.conformance.snippets import Snippets
from kernelwire.errors import KernelSpecError, KernelWireError

__all__ = ["Clock", "Kernel", "KernelNotStarted"]

STARTING = 60.0
"""Seconds until a kernel must answer: one that compiles something first takes long."""

_TAIL = 2000  # characters of what the kernel has printed that a report shows


class KernelNotStarted(KernelWireError):
    """The kernel did not answer kernel_info after it was started."""


class Clock:
    """How long a row may take, and whether the kernel lives meanwhile."""

    def __init__(self, limit: float, exit_code: Callable[[], int | None]) -> None:
        self.limit = limit
        self._start = time.monotonic()
        self._exit_code = exit_code

    @property
    def seconds(self) -> float:
        """Since the row began."""
        return time.monotonic() - self._start

    def look(self, what: str) -> None:
        """Fail the row where waiting longer is in vain.

        Args:
            what: is waited for.

        Raises:
            Failure: the kernel has ended, or the time is up.
        """
        if (code := self._exit_code()) is not None:
            msg = f"the kernel ended (exit code {code}) before {what}"
            raise Failure(msg)
        if self.seconds > self.limit:
            msg = f"no {what} within {self.limit:g} s"
            raise Failure(msg)


class Kernel:
    """A kernel, found by its kernelspec. Use it in a `with` statement."""

    def __init__(self, kernelspec: str, limit: float) -> None:
        """Find the kernelspec, and start nothing yet.

        Args:
            kernelspec: a name that Jupyter knows, or a directory with a kernel.json.
            limit: seconds that a row may take.

        Raises:
            KernelSpecError: there is no such kernelspec.
        """
        self.specs, self.name = _find(kernelspec)
        self.spec = self.specs.get_kernel_spec(self.name)
        self.snippets = Snippets(language=(), codes={})
        self._limit = limit
        self._context: zmq.Context[Any] = zmq.Context()
        self._place = tempfile.TemporaryDirectory(prefix="conformance-")
        self._printed_file = Path(self._place.name, "printed")
        self._printed: IO[bytes] | None = None
        self._manager: KernelManager | None = None
        self._clock = Clock(STARTING, lambda: None)
        self._peers: list[Peer] = []
        self.spent = False
        """Whether a row has left the process in a state that the next one must not meet."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._context.destroy(linger=0)
        self._place.cleanup()

    # The process

    @property
    def manager(self) -> KernelManager:
        """What started the process."""
        assert self._manager is not None, "the kernel runs while rows do"
        return self._manager

    @property
    def runs(self) -> bool:
        """Whether there is a process that has not ended."""
        return self._manager is not None and self.exit_code() is None

    def exit_code(self) -> int | None:
        """How the process ended; None while it lives."""
        process = getattr(self.manager.provisioner, "process", None)
        code: int | None = None if process is None else process.poll()
        return code

    def printed(self) -> str:
        """The end of what the process has written to its stdout and stderr."""
        return self._printed_file.read_text("utf-8", "replace")[-_TAIL:]

    def start(self) -> Json:
        """Start a process, and wait until it answers.

        Returns:
            The content of its kernel_info_reply.

        Raises:
            KernelNotStarted: it ends instead, or remains silent.
        """
        self._printed = self._printed_file.open("wb")
        manager = KernelManager(
            kernel_name=self.name,
            kernel_spec_manager=self.specs,
            connection_file=str(Path(self._place.name, "connection.json")),
        )
        # Neither the user's settings nor the user's history are part of the test.
        environment = {
            **os.environ,
            "IPYTHONDIR": str(Path(self._place.name, "ipython")),
        }
        try:
            manager.start_kernel(
                env=environment,
                cwd=self._place.name,
                stdout=self._printed,
                stderr=self._printed,
            )
        except OSError as exc:
            msg = f"kernel {self.name} cannot be started: {exc}"
            raise KernelNotStarted(msg) from exc
        self._manager = manager
        self.spent = False
        self.begin(STARTING)
        try:
            return self.peer.fence().reply.content
        except Failure as exc:
            msg = (
                f"kernel {self.name} did not start: {exc}. It printed: {self.printed()}"
            )
            raise KernelNotStarted(msg) from exc
        finally:
            self.end()

    def stop(self) -> None:
        """End the process, if there is one, whatever it does."""
        self.end()
        if self._manager is not None:
            self._manager.shutdown_kernel(now=True)
            self._manager.cleanup_resources()
            self._manager = None
        if self._printed is not None:
            self._printed.close()

    def restart(self) -> None:
        """Replace the process by a new one on the same ports, as frontends do."""
        self.manager.restart_kernel(now=True)

    def interrupt(self) -> None:
        """Interrupt it as frontends do: in the way that its kernelspec names."""
        self.manager.interrupt_kernel()

    def spend(self) -> None:
        """Say that the process is of no use any more, and to be replaced after the row.

        For rows that leave a cell running: whether it can be interrupted is not theirs.
        """
        self.spent = True

    # What a row uses

    def begin(self, limit: float | None = None) -> None:
        """Begin a row: its time runs, and its clients are new."""
        self._clock = Clock(self._limit if limit is None else limit, self.exit_code)

    def end(self) -> None:
        """End a row: its clients vanish."""
        for peer in self._peers:
            peer.close()
        self._peers.clear()
        self.__dict__.pop("peer", None)

    @property
    def trail(self) -> list[Message]:
        """All messages of the row so far, of all its clients, in order."""
        messages = [message for peer in self._peers for message in peer.seen]
        return sorted(messages, key=lambda message: message.seconds)

    @cached_property
    def peer(self) -> Peer:
        """The client of the row, ready: its iopub messages arrive."""
        return self.another_peer()

    def another_peer(self) -> Peer:
        """One more client, ready."""
        peer = self.unready_peer()
        peer.ready()
        return peer

    def unready_peer(
        self, topic: bytes = b"", iopub: int = zmq.SUB, session: str = ""
    ) -> Peer:
        """One more client, just connected.

        Args:
            topic: what it subscribes to on iopub.
            iopub: the kind of socket it does so with.
            session: its session id; by default, a new one.
        """
        found = self.manager.get_connection_info()
        connection = {**found, "key": self.manager.session.key}
        peer = Peer(self._context, connection, self._clock, topic, iopub, session)
        self._peers.append(peer)
        return peer

    def code(self, name: str) -> str:
        """A snippet that the row has said it needs."""
        return self.snippets.codes[name]

    def run(self, name: str, **fields: Any) -> Exchange:
        """Execute a snippet, and wait for its reply and its idle."""
        return self.peer.execute(self.code(name), **fields).finish()

    def wait_for_end(self) -> None:
        """Wait until the process has ended by itself.

        Raises:
            Failure: it has not by the deadline.
        """
        while self.exit_code() is None:
            self.peer.listen(0.05)
            if self._clock.seconds > self._clock.limit:
                msg = f"the process still runs after {self._clock.limit:g} s"
                raise Failure(msg)


def _find(kernelspec: str) -> tuple[KernelSpecManager, str]:
    """The manager that finds a kernelspec, and the name by which it does."""
    path = Path(kernelspec)
    if (path / "kernel.json").is_file():
        path = path.resolve()
        specs = KernelSpecManager(
            kernel_dirs=[str(path.parent)], ensure_native_kernel=False
        )
        return specs, path.name
    specs = KernelSpecManager()
    try:
        specs.get_kernel_spec(kernelspec)
    except NoSuchKernel:
        known = ", ".join(sorted(specs.find_kernel_specs())) or "none"
        msg = f"no kernel {kernelspec}; Jupyter knows {known}, and a path may be given"
        raise KernelSpecError(msg) from None
    return specs, kernelspec
