"""What both clients share: the requests there are, and what Python is called with.

Layer 5. Depends on `_client`. Used by: `sent.py`, and `blocking.py` and
`asynchronous.py`, which wait.
"""

from __future__ import annotations

import logging
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from kernelwire._client import Core, Message, Process
from kernelwire._client import Request as CoreRequest
from kernelwire.client.comms import Comm
from kernelwire.content import dumps
from kernelwire.errors import MalformedMessage

__all__ = ["Call", "Requests"]

_LOG = logging.getLogger(__name__)

R = TypeVar("R")
Output = Callable[[Message], None]
Input = Callable[[str, bool], Any]


class Call:
    """What is called when something comes for a request: its output, and its input."""

    def __init__(
        self, core: CoreRequest, output: Output | None, answer: Input | None
    ) -> None:
        self.core = core
        self.output = output
        self.input = answer


class Requests(ABC, Generic[R]):
    """Sends requests to a kernel; what they return waits for their replies.

    Attributes:
        process: the kernel's, where this client has started it.
    """

    def __init__(self, core: Core, process: Process | None) -> None:
        self._core = core
        self.process = process
        self._calls: dict[str, Call] = {}
        self._comms: dict[str, Comm[R]] = {}
        self._on_comm: Output | None = None
        self._on_other: Output | None = None

    @abstractmethod
    def _made(self, core: CoreRequest) -> R:
        """Wrap a request that was sent."""

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._core.closed

    @property
    def refused(self) -> int:
        """How many messages were dropped: unsigned, seen before, or no messages."""
        return self._core.refused

    def outputs_of(self, request: CoreRequest) -> list[Message]:
        """Take the outputs of a request that have come."""
        return self._core.take_outputs(request)

    def reply_to(self, request: CoreRequest) -> Message | None:
        """Return the reply to a request, if it has come."""
        return self._core.reply(request)

    # --- requests --------------------------------------------------------------------

    def request(
        self,
        msg_type: str,
        content: Mapping[str, Any] | None = None,
        *,
        channel: str = "shell",
        buffers: Sequence[Any] | None = None,
        output: Output | None = None,
        input: Input | None = None,
        subshell_id: str = "",
    ) -> R:
        """Send any request.

        Args:
            msg_type: its type, such as "kernel_info_request".
            content: what has a JSON form.
            channel: "shell" or "control".
            buffers: objects with the buffer protocol, borrowed until they have left.
            output: called with each message that the kernel publishes for it, but for
                its status, while the client waits; without it, the request has them.
            input: called with a prompt, and whether the answer is a secret; returns what
                the user has typed. Without it, input is refused.
            subshell_id: which subshell is to answer; empty: the main one.

        Raises:
            ValueError: the client is closed, or the channel is another.
        """
        if channel not in ("shell", "control"):
            msg = f'channel is "{channel}", want "shell" or "control"'
            raise ValueError(msg)
        core = self._core.request(
            channel,
            msg_type,
            dumps({} if content is None else content),
            buffers=buffers,
            subshell_id=subshell_id,
            calls=output is not None,
            asks=input is not None,
        )
        if output is not None or input is not None:
            self._calls[core.msg_id] = Call(core, output, input)
        return self._made(core)

    def execute(
        self,
        code: str,
        *,
        silent: bool = False,
        store_history: bool = True,
        stop_on_error: bool = True,
        user_expressions: Mapping[str, str] | None = None,
        output: Output | None = None,
        input: Input | None = None,
        subshell_id: str = "",
    ) -> R:
        """Have code executed.

        Args:
            code: in the kernel's language.
            silent: nothing is published, and nothing counted.
            store_history: whether it is to stand in the kernel's history.
            stop_on_error: an error has the requests behind it aborted.
            user_expressions: evaluated afterwards; their values are in the reply.
            output: as for request().
            input: as for request().
            subshell_id: as for request().
        """
        content = {
            "code": code,
            "silent": silent,
            "store_history": store_history and not silent,
            "user_expressions": dict(user_expressions or {}),
            "allow_stdin": input is not None,
            "stop_on_error": stop_on_error,
        }
        return self.request(
            "execute_request",
            content,
            output=output,
            input=input,
            subshell_id=subshell_id,
        )

    def complete(self, code: str, cursor_pos: int | None = None) -> R:
        """Ask for completions; the cursor is counted in code points, or at the end."""
        at = len(code) if cursor_pos is None else cursor_pos
        return self.request("complete_request", {"code": code, "cursor_pos": at})

    def inspect(
        self, code: str, cursor_pos: int | None = None, detail_level: int = 0
    ) -> R:
        """Ask what the name at the cursor is; detail_level 1 asks for its source."""
        at = len(code) if cursor_pos is None else cursor_pos
        content = {"code": code, "cursor_pos": at, "detail_level": detail_level}
        return self.request("inspect_request", content)

    def is_complete(self, code: str) -> R:
        """Ask whether code is ready to be executed, or wants another line."""
        return self.request("is_complete_request", {"code": code})

    def history(
        self,
        *,
        hist_access_type: str = "tail",
        n: int = 10,
        raw: bool = True,
        output: bool = False,
        **fields: Any,
    ) -> R:
        """Ask for history: the last `n`, or a "range" or "search", whose fields follow.

        Args:
            hist_access_type: "tail", "range" or "search".
            n: how many, of a tail or a search.
            raw: as it was typed.
            output: with the results.
            fields: session, start, stop, pattern, unique.
        """
        access = {"hist_access_type": hist_access_type, "n": n}
        content = {**access, "raw": raw, "output": output, **fields}
        return self.request("history_request", content)

    def comm_info(self, target_name: str | None = None) -> R:
        """Ask which comms there are, of a target or of all."""
        content = {} if target_name is None else {"target_name": target_name}
        return self.request("comm_info_request", content)

    def kernel_info(self) -> R:
        """Ask what kernel it is."""
        return self.request("kernel_info_request")

    # --- comms -----------------------------------------------------------------------

    def open_comm(
        self,
        target_name: str,
        data: Any = None,
        buffers: Sequence[Any] | None = None,
        on_message: Output | None = None,
    ) -> Comm[R]:
        """Open a comm; its target is the one that the kernel has registered.

        Args:
            target_name: the target's.
            data: what has a JSON form; None: an empty object.
            buffers: objects with the buffer protocol, borrowed until they have left.
            on_message: called with each message of the kernel's on it.
        """
        comm = self.comm(str(uuid.uuid4()), on_message)
        content = {
            "comm_id": comm.comm_id,
            "target_name": target_name,
            "data": {} if data is None else data,
        }
        self.request("comm_open", content, buffers=buffers)
        return comm

    def comm(self, comm_id: str, on_message: Output | None = None) -> Comm[R]:
        """Join a comm that is open, such as one that the kernel has opened."""
        comm = Comm(self, comm_id, on_message)
        self._comms[comm_id] = comm
        self._listen()
        return comm

    def forget_comm(self, comm_id: str) -> None:
        """Have nobody called for a comm."""
        self._comms.pop(comm_id, None)

    def on_comm(self, call: Output | None) -> None:
        """Call something with the comm messages of comms that nobody has joined."""
        self._on_comm = call
        self._listen()

    def on_other(self, call: Output | None) -> None:
        """Call something with what belongs to no open request: other clients' outputs."""
        self._on_other = call
        self._listen()

    def _listen(self) -> None:
        to_comms = bool(self._comms) or self._on_comm is not None
        self._core.listen(to_comms, self._on_other is not None)

    # --- the kernel ----------------------------------------------------------------------

    def interrupt(self) -> None:
        """Interrupt what runs: by a signal, or by message where the kernel wants that."""
        if self.process is not None and not self.process.interrupted_by_message:
            self.process.interrupt()
        else:
            self.request("interrupt_request", channel="control")

    def _own_process(self) -> Process:
        """Return the kernel's process, which only a client that has started it has."""
        if self.process is None:
            msg = "this client has not started the kernel, and cannot start it anew"
            raise ValueError(msg)
        return self.process

    # --- what has come -----------------------------------------------------------------

    def _handle(self, kind: str, msg_id: str, message: Message) -> Any:
        """Call whom an event is for; what input() returned, for a question."""
        if kind == "comm":
            self._handle_comm(message)
        elif kind == "other":
            if self._on_other is not None:
                self._on_other(message)
        elif (call := self._calls.get(msg_id)) is None:
            return None
        elif kind == "output" and call.output is not None:
            call.output(message)
        elif kind == "question" and call.input is not None:
            content = message.content
            prompt, secret = content.get("prompt", ""), content.get("password", False)
            return call.input(str(prompt), secret is True)
        return None

    def _handle_comm(self, message: Message) -> None:
        try:
            comm_id = message.content["comm_id"]
            comm = self._comms.get(comm_id)
        except (MalformedMessage, KeyError, TypeError):
            _LOG.warning("a %s without a comm_id was dropped", message.msg_type)
            return
        if message.msg_type == "comm_close":
            self.forget_comm(comm_id)
        call = comm.on_message if comm is not None else self._on_comm
        if call is not None:
            call(message)

    def _let_go(self) -> None:
        """Forget the callbacks of requests that are done."""
        if self._calls:
            over = [
                msg_id
                for msg_id, call in self._calls.items()
                if call.core.done or call.core.lost
            ]
            for msg_id in over:
                del self._calls[msg_id]
