"""Running cells on the raw kernel: what is shown, what is remembered, what goes wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Outcome, RunningKernel


def traceback_of(outcome: Outcome) -> str:
    """The traceback of a failed cell, without colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(outcome.reply["traceback"]))


# What is shown.


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("6 * 7", ["42"]),
        ("1\n2", ["2"]),
        ("x = 1", []),
        ("x = 1; x", ["1"]),
        ("None", []),
        ("1;", []),
        ("1;  # a; b", []),
        ("'ä';", []),
        ("1  # ;", ["1"]),
        ("';'", ["';'"]),
        ("(1\n );", []),
        ("1;\r\n", []),
        ("for i in range(2): i", []),
        ("if True:\n    1", []),
        ("", []),
        ("# nothing", []),
        ("    6 * 7", ["42"]),
        ("import asyncio\nawait asyncio.sleep(0, 'done')", ["'done'"]),
        ("await asyncio.sleep(0, 'done');", []),
    ],
)
def test_the_value_of_a_last_expression_is_shown(
    raw_kernel: RunningKernel, code: str, shown: list[str]
) -> None:
    outcome = raw_kernel.run(code)
    results = outcome.of("execute_result")
    assert outcome.reply["status"] == "ok"
    assert [each["data"]["text/plain"] for each in results] == shown


def test_results_have_names_as_at_the_prompt(fresh_raw_kernel: RunningKernel) -> None:
    kernel = fresh_raw_kernel
    kernel.run("'first'")
    kernel.run("'second'")
    kernel.run("None")
    assert kernel.run("_, __").result == "('second', 'first')"


def test_a_name_of_the_users_is_not_taken_for_results(
    fresh_raw_kernel: RunningKernel,
) -> None:
    fresh_raw_kernel.run("_ = str.upper")
    fresh_raw_kernel.run("1")
    assert fresh_raw_kernel.run("_('gettext')").result == "'GETTEXT'"


def test_a_displayhook_of_the_users_is_called(fresh_raw_kernel: RunningKernel) -> None:
    fresh_raw_kernel.run("import sys\nsys.displayhook = lambda v: print('mine', v)")
    outcome = fresh_raw_kernel.run("5")
    assert (outcome.text(), outcome.kinds) == ("mine 5\n", ["stream"])


def test_cells_run_in_main(raw_kernel: RunningKernel) -> None:
    raw_kernel.run("import pickle, sys\nclass Mine: pass")
    assert raw_kernel.run("pickle.loads(pickle.dumps(Mine)) is Mine").result == "True"
    assert raw_kernel.run("sys.modules['__main__'].Mine is Mine").result == "True"


def test_nothing_is_defined_that_the_user_did_not_define(
    fresh_raw_kernel: RunningKernel,
) -> None:
    names = fresh_raw_kernel.run("sorted(dir())").result
    assert names == str(
        ["__builtins__", "__doc__", "__loader__", "__name__", "__package__", "__spec__"]
    )


def test_a_future_import_holds_for_later_cells(fresh_raw_kernel: RunningKernel) -> None:
    fresh_raw_kernel.run("from __future__ import annotations")
    fresh_raw_kernel.run("def f(x: undefined): pass")
    assert fresh_raw_kernel.run("f.__annotations__").result == "{'x': 'undefined'}"


def test_a_cell_that_is_indented_as_a_whole_runs(raw_kernel: RunningKernel) -> None:
    """Code is pasted from within functions; IPython takes the margin off, too."""
    code = "    if True:\n        print('pasted')\n    print('too')\n"
    assert raw_kernel.run(code).text() == "pasted\ntoo\n"


def test_a_warning_is_shown_for_each_cell_that_causes_it(
    raw_kernel: RunningKernel,
) -> None:
    """Python shows it once for a line, and cells all begin with line 1."""
    for _ in range(2):
        shown = raw_kernel.run("import warnings; warnings.warn('old')").text("stderr")
        assert "UserWarning: old" in shown


def test_expressions_are_evaluated_for_the_reply(raw_kernel: RunningKernel) -> None:
    expressions = {"good": "6 * 7", "bad": "1 / 0"}
    found = raw_kernel.run("", user_expressions=expressions).reply["user_expressions"]
    assert found["good"]["data"] == {"text/plain": "42"}
    assert (found["bad"]["status"], found["bad"]["ename"]) == (
        "error",
        "ZeroDivisionError",
    )


def test_a_silent_cell_has_no_number_and_no_result(raw_kernel: RunningKernel) -> None:
    before = raw_kernel.run("pass").reply["execution_count"]
    assert raw_kernel.run("'unseen'", silent=True).messages == []
    assert raw_kernel.run("pass").reply["execution_count"] == before + 1


# What goes wrong.


