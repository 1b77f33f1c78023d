"""Subshells of the Python kernel (JEP 91): one namespace, and everything else their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import PATIENCE
from tests.subshells import finish_all, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Outcome, RunningKernel

pytestmark = pytest.mark.both_kernels

ECHO = """
import comm, threading
def opened(channel, message):
    def answer(m):
        print('handled')
        channel.send({'echo': m['content']['data']})
        released.set()
    channel.on_msg(answer)
comm.get_comm_manager().register_target('echo', opened)
"""

WAIT = (
    "import threading\nreleased = threading.Event()\nprint('waiting')\nreleased.wait()"
)
"""Keeps its shell busy, without a chance to do anything else, until another shell acts."""


@pytest.fixture
def waiting(kernel: RunningKernel) -> Iterator[str]:
    """The request that keeps the main shell busy; it ends with the test."""
    msg_id = started(kernel, kernel.execute(WAIT), "waiting")
    yield msg_id
    closing = kernel.open_subshell()
    kernel.run_in(closing, "released.set()")
    kernel.ask_control("delete_subshell_request", subshell_id=closing)


def history(kernel: RunningKernel, subshell_id: str, access: str, **fields: Any) -> Any:
    content = {"raw": True, "output": False, "hist_access_type": access, **fields}
    msg_id = kernel.send("history_request", content, subshell_id=subshell_id)
    return kernel.finish(msg_id).reply["history"]


# Beside the main shell.


def test_the_kernel_says_that_it_has_subshells(kernel: RunningKernel) -> None:
    info = kernel.ask("kernel_info_request")
    assert "kernel subshells" in info["supported_features"]


def test_a_subshell_runs_cells_while_the_main_shell_waits(
    kernel: RunningKernel, subshell: str
) -> None:
    """And one of them is what ends the wait: neither could go on alone."""
    waiting = started(kernel, kernel.execute(WAIT + "\n'released'"), "waiting")
    released, waited = finish_all(
        kernel, kernel.execute_in(subshell, "released.set(); 6 * 7"), waiting
    )
    assert (released.result, waited.result) == ("42", "'released'")


def test_the_shells_have_one_namespace(kernel: RunningKernel, subshell: str) -> None:
    kernel.run_in(subshell, "shared = ['from a subshell']")
    kernel.run("shared.append('from the main shell')")
    found = kernel.run_in(subshell, "shared").result
    assert found == "['from a subshell', 'from the main shell']"


@pytest.mark.ipython
def test_each_shell_counts_its_own_cells(kernel: RunningKernel, subshell: str) -> None:
    before = kernel.run("get_ipython().execution_count")
    replies = [
        kernel.run_in(subshell, "get_ipython().execution_count") for _ in range(2)
    ]
    assert [each.reply["execution_count"] for each in replies] == [1, 2]
    # While a cell runs, IPython has counted it already.
    assert [each.result for each in replies] == ["2", "3"]
    after = kernel.run("get_ipython().execution_count")
    assert after.reply["execution_count"] == before.reply["execution_count"] + 1
    assert int(after.result) == int(before.result) + 1


@pytest.mark.usefixtures("waiting")
def test_what_is_typed_in_a_subshell_is_completed_and_explained_meanwhile(
    kernel: RunningKernel, subshell: str
) -> None:
    content: dict[str, Any] = {"code": "len", "cursor_pos": 3}
    asked = kernel.send("complete_request", content, subshell_id=subshell)
    assert "len" in kernel.finish(asked).reply["matches"]
    content["detail_level"] = 0
    asked = kernel.send("inspect_request", content, subshell_id=subshell)
    assert kernel.finish(asked).reply["found"]


def test_a_subshell_may_have_the_first_request(fresh_kernel: RunningKernel) -> None:
    """It makes the shell, on its own thread, while the main thread goes on waiting."""
    subshell = fresh_kernel.open_subshell()
    first = fresh_kernel.run_in(subshell, "import asyncio\nawait asyncio.sleep(0, 1)")
    assert first.result == "1"
    assert fresh_kernel.run("await asyncio.sleep(0, 2)").result == "2"
    assert fresh_kernel.run("input()", "an answer").result == "'an answer'"
    fresh_kernel.client.shutdown()
    assert fresh_kernel.process.wait(PATIENCE) == 0


def test_the_first_requests_of_several_shells_may_come_together(
    fresh_kernel: RunningKernel,
) -> None:
    subshells = [fresh_kernel.open_subshell() for _ in range(3)]
    sent = [fresh_kernel.execute_in(each, "'here'") for each in subshells]
    outcomes = finish_all(fresh_kernel, fresh_kernel.execute("'here'"), *sent)
    assert [each.result for each in outcomes] == ["'here'"] * 4


@pytest.mark.ipython
def test_the_magic_tells_where_it_runs(kernel: RunningKernel, subshell: str) -> None:
    said = kernel.run_in(subshell, "%subshell").text()
    assert f"subshell id: {subshell}\n" in said
    assert f"'{subshell}'" in said.rpartition("subshell list: ")[2]
    assert "subshell id: None\n" in kernel.run("%subshell").text()


# Results, errors, payloads.


@pytest.mark.ipython
def test_results_of_a_subshell_leave_the_numbered_ones_alone(
    kernel: RunningKernel, subshell: str
) -> None:
    number = kernel.run("'of the main shell'").reply["execution_count"]
    for _ in range(number):
        kernel.run_in(subshell, "'of the subshell'")
    found = kernel.run(f"Out[{number}], _{number}, In[{number}], _i{number}").result
    value = "of the main shell"
    assert eval(found) == (value, value, repr(value), repr(value))


def test_the_last_result_is_the_last_of_all_shells(
    kernel: RunningKernel, subshell: str
) -> None:
    kernel.run("'one'")
    assert kernel.run_in(subshell, "_").result == "'one'"
    kernel.run_in(subshell, "'two'")
    assert kernel.run_in(subshell, "_").result == "'two'"
    assert kernel.run("_").result == "'two'"
    kernel.run("'three'")
    assert kernel.run_in(subshell, "_").result == "'three'"


@pytest.mark.ipython
def test_shells_that_work_at_the_same_time_keep_their_results_apart(
    kernel: RunningKernel,
) -> None:
    """Of IPython's one display hook, one compiler and one list of payloads."""
    shells = ["", kernel.open_subshell(), kernel.open_subshell()]
    sent = []
    expected = []
    for number in range(60):
        shell = shells[number % 3]
        code = (
            f"import asyncio\nget_ipython().set_next_input('{number}')\n"
            f"for n in range(20): await asyncio.sleep(0)\n"
            f"await asyncio.sleep(0, 'result {number}')"
        )
        sent.append(kernel.execute_in(shell, code) if shell else kernel.execute(code))
        expected.append((f"'result {number}'", str(number)))
    outcomes = finish_all(kernel, *sent)
    found = [(each.result, each.reply["payload"][0]["text"]) for each in outcomes]
    assert found == expected
    for shell in shells[1:]:
        kernel.ask_control("delete_subshell_request", subshell_id=shell)


