"""The debugger of the Python kernel, as JupyterLab's panel uses it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ipykernel.compiler import murmur2_x86
from tests.conftest import PATIENCE, start_kernel

from kernelwire._murmur import murmur2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Json, RunningKernel

CELL = """
def half(number):
    found = number / 2
    return found

print("before")
answer = half(84)
print("after", answer)
"""
BREAKPOINT = 3  # of its lines


class Panel:
    """What JupyterLab's debugger panel sends, and what it hears."""

    def __init__(self, kernel: RunningKernel) -> None:
        self.kernel = kernel
        self._seq = 0

    def ask(self, command: str, **arguments: Any) -> Json:
        """Send a request of the DAP; returns the response."""
        self._seq += 1
        response = self.kernel.ask_control(
            "debug_request",
            type="request",
            seq=self._seq,
            command=command,
            arguments=arguments,
        )
        assert response["request_seq"] == self._seq
        assert response["command"] == command
        return response

    def do(self, command: str, **arguments: Any) -> Json:
        """Send a request that must succeed; returns its response's body."""
        response = self.ask(command, **arguments)
        assert response["success"], response
        return dict(response.get("body") or {})

    def start(self) -> None:
        """Begin to debug, in the order in which JupyterLab does."""
        self.do(
            "initialize",
            clientID="jupyterlab",
            adapterID="",
            pathFormat="path",
            linesStartAt1=True,
            columnsStartAt1=True,
            supportsVariableType=True,
        )
        self.do("attach")

    def stop(self) -> None:
        """Stop to debug."""
        self.do("disconnect", restart=False, terminateDebuggee=False)

    def set_breakpoints(self, code: str, *lines: int) -> str:
        """Put breakpoints into a cell; returns the name of its file."""
        path = str(self.do("dumpCell", code=code)["sourcePath"])
        placed = self.do(
            "setBreakpoints",
            source={"path": path},
            breakpoints=[{"line": line} for line in lines],
            sourceModified=False,
        )
        assert [each["line"] for each in placed["breakpoints"]] == list(lines)
        self.do("configurationDone")
        return path

    def wait_for(self, event: str) -> Json:
        """Wait for an event; returns its body."""
        deadline = time.monotonic() + PATIENCE
        while True:
            left = max(0.0, deadline - time.monotonic())
            message = self.kernel.client.get_iopub_msg(timeout=left)
            content = message["content"]
            if message["msg_type"] == "debug_event" and content["event"] == event:
                return dict(content.get("body") or {})

    def stopped_frame(self) -> Json:
        """Wait for a stop; returns the frame where it is."""
        thread = self.wait_for("stopped")["threadId"]
        frames = self.do("stackTrace", threadId=thread)["stackFrames"]
        return {"thread": thread, **frames[0]}

    def stop_in(self, code: str, line: int) -> tuple[str, Json]:
        """Run a cell up to a line; returns the request's id, and the frame."""
        self.set_breakpoints(code, line)
        cell = self.kernel.execute(code)
        return cell, self.stopped_frame()

    def go_on(self, frame: Json) -> None:
        """Let what is stopped run on."""
        self.do("continue", threadId=frame["thread"])

    def locals_of(self, frame: Json) -> dict[str, str]:
        """The variables of a frame's first scope."""
        scopes = self.do("scopes", frameId=frame["id"])["scopes"]
        reference = scopes[0]["variablesReference"]
        found = self.do("variables", variablesReference=reference)["variables"]
        return {each["name"]: each["value"] for each in found}


@pytest.fixture
def panel(kernel: RunningKernel) -> Panel:
    return Panel(kernel)


@pytest.fixture
def debugging(panel: Panel) -> Iterator[Panel]:
    """A panel of a kernel that is debugged."""
    panel.start()
    yield panel
    panel.stop()


