"""asyncio's tasks, timers and servers that go on while the Python kernel is idle.

Every test runs on kernels of four kinds: one that never had a subshell, where the main
thread receives; one that has, where another thread does; one that calls libzmq by
pyzmq's methods; and the raw one.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from tests.conftest import KERNEL_NAME, PATIENCE, hear, start_kernel

from kernelwire.kernelspec import RAW_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import RunningKernel


@pytest.fixture(scope="module", params=["alone", "beside a subshell", "pyzmq", "raw"])
def kernel(
    request: pytest.FixtureRequest,
    jupyter_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningKernel]:
    """A kernel with asyncio imported."""
    how = "pyzmq" if request.param == "pyzmq" else ""
    environment = {**jupyter_environment, "KERNELWIRE_LIBZMQ": how}
    name = RAW_NAME if request.param == "raw" else KERNEL_NAME
    kernel = start_kernel(environment, tmp_path_factory.mktemp("kernel"), name)
    if request.param == "beside a subshell":
        kernel.open_subshell()
    kernel.run("import asyncio, os, socket, threading")
    yield kernel
    kernel.stop()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A socket that code in the kernel connects to, so that the test can tell it when."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        yield server


def leave(kernel: RunningKernel, code: str) -> str:
    """Run a cell that leaves something behind; returns its id once it is done.

    What it has written is still to be heard.
    """
    msg_id = kernel.execute(code)
    replied(kernel, msg_id)
    return msg_id


def hear_upon(
    kernel: RunningKernel, code: str, msg_id: str, text: str, stream: str = "stdout"
) -> str:
    """Run a cell that makes another one, whose id is given, write a text."""
    sent = kernel.execute(code)
    seen = hear(kernel, msg_id, text, stream)
    replied(kernel, sent)
    return seen


def replied(kernel: RunningKernel, msg_id: str) -> None:
    """Wait for the reply to a request whose messages were passed over."""
    reply = kernel.client.get_shell_msg(timeout=PATIENCE)
    assert reply["parent_header"]["msg_id"] == msg_id
    assert reply["content"]["status"] == "ok"


def told(port: int, text: str) -> str:
    """Send a line to a server and return the one that it answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as peer:
        peer.sendall(f"{text}\n".encode())
        return peer.makefile().readline().strip()


SERVER = """
async def answer(reader, writer):
    line = (await reader.readline()).decode().strip()
    print('asked', line)
    writer.write(f'{line} {count}\\n'.encode())
    await writer.drain()
    writer.close()
count = 0
server = await asyncio.start_server(answer, '127.0.0.1', 0)
"""


def test_a_task_goes_on_in_an_idle_kernel(kernel: RunningKernel) -> None:
    msg_id = leave(
        kernel,
        "async def tick():\n"
        "    for n in range(5):\n"
        "        await asyncio.sleep(0.01)\n"
        "        print('tick', n)\n"
        "task = asyncio.create_task(tick())",
    )
    assert hear(kernel, msg_id, "tick 4") == "".join(f"tick {n}\n" for n in range(5))


def test_a_timer_goes_off_in_an_idle_kernel(kernel: RunningKernel) -> None:
    msg_id = leave(
        kernel, "asyncio.get_event_loop().call_later(0.05, print, 'it is time');"
    )
    assert hear(kernel, msg_id, "it is time\n")


def test_a_server_answers_while_the_kernel_is_idle(kernel: RunningKernel) -> None:
    """And what cells change meanwhile, it sees."""
    msg_id = leave(kernel, SERVER)
    port = int(kernel.run("server.sockets[0].getsockname()[1]").result)
    assert told(port, "first") == "first 0"
    assert told(port, "second") == "second 0"
    leave(kernel, "count += 1")
    assert told(port, "third") == "third 1"
    assert hear(kernel, msg_id, "third\n").endswith("asked third\n")
    leave(kernel, "server.close()")


