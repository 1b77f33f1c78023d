"""The requests of a `debug_request`: those of the DAP, and Jupyter's own.

Source: messaging.html#debug-request, with what JupyterLab's debugger (4.4) sends.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from kernelwire.python import cells
from kernelwire.python.debugger import lines, rich
from kernelwire.python.debugger.adapter import Adapter, AdapterGoneError
from kernelwire.python.debugger.session import Session
from kernelwire.python.debugger.variables import Explorer, accepted
from kernelwire.python.threads import leave_alone

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernelwire._host import Output
    from kernelwire.python.shell import KernelShell

    Message = dict[str, Any]


class RefusedError(Exception):
    """A request that cannot be done; the text is for the user."""


class Debugger:
    """Answers debug requests, one at a time, on a thread that runs no cell."""

    def __init__(self, shell: Callable[[], KernelShell]) -> None:
        self._shell = shell
        self._session: Session | None = None
        self._adapter: Adapter | None = None  # for the next session
        self._breakpoints: dict[str, list[Message]] = {}
        self._explorer: Explorer | None = None
        self._own: dict[str, Callable[[Message], Any]] = {
            "debugInfo": self._info,
            "inspectVariables": self._inspect_variables,
            "richInspectVariables": self._rich_inspect_variables,
            "copyToGlobals": self._copy_to_globals,
            "modules": self._modules,
            "dumpCell": self._dump_cell,
            "source": self._source,
            "variables": self._variables,
            "initialize": self._initialize,
            "attach": self._attach,
            "configurationDone": self._configuration_done,
            "setBreakpoints": self._set_breakpoints,
            "disconnect": self._disconnect,
        }

    def let_go(self) -> None:
        """Let everything that stands go on; called by the handler of an interrupt."""
        session = self._session
        if session is not None and session.is_stopped:
            session.let_go()

    def answer(self, request: Message, output: Output) -> Message:
        """Answer a request.

        Args:
            request: A DAP request, as its content has it.
            output: What events are published through, until the next request.

        Returns:
            The DAP response, which says `success` or why not.
        """
        command = str(request.get("command", ""))
        arguments = request.get("arguments")
        if not isinstance(arguments, dict):
            arguments = {}
        leave_alone(threading.current_thread())
        if self._session is not None:
            self._session.output = output
        response: Message = {
            "type": "response",
            "seq": 0,
            "request_seq": request.get("seq", 0),
            "command": command,
            "success": True,
        }
        try:
            if command == "initialize" and self._session is None:
                self._session = Session(output, self._adapter)
                self._adapter = None
            own = self._own.get(command)
            if own is not None:
                response["body"] = own(arguments)
            else:
                body = self._forward(command, arguments)
                if body is not None:
                    response["body"] = body
        except Exception as error:  # noqa: BLE001 - a frontend may send anything
            if isinstance(error, AdapterGoneError):
                self._end()
            response |= {"success": False, "message": _reason(error), "body": {}}
        return response

    def close(self) -> None:
        """End the session, if there is one: what is stopped runs on. Any thread."""
        session = self._session
        if session is not None:
            session.close()
        adapter = self._adapter
        if adapter is not None:
            adapter.close()
        cells.forget()

    # Of the session.

    def _initialize(self, arguments: Message) -> Any:
        # Or breakpoints would be on other lines than in the frontend's cell.
        lines.keep_empty(self._shell())
        return self._forward("initialize", arguments)

    def _attach(self, arguments: Message) -> Any:
        return _body(self._started.attach(arguments, self._shell().own_modules))

    def _configuration_done(self, arguments: Message) -> Any:
        """Do nothing: `attach` has said so already, or it would have had no answer."""
        del arguments
        _ = self._started
        return {}

    def _set_breakpoints(self, arguments: Message) -> Any:
        body = self._forward("setBreakpoints", arguments)
        # Where debugpy has put them, which may be on other lines than were asked for.
        self._breakpoints[_path(arguments)] = [
            {"line": each["line"]} for each in body["breakpoints"] if "line" in each
        ]
        return body

    def _disconnect(self, arguments: Message) -> Any:
        # Whatever the frontend says, the process is to go on.
        arguments = {**arguments, "terminateDebuggee": False}
        try:
            return _body(self._started.disconnect(arguments))
        finally:
            self._end()

    def _end(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            self._adapter = session.successor
            session.close()
        self._breakpoints.clear()
        lines.drop_empty(self._shell())

    @property
    def _started(self) -> Session:
        if self._session is None:
            msg = "the debugger was not started: initialize comes first"
            raise RefusedError(msg)
        return self._session

    def _forward(self, command: str, arguments: Message) -> Any:
        return _body(self._started.request(command, arguments))

    # Of the kernel, where no session is needed.

    def _info(self, arguments: Message) -> Message:
        del arguments
        session = self._session
        return {
            "isStarted": session is not None,
            "hashMethod": "Murmur2",
            "hashSeed": cells.SEED,
            "tmpFilePrefix": cells.PREFIX,
            "tmpFileSuffix": cells.SUFFIX,
            "breakpoints": [
                {"source": source, "breakpoints": lines}
                for source, lines in self._breakpoints.items()
            ],
            "stoppedThreads": [] if session is None else session.stopped_threads(),
            "richRendering": True,
            "exceptionPaths": ["Python Exceptions"],
            "copyToGlobals": True,
        }

    def _dump_cell(self, arguments: Message) -> Message:
        return {"sourcePath": cells.dump(str(arguments.get("code", "")))}

    def _source(self, arguments: Message) -> Message:
        path = _path(arguments)
        try:
            with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a path of anybody's
                return {"content": file.read()}
        except (OSError, ValueError):
            msg = f"there is no source at {path!r}"
            raise RefusedError(msg) from None

    def _modules(self, arguments: Message) -> Message:
        loaded = list(sys.modules.values())
        start = int(arguments.get("startModule") or 0)
        count = int(arguments.get("moduleCount") or len(loaded))
        found = []
        for number, module in enumerate(loaded[start : start + count], start):
            path = getattr(getattr(module, "__spec__", None), "origin", None)
            if isinstance(path, str) and path.endswith(".py"):
                found.append({"id": number, "name": module.__name__, "path": path})
        return {"modules": found, "totalModules": len(loaded)}

    # Variables: of the stopped frame, or else of the notebook.

    @property
    def _is_stopped(self) -> bool:
        return self._session is not None and self._session.is_stopped

    def _inspect_variables(self, arguments: Message) -> Message:
        del arguments
        self._explorer = Explorer(self._shell().user_ns)
        return {"variables": self._explorer.children()}

    def _variables(self, arguments: Message) -> Message:
        if self._is_stopped:
            body = self._forward("variables", arguments)
            body["variables"] = [
                each for each in body["variables"] if accepted(each["name"])
            ]
            return body  # type: ignore[no-any-return]
        if self._explorer is None:
            self._explorer = Explorer(self._shell().user_ns)
        reference = arguments.get("variablesReference")
        return {"variables": self._explorer.children(reference)}

    def _rich_inspect_variables(self, arguments: Message) -> Message:
        name = str(arguments.get("variableName", ""))
        if not name.isidentifier():  # "special variables", a group of pydevd's
            return {"data": {}, "metadata": {}}
        if self._is_stopped:
            data, metadata = rich.ask(self._started, name, arguments.get("frameId"))
        else:
            data, metadata = rich.show(self._shell(), name)
        return {"data": data, "metadata": metadata}

    def _copy_to_globals(self, arguments: Message) -> Any:
        source = str(arguments.get("srcVariableName", ""))
        target = str(arguments.get("dstVariableName", ""))
        if not (source.isidentifier() and target.isidentifier()):
            msg = "srcVariableName and dstVariableName must be names of variables"
            raise RefusedError(msg)
        return self._forward(
            "setExpression",
            {
                "expression": f"globals()[{target!r}]",
                "value": source,
                "frameId": arguments.get("srcFrameId"),
            },
        )


def _body(response: Message) -> Any:
    if not response.get("success", False):
        raise RefusedError(response.get("message") or "debugpy gave no reason")
    return response.get("body")


def _reason(error: Exception) -> str:
    known = isinstance(error, RefusedError | AdapterGoneError | OSError)
    return str(error) if known else f"{type(error).__name__}: {error}"


def _path(arguments: Message) -> str:
    source = arguments.get("source")
    path = source.get("path") if isinstance(source, dict) else None
    if not isinstance(path, str):
        msg = "arguments.source.path is missing"
        raise RefusedError(msg)
    return path