@pytest.mark.parametrize("code", ["", "a", "ab", "abc", "x = 1\n" * 40, "é = '🐍'"])
def test_cells_have_the_hash_that_frontends_compute(code: str) -> None:
    upstream = murmur2_x86(code, 0xC70F6907)  # type: ignore[no-untyped-call]
    assert murmur2(code.encode(), 0xC70F6907) == upstream


def test_the_kernel_says_that_it_has_a_debugger(kernel: RunningKernel) -> None:
    info = kernel.ask("kernel_info_request")
    assert info["debugger"] is True
    assert "debugger" in info["supported_features"]


def test_a_debugger_that_was_not_started_says_so(panel: Panel) -> None:
    info = panel.do("debugInfo")
    assert info["isStarted"] is False
    assert info["stoppedThreads"] == info["breakpoints"] == []
    response = panel.ask("setBreakpoints", source={"path": "x"}, breakpoints=[])
    assert response["success"] is False
    assert "initialize comes first" in response["message"]


def test_a_cell_stops_at_its_breakpoint_and_goes_on(debugging: Panel) -> None:
    kernel = debugging.kernel
    path = debugging.set_breakpoints(CELL, BREAKPOINT)
    cell = kernel.execute(CELL)
    frame = debugging.stopped_frame()
    assert (frame["name"], frame["line"]) == ("half", BREAKPOINT)
    assert frame["source"]["path"] == path
    assert debugging.locals_of(frame) == {"number": "84"}
    info = debugging.do("debugInfo")
    assert info["isStarted"] is True
    assert info["stoppedThreads"] == [frame["thread"]]
    assert info["breakpoints"] == [
        {"source": path, "breakpoints": [{"line": BREAKPOINT}]}
    ]
    debugging.go_on(frame)
    outcome = kernel.finish(cell)
    assert outcome.reply["status"] == "ok"
    assert outcome.written[-1] == ("stdout", "after 42.0\n")
    assert debugging.do("debugInfo")["stoppedThreads"] == []


def test_one_steps_through_a_cell(debugging: Panel) -> None:
    kernel = debugging.kernel
    cell, frame = debugging.stop_in(CELL, 7)
    places = []
    for step in ("stepIn", "next", "stepOut"):
        debugging.do(step, threadId=frame["thread"])
        frame = debugging.stopped_frame()
        places.append((frame["name"], frame["line"]))
    debugging.go_on(frame)
    assert kernel.finish(cell).reply["status"] == "ok"
    assert places[:2] == [("half", 3), ("half", 4)]
    assert places[2][0] == "<module>"


def test_steps_lead_from_one_statement_to_the_next(debugging: Panel) -> None:
    """IPython compiles and runs each of a cell's statements by itself.

    A step over the end of one stopped in traitlets, which IPython uses in between: so
    JupyterLab opened traitlets.py in the middle of a user's notebook.
    """
    kernel = debugging.kernel
    cell, frame = debugging.stop_in(CELL, 6)
    places = []
    for step in ("next", "next"):
        debugging.do(step, threadId=frame["thread"])
        frame = debugging.stopped_frame()
        places.append((frame["name"], frame["line"]))
    debugging.go_on(frame)
    assert kernel.finish(cell).reply["status"] == "ok"
    assert places == [("<module>", 7), ("<module>", 8)]


def test_steps_lead_past_an_await(debugging: Panel) -> None:
    """asyncio is imported when the first cell awaits, after the shell and its modules."""
    kernel = debugging.kernel
    code = "import asyncio\nawait asyncio.sleep(0.01)\nslept = True\n"
    cell, frame = debugging.stop_in(code, 2)
    places = []
    for step in ("next", "next"):
        debugging.do(step, threadId=frame["thread"])
        frame = debugging.stopped_frame()
        places.append((frame["name"], frame["line"]))
    debugging.go_on(frame)
    assert kernel.finish(cell).reply["status"] == "ok"
    assert places == [("<module>", 2), ("<module>", 3)]  # once more, as it goes on


