"""Comms: the `comm` package wired to the kernel's iopub and shell channels.

ipywidgets and everything built on it meet the kernel here. Buffers go through as they
are: whatever has the buffer protocol is sent without a copy.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar

import comm
from comm.base_comm import BaseComm, CommManager

if TYPE_CHECKING:
    from kernelwire._host import CommMessage
    from kernelwire.python.current import Current
    from kernelwire.python.facade import KernelFacade

_log = logging.getLogger(__name__)


class Comm(BaseComm):
    """A comm whose messages carry the current request as their parent."""

    current: ClassVar[Current | None] = None
    kernel: ClassVar[KernelFacade]
    """Where ipywidgets looks for a request without get_ipython(); not set with IPython."""

    def publish_msg(
        self,
        msg_type: str,
        data: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        buffers: list[Any] | None = None,
        **keys: Any,
    ) -> None:
        """Send a comm message to the frontend.

        Args:
            msg_type: `comm_open`, `comm_msg` or `comm_close`.
            data: The message's own content.
            metadata: Of the message; ipywidgets sends its protocol's version.
            buffers: Sent without a copy, so each is kept until it is on the wire.
            keys: Further fields; `comm_open` has `target_name` and `target_module`.
        """
        output = None if Comm.current is None else Comm.current.output
        if output is None:
            _log.debug("%s dropped: no request yet to be its parent", msg_type)
            return
        content = {"data": data or {}, "comm_id": self.comm_id, **keys}
        output.publish(msg_type, content, metadata or {}, buffers)


class Comms:
    """Gives the frontend's comm messages to the comms and targets registered here.

    An exception in a handler is logged by `comm` with its traceback; unless the user
    has configured logging otherwise, it appears on stderr.
    """

    def __init__(self, current: Current) -> None:
        self.manager = CommManager()
        self._current = current

    def install(self) -> None:
        """Become what `comm.create_comm` and `comm.get_comm_manager` lead to.

        A library may have imported the two functions before (`from comm import
        create_comm`); comm 0.2's own versions are led here as well.
        """
        Comm.current = self._current
        comm.create_comm = Comm
        comm.get_comm_manager = self._the_manager
        comm._comm_manager = self.manager  # type: ignore[assignment]
        comm.DummyComm.publish_msg = Comm.publish_msg  # type: ignore[assignment, method-assign]

    def receive(self, msg_type: str, message: CommMessage) -> None:
        """Hand over a `comm_open`, `comm_msg` or `comm_close`.

        A `comm_open` for an unknown target is answered by `comm_close`.
        """
        content = {"comm_id": message.comm_id, "data": message.data}
        if msg_type == "comm_open":
            content["target_name"] = message.target_name
        header = message.header
        handler = getattr(self.manager, msg_type)
        # The dict that handlers written for ipykernel expect; they get no socket and
        # no routing identity, which comm's own signature still has.
        handler(
            None,
            None,
            {
                "header": header,
                "msg_id": header.get("msg_id"),
                "msg_type": msg_type,
                "parent_header": {},
                "metadata": message.metadata,
                "content": content,
                "buffers": message.buffers,
            },
        )

    def info(self, target_name: str) -> dict[str, dict[str, str]]:
        """Return the open comms, or those of one target: id to `target_name`."""
        return {
            comm_id: {"target_name": opened.target_name}
            for comm_id, opened in self.manager.comms.items()
            if not target_name or opened.target_name == target_name
        }

    def _the_manager(self) -> CommManager:
        return self.manager