def test_shells_that_fail_at_the_same_time_answer_with_their_own_errors(
    kernel: RunningKernel,
) -> None:
    shells = ["", kernel.open_subshell(), kernel.open_subshell()]
    code = "raise ValueError('{}')"
    sent = []
    for number in range(30):
        shell, content = shells[number % 3], {"stop_on_error": False}
        text = code.format(number)
        sent.append(
            kernel.execute_in(shell, text, **content)
            if shell
            else kernel.execute(text, **content)
        )
    outcomes = finish_all(kernel, *sent)
    assert [each.reply["evalue"] for each in outcomes] == [str(n) for n in range(30)]
    shown = [[error["evalue"] for error in each.of("error")] for each in outcomes]
    assert shown == [[str(n)] for n in range(30)]
    for shell in shells[1:]:
        kernel.ask_control("delete_subshell_request", subshell_id=shell)


def test_an_error_while_formatting_fails_the_cell_of_its_own_shell(
    kernel: RunningKernel, subshell: str
) -> None:
    code = "class Unfit:\n    def __repr__(self): raise ValueError('unfit')\nUnfit()"
    assert kernel.run_in(subshell, code).reply["evalue"] == "unfit"
    assert kernel.run("1").reply["status"] == "ok"


@pytest.mark.ipython
def test_reset_in_a_subshell_leaves_the_main_shell_its_inputs(
    fresh_kernel: RunningKernel,
) -> None:
    fresh_kernel.run("gone = 1")
    subshell = fresh_kernel.open_subshell()
    fresh_kernel.run_in(subshell, "%reset -f")
    assert fresh_kernel.run("gone").reply["ename"] == "NameError"
    assert fresh_kernel.run("In[1], len(In)").result == "('gone = 1', 4)"


