"""IPython is imported by a thread, and its shell made while the kernel is idle.

So that the first request is answered at once, and the first cell soon: a frontend asks for
kernel_info when it starts a kernel, and for the rest when its user has typed something.
"""

from __future__ import annotations

import gc
import os

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from typing import Any

_READABLE = 1  # select.POLLIN


class Preparation:
    """An import on a thread, for whose end the kernel can wait as it does for requests."""

    QUIET = 0.3
    """For how many seconds there must be no request after the import. A client to whom
    iopub is connected late asks for kernel_info again 0.2 seconds after the reply
    (jupyter_client 8), and should not wait for startup files then."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._done: tuple[int, int] | None = None
        self._poll: Callable[[], Any] | None = None
        self._asked = False

    def start(self, work: Callable[[], None]) -> None:
        """Have a thread do the importing."""
        import select  # both must not delay the sockets
        import threading  # 4 ms

        self._done = os.pipe()
        write = self._done[1]
        self._poll = getattr(select, "poll", None)

        def run() -> None:
            try:
                _without_collections(work)
            finally:
                os.close(write)  # which makes the other end readable

        self._thread = threading.Thread(
            target=run, name="kernelwire-import", daemon=True
        )
        self._thread.start()

    def join(self) -> None:
        """Wait until the import is done."""
        if self._thread is not None:
            self._thread.join()

    @property
    def waits(self) -> bool:
        """Whether there is still something to wait for, and a way to."""
        return self._done is not None and self._poll is not None

    def wait(self, fds: Sequence[int]) -> bool:
        """Wait for a request, or for the import if there was a request before.

        Args:
            fds: One is readable when a request may have come.

        Returns:
            Whether the import is done, and no request comes any more.
        """
        assert self._done is not None
        assert self._poll is not None
        waited = [*fds, self._done[0]] if self._asked else fds
        self._asked = True
        polled = self._poll()
        for fd in waited:
            polled.register(fd, _READABLE)
        if [fd for fd, _ in polled.poll()] != [self._done[0]]:
            return False
        polled.unregister(self._done[0])
        return not polled.poll(self.QUIET * 1000)

    def close(self) -> None:
        """Let go of what is waited at; on the thread that waits."""
        if self._done is not None:
            os.close(self._done[0])
            self._done = None


def _without_collections(work: Callable[[], None]) -> None:
    """Have nothing look for garbage among what is imported, and stays.

    That would be a twelfth of the time. It all counts as old afterwards, or the next
    collection, a cell's, would go through it.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        work()
    finally:
        # A program that embeds a kernel may have frozen what is its own.
        if hasattr(gc, "freeze") and not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()
        if collects:
            gc.enable()
