"""One debugging session: debugpy in this process, and what is stopped in it."""

from __future__ import annotations

import functools
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernelwire.python.debugger.adapter import Adapter

if TYPE_CHECKING:
    from kernelwire._host import Output

    Message = dict[str, Any]

_RESUMING = {"continue", "next", "stepIn", "stepOut", "disconnect"}


class Session:
    """A connection to debugpy, and the state that its messages tell of."""

    def __init__(self, output: Output) -> None:
        """Have debugpy listen, once in a process, and connect to it.

        Args:
            output: What events are published through; may be replaced.

        Raises:
            ImportError: debugpy is not installed.
            OSError: It cannot be reached.
        """
        self.output = output
        self.is_stopped = False
        self._stopped: set[int] = set()
        self._ready = threading.Event()
        self._adapter = Adapter(_endpoint(), self._heard)

    def request(self, command: str, arguments: Message) -> Message:
        """Pass a request on, and wait for the response.

        Raises:
            AdapterGoneError: The session has ended.
        """
        return self._adapter.request(command, arguments)

    def attach(self, arguments: Message) -> Message:
        """Begin to debug.

        debugpy answers `attach` only after `configurationDone`, for which it asks by
        `initialized`; a frontend waits for the answer before it says anything else.
        """
        host, port = _endpoint()
        response = self._adapter.send(
            "attach",
            {
                "justMyCode": False,
                "rules": _rules(),
                **arguments,
                "connect": {"host": host, "port": port},
            },
        )
        self._ready.wait()
        if not response.done():
            self._adapter.request("configurationDone")
        return response.result()

    def stopped_threads(self) -> list[int]:
        """Return the ids of the threads that stand at a breakpoint."""
        return sorted(self._stopped)

    def close(self) -> None:
        """Disconnect; debugpy then lets everything run on. May be called twice."""
        self._adapter.close()
        self._ready.set()

    def _heard(self, message: Message) -> None:
        """Keep the state, and publish events; called in the order of the messages."""
        if message.get("type") == "response":
            if message.get("success") and message.get("command") in _RESUMING:
                self._resume()
            elif message.get("command") == "attach":
                self._ready.set()  # where it failed
            return
        event, body = message.get("event"), message.get("body") or {}
        if event == "initialized":
            self._ready.set()
        elif event == "stopped":
            self.is_stopped = True
            self._stopped.add(body.get("threadId", 0))
        elif event in {"continued", "exited", "terminated"}:
            self._resume()
        self.output.publish("debug_event", message)

    def _resume(self) -> None:
        self.is_stopped = False
        self._stopped.clear()


@functools.cache
def _endpoint() -> tuple[str, int]:
    """Have debugpy listen, which it does once in a process, and say where."""
    import debugpy  # noqa: T100 - this is the debugger

    host, port = debugpy.listen(("127.0.0.1", 0))  # noqa: T100
    return host, port


def _rules() -> list[dict[str, object]]:
    """Return what keeps steps out of the code that runs cells."""
    import IPython

    import kernelwire

    return [
        {"path": str(Path(package.__file__).parent / "**"), "include": False}
        for package in (kernelwire, IPython)
        if package.__file__
    ]
