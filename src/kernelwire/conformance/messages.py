"""Messages as the suite sees them, and what belongs to one request.

Over `rows.py`. Headers are kept as they were on the wire, dates as strings: rows compare
what was sent, not what a library makes of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kernelwire.conformance.rows import Failure, want

__all__ = ["Exchange", "Json", "Message", "one_field"]

Json = dict[str, Any]

_PARTS = ("header", "parent_header", "metadata", "content")
_NAMES = {
    str: "a string",
    int: "an integer",
    bool: "a boolean",
    list: "a list",
    dict: "an object",
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was sent to the kernel, or came from it."""

    channel: str
    incoming: bool
    seconds: float
    """Since the row began."""
    identities: Sequence[bytes]
    header: Json
    parent: Json
    metadata: Json
    content: Json
    buffers: Sequence[bytes] = ()
    flaws: Sequence[str] = ()
    """Parts that are no objects."""

    @classmethod
    def of(
        cls,
        channel: str,
        incoming: bool,
        seconds: float,
        identities: Sequence[bytes],
        parts: Sequence[bytes],
        buffers: Sequence[bytes],
    ) -> Message:
        """Read the four parts of a message; what is no object is read as an empty one.

        Raises:
            ValueError: one of them is not JSON.
        """
        values = [json.loads(part) for part in parts]
        header, parent, metadata, content = (
            value if isinstance(value, dict) else {} for value in values
        )
        flaws = [
            f"{name} = {value!r}"
            for name, value in zip(_PARTS, values, strict=True)
            if not isinstance(value, dict)
        ]
        return cls(
            channel,
            incoming,
            seconds,
            identities,
            header,
            parent,
            metadata,
            content,
            list(buffers),
            flaws,
        )

    @property
    def msg_type(self) -> str:
        return str(self.header.get("msg_type"))

    @property
    def msg_id(self) -> str:
        return str(self.header.get("msg_id"))

    @property
    def parent_id(self) -> str | None:
        """The id of the request it belongs to; None where it has no parent."""
        found = self.parent.get("msg_id")
        return None if found is None else str(found)

    @property
    def state(self) -> str | None:
        """The execution state that a status message tells."""
        found = self.content.get("execution_state")
        return str(found) if self.msg_type == "status" else None


def one_field(message: Message, name: str, *kinds: type) -> Any:
    """A field of a message's content, of one of the types it may have.

    Raises:
        Failure: it is missing, or of another type.
    """
    wanted = " or ".join(_NAMES[kind] for kind in kinds)
    want(
        name in message.content,
        f"no content.{name} in {message.msg_type}",
        wanted,
    )
    value = message.content[name]
    # JSON's true and false are no integers, though Python's are.
    fits = isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
    want(fits, f"content.{name} = {value!r} in {message.msg_type}", wanted)
    return value


@dataclass
class Exchange:
    """One request and all that came of it so far.

    Its lists grow while the peer receives.
    """

    request: Message
    wait: Callable[[Callable[[], object], str], None]
    """The peer's: waits until something holds, and fails the row if it never does."""
    replies: list[Message] = field(default_factory=list)
    published: list[Message] = field(default_factory=list)
    questions: list[Message] = field(default_factory=list)
    """What came on stdin."""

    @property
    def reply_type(self) -> str:
        return self.request.msg_type.removesuffix("_request") + "_reply"

    @property
    def reply(self) -> Message:
        """The reply, waited for."""
        where = f"{self.reply_type} on {self.request.channel}"
        self.wait(lambda: self.replies, where)
        first = self.replies[0]
        want(first.msg_type == self.reply_type, first.msg_type, self.reply_type)
        return first

    @property
    def states(self) -> list[str]:
        """What the status messages said, in order."""
        return [message.state for message in self.published if message.state]

    @property
    def outputs(self) -> list[Message]:
        """What was published, but for status and execute_input."""
        kinds = ("status", "execute_input")
        return [message for message in self.published if message.msg_type not in kinds]

    def wait_for_idle(self) -> Exchange:
        """Wait until the kernel has said that it is done with the request."""
        self.wait(lambda: "idle" in self.states, f"idle for {self.request.msg_type}")
        return self

    def finish(self) -> Exchange:
        """Wait for the reply and for idle."""
        _ = self.reply
        return self.wait_for_idle()

    def ok(self) -> Exchange:
        """Wait for both, and fail the row unless the reply says ok."""
        self.finish()
        status, content = self.reply.content.get("status"), self.reply.content
        said = f"status {status!r} ({content.get('ename')}: {content.get('evalue')})"
        want(status == "ok", f"{said} in {self.reply_type}", "status 'ok'")
        return self

    def of(self, msg_type: str) -> list[Message]:
        """What was published of one type."""
        return [message for message in self.published if message.msg_type == msg_type]

    def one(self, msg_type: str) -> Message:
        """The one message of a type that was published.

        Raises:
            Failure: there are none, or several.
        """
        found = self.of(msg_type)
        if len(found) != 1:
            others = ", ".join(message.msg_type for message in self.published)
            msg = f"found {len(found)} {msg_type} in [{others}], wanted one"
            raise Failure(msg)
        return found[0]

    def text(self, stream: str = "stdout") -> str:
        """All that was written to a stream until now."""
        return "".join(
            str(message.content.get("text", ""))
            for message in self.of("stream")
            if message.content.get("name") == stream
        )

    def wait_for_text(self, text: str) -> Exchange:
        """Wait until the cell has written a text to stdout."""
        self.wait(lambda: text in self.text(), f"{text!r} on stdout")
        return self