def test_a_server_answers_while_a_cell_awaits(kernel: RunningKernel) -> None:
    leave(kernel, SERVER)
    port = int(kernel.run("server.sockets[0].getsockname()[1]").result)
    msg_id = kernel.execute(
        "done = asyncio.Event()\nprint('awaiting')\nawait done.wait()"
    )
    kernel.wait_for_output(msg_id, "awaiting\n")
    assert told(port, "meanwhile") == "meanwhile 0"
    kernel.manager.interrupt_kernel()
    assert kernel.finish(msg_id).reply["ename"] == "KeyboardInterrupt"
    assert told(port, "afterwards") == "afterwards 0"
    leave(kernel, "server.close()")


def test_a_thread_wakes_a_loop_with_nothing_to_do(
    kernel: RunningKernel, listener: socket.socket
) -> None:
    """The server waits itself then, and must be called from that thread."""
    msg_id = leave(
        kernel,
        "loop = asyncio.get_running_loop()\n"
        "async def work(n):\n"
        "    print('working', n)\n"
        f"peer = socket.create_connection({listener.getsockname()!r})\n"
        "def run():\n"
        "    for n in range(3):\n"
        "        peer.recv(1)\n"
        "        asyncio.run_coroutine_threadsafe(work(n), loop).result()\n"
        "thread = threading.Thread(target=run); thread.start()",
    )
    peer, _ = listener.accept()
    with peer:
        for n in range(3):
            peer.sendall(b"x")
            hear(kernel, msg_id, f"working {n}\n")
    leave(kernel, "thread.join(); peer.close()")


def test_a_task_that_awaits_a_thread_goes_on(
    kernel: RunningKernel, listener: socket.socket
) -> None:
    msg_id = leave(
        kernel,
        f"peer = socket.create_connection({listener.getsockname()!r})\n"
        "async def work():\n"
        "    print('got', await asyncio.to_thread(peer.recv, 3))\n"
        "task = asyncio.create_task(work())",
    )
    peer, _ = listener.accept()
    with peer:
        peer.sendall(b"abc")
        assert hear(kernel, msg_id, "got b'abc'\n")
    leave(kernel, "peer.close()")


def test_requests_are_answered_beside_a_task_that_never_waits(
    kernel: RunningKernel,
) -> None:
    msg_id = leave(
        kernel,
        "turns = 0\n"
        "async def turn():\n"
        "    global turns\n"
        "    while turns >= 0:\n"
        "        turns += 1\n"
        "        await asyncio.sleep(0)\n"
        "    print('ended')\n"
        "task = asyncio.create_task(turn())",
    )
    assert kernel.run("6 * 7").result == "42"
    before = int(kernel.run("turns").result)
    assert kernel.ask("kernel_info_request")["status"] == "ok"
    assert int(kernel.run("turns").result) > before
    hear_upon(kernel, "turns = -1", msg_id, "ended\n")


def test_a_loop_that_waits_does_so_without_turning(kernel: RunningKernel) -> None:
    """What rang the server's bells would be there at each turn, and nobody take it."""
    msg_id = leave(
        kernel,
        "loop = asyncio.get_running_loop()\n"
        "select, turns = loop._selector.select, 0\n"
        "def counted(timeout=None):\n"
        "    global turns\n"
        "    turns += 1\n"
        "    return select(timeout)\n"
        "loop._selector.select = counted\n"
        "async def rest():\n"
        "    await asyncio.sleep(0.5)\n"
        "    print('turns:', turns)\n"
        "    del loop._selector.select\n"
        "task = asyncio.create_task(rest())",
    )
    said = hear(kernel, msg_id, "\n")
    assert int(said.removeprefix("turns:")) < 20


def test_a_failure_shows_in_the_cell_that_made_the_task(kernel: RunningKernel) -> None:
    """While the task is kept, asyncio itself would say nothing; `Out` keeps it."""
    made = kernel.execute(
        "gate = asyncio.Event()\n"
        "async def fail():\n"
        "    await gate.wait()\n"
        "    1 / 0\n"
        "asyncio.create_task(fail())"
    )
    assert kernel.finish(made).reply["status"] == "ok"
    leave(kernel, "'another'")
    said = hear_upon(kernel, "gate.set()", made, "ZeroDivisionError", "stderr")
    assert "never retrieved" in said
    assert "1 / 0" in said


