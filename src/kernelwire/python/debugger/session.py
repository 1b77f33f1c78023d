"""One debugging session: debugpy in this process, and what is stopped in it."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernelwire.python.debugger.adapter import Adapter, AdapterGoneError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kernelwire._host import Output

    Message = dict[str, Any]

_GREETING = 2.0
"""How long debugpy may take to greet a client, in seconds."""

_RESUMING = {"continue", "next", "stepIn", "stepOut", "disconnect"}


class Session:
    """A connection to debugpy, and the state that its messages tell of."""

    def __init__(self, output: Output, adapter: Adapter | None = None) -> None:
        """Have debugpy listen, once in a process, and connect to it.

        Args:
            output: What events are published through; may be replaced.
            adapter: A connection that an earlier session has left.

        Raises:
            ImportError: debugpy is not installed.
            OSError: It cannot be reached.
        """
        self.output = output
        self.is_stopped = False
        self._stopped: set[int] = set()
        self.successor: Adapter | None = None
        """What the next session is to use; made when this one disconnects."""
        self._ready = threading.Event()
        self._greeted = threading.Event()
        if adapter is None:
            self._adapter = Adapter(_endpoint(), self._heard)
        else:
            self._greeted.set()
            self._adapter = adapter
            adapter.heard = self._heard

    def request(self, command: str, arguments: Message) -> Message:
        """Pass a request on, and wait for the response.

        Raises:
            AdapterGoneError: The session has ended.
        """
        return self._adapter.request(command, arguments)

    def attach(self, arguments: Message, skipped: Iterable[str]) -> Message:
        """Begin to debug.

        debugpy answers `attach` only after `configurationDone`, for which it asks by
        `initialized`; a frontend waits for the answer before it says anything else.

        Args:
            arguments: The request's, of the frontend.
            skipped: Names of modules that steps do not lead into.
        """
        host, port = _endpoint()
        response = self._adapter.send(
            "attach",
            {
                "justMyCode": False,
                "rules": _rules(skipped),
                **arguments,
                "connect": {"host": host, "port": port},
            },
        )
        self._ready.wait()
        if not response.done():
            self._adapter.request("configurationDone")
        return response.result()

    def disconnect(self, arguments: Message) -> Message:
        """Stop to debug, once the connection of the next session has been made.

        debugpy (1.8.22) greets a new client on the thread that accepts clients, and
        tells its oldest client what sockets there are. Where that one is about to go,
        the thread fails, and no client is ever accepted again: this kernel's next
        `initialize` would get no answer.

        Raises:
            AdapterGoneError: The session has ended.
        """
        self._greeted.wait(_GREETING)
        self._greeted.clear()
        with contextlib.suppress(OSError):
            self.successor = Adapter(_endpoint(), lambda _message: None)
            self._greeted.wait(_GREETING)
        return self._adapter.request("disconnect", arguments)

    def stopped_threads(self) -> list[int]:
        """Return the ids of the threads that stand at a breakpoint."""
        return sorted(self._stopped)

    def let_go(self) -> None:
        """Let the stopped threads go on, without waiting for it.

        Since Python 3.12 debugpy stops a thread again that has left the place where it
        stood by an exception, as an interrupt is: in the code that shows it.
        """
        for thread in self.stopped_threads():
            with contextlib.suppress(AdapterGoneError):
                self._adapter.send("continue", {"threadId": thread})

    def close(self) -> None:
        """Disconnect; debugpy then lets everything run on. May be called twice."""
        self._adapter.close()
        self._ready.set()
        self._greeted.set()

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
        elif event == "debugpySockets":
            self._greeted.set()
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
    # Or it warns of frozen modules, in the cell that runs by then.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    import debugpy  # noqa: T100 - this is the debugger

    host, port = debugpy.listen(("127.0.0.1", 0))  # noqa: T100
    return host, port


def _rules(skipped: Iterable[str]) -> list[dict[str, object]]:
    """Return what keeps steps out of the code that runs cells.

    IPython runs each statement of a cell on its own. Between two of them, and after the
    last, come its code and ours, and parts of the standard library and of traitlets.
    """
    import IPython

    import kernelwire

    folders = [
        str(Path(package.__file__).parent / "**")
        for package in (kernelwire, IPython)
        if package.__file__
    ]
    modules = (sys.modules.get(name) for name in skipped)
    files = [getattr(module, "__file__", None) for module in modules]
    return [{"path": path, "include": False} for path in (*folders, *files) if path]