def test_code_is_evaluated_in_a_stopped_frame(debugging: Panel) -> None:
    kernel = debugging.kernel
    cell, frame = debugging.stop_in(CELL, 4)
    where = {"frameId": frame["id"]}
    assert debugging.do("evaluate", expression="found + 1", **where)["result"] == "43.0"
    shown = debugging.do("richInspectVariables", variableName="found", **where)
    assert shown["data"] == {"text/plain": "42.0"}
    debugging.do(
        "copyToGlobals",
        srcVariableName="found",
        dstVariableName="kept",
        srcFrameId=frame["id"],
    )
    debugging.go_on(frame)
    assert kernel.finish(cell).reply["status"] == "ok"
    assert kernel.run("kept").result == "42.0"


def test_the_kernel_answers_on_control_while_a_cell_is_stopped(
    debugging: Panel,
) -> None:
    kernel = debugging.kernel
    cell, frame = debugging.stop_in(CELL, BREAKPOINT)
    assert kernel.ask_control("kernel_info_request")["status"] == "ok"
    debugging.go_on(frame)
    assert kernel.finish(cell).reply["status"] == "ok"


def test_an_exception_of_a_stopped_cell_is_the_cells_own(debugging: Panel) -> None:
    code = "x = 0\n1 / x\n"
    kernel = debugging.kernel
    cell, frame = debugging.stop_in(code, 2)
    debugging.go_on(frame)
    assert kernel.finish(cell).reply["ename"] == "ZeroDivisionError"


def test_empty_lines_before_the_code_count(debugging: Panel) -> None:
    code = "\n\n\nlate = 1\nprint(late)\n"
    kernel = debugging.kernel
    cell, frame = debugging.stop_in(code, 5)
    assert frame["line"] == 5
    debugging.go_on(frame)
    assert kernel.finish(cell).written == [("stdout", "1\n")]


def test_disconnecting_lets_a_stopped_cell_run_on(panel: Panel) -> None:
    panel.start()
    panel.set_breakpoints(CELL, BREAKPOINT)
    cell = panel.kernel.execute(CELL)
    panel.stopped_frame()
    panel.stop()
    assert panel.kernel.finish(cell).written[-1] == ("stdout", "after 42.0\n")
    assert panel.do("debugInfo")["isStarted"] is False
    assert panel.kernel.run(CELL).reply["status"] == "ok"


def test_variables_are_shown_without_a_session(panel: Panel) -> None:
    panel.kernel.run("shown = {'a': [1, 2]}\n_hidden = 3")
    variables = panel.do("inspectVariables")["variables"]
    found = {each["name"]: each for each in variables}
    assert found["shown"]["value"] == "{'a': [1, 2]}"
    assert found["shown"]["type"] == "dict"
    assert "_hidden" in found
    assert not {"In", "Out", "_ih", "get_ipython"} & set(found)
    reference = found["shown"]["variablesReference"]
    inside = panel.do("variables", variablesReference=reference)["variables"]
    assert "'a'" in [each["name"] for each in inside]


def test_a_variable_is_shown_as_the_notebook_would(panel: Panel) -> None:
    panel.kernel.run(
        "class Shown:\n    def _repr_html_(self): return '<b>bold</b>'\nit = Shown()"
    )
    bundle = panel.do("richInspectVariables", variableName="it")
    assert bundle["data"]["text/html"] == "<b>bold</b>"
    assert panel.do("richInspectVariables", variableName="no such") == {
        "data": {},
        "metadata": {},
    }


def test_sources_and_modules_are_listed(panel: Panel) -> None:
    code = "print('dumped')\n"
    path = panel.do("dumpCell", code=code)["sourcePath"]
    assert panel.do("source", source={"path": path})["content"] == code
    assert Path(path).parent.stat().st_mode & 0o077 == 0
    response = panel.ask("source", source={"path": "/no/such/file"})
    assert response["success"] is False
    assert "/no/such/file" in response["message"]
    modules = panel.do("modules")["modules"]
    assert "json" in [each["name"] for each in modules]


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("setBreakpoints", {}),
        ("setBreakpoints", {"source": 3}),
        ("source", {}),
        ("copyToGlobals", {"srcVariableName": "a b", "dstVariableName": "c"}),
        ("noSuchCommand", {}),
        ("", {}),
        ("variables", {"variablesReference": "x"}),
        ("modules", {"startModule": "x"}),
    ],
)
def test_what_cannot_be_done_is_refused(
    debugging: Panel, command: str, arguments: Json
) -> None:
    """And the kernel goes on, whatever a frontend sends."""
    response = debugging.ask(command, **arguments)
    assert response["success"] is False or command == "variables"
    assert debugging.do("debugInfo")["isStarted"] is True