# History.


@pytest.mark.ipython
def test_a_subshell_remembers_its_own_inputs(
    kernel: RunningKernel, subshell: str
) -> None:
    kernel.run("'typed in the main shell'")
    for code in ("'first beside'", "'second beside'"):
        kernel.run_in(subshell, code)
    found = history(kernel, subshell, "range", session=0, start=1, output=True)
    assert [entry[1:] for entry in found] == [
        [1, ["'first beside'"] * 2],
        [2, ["'second beside'"] * 2],
    ]
    assert "'first beside'" in kernel.run_in(subshell, "%history").text()
    mains = history(kernel, "", "range", session=0, start=1)
    assert "'first beside'" not in [entry[2] for entry in mains]


@pytest.mark.ipython
def test_a_subshell_finds_what_was_saved(kernel: RunningKernel, subshell: str) -> None:
    kernel.run("'to be found'")
    tail = history(kernel, subshell, "tail", n=1)
    assert [entry[2] for entry in tail] == ["'to be found'"]
    found = history(kernel, subshell, "search", pattern="*to be f*", n=5)
    assert "'to be found'" in [entry[2] for entry in found]


def test_a_subshell_that_ran_nothing_has_no_inputs(
    kernel: RunningKernel, subshell: str
) -> None:
    assert history(kernel, subshell, "range", session=0, start=1) == []


# Comms.


@pytest.mark.usefixtures("waiting")
def test_a_comm_message_is_handled_while_the_main_shell_waits(
    kernel: RunningKernel, subshell: str
) -> None:
    """As JupyterLab has it: a comm that a cell uses, and messages to a subshell."""
    kernel.run_in(subshell, ECHO)
    content = {"comm_id": "one", "target_name": "echo", "data": {}}
    opened = kernel.send("comm_open", content, subshell_id=subshell)
    kernel.finish(opened, replied=False)
    content = {"comm_id": "one", "data": {"n": 1}}
    sent = kernel.send("comm_msg", content, subshell_id=subshell)
    outcome = kernel.finish(sent, replied=False)
    assert outcome.text() == "handled\n"
    (answer,) = outcome.raw[-1:]
    assert answer["content"]["data"] == {"echo": {"n": 1}}
    assert answer["parent_header"]["subshell_id"] == subshell


def update(
    kernel: RunningKernel, subshell: str, model: str, state: dict[str, Any]
) -> Outcome:
    """Change a widget as JupyterLab does."""
    data = {"method": "update", "state": state, "buffer_paths": []}
    content = {"comm_id": model, "data": data}
    msg_id = kernel.send("comm_msg", content, subshell_id=subshell)
    return kernel.finish(msg_id, replied=False)


def test_a_slider_is_moved_while_the_main_shell_sleeps(
    kernel: RunningKernel, subshell: str
) -> None:
    pytest.importorskip("ipywidgets")
    kernel.run("import ipywidgets\nslider = ipywidgets.IntSlider(3)")
    kernel.run("slider.observe(lambda c: print('now', c['new']), 'value')")
    model = kernel.run("print(slider.comm.comm_id)").text().strip()
    sleeping = started(
        kernel, kernel.execute("import time; print('started'); time.sleep(1000)")
    )
    assert update(kernel, subshell, model, {"value": 9}).text() == "now 9\n"
    assert kernel.run_in(subshell, "slider.value").result == "9"
    kernel.manager.interrupt_kernel()
    assert kernel.finish(sleeping).reply["ename"] == "KeyboardInterrupt"


def test_interact_calls_its_function_while_the_main_shell_waits(
    kernel: RunningKernel, subshell: str
) -> None:
    pytest.importorskip("ipywidgets")
    kernel.run("import ipywidgets")
    code = "@ipywidgets.interact(x=(0, 10))\ndef double(x=1): print(2 * x)"
    kernel.run(code)
    model = kernel.run("print(double.widget.children[0].comm.comm_id)").text().strip()
    waiting = started(kernel, kernel.execute(WAIT), "waiting")
    outcome = update(kernel, subshell, model, {"value": 4})
    assert "8\n" in outcome.text()
    finish_all(kernel, waiting, kernel.execute_in(subshell, "released.set()"))


