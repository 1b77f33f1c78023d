"""`get_ipython().kernel`: what libraries written for ipykernel ask a kernel object for.

Small on purpose: a member is here because a library, or an extension, is known to use it.
"""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

from kernelwire.python.publishing import Answered, IOPub, Publishing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comm.base_comm import CommManager
    from traitlets.config.loader import Config

    from kernelwire._host import CommMessage, ExecuteRequest
    from kernelwire.python.current import Current
    from kernelwire.python.launch import Launch
    from kernelwire.python.shell import KernelShell


class KernelFacade:
    """The kernel as user code sees it."""

    def __init__(
        self,
        current: Current,
        comm_manager: CommManager,
        banner: str,
        subshells: Sequence[str],
        launch: Launch,
    ) -> None:
        self._current = current
        self.comm_manager = comm_manager
        """Used by libraries older than the comm package; bokeh 3 asks for it too."""
        self.banner = banner
        self.subshells = subshells
        """The ids of those that are open, as %subshell shows them."""
        self._launch = launch
        self._publishing = Publishing(current)
        self.shell: KernelShell | None = None
        self.log = logging.getLogger("kernelwire.python")

    # The request that code runs for.

    def get_parent(self, channel: str = "shell") -> dict[str, Any]:
        """Return the message that is being answered.

        ipywidgets' Output (8.1) reads the id of the cell that it captures from it.

        Args:
            channel: Unused: requests on control never run user code.
        """
        del channel
        header = self._current.header
        request = self._current.request
        message: dict[str, Any] = {
            "header": header,
            "msg_id": header.get("msg_id"),
            "msg_type": header.get("msg_type"),
            "parent_header": {},
            "metadata": {} if request is None else request.metadata,
            "content": _content_of(request),
            "buffers": [],
        }
        return Answered(message, self._current.parent)

    def set_parent(
        self, ident: object, parent: dict[str, Any], channel: str = "shell"
    ) -> None:
        """Let what the calling context shows belong to a request.

        Args:
            ident: Unused: this kernel knows whom it answers.
            parent: What `get_parent` has returned. Any other message changes nothing.
            channel: Unused.
        """
        del ident, channel
        if isinstance(parent, Answered) and parent.parent is not None:
            self._current.adopt(parent.parent)

    @property
    def _parent_header(self) -> dict[str, Any]:
        """The message, by the name that it had before ipykernel 6."""
        return self.get_parent()

    @property
    def _parent_ident(self) -> dict[str, list[bytes]]:
        """To be handed back to `set_parent`."""
        return {"shell": [], "control": []}

    # Messages.

    @property
    def session(self) -> Publishing:
        """Sends messages on `iopub_socket`."""
        return self._publishing

    @property
    def iopub_socket(self) -> IOPub:
        """What to name as the stream that `session` sends on."""
        return self._publishing.iopub_socket

    def send_response(
        self,
        stream: object,
        msg_or_type: str | dict[str, Any],
        content: dict[str, Any] | None = None,
        ident: object = None,
        buffers: Sequence[Any] | None = None,
        track: bool = False,
        header: object = None,
        metadata: dict[str, Any] | None = None,
        channel: str = "shell",
    ) -> dict[str, Any]:
        """Publish a message for the request at hand; the arguments are `send`'s."""
        del ident, track, header, channel
        return self._publishing.send(
            stream, msg_or_type, content, buffers=buffers, metadata=metadata
        )

    # Code and the loop.

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: dict[str, str] | None = None,
        allow_stdin: bool = False,
        **_options: Any,
    ) -> dict[str, Any]:
        """Run code as a part of the cell that awaits this.

        Returns:
            Status, count and, of an error, name and value; as in a reply.
        """
        del allow_stdin  # the cell's own request says that
        shell = self.shell
        assert shell is not None
        transformed, failure = code, None
        try:
            transformed = shell.transform_cell(code)
        except Exception:  # noqa: BLE001 - IPython shows it as the cell's
            failure = sys.exc_info()
        result = await shell.run_cell_async(
            code,
            store_history=store_history,
            silent=silent,
            transformed_cell=transformed,
            preprocessing_exc_tuple=failure,
        )
        shell.events.trigger("post_execute")
        if not silent:
            shell.events.trigger("post_run_cell", result)
        raised = result.error_before_exec or result.error_in_exec
        reply: dict[str, Any] = {"execution_count": shell.execution_count - 1}
        if raised is not None:
            name, value = type(raised).__name__, str(raised)
            return {**reply, "status": "error", "ename": name, "evalue": value}
        values = shell.user_expressions(user_expressions or {})
        return {**reply, "status": "ok", "user_expressions": values, "payload": []}

    async def do_one_iteration(self) -> None:
        """Answer the comm messages that wait, also in a cell that does not await."""
        output = self._current.output
        if output is not None:
            output.answer_comms()

    @property
    def io_loop(self) -> Any:
        """The main shell's event loop as tornado's, which must be installed."""
        from tornado.ioloop import IOLoop
        from tornado.platform.asyncio import AsyncIOLoop

        assert self.shell is not None
        loop = self.shell.lanes.main.loop
        found = IOLoop._ioloop_for_asyncio.get(loop)
        return found or AsyncIOLoop(asyncio_loop=loop, make_current=False)

    # What it is.

    @property
    def config(self) -> Config:
        """The shell's."""
        assert self.shell is not None
        return self.shell.config

    @property
    def user_ns(self) -> dict[str, Any]:
        """The names of cells."""
        assert self.shell is not None
        names: dict[str, Any] = self.shell.user_ns
        return names

    @property
    def execution_count(self) -> int:
        """The number of the cell that runs."""
        assert self.shell is not None
        return self.shell.execution_count

    def topic(self, name: str) -> bytes:
        """Return the topic of a message on iopub, for `send`, which ignores it."""
        return f"kernel.{name}".encode()

    @property
    def connection_file(self) -> str | None:
        """The path of the file that the kernel was started with; None without one."""
        return self._launch.connection_file


def _content_of(request: ExecuteRequest | CommMessage | None) -> dict[str, Any]:
    """Return the content of the request, as its client has sent it."""
    if request is None:
        return {}
    names: tuple[str, ...] = ("comm_id", "data")
    if hasattr(request, "code"):
        names = (
            "code",
            "silent",
            "store_history",
            "user_expressions",
            "allow_stdin",
            "stop_on_error",
        )
    return {name: getattr(request, name) for name in names}
