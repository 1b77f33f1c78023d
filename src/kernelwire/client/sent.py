"""What a request that was sent shows of itself, however it is waited for.

Layer 5. Depends on `requests.py`. Used by: `blocking.py`, `asynchronous.py`.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Generic, TypeVar

from kernelwire._client import Message
from kernelwire._client import Request as CoreRequest
from kernelwire.client.requests import Requests

__all__ = ["Sent"]

C = TypeVar("C", bound=Requests[Any])


class Sent(Generic[C]):
    """A request of a client's, and what has come for it so far."""

    def __init__(self, client: C, core: CoreRequest) -> None:
        self._client = client
        self._core = core
        self._outputs: deque[Message] = deque()

    @property
    def msg_id(self) -> str:
        """Its id, which what belongs to it has in its parent header."""
        return self._core.msg_id

    @property
    def done(self) -> bool:
        """Whether its reply has come, and the last of its outputs."""
        return self._core.done

    @property
    def reply(self) -> Message | None:
        """Its reply; None while there is none, and for comm messages."""
        return self._client.reply_to(self._core)

    def __repr__(self) -> str:
        state = "done" if self.done else "open"
        return f"<{self._core.msg_type} {self.msg_id}, {state}>"
