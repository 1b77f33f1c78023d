"""Which cell output belongs to: of threads, pools, tasks and callbacks, then and later."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from tests.conftest import PATIENCE

if TYPE_CHECKING:
    from tests.conftest import Json, RunningKernel

pytestmark = pytest.mark.both_kernels

# Each begins something that waits for `go`, and then calls `act`.
BEGINNINGS = {
    "thread": "worker = threading.Thread(target=later); worker.start()",
    "daemon": "worker = threading.Thread(target=later, daemon=True); worker.start()",
    "subclass": """
class Worker(threading.Thread):
    def run(self): later()
worker = Worker(); worker.start()
""",
    "run set on the object": """
worker = threading.Thread(); worker.run = later; worker.start()
""",
    "thread of a thread": """
def outer():
    inner = threading.Thread(target=later); inner.start(); inner.join()
worker = threading.Thread(target=outer); worker.start()
""",
    "thread of a task": """
async def outer():
    global worker
    worker = threading.Thread(target=later); worker.start()
await asyncio.create_task(outer())
""",
    "pool": """
pool = concurrent.futures.ThreadPoolExecutor(1)
worker = threading.Thread(target=pool.submit(later).result); worker.start()
""",
    "executor of the loop": """
future = asyncio.get_running_loop().run_in_executor(None, later)
""",
    "to_thread": """
future = asyncio.create_task(asyncio.to_thread(later)); await asyncio.sleep(0.01)
""",
}
AWAITED = {
    "task": """
async def wait():
    await start.wait(); act()
start = asyncio.Event()
future = asyncio.create_task(wait()); await asyncio.sleep(0)
""",
    "callback": """
start = asyncio.get_running_loop().create_future()
future = asyncio.get_running_loop().create_future()
def called(_):
    act(); future.set_result(None)
start.add_done_callback(called)
start.set = lambda: start.set_result(None)
""",
}
ACTIONS = {
    "print": "print('late')",
    "stderr": "print('late', file=sys.stderr)",
    "flushed": "print('late', flush=True)",
    "display": "display('late')",
    "error": "get_ipython()._showtraceback(ValueError, ValueError(), ['late'])",
    "comm": "comm.create_comm('late')",
    "logging": "log.warning('late')",
    "parent": "print('late', get_ipython().get_parent()['msg_id'])",
}


@pytest.fixture(scope="module")
def prepared(kernel: RunningKernel) -> RunningKernel:
    """A kernel with what the beginnings need; a handler from a cell of its own."""
    kernel.run("""
        import _thread, asyncio, comm, concurrent.futures, logging, sys, threading
        log = logging.getLogger('parents')
        log.propagate = False
        log.addHandler(logging.StreamHandler(sys.stdout))
        def later():
            go.wait()
            act()
    """)
    return kernel


def parents_of(kernel: RunningKernel, msg_id: str) -> dict[str, list[Json]]:
    """Run on to the idle of a request: who is the parent of what came meanwhile."""
    found: dict[str, list[Json]] = defaultdict(list)
    while True:
        message = kernel.client.get_iopub_msg(timeout=PATIENCE)
        parent = message["parent_header"].get("msg_id")
        if message["msg_type"] not in ("status", "execute_input"):
            found[parent].append(message)
        elif message["content"].get("execution_state") == "idle" and parent == msg_id:
            return found


def begin(kernel: RunningKernel, action: str, beginning: str) -> str:
    """Run a cell that begins something; returns its id."""
    kernel.run(f"go = threading.Event()\ndef act(): {action}")
    msg_id = kernel.execute(beginning)
    assert kernel.finish(msg_id).reply["status"] == "ok"
    return msg_id


def assert_apart(kernel: RunningKernel, first: str, second: str) -> None:
    """Each of two cells shows its own text, though that of the first comes late."""
    found = parents_of(kernel, second)
    assert {id_: texts(messages) for id_, messages in found.items()} == {
        first: "late\n",
        second: "begun\ndone\n",
    }


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
def test_what_a_cell_started_prints_in_that_cell_later(
    prepared: RunningKernel, beginning: str
) -> None:
    """ipykernel showed it in whatever cell ran at the time, up to version 6."""
    first = begin(prepared, "print('late')", beginning)
    end = "await future" if "future = " in beginning else "worker.join()"
    second = prepared.execute(f"print('begun')\ngo.set()\n{end}\nprint('done')")
    assert_apart(prepared, first, second)


@pytest.mark.parametrize("beginning", AWAITED.values(), ids=AWAITED)
def test_what_waits_in_the_loop_prints_in_its_cell_later(
    prepared: RunningKernel, beginning: str
) -> None:
    first = begin(prepared, "print('late')", beginning)
    second = prepared.execute(
        "start.set()\nprint('begun')\nawait future\nprint('done')"
    )
    assert_apart(prepared, first, second)


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(
            action,
            id=name,
            marks=[pytest.mark.ipython] if "get_ipython" in action else [],
        )
        for name, action in ACTIONS.items()
    ],
)
def test_all_that_a_thread_publishes_belongs_to_its_cell(
    prepared: RunningKernel, action: str
) -> None:
    first = begin(prepared, action, BEGINNINGS["thread"])
    found = parents_of(prepared, prepared.execute("go.set(); worker.join()"))
    assert list(found) == [first]
    messages = found[first]
    (kind,) = {message["msg_type"] for message in messages}
    if kind == "stream":  # of two writes, which may come in two messages
        late = f"late {first}\n" if "get_parent" in action else "late\n"
        assert texts(messages) == late
    else:
        (message,) = messages
        assert "late" in str(message["content"])


def test_a_pool_works_for_the_cell_that_gave_it_the_work(
    prepared: RunningKernel,
) -> None:
    """Its threads were started by the first cell that used it."""
    prepared.run("pool = concurrent.futures.ThreadPoolExecutor(1)")
    for word in ("one", "two"):
        outcome = prepared.run(f"pool.submit(print, '{word}').result()")
        assert outcome.text() == f"{word}\n"
    assert prepared.run("list(pool.map(print, 'ab'))").text() == "a\nb\n"


def test_a_pool_keeps_the_context_of_its_threads(prepared: RunningKernel) -> None:
    code = """
        import contextvars
        name = contextvars.ContextVar('name', default='none')
        with concurrent.futures.ThreadPoolExecutor(
                1, initializer=name.set, initargs=('mine',)) as pool:
            print(pool.submit(name.get).result())
    """
    assert prepared.run(code).text() == "mine\n"


def test_a_thread_inherits_nothing_but_its_cell(prepared: RunningKernel) -> None:
    """A thread begins with an empty context, but in some builds of Python 3.14."""
    code = """
        import contextvars
        name = contextvars.ContextVar('name', default='none')
        name.set('of the cell')
        worker = threading.Thread(target=lambda: print(name.get()))
        worker.start(); worker.join()
    """
    inherits = getattr(sys.flags, "thread_inherit_context", False)
    assert prepared.run(code).text() == ("of the cell\n" if inherits else "none\n")


def test_a_thread_is_as_it_was(prepared: RunningKernel) -> None:
    code = """
        class Worker(threading.Thread):
            def run(self): seen.append(vars(self).get('run'))
        seen = []
        worker = Worker(); worker.start(); worker.join()
        try:
            worker.start()
        except RuntimeError as exc:
            print(exc)
        print(seen, 'run' in vars(worker), worker.run.__func__ is Worker.run)
    """
    assert prepared.run(code).text() == (
        "threads can only be started once\n[None] False True\n"
    )


THREAD = "threading.Thread(target=fail).start()"
POOL = "await asyncio.get_running_loop().run_in_executor(None, fail)"


@pytest.mark.parametrize("code", [THREAD, POOL], ids=["thread", "pool"])
def test_an_error_in_a_thread_shows_no_frame_of_the_kernel(
    prepared: RunningKernel, code: str
) -> None:
    """Tracebacks of threads had a line more than ipykernel's: our `run_inherited`.

    Those of pools said that they were skipping a hidden frame.
    """
    outcome = prepared.run(f"""
