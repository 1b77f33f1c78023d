"""`get_ipython().kernel.session` and `iopub_socket`: messages that libraries make themselves.

Extensions publish with `kernel.session.send(kernel.iopub_socket, "display_data", content)`,
and with `kernel.send_response`. What they send goes out by the Output of the request.

Source: jupyter_client.session.Session (8.10)
"""

from __future__ import annotations

import os
import threading
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kernelwire.python.current import Current, Parent

    Message = Mapping[str, Any]
    Hook = Callable[[dict[str, Any]], dict[str, Any] | None]


class Answered(dict[str, Any]):
    """The message that is being answered, as a dict, and what its output goes through."""

    def __init__(self, message: Message, parent: Parent | None) -> None:
        super().__init__(message)
        self.parent = parent


class IOPub:
    """Stands for the iopub socket where one is to be named."""

    def __repr__(self) -> str:
        return "<the kernel's iopub socket>"


class Publishing:
    """What a Session is to code that runs in a kernel. Any thread may use it."""

    def __init__(self, current: Current) -> None:
        self._current = current
        self.iopub_socket = IOPub()
        self.session = uuid.uuid4().hex
        """The id in the headers of messages from `msg`; the kernel's own have another."""

    @property
    def parent(self) -> Parent | None:
        """What the calling code's output belongs to."""
        return self._current.parent

    @property
    def header(self) -> dict[str, Any]:
        """The header of the request at hand."""
        return self._current.header

    def msg(
        self,
        msg_type: str,
        content: Message | None = None,
        parent: Message | None = None,
        header: Message | None = None,
        metadata: Message | None = None,
    ) -> dict[str, Any]:
        """Return a message, as a dict, for `send`."""
        made = header or {
            "msg_id": uuid.uuid4().hex,
            "msg_type": msg_type,
            "username": os.environ.get("USER", ""),
            "session": self.session,
            "date": datetime.now(UTC),
            "version": "5.5",
        }
        return {
            "header": made,
            "msg_id": made["msg_id"],
            "msg_type": made["msg_type"],
            "parent_header": _header_of(parent),
            "metadata": dict(metadata or {}),
            "content": dict(content or {}),
        }

    def send(
        self,
        stream: object,
        msg_or_type: str | Message,
        content: Message | None = None,
        parent: Message | None = None,
        ident: object = None,
        buffers: Sequence[Any] | None = None,
        track: bool = False,
        header: Message | None = None,
        metadata: Message | None = None,
    ) -> dict[str, Any]:
        """Publish a message on iopub.

        Args:
            stream: `iopub_socket`.
            msg_or_type: A message of `msg`'s, or its type.
            content: Of the message; JSON.
            parent: What it answers, from `get_parent()`; by default, the request of the
                code that calls.
            ident: Unused: the kernel names its topics itself.
            buffers: Sent without a copy; kept until they have left.
            track: Unused.
            header: Unused: the kernel makes the header that is sent.
            metadata: Of the message.

        Returns:
            The message.

        Raises:
            TypeError: The stream is not iopub, on which alone this can send.
        """
        del ident, track, header
        if stream is not self.iopub_socket:
            msg = (
                f"a message can be sent to kernel.iopub_socket only, not to {stream!r}"
            )
            raise TypeError(msg)
        if isinstance(msg_or_type, str):
            message = self.msg(msg_or_type, content, parent, metadata=metadata)
        else:
            message = dict(msg_or_type)
            buffers = message.get("buffers", buffers)
        answers = getattr(parent, "parent", None) or self._current.parent
        if answers is not None:
            answers.output.publish(
                message["msg_type"], message["content"], message["metadata"], buffers
            )
        return message


class Hooks:
    """Functions of user code that change or stop messages; each thread has its own."""

    def __init__(self) -> None:
        self._here = threading.local()

    def register(self, hook: Hook) -> None:
        """Have a function called with each message, as a dict.

        It returns the message that is to be published, or None for none.
        """
        self.all.append(hook)

    def unregister(self, hook: Hook) -> bool:
        """Call the function no more; returns whether it was called."""
        try:
            self.all.remove(hook)
        except ValueError:
            return False
        return True

    @property
    def all(self) -> list[Hook]:
        """Those of the calling thread, in the order in which they are called."""
        hooks: list[Hook] | None = getattr(self._here, "hooks", None)
        if hooks is None:
            hooks = self._here.hooks = []
        return hooks

    def publish(
        self, publishing: Publishing, msg_type: str, content: dict[str, Any]
    ) -> None:
        """Publish what the functions leave of a message."""
        parent = Answered({"header": publishing.header}, publishing.parent)
        message: dict[str, Any] | None = publishing.msg(msg_type, content, parent)
        for hook in self.all:
            if message is not None:
                message = hook(message)
        if message is not None:
            publishing.send(publishing.iopub_socket, message)


class Hooked:
    """What publishes, and asks functions of user code first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._hooks = Hooks()
        super().__init__(*args, **kwargs)

    def register_hook(self, hook: Hook) -> None:
        """Have a function change what this thread publishes here, or stop it."""
        self._hooks.register(hook)

    def unregister_hook(self, hook: Hook) -> bool:
        """Call the function no more; returns whether it was called."""
        return self._hooks.unregister(hook)


def _header_of(parent: Message | None) -> dict[str, Any]:
    if parent is None:
        return {}
    return dict(parent.get("header", parent))