WATCH = """\
import sys
from threading import Event, get_ident

sys.importers = set()
asked = Event()


class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "kernelwire.python.debugger":
            asked.set()
        package = sys.modules.get("IPython")
        if name.startswith("IPython.") and package.__spec__._initializing:
            sys.importers.add(get_ident())
        if name == "IPython.core.interactiveshell":
            asked.wait(1)  # long enough for the debugger to come in between


sys.meta_path.insert(0, Watch())
"""


def test_a_frontend_that_asks_at_once_does_not_disturb_the_import(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    """JupyterLab asks for debugInfo as soon as it sees the kernel.

    The debugger imported a part of IPython then, while the kernel's own thread imported
    all of it. Each was given modules that the other had not completed, and the first
    cell could end in an ImportError of IPython's: "cannot import name 'HistoryOutput'
    from partially initialized module". One in ten notebooks on a busy machine did.
    """
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    environment = {**jupyter_environment, "PYTHONPATH": str(tmp_path)}
    kernel = start_kernel(environment, tmp_path)
    try:
        assert Panel(kernel).do("debugInfo")["isStarted"] is False
        assert kernel.run("import sys; len(sys.importers)").result == "1"
    finally:
        kernel.stop()


@pytest.mark.parametrize("interrupts", [0, 1])
def test_subshells_do_not_keep_the_debugger_from_starting(
    fresh_kernel: RunningKernel, interrupts: int
) -> None:
    """JupyterLab opens and deletes a subshell before anybody could start to debug.

    A subshell's thread took back an interrupt that it might have had, which leaves a
    mark in Python 3.11 and 3.12 that one waits, even if there was none. Under this mark
    3.11 does not get past a traced line, and debugpy traces one when it is imported: in
    JupyterLab the debugger of this kernel never started.
    """
    subshell = fresh_kernel.open_subshell()
    for _ in range(interrupts):
        fresh_kernel.ask_control("interrupt_request")
    assert fresh_kernel.run_in(subshell, "'alive'").result == "'alive'"
    fresh_kernel.ask_control("delete_subshell_request", subshell_id=subshell)
    panel = Panel(fresh_kernel)
    panel.start()
    panel.stop()


def test_the_debugger_starts_without_a_word(fresh_kernel: RunningKernel) -> None:
    """debugpy warned of frozen modules, in the cell that ran when it was switched on."""
    code = "import asyncio\nprint('began', flush=True)\nawait asyncio.sleep(1000)"
    cell = fresh_kernel.execute(code)
    fresh_kernel.wait_for_output(cell, "began")
    panel = Panel(fresh_kernel)
    panel.start()
    fresh_kernel.ask_control("interrupt_request")
    assert fresh_kernel.finish(cell).written == []
    panel.stop()


def test_a_kernel_that_is_debugged_ends(fresh_kernel: RunningKernel) -> None:
    """Also where a cell is stopped, which nobody can interrupt from within."""
    panel = Panel(fresh_kernel)
    panel.start()
    panel.set_breakpoints(CELL, BREAKPOINT)
    fresh_kernel.execute(CELL)
    panel.stopped_frame()
    dumped = Path(panel.do("debugInfo")["tmpFilePrefix"])
    fresh_kernel.ask_control("shutdown_request", restart=False)
    assert fresh_kernel.process.wait(PATIENCE) == 0
    assert not dumped.exists()
