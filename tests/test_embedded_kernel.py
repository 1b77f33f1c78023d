"""Kernels in programs of Python's that have a loop: `EmbeddedKernel`, and asyncio's adapter."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import select
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_core.utils import ensure_event_loop

import kernelwire as kw

if TYPE_CHECKING:
    from tests.conftest import Json

PATIENCE = 60.0  # seconds


class Visitor:
    """A client of jupyter_client's; to be used on another thread than the kernel's."""

    def __init__(self, file: str) -> None:
        self.client = BlockingKernelClient(connection_file=file)
        self.client.load_connection_file()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str) -> tuple[Json, str]:
        """Execute a cell; its reply, and what it has printed."""
        said = []

        def note(message: dict[str, Any]) -> None:
            said.append(message["content"].get("text", ""))

        reply = self.client.execute_interactive(
            code, output_hook=note, timeout=PATIENCE, allow_stdin=False
        )
        return dict(reply["content"]), "".join(said)

    def interrupt(self) -> None:
        message = self.client.session.msg("interrupt_request", {})
        self.client.control_channel.send(message)
        self.client.get_control_msg(timeout=PATIENCE)

    def shutdown(self) -> None:
        self.client.shutdown()
        self.client.get_control_msg(timeout=PATIENCE)

    def leave(self) -> None:
        self.client.stop_channels()
        self.client.context.destroy(linger=0)
        ensure_event_loop().close()  # which jupyter_client has made for this thread


@contextlib.contextmanager
def visiting(file: str) -> Iterator[Visitor]:
    visitor = Visitor(file)
    try:
        yield visitor
    finally:
        visitor.leave()


class Commands(kw.Interpreter):
    """What a cell says is done by a function, with the request's output."""

    language = kw.Language("commands")

    def __init__(self, **does: Callable[[kw.Output], kw.Reply]) -> None:
        super().__init__()
        self.does = does
        self.ended_on: int | None = None

    def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
        return self.does[request.code](output)

    def shutdown(self, restart: bool) -> None:
        self.ended_on = threading.get_ident()


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "connection.json")


def serve_while(
    kernel: kw.EmbeddedKernel, visit: Callable[[Visitor], None]
) -> BaseException | None:
    """Step a kernel, as a loop does, while a client is there on another thread."""
    failures: list[BaseException] = []

    def call() -> None:
        try:
            with visiting(kernel.connection_file) as visitor:
                visit(visitor)
        except BaseException as exc:  # noqa: BLE001 - the test's, on its thread
            failures.append(exc)
        finally:
            kernel.stop()

    client = threading.Thread(target=call)
    client.start()
    while kernel.step():
        select.select([kernel], [], [])
    client.join()
    return failures[0] if failures else None


def test_cells_are_answered_on_the_thread_of_the_loop(file: str) -> None:
    where: list[int] = []

    def note(output: kw.Output) -> kw.Reply:
        where.append(threading.get_ident())
        output.stdout("noted")
        return kw.ok()

    interpreter = Commands(note=note)
    with kw.EmbeddedKernel(interpreter, connection_file=file) as kernel:

        def visit(visitor: Visitor) -> None:
            assert visitor.run("note")[1] == "noted"

        assert serve_while(kernel, visit) is None
        assert not kernel.running
    assert where == [threading.get_ident()]
    assert interpreter.ended_on == threading.get_ident()
    assert not Path(file).exists()


def test_a_cell_that_loops_is_interrupted_and_the_program_goes_on(file: str) -> None:
    """By an exception: the handler of SIGINT is the program's."""
    begun = threading.Event()

    def loop(_: kw.Output) -> kw.Reply:
        begun.set()
        while True:
            pass

    with kw.EmbeddedKernel(Commands(loop=loop), connection_file=file) as kernel:

        def visit(visitor: Visitor) -> None:
            msg_id = visitor.client.execute("loop")
            assert begun.wait(PATIENCE)
            visitor.interrupt()
            reply = visitor.client.get_shell_msg(timeout=PATIENCE)
            assert reply["parent_header"]["msg_id"] == msg_id
            assert reply["content"]["ename"] == "KeyboardInterrupt"

        assert serve_while(kernel, visit) is None


