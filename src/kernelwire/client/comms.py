"""Comm: a conversation with an object in the kernel, such as a widget.

Layer 5. Used by: `requests.py`.

Spec: Messaging in Jupyter, "Custom messages".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from kernelwire._client import Message
    from kernelwire.client.requests import Requests

__all__ = ["Comm"]

R = TypeVar("R")


class Comm(Generic[R]):
    """One comm. Made by a client's `open_comm()` or, for one of the kernel's, `comm()`.

    Attributes:
        comm_id: what both sides know it by.
        on_message: called with each comm_msg and comm_close of the kernel's, while the
            client waits.
    """

    def __init__(
        self,
        client: Requests[R],
        comm_id: str,
        on_message: Callable[[Message], None] | None = None,
    ) -> None:
        self._client = client
        self.comm_id = comm_id
        self.on_message = on_message

    def send(self, data: Any = None, buffers: Sequence[Any] | None = None) -> R:
        """Send a comm_msg.

        Args:
            data: what has a JSON form; None: an empty object.
            buffers: objects with the buffer protocol, borrowed until they have left.
        """
        content = {"comm_id": self.comm_id, "data": {} if data is None else data}
        return self._client.request("comm_msg", content, buffers=buffers)

    def close(self, data: Any = None) -> R:
        """Send a comm_close; nothing comes on this comm any more."""
        self._client.forget_comm(self.comm_id)
        content = {"comm_id": self.comm_id, "data": {} if data is None else data}
        return self._client.request("comm_close", content)