def test_a_failure_in_the_last_step_of_a_cell_shows_before_its_end(
    kernel: RunningKernel,
) -> None:
    """Where nbconvert still listens."""
    code = "async def fail(): 1 / 0\ntask = asyncio.create_task(fail())"
    outcome = kernel.run(code)
    assert outcome.reply["status"] == "ok"
    assert outcome.text("stderr").count("never retrieved") == 1


def test_a_failure_of_a_callback_shows_in_the_cell_that_scheduled_it(
    kernel: RunningKernel,
) -> None:
    made = leave(
        kernel,
        "gate = asyncio.Event()\n"
        "waiting = asyncio.ensure_future(gate.wait())\n"
        "waiting.add_done_callback(lambda _: {}['missing'])",
    )
    hear_upon(kernel, "gate.set()", made, "KeyError", "stderr")


def test_a_failure_that_is_awaited_is_not_shown(kernel: RunningKernel) -> None:
    """The second task fails while the cell awaits the first."""
    outcome = kernel.run(
        "async def fail(): 1 / 0\n"
        "slow = asyncio.create_task(asyncio.sleep(0.05))\n"
        "task = asyncio.create_task(fail())\n"
        "await slow\n"
        "try: await task\n"
        "except ZeroDivisionError: print('caught')"
    )
    assert outcome.text() == "caught\n"
    assert outcome.text("stderr") == ""


def test_interrupts_of_an_idle_kernel_leave_its_tasks_alone(
    kernel: RunningKernel,
) -> None:
    msg_id = leave(
        kernel,
        "gate = asyncio.Event()\n"
        "async def wait():\n"
        "    try: await gate.wait()\n"
        "    finally: print('at the end')\n"
        "    print('through')\n"
        "task = asyncio.create_task(wait())",
    )
    for _ in range(3):
        kernel.manager.interrupt_kernel()
        assert kernel.ask("kernel_info_request")["status"] == "ok"
    kernel.ask_control("interrupt_request")
    said = hear_upon(kernel, "gate.set()", msg_id, "through\n")
    assert said == "at the end\nthrough\n"


@pytest.mark.parametrize("by", ["signal", "message"])
def test_an_interrupt_ends_a_task_that_keeps_the_kernel_from_all_else(
    kernel: RunningKernel, by: str
) -> None:
    """The thread prints when the task has done so for long enough."""
    msg_id = leave(
        kernel,
        "async def spin():\n"
        "    await asyncio.sleep(0.01)\n"
        "    threading.Timer(0.5, print, ['spinning']).start()\n"
        "    while True: pass\n"
        "task = asyncio.create_task(spin())",
    )
    hear(kernel, msg_id, "spinning\n")
    if by == "signal":
        kernel.manager.interrupt_kernel()
    else:
        kernel.ask_control("interrupt_request")
    assert "KeyboardInterrupt" in hear(kernel, msg_id, "KeyboardInterrupt\n", "stderr")
    assert kernel.run("task.done()").result == "True"


def test_what_a_task_raises_to_end_the_process_does_not(kernel: RunningKernel) -> None:
    msg_id = leave(
        kernel,
        "async def leave():\n"
        "    await asyncio.sleep(0.01)\n"
        "    raise SystemExit('enough')\n"
        "task = asyncio.create_task(leave())",
    )
    assert "SystemExit: enough" in hear(kernel, msg_id, "enough", "stderr")
    assert kernel.run("6 * 7").result == "42"


def test_a_task_asks_the_frontend_of_its_cell(kernel: RunningKernel) -> None:
    code = (
        "async def ask():\n"
        "    await asyncio.sleep(0.01)\n"
        "    print('hello', input('who? '))\n"
        "task = asyncio.create_task(ask())"
    )
    msg_id = kernel.execute(code, allow_stdin=True)
    assert kernel.client.get_stdin_msg(timeout=PATIENCE)["content"]["prompt"] == "who? "
    kernel.client.input("you")
    assert hear(kernel, msg_id, "hello you\n")
    replied(kernel, msg_id)