def test_functions_are_posted_by_any_thread(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one of them raises is told, and the others are called all the same."""
    raised: list[BaseException | None] = []
    monkeypatch.setattr(
        "sys.unraisablehook", lambda told: raised.append(told.exc_value)
    )
    called: list[tuple[str, int]] = []

    def fail() -> None:
        msg = "as it should"
        raise ValueError(msg)

    with kw.EmbeddedKernel(Commands(), connection_file=file) as kernel:

        def post() -> None:
            kernel.post(lambda: called.append(("first", threading.get_ident())))
            kernel.post(fail)
            kernel.post(lambda: called.append(("last", threading.get_ident())))

        poster = threading.Thread(target=post)
        poster.start()
        poster.join()
        while len(called) < 2:
            select.select([kernel], [], [])
            assert kernel.step()
    here = threading.get_ident()
    assert called == [("first", here), ("last", here)]
    assert [str(exc) for exc in raised] == ["as it should"]


def test_its_mistakes_are_told_apart(file: str) -> None:
    with pytest.raises(ValueError, match="requests_per_step is 0"):
        kw.EmbeddedKernel(Commands(), connection_file=file, requests_per_step=0)
    with pytest.raises(ValueError, match="log_level is"):
        kw.EmbeddedKernel(Commands(), connection_file=file, log_level="loud")
    with pytest.raises(kw.ConnectionFileError):
        kw.EmbeddedKernel(Commands(), connection_file="/nowhere/at/all.json")
    kernel = kw.EmbeddedKernel(Commands(), connection_file=file)
    with pytest.raises(TypeError, match="want a function"):
        kernel.post(5)  # type: ignore[arg-type]
    kernel.close()
    kernel.close()
    assert (kernel.step(), kernel.running) == (False, False)
    with pytest.raises(ValueError, match="is closed"):
        kernel.fileno()
    with pytest.raises(ValueError, match="is closed"):
        kernel.post(print)


@pytest.mark.parametrize("method", ["step", "close"])
def test_another_thread_is_told_that_it_is_one(file: str, method: str) -> None:
    said: list[str] = []
    with kw.EmbeddedKernel(Commands(), connection_file=file) as kernel:

        def call() -> None:
            try:
                getattr(kernel, method)()
            except RuntimeError as exc:
                said.append(str(exc))

        other = threading.Thread(target=call)
        other.start()
        other.join()
    assert said == [f"{method}() belongs to the thread that made the kernel"]


def test_a_kernel_that_is_forgotten_ends(file: str) -> None:
    interpreter = Commands()
    kw.EmbeddedKernel(interpreter, connection_file=file)
    gc.collect()
    assert interpreter.ended_on == threading.get_ident()
    assert not Path(file).exists()


def test_a_reply_comes_later_from_a_thread(file: str) -> None:
    """Requests wait for it, the loop does not."""
    may_reply = threading.Event()

    def later(output: kw.Output) -> kw.Reply:
        handle = output.defer()
        with pytest.raises(RuntimeError, match="and once"):
            output.defer()

        def reply() -> None:
            assert may_reply.wait(PATIENCE)
            output.stdout("late")
            handle.send(kw.ok(payload=[]))
            handle.send(kw.error("Twice", "which is dropped"))

        threading.Thread(target=reply).start()
        return kw.ok()

    with kw.EmbeddedKernel(Commands(later=later), connection_file=file) as kernel:

        def visit(visitor: Visitor) -> None:
            kernel.post(may_reply.set)  # called by a step that follows
            content, said = visitor.run("later")
            assert (content["status"], said) == ("ok", "late")

        assert serve_while(kernel, visit) is None


def test_a_handle_that_goes_without_a_reply_answers_by_an_error(file: str) -> None:
    def forget(output: kw.Output) -> kw.Reply:
        output.defer()
        return kw.ok()

    with kw.EmbeddedKernel(Commands(forget=forget), connection_file=file) as kernel:

        def visit(visitor: Visitor) -> None:
            assert visitor.run("forget")[0]["ename"] == "NoReply"

        assert serve_while(kernel, visit) is None


def test_a_log_goes_to_a_logger(file: str, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("embedded")
    caplog.set_level(logging.INFO, "embedded")
    kw.EmbeddedKernel(Commands(), connection_file=file, logger=logger).close()
    assert [message for message in caplog.messages if "serving on" in message]


class Tasks(kw.AsyncInterpreter):
    """Cells that await."""

    language = kw.Language("tasks")

    def __init__(self) -> None:
        super().__init__()
        self.opened = asyncio.Event()
        self.waits = asyncio.Event()

    async def run(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
        if request.code == "wait":
            self.waits.set()
            await self.opened.wait()
            output.stdout("opened")
        elif request.code == "fail":
            msg = "as it should"
            raise ValueError(msg)
        return kw.ok()


async def visited(visit: Callable[[Visitor], None], kernel: kw.EmbeddedKernel) -> None:
    """Have a client on another thread while the loop serves the kernel."""

    def call() -> None:
        with visiting(kernel.connection_file) as visitor:
            try:
                visit(visitor)
            finally:
                visitor.shutdown()

    client = asyncio.create_task(asyncio.to_thread(call))
    await kw.serve_on_asyncio(kernel)
    await client


def test_asyncio_goes_on_while_a_cell_awaits(file: str) -> None:
    """Another task of the program opens what the cell waits for."""

    async def program() -> None:
        interpreter = Tasks()

        async def open_it() -> None:
            await interpreter.waits.wait()
            interpreter.opened.set()

        def visit(visitor: Visitor) -> None:
            assert visitor.run("wait")[1] == "opened"
            assert visitor.run("anything")[0]["status"] == "ok"
            content, _ = visitor.run("fail")
            assert (content["ename"], content["evalue"]) == (
                "ValueError",
                "as it should",
            )

        opener = asyncio.create_task(open_it())
        with kw.EmbeddedKernel(interpreter, connection_file=file) as kernel:
            await visited(visit, kernel)
        await opener

    asyncio.run(program())


def test_an_interrupt_cancels_what_a_cell_awaits(file: str) -> None:
    async def program() -> None:
        interpreter = Tasks()
        loop = asyncio.get_running_loop()

        def visit(visitor: Visitor) -> None:
            visitor.client.execute("wait")
            asyncio.run_coroutine_threadsafe(interpreter.waits.wait(), loop).result()
            visitor.interrupt()
            reply = visitor.client.get_shell_msg(timeout=PATIENCE)
            assert reply["content"]["ename"] == "CancelledError"
            assert visitor.run("anything")[0]["status"] == "ok"

        with kw.EmbeddedKernel(interpreter, connection_file=file) as kernel:
            await visited(visit, kernel)

    asyncio.run(program())


def test_a_task_that_serves_is_cancelled(file: str) -> None:
    """Its kernel is not closed: who made it does that."""

    async def program() -> None:
        with kw.EmbeddedKernel(Tasks(), connection_file=file) as kernel:
            serving = asyncio.create_task(kw.serve_on_asyncio(kernel))
            await asyncio.sleep(0)
            serving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await serving
            assert kernel.running

    asyncio.run(program())
