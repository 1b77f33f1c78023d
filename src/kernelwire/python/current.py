"""Which request code runs for, and where its output goes.

The streams, the display hook, comms and input() ask here, and nothing else remembers an
Output. The answer is a matter of context (PEP 567): each thread of the interpreter's has
its own, asyncio's tasks and callbacks copy it by themselves, and `threads` hands it on.
"""

from __future__ import annotations

from _thread import get_ident
from contextvars import ContextVar

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from kernelwire._host import CommMessage, ExecuteRequest, Output
    from kernelwire.python.lanes import Lane
    from kernelwire.python.streams import OutputStream, Sink

    Request = ExecuteRequest | CommMessage
    Before = tuple["Parent | None", "Parent | None"]


class Parent:
    """A request to which output belongs, what publishes that output, and its shell."""

    __slots__ = ("lane", "output", "request")

    def __init__(
        self, request: Request | None, output: Output, lane: Lane | None
    ) -> None:
        self.request = request
        self.output = output
        self.lane = lane


class Current:
    """The parent of what runs in the context of whoever asks.

    Code in a context of its own, such as a thread of a C library's that calls Python,
    falls back to the latest request of the interpreter's main thread, which is the one
    that made this object or has called `lead`. Any thread may use it.
    """

    __slots__ = ("_here", "_latest", "_main", "_streams", "forked", "left")

    def __init__(self) -> None:
        self.forked = False
        """Whether this process is a child of the kernel's, made by fork()."""
        self.left: Callable[[], None] = lambda: None
        """Called in such a child."""
        self._main = get_ident()
        self._here: ContextVar[Parent | None] = ContextVar("parent", default=None)
        self._latest: Parent | None = None
        self._streams: tuple[OutputStream, ...] = ()

    def lead(self) -> None:
        """Make the calling thread the one to whose requests others fall back."""
        self._main = get_ident()

    def attach(self, stdout: OutputStream, stderr: OutputStream) -> None:
        """Let these two streams follow the request."""
        self._streams = (stdout, stderr)

    def enter(
        self, request: Request | None, output: Output, lane: Lane | None = None
    ) -> Before:
        """Let what the calling thread runs from now on belong to a request.

        Args:
            request: The request.
            output: What its output is published through; kept.
            lane: Of the shell that answers it; none: the main shell.

        Returns:
            What it belonged to before, for `resume`.
        """
        before = (self.own, self._latest)
        parent = Parent(request, output, lane)
        self.adopt(parent)
        if get_ident() == self._main:
            self.stand_in(parent)
        return before

    def resume(self, before: Before) -> None:
        """Go back to the request before a comm message; without one, stay there."""
        own, latest = before
        if own is not None:
            self.adopt(own)
        if latest is not None and get_ident() == self._main:
            self.stand_in(latest)

    def adopt(self, parent: Parent | None) -> None:
        """Set the parent of the calling context, and no other's."""
        self._here.set(parent)
        for stream, sink in zip(self._streams, _sinks(parent), strict=False):
            stream.sink.set(sink)

    def leave(self) -> None:
        """Forget all requests in a forked child: the sockets are its parent's."""
        self.forked = True
        self.forget()
        self.left()

    def forget(self) -> None:
        """Belong to no request, in any context."""
        # New variables, since the contexts of tasks keep the values of the old ones.
        self._here = ContextVar("parent", default=None)
        self._latest = None
        for stream in self._streams:
            stream.sink = ContextVar(stream.name, default=None)
            stream.latest = None

    def stand_in(self, parent: Parent | None) -> None:
        """Let what has no parent of its own belong to this one."""
        self._latest = parent
        for stream, sink in zip(self._streams, _sinks(parent), strict=False):
            stream.latest = sink

    @property
    def own(self) -> Parent | None:
        """The parent that the context has itself."""
        return self._here.get()

    @property
    def parent(self) -> Parent | None:
        """The context's parent, or the latest request; None before the first."""
        return self._here.get() or self._latest

    @property
    def request(self) -> Request | None:
        """The parent's request."""
        parent = self.parent
        return None if parent is None else parent.request

    @property
    def output(self) -> Output | None:
        """What the parent's output is published through."""
        parent = self.parent
        return None if parent is None else parent.output

    @property
    def header(self) -> dict[str, Any]:
        """The parent's header; empty before the first request."""
        request = self.request
        return {} if request is None else request.header


def _sinks(parent: Parent | None) -> tuple[Sink | None, Sink | None]:
    if parent is None:
        return (None, None)
    return (parent.output.stdout, parent.output.stderr)
