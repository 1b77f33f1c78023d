"""Which request is being answered, and where its output goes.

One holder for the whole kernel: the streams, the display hook, comms and input() ask it,
and nothing else remembers an Output. Threads of the user's write to the latest request;
routing by thread will change this file and no other.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from typing import Any

    from kernelwire._host import CommMessage, ExecuteRequest, Output
    from kernelwire.python.streams import OutputStream

    Request = ExecuteRequest | CommMessage


class Current:
    """The request at hand, or the latest one.

    Written by the interpreter's thread only; read by any.
    """

    __slots__ = ("_streams", "forked", "output", "request")

    def __init__(self) -> None:
        self.forked = False
        """Whether this process is a child of the kernel's, made by fork()."""
        self.request: Request | None = None
        self.output: Output | None = None
        self._streams: tuple[OutputStream, OutputStream] | None = None

    def attach(self, stdout: OutputStream, stderr: OutputStream) -> None:
        """Let these two streams follow the request."""
        self._streams = (stdout, stderr)

    def enter(self, request: Request | None, output: Output | None) -> None:
        """Make a request the current one; it stays so until the next.

        Args:
            request: The request, or none, and the streams write to where they wrote
                before the kernel started.
            output: What the request's output is published through; kept.
        """
        self.request = request
        self.output = output
        if self._streams is not None:
            out, err = self._streams
            out.sink = None if output is None else output.stdout
            err.sink = None if output is None else output.stderr

    def leave(self) -> None:
        """Forget the request in a forked child: the sockets are its parent's."""
        self.forked = True
        self.enter(None, None)

    @property
    def header(self) -> dict[str, Any]:
        """The current request's header; empty before the first request."""
        return {} if self.request is None else self.request.header