def test_a_child_that_a_task_forks_ends_with_its_step(kernel: RunningKernel) -> None:
    """Or it would answer requests beside its parent. Once it made its parent deaf: they
    share what Linux watches files with, and the child stopped to watch the sockets.
    """
    msg_id = leave(
        kernel,
        "async def fork():\n"
        "    await asyncio.sleep(0.01)\n"
        "    child = os.fork()\n"
        "    if child:\n"
        "        print('child ended with', os.waitpid(child, 0)[1])\n"
        "task = asyncio.create_task(fork())",
    )
    assert hear(kernel, msg_id, "child ended with 0\n")
    msg_id = leave(kernel, "task = asyncio.create_task(asyncio.sleep(999))")
    assert kernel.run("task.cancel()").result == "True"


def test_tasks_of_a_subshell_go_on_and_end_with_it(kernel: RunningKernel) -> None:
    subshell = kernel.open_subshell()
    code = (
        "async def last():\n"
        "    print('started')\n"
        "    try: await asyncio.sleep(999)\n"
        "    finally: print('at the end')\n"
        "async def tick():\n"
        "    await asyncio.sleep(0.05)\n"
        "    print('tick')\n"
        "tasks = [asyncio.create_task(last()), asyncio.create_task(tick())]"
    )
    msg_id = kernel.execute_in(subshell, code)
    kernel.finish(msg_id)
    hear(kernel, msg_id, "tick\n")
    kernel.manager.interrupt_kernel()
    assert kernel.run_in(subshell, "tasks[0].done()").result == "False"
    kernel.ask_control("delete_subshell_request", subshell_id=subshell)
    assert hear(kernel, msg_id, "at the end\n")


def test_one_shell_schedules_in_another_that_is_idle(kernel: RunningKernel) -> None:
    subshell = kernel.open_subshell()
    msg_id = leave(
        kernel,
        "event = asyncio.Event()\n"
        "async def wait():\n"
        "    await event.wait()\n"
        "    print('set', threading.current_thread() is threading.main_thread())\n"
        "task = asyncio.create_task(wait())",
    )
    sent = kernel.execute_in(subshell, "event.set()")
    assert hear(kernel, msg_id, "set True\n")
    replied(kernel, sent)
    kernel.ask_control("delete_subshell_request", subshell_id=subshell)


@pytest.mark.parametrize(
    "ends",
    ["await asyncio.sleep(999)", "while True: pass", "import time; time.sleep(999)"],
    ids=["waits", "spins", "sleeps"],
)
def test_a_kernel_is_shut_down_whatever_its_tasks_do(
    jupyter_environment: dict[str, str], tmp_path: Path, ends: str
) -> None:
    kernel = start_kernel(jupyter_environment, tmp_path)
    msg_id = kernel.execute(
        "import asyncio, threading\n"
        "async def go_on():\n"
        "    await asyncio.sleep(0.01)\n"
        "    threading.Timer(0.3, print, ['begun']).start()\n"
        f"    {ends}\n"
        "task = asyncio.create_task(go_on())"
    )
    hear(kernel, msg_id, "begun\n")
    kernel.ask_control("shutdown_request", restart=False)
    assert kernel.process.wait(PATIENCE) == 0
    kernel.stop()


def test_running_a_loop_in_a_loop_is_refused(kernel: RunningKernel) -> None:
    """Also from what runs between cells; the message says what to do instead."""
    outcome = kernel.run("asyncio.run(asyncio.sleep(0))")
    assert outcome.reply["ename"] == "RuntimeError"
    assert "running event loop" in outcome.reply["evalue"]
    outcome = kernel.run(
        "asyncio.get_running_loop().run_until_complete(asyncio.sleep(0))"
    )
    assert outcome.reply["evalue"] == "This event loop is already running"
