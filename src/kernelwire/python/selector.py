"""The selector of a shell's event loop: where the loop waits, and since when it does not.

A toolkit with windows has an event loop as well. While asyncio's waits, the toolkit's has
the thread, until something is ready for asyncio. `loop` makes a selector for each loop.
"""

from __future__ import annotations

import logging
import selectors
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from selectors import SelectorKey

_log = logging.getLogger(__name__)

_TURN = 0.05
"""How often windows get a turn where asyncio does not wait, and how soon a toolkit is asked
again that has no windows, in seconds."""
_MOMENT = 0.001
"""How long such a turn is, in seconds."""

_TOOLKITS = ("kernelwire.python.", "IPython.terminal.pt_inputhooks.", "tkinter")
"""Where the name of a module begins whose frames are not a callback's."""


class LoopSelector(selectors.DefaultSelector):
    """Python's selector, which remembers when it last came back.

    It is what IPython's integrations of toolkits take for prompt_toolkit's context: they
    watch `fileno()`, and ask `input_is_ready()`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.toolkit: Callable[[Any], object] | None = None
        """Runs a toolkit's event loop until `fileno()` is readable."""
        self.ring: Callable[[], None] = lambda: None
        """Makes it so."""
        self.lent = False
        """Whether the toolkit has the thread now."""
        self._turned = 0.0
        self._returned: float | None = None

    @property
    def busy(self) -> float:
        """For how many seconds the loop has been running code; 0 while it waits.

        Any thread may ask.
        """
        returned = self._returned
        return 0.0 if returned is None else time.monotonic() - returned

    @property
    def calls_back(self) -> bool:
        """Whether a window's callback is running, for a signal's handler that asks."""
        frame = sys._getframe(1) if self.lent else None
        while frame is not None and frame.f_code is not LoopSelector.select.__code__:
            if not frame.f_globals.get("__name__", "").startswith(_TOOLKITS):
                return True
            frame = frame.f_back
        return False

    def leave(self) -> None:
        """Watch nothing in a forked child.

        Linux's epoll is shared with the parent: what the child stopped to watch, the
        parent would not hear of any more.
        """
        self.toolkit = None
        shared = getattr(self, "_selector", None)
        if shared is not None:
            self._selector = type(shared)()

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Wait for a file to be ready, for at most so many seconds."""
        self._returned = None
        try:
            toolkit = self.toolkit
            if toolkit is not None and self._is_due(timeout):
                timeout = self._lend(toolkit, timeout)
            return super().select(timeout)
        finally:
            self._returned = time.monotonic()

    def input_is_ready(self) -> bool:
        """Tell whether a file is ready."""
        return bool(super().select(0))

    def _is_due(self, timeout: float | None) -> bool:
        waits = timeout is None or timeout > 0
        return waits or time.monotonic() - self._turned > _TURN

    def _lend(self, toolkit: Callable[[Any], object], timeout: float | None) -> float:
        """Let a toolkit have the thread; returns for how long to wait afterwards.

        A toolkit that fails is not asked again.
        """
        began = time.monotonic()
        alarm = None
        if timeout is not None:
            alarm = threading.Timer(max(timeout, _MOMENT), self.ring)
            alarm.daemon = True
            alarm.start()
        self.lent = True
        try:
            toolkit(self)
        except Exception:  # noqa: BLE001 - of any toolkit
            self.toolkit = None
            _log.exception("the toolkit's event loop failed; turn it on again by %gui")
        finally:
            self.lent = False
            if alarm is not None:
                alarm.cancel()
            self._turned = time.monotonic()
        if self._turned - began > _MOMENT:
            return 0
        # It has no windows, and did not wait.
        return _TURN if timeout is None else min(timeout, _TURN)