# Awaiting.


def test_cells_await_in_several_shells_at_the_same_time(
    kernel: RunningKernel, subshell: str
) -> None:
    code = (
        "import asyncio, threading\nmet = threading.Barrier(2)\n"
        "async def meet(name):\n"
        "    await asyncio.sleep(0.001)\n"
        "    await asyncio.to_thread(met.wait)\n"
        "    return name, id(asyncio.get_running_loop())"
    )
    kernel.run(code)
    sent = kernel.execute("await meet('main')")
    sent_beside = kernel.execute_in(subshell, "await meet('beside')")
    main, beside = finish_all(kernel, sent, sent_beside)
    name, loop = eval(main.result)
    name_beside, loop_beside = eval(beside.result)
    assert (name, name_beside) == ("main", "beside")
    assert loop != loop_beside


def test_a_subshell_sets_the_future_that_a_cell_awaits(
    kernel: RunningKernel, subshell: str
) -> None:
    """The future wakes its own loop, as nothing of asyncio's does by itself."""
    kernel.run("import asyncio\nfuture = asyncio.get_running_loop().create_future()")
    awaiting = started(kernel, kernel.execute("print('started')\nawait future"))
    setting = kernel.execute_in(subshell, "future.set_result('set beside')")
    awaited, _ = finish_all(kernel, awaiting, setting)
    assert awaited.result == "'set beside'"


def test_tasks_of_a_subshell_end_with_it(kernel: RunningKernel) -> None:
    subshell = kernel.open_subshell()
    kernel.run("import threading\nended = threading.Event()")
    kernel.run_in(
        subshell,
        "import asyncio\n"
        "async def last():\n"
        "    try: await asyncio.sleep(1000)\n"
        "    finally: ended.set()\n"
        "task = asyncio.create_task(last())\nawait asyncio.sleep(0)",
    )
    kernel.ask_control("delete_subshell_request", subshell_id=subshell)
    assert kernel.run(f"ended.wait({PATIENCE})").result == "True"


@pytest.mark.ipython
def test_threads_started_in_a_subshell_belong_to_it(
    kernel: RunningKernel, subshell: str
) -> None:
    code = (
        "import threading\n"
        "def work(): print('count', get_ipython().execution_count)\n"
        "thread = threading.Thread(target=work); thread.start(); thread.join()"
    )
    assert kernel.run_in(subshell, code).text() == "count 2\n"


# Input.


def test_input_in_a_subshell_is_asked_of_its_client(
    kernel: RunningKernel, subshell: str
) -> None:
    """While another client is asked by the main shell, and answers first."""
    asked = kernel.execute("input('main? ')", allow_stdin=True)
    question = kernel.client.get_stdin_msg(timeout=PATIENCE)
    assert question["content"]["prompt"] == "main? "
    other = kernel.manager.blocking_client()
    other.start_channels()
    message = other.session.msg(
        "execute_request", {"code": "input('beside? ')", "allow_stdin": True}
    )
    message["header"]["subshell_id"] = subshell
    other.shell_channel.send(message)
    question = other.get_stdin_msg(timeout=PATIENCE)
    assert question["content"]["prompt"] == "beside? "
    other.input("from the other")
    reply = other.get_shell_msg(timeout=PATIENCE)
    assert reply["content"]["status"] == "ok"
    other.stop_channels()
    kernel.client.input("from the first")
    assert kernel.finish(asked).result == "'from the first'"
    assert kernel.run("_").result == "'from the first'"


def test_a_thread_of_a_subshell_asks_too(kernel: RunningKernel, subshell: str) -> None:
    code = "import asyncio\nprint(await asyncio.to_thread(input))"
    request = kernel.execute_in(subshell, code, allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=PATIENCE)
    kernel.client.input("answered")
    assert kernel.finish(request).text() == "answered\n"


def test_the_kernel_ends_while_a_subshell_computes(
    fresh_kernel: RunningKernel,
) -> None:
    subshell = fresh_kernel.open_subshell()
    code = "print('started')\nwhile True: pass"
    started(fresh_kernel, fresh_kernel.execute_in(subshell, code))
    fresh_kernel.client.shutdown()
    assert fresh_kernel.process.wait(PATIENCE) == 0
