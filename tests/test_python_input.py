"""input() and getpass() on the Python kernel, answered over the stdin channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kernelwire.kernelspec import PYTHON_NAME

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

pytestmark = pytest.mark.both_kernels

PATIENCE = 60.0  # seconds


def test_input_returns_what_the_user_typed(kernel: RunningKernel) -> None:
    assert kernel.run("input('name? ')", "Ada").result == "'Ada'"


def test_input_can_be_asked_again(kernel: RunningKernel) -> None:
    assert kernel.run("[input() for _ in range(3)]", "a", "", "ü").result == (
        "['a', '', 'ü']"
    )


@pytest.mark.parametrize(
    ("code", "prompt", "password"),
    [
        ("input('q ')", "q ", False),
        ("input(42)", "42", False),
        ("import getpass; getpass.getpass()", "Password: ", True),
        ("import getpass; getpass.getpass('Key: ')", "Key: ", True),
    ],
    ids=["input", "any object", "getpass", "getpass with a prompt"],
)
def test_the_frontend_is_told_what_to_ask_and_how(
    kernel: RunningKernel, code: str, prompt: str, password: bool
) -> None:
    msg_id = kernel.execute(code, allow_stdin=True)
    asked = kernel.client.get_stdin_msg(timeout=PATIENCE)
    kernel.client.input("answer")
    assert kernel.finish(msg_id).result == "'answer'"
    assert asked["content"] == {"prompt": prompt, "password": password}


def test_text_is_shown_before_the_question(kernel: RunningKernel) -> None:
    msg_id = kernel.execute("print('before')\ninput()", allow_stdin=True)
    kernel.wait_for_output(msg_id, "before\n")
    kernel.client.get_stdin_msg(timeout=PATIENCE)
    kernel.client.input("x")
    assert kernel.finish(msg_id).reply["status"] == "ok"


@pytest.mark.ipython
@pytest.mark.parametrize("code", ["input()", "import getpass; getpass.getpass()"])
def test_a_frontend_without_stdin_is_not_asked(
    kernel: RunningKernel, code: str
) -> None:
    outcome = kernel.run(code)  # without an answer, and says so
    assert outcome.reply["ename"] == "StdinNotImplementedError"


def test_threads_ask_the_frontend_of_their_cell(kernel: RunningKernel) -> None:
    """As in ipykernel, and each thread gets the answer to its own question."""
    code = """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(input, f"{n}? ") for n in range(2)]
        print([each.result() for each in asked])
    """
    request = kernel.execute(code, allow_stdin=True)
    for _ in range(2):
        question = kernel.client.get_stdin_msg(timeout=PATIENCE)
        answer = {"value": question["content"]["prompt"].strip("? ")}
        reply = kernel.client.session.msg("input_reply", answer, parent=question)
        kernel.client.stdin_channel.send(reply)
    assert kernel.finish(request).text() == "['0', '1']\n"


def test_a_thread_may_ask_when_its_cell_is_done(kernel: RunningKernel) -> None:
    code = """
        import threading
        asked, answered = threading.Event(), []
        def work(): asked.wait(); answered.append(input())
        thread = threading.Thread(target=work)
        thread.start()
    """
    kernel.finish(kernel.execute(code, allow_stdin=True))
    kernel.run("asked.set()")
    kernel.client.get_stdin_msg(timeout=PATIENCE)
    kernel.client.input("late")
    assert kernel.run("thread.join(); answered").result == "['late']"


def test_a_kernel_ends_though_a_thread_asks(fresh_kernel: RunningKernel) -> None:
    code = "import threading; threading.Thread(target=input).start()"
    fresh_kernel.finish(fresh_kernel.execute(code, allow_stdin=True))
    fresh_kernel.client.get_stdin_msg(timeout=PATIENCE)
    fresh_kernel.ask_control("shutdown_request", restart=False)
    assert fresh_kernel.process.wait(PATIENCE) == 0


def test_an_interrupt_ends_the_question(kernel: RunningKernel) -> None:
    msg_id = kernel.execute("input('never answered ')", allow_stdin=True)
    kernel.client.get_stdin_msg(timeout=PATIENCE)
    kernel.manager.interrupt_kernel()
    assert kernel.finish(msg_id).reply["ename"] == "KeyboardInterrupt"
    assert kernel.run("input()", "asked anew").result == "'asked anew'"


def test_the_debugger_is_driven_by_input(kernel: RunningKernel) -> None:
    code = "def f():\n    local = 7\n    breakpoint()\n    return local\nf()"
    outcome = kernel.run(code, "p local + 1", "c")
    assert outcome.result == "7"
    assert "8\n" in outcome.text()


@pytest.mark.ipython
def test_post_mortem_debugging_is_driven_by_input(kernel: RunningKernel) -> None:
    kernel.run("def g(x):\n    return 1 / x\ng(0)")
    assert "x = 0" in kernel.run("%debug", "print('x =', x)", "q").text()


@pytest.mark.ipython
def test_the_name_of_the_kernel_is_the_kernelspecs(kernel: RunningKernel) -> None:
    assert kernel.manager.kernel_name == PYTHON_NAME


def test_a_question_waits_for_a_client_whose_stdin_connects_later(
    kernel: RunningKernel,
) -> None:
    """libzmq drops what is for a peer that it does not know yet, so a cell hung for ever."""
    late = kernel.manager.blocking_client()
    late.start_channels(stdin=False, hb=False)
    late.wait_for_ready(timeout=PATIENCE)
    request = late.execute("print('asks', flush=True)\ninput()", allow_stdin=True)
    kernel.wait_for_output(request, "asks")
    late.stdin_channel.start()
    question = late.get_stdin_msg(timeout=PATIENCE)
    assert question["parent_header"]["msg_id"] == request
    late.input("answered")
    assert late.get_shell_msg(timeout=PATIENCE)["content"]["status"] == "ok"
    late.stop_channels()
