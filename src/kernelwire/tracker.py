"""Tells a sender when libzmq is done with its buffers.

Layer 3. Depends on: `_socket`. Used by: `_session`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Self

import zmq

from kernelwire._socket import Loans

__all__ = ["Tracker"]

_STEP = 0.05  # seconds; between them Python sees to signals
_FOREVER = 7 * 24 * 3600.0  # seconds; what zmq.MessageTracker takes for it


class Tracker(zmq.MessageTracker):
    """The `tracker` of a message whose buffers were not copied.

    Once it is done they may be written to, and nothing of ours keeps them any longer.
    Any thread may use it.
    """

    def __init__(self, loans: Loans, *others: zmq.MessageTracker) -> None:
        super().__init__(*others)
        self._loans = loans

    @classmethod
    def of(cls, loans: Loans, frames: Sequence[Any], threshold: int) -> Self | None:
        """Track `loans` and what is tracked of `frames` already.

        Returns:
            None where all frames were copied.
        """
        if not any(memoryview(frame).nbytes >= threshold for frame in frames):
            return None
        tracked = [frame.tracker for frame in frames if isinstance(frame, zmq.Frame)]
        return cls(loans, *(each for each in tracked if each is not None))

    @property
    def done(self) -> bool:
        """Whether libzmq is done with all buffers."""
        return self._loans.returned(0) and super().done

    def wait(self, timeout: float = -1) -> None:
        """Wait until libzmq is done with all buffers.

        Args:
            timeout: in seconds; negative for no limit.

        Raises:
            zmq.NotDone: it is not within that time.
        """
        end = time.monotonic() + (timeout if timeout >= 0 else _FOREVER)
        while not self._loans.returned(min(end - time.monotonic(), _STEP)):
            if time.monotonic() >= end:
                raise zmq.NotDone
        super().wait(max(0.0, end - time.monotonic()))
