"""A file of recorded messages, read: requests, and what came of each.

Used by `record.py` and `replay.py`. What differs from run to run without meaning anything (ids, dates,
addresses, how a stream was cut into messages) is left out of what is compared.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kernelwire.errors import KernelWireError

__all__ = ["Request", "read", "shown"]

Json = dict[str, Any]

# What is not sent once more: it would end the kernel, or interrupt nothing.
_LEFT_OUT = ("shutdown_request", "interrupt_request", "input_reply")
# Replies that no two kernels give alike.
_VOLATILE = ("usage_reply", "connect_reply", "history_reply")
_IDS = ("comm_id", "display_id", "msg_id", "session", "subshell_id")
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


@dataclass
class Request:
    """A recorded request, and what the kernel has sent for it."""

    channel: str
    message: Json
    sent: list[Json] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)

    @property
    def msg_type(self) -> str:
        """What is asked."""
        return str(self.message["header"]["msg_type"])

    @property
    def is_whole(self) -> bool:
        """Whether the record goes on until the kernel was done with it, and it was run."""
        states = [message["content"].get("execution_state") for message in self.sent]
        statuses = [message["content"].get("status") for message in self.sent]
        return "idle" in states and "aborted" not in statuses

    def buffers(self) -> list[bytes] | None:
        """The binary frames; None where one was too large to be recorded."""
        kept = [buffer.get("base64") for buffer in self.message["buffers"]]
        return None if None in kept else [base64.b64decode(text) for text in kept]


def read(path: Path) -> list[Request]:
    """Read what a kernel has recorded.

    Args:
        path: a file that KERNELWIRE_RECORD named.

    Raises:
        KernelWireError: a line is no recorded message; the last may be cut.
        OSError: the file cannot be read.
    """
    requests: dict[str, Request] = {}
    asked: list[Request] = []
    for message in _messages(path):
        msg_type = message["header"]["msg_type"]
        if message["direction"] == "sent":
            request = requests.get((message["parent_header"] or {}).get("msg_id", ""))
            if request is not None:
                request.sent.append(message)
                asked += [request] if msg_type == "input_request" else []
        elif msg_type == "input_reply":
            if asked:
                asked.pop(0).inputs.append(str(message["content"].get("value", "")))
        elif msg_type not in _LEFT_OUT:
            msg_id = message["header"]["msg_id"]
            requests[msg_id] = Request(message["channel"], message)
    return list(requests.values())


def _messages(path: Path) -> Iterator[Json]:
    lines = path.read_text("utf-8", "replace").splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        if number == len(lines) and not line.endswith("\n"):
            return
        try:
            message = json.loads(line)
            _ = message["header"]["msg_type"], message["header"]["msg_id"]
            _ = message["direction"], message["channel"], message["parent_header"]
            message["content"] = message["content"] or {}
            message["metadata"] = message["metadata"] or {}
            _ = message["buffers"]
        except (ValueError, KeyError, TypeError) as exc:
            msg = f"{path}, line {number}, is no recorded message"
            raise KernelWireError(msg) from exc
        yield message


def shown(messages: list[Json]) -> list[str]:
    """What is compared of the messages that belong to a request, as lines for people."""
    lines: list[str] = []
    for channel in ("iopub", "stdin", "shell", "control"):
        those = [each for each in messages if each["channel"] == channel]
        for message in _joined(those):
            msg_type = message["header"]["msg_type"]
            if msg_type == "status":
                continue
            content = {} if msg_type in _VOLATILE else _without_ids(message["content"])
            text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
            lines += [
                f"{channel} {msg_type}",
                *_ADDRESS.sub("0x...", text).splitlines(),
            ]
    return lines


def _joined(messages: list[Json]) -> Iterator[Json]:
    """The messages, neighbours of one stream as one."""
    open_stream: Json | None = None
    for message in messages:
        content = message["content"]
        is_stream = message["header"]["msg_type"] == "stream"
        if (
            is_stream
            and open_stream
            and open_stream["content"]["name"] == content["name"]
        ):
            text = open_stream["content"]["text"] + content["text"]
            open_stream["content"] = {**content, "text": text}
            continue
        if open_stream:
            yield open_stream
        open_stream = dict(message) if is_stream else None
        if not is_stream:
            yield message
    if open_stream:
        yield open_stream


def _without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if key not in _IDS}
        return {key: _without_ids(each) for key, each in kept.items()}
    return [_without_ids(each) for each in value] if isinstance(value, list) else value