def test_a_traceback_shows_the_lines_of_all_cells_and_no_frame_of_the_kernel(
    fresh_raw_kernel: RunningKernel,
) -> None:
    fresh_raw_kernel.run("def inverse(x):\n    return 1 / x")
    outcome = fresh_raw_kernel.run("1\ninverse(0)")
    lines = [line for line in traceback_of(outcome).split("\n") if "^" not in line]
    assert lines == [
        "Traceback (most recent call last):",
        '  File "<cell 2>", line 2, in <module>',
        "    inverse(0)",
        '  File "<cell 1>", line 2, in inverse',
        "    return 1 / x",
        "ZeroDivisionError: division by zero",
    ]
    assert outcome.of("error")[0]["traceback"] == outcome.reply["traceback"]


def test_a_function_of_a_silent_cell_keeps_its_source(
    fresh_raw_kernel: RunningKernel,
) -> None:
    """A silent cell has the number of the one before it, whose text is another."""
    fresh_raw_kernel.run("pass")
    fresh_raw_kernel.run("def hidden():\n    raise ValueError", silent=True)
    assert "    raise ValueError\n" in traceback_of(fresh_raw_kernel.run("hidden()"))


@pytest.mark.parametrize(
    "code",
    [
        "%time 1",
        "%%time\n1",
        "!ls",
        "files = !ls",
        "here = %pwd",
        "len?",
        "?len",
        "x = 1\n%time x",
    ],
)
def test_what_only_ipython_has_is_refused_in_words(
    raw_kernel: RunningKernel, code: str
) -> None:
    reply = raw_kernel.run(code).reply
    assert reply["ename"] == "SyntaxError"
    assert "raw mode has no magics" in reply["evalue"]
    assert "'Python 3 (kernelwire)'" in reply["evalue"]


def test_other_mistakes_are_what_python_says_of_them(raw_kernel: RunningKernel) -> None:
    reply = raw_kernel.run("1 % %").reply
    assert (reply["ename"], "magics" in reply["evalue"]) == ("SyntaxError", False)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("'a\\0b' + chr(0).join('ab') + 1", "TypeError"),
        ("x = '\0'", "SyntaxError|ValueError"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("(" * 300, "SyntaxError"),
        ("-" * 100_000 + "1", "MemoryError|RecursionError|SyntaxError"),
        ("class E(Exception):\n  def __str__(self): 1 / 0\nraise E", "E"),
        ("def f(): f()\nf()", "RecursionError"),
    ],
    ids=lambda text: text[:12],
)
def test_the_kernel_survives(raw_kernel: RunningKernel, code: str, name: str) -> None:
    assert re.fullmatch(name, raw_kernel.run(code).reply["ename"])
    assert raw_kernel.run("'alive'").result == "'alive'"


def test_colours_can_be_switched_off(fresh_raw_kernel: RunningKernel) -> None:
    def is_coloured() -> bool:
        return "\x1b" in "".join(fresh_raw_kernel.run("1 / 0").reply["traceback"])

    assert is_coloured()
    fresh_raw_kernel.run("import os; os.environ['NO_COLOR'] = '1'")
    assert not is_coloured()


def test_an_error_can_be_looked_at_afterwards(raw_kernel: RunningKernel) -> None:
    raw_kernel.run("def g(x):\n    return 1 / x\ng(0)")
    assert (
        "x = 0" in raw_kernel.run("import pdb; pdb.pm()", "print('x =', x)", "q").text()
    )


def test_a_frontend_without_stdin_is_not_asked(raw_kernel: RunningKernel) -> None:
    outcome = raw_kernel.run("input()")
    assert outcome.reply["ename"] == "StdinRefused"
    assert "stdin.py" not in traceback_of(outcome)


@pytest.mark.parametrize("fresh", ["fresh_raw_kernel", "fresh_kernel"])
def test_an_interrupt_during_the_kernels_own_imports_waits_for_their_end(
    fresh: str, request: pytest.FixtureRequest
) -> None:
    """An awaiting cell has asyncio imported, and was interrupted in the middle of it.

    From then on, cells that used asyncio ended with errors of half a module.
    """
    kernel: RunningKernel = request.getfixturevalue(fresh)
    kernel.run("""
        import os, signal, sys
        class Interrupting:
            def find_spec(self, name, path=None, target=None):
                if name == 'asyncio.base_events':
                    os.kill(os.getpid(), signal.SIGINT)
        sys.meta_path.insert(0, Interrupting())
    """)
    code = "async def f(): return 'ran'\nawait f()"
    assert kernel.run(code).reply["ename"] == "KeyboardInterrupt"
    assert kernel.run(code).result == "'ran'"
    assert kernel.run("import asyncio; await asyncio.sleep(0, 1)").result == "1"


def test_exit_ends_the_cell_and_the_kernel(fresh_raw_kernel: RunningKernel) -> None:
    outcome = fresh_raw_kernel.run("print('said')\nexit()\nprint('not said')")
    assert outcome.reply["payload"] == [{"source": "ask_exit", "keepkernel": False}]
    assert outcome.text() == "said\n"
    assert fresh_raw_kernel.process.wait(timeout=60) == 0


def test_exit_alone_says_how_it_is_used(raw_kernel: RunningKernel) -> None:
    assert raw_kernel.run("quit").result == "Use quit() to end the kernel"