import asyncio
def fail():
    1 / 0
{code}
for thread in threading.enumerate():
    if "fail" in thread.name:
        thread.join()
""")
    traceback = outcome.text("stderr") + "\n".join(outcome.reply.get("traceback", []))
    assert "ZeroDivisionError" in traceback
    assert "kernelwire/python" not in traceback
    assert "hidden" not in traceback


def test_a_thread_of_no_cell_prints_in_the_latest(prepared: RunningKernel) -> None:
    """Threads of C libraries are of this kind."""
    code = "done = threading.Event()\n_thread.start_new_thread(later, ())"
    begin(prepared, "print('late'); done.set()", code)
    assert prepared.run("go.set(); done.wait()").text() == "late\n"


def test_a_handler_of_an_earlier_cell_logs_in_the_cell_that_logs(
    prepared: RunningKernel,
) -> None:
    assert prepared.run("log.warning('here')").text() == "here\n"


def test_an_output_widget_in_a_thread_captures_for_its_cell(
    prepared: RunningKernel,
) -> None:
    pytest.importorskip("ipywidgets")
    prepared.run("import ipywidgets\nout = ipywidgets.Output()")
    action = "\n  with out: print('inside')"
    first = begin(prepared, action, BEGINNINGS["thread"])
    found = parents_of(prepared, prepared.execute("go.set(); worker.join()"))
    assert texts(found[first]) == "inside\n"
    states = [
        message["content"]["data"]["state"]
        for message in found[first]
        if message["msg_type"] == "comm_msg"
    ]
    assert states == [{"msg_id": first}, {"msg_id": ""}]


def test_a_bar_of_progress_in_a_thread_is_drawn_in_its_cell(
    prepared: RunningKernel,
) -> None:
    pytest.importorskip("tqdm")
    prepared.run("from tqdm import tqdm")
    action = "[None for _ in tqdm(range(3), file=sys.stdout)]"
    first = begin(prepared, action, BEGINNINGS["thread"])
    found = parents_of(prepared, prepared.execute("go.set(); worker.join()"))
    assert list(found) == [first]
    assert "3/3" in texts(found[first])


def test_a_task_of_an_earlier_cell_asks_that_cells_frontend(
    prepared: RunningKernel,
) -> None:
    code = """
        start = asyncio.Event()
        async def ask():
            await start.wait()
            return input('whose? ')
        task = asyncio.create_task(ask())
    """
    first = prepared.execute(code, allow_stdin=True)
    prepared.finish(first)
    second = prepared.execute("start.set()\nawait task", allow_stdin=False)
    asked = prepared.client.get_stdin_msg(timeout=PATIENCE)
    assert asked["parent_header"]["msg_id"] == first
    prepared.client.input("mine")
    assert prepared.finish(second).result == "'mine'"


def texts(messages: list[Json]) -> str:
    return "".join(
        message["content"]["text"]
        for message in messages
        if message["msg_type"] == "stream"
    )
