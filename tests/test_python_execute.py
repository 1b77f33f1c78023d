"""Running cells on the Python kernel: results, errors, counting, awaiting, magics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import RunningKernel


# Results and counting.


def test_the_value_of_the_last_expression_is_the_result(kernel: RunningKernel) -> None:
    outcome = kernel.run("a = 6\na * 7")
    (content,) = outcome.of("execute_result")
    assert content["data"] == {"text/plain": "42"}
    assert content["execution_count"] == outcome.reply["execution_count"]


@pytest.mark.parametrize("code", ["1;", "1; # one", "x = 1", "None", "pass"])
def test_nothing_is_shown_where_there_is_no_value(
    kernel: RunningKernel, code: str
) -> None:
    assert kernel.run(code).of("execute_result") == []


def test_a_semicolon_inside_the_cell_does_not_silence_it(kernel: RunningKernel) -> None:
    assert kernel.run("a = 1; 'b;' # c;").result == "'b;'"


def test_out_keeps_the_results(kernel: RunningKernel) -> None:
    count = kernel.run("'kept'").reply["execution_count"]
    assert kernel.run(f"Out[{count}], _{count}, _").result == "('kept', 'kept', 'kept')"


def test_every_cell_is_counted(kernel: RunningKernel) -> None:
    before = kernel.run("pass").reply["execution_count"]
    assert kernel.run("1/0").reply["execution_count"] == before + 1
    assert kernel.run("len(In) - 1").result == str(before + 2)


def test_an_empty_cell_is_not_counted(kernel: RunningKernel) -> None:
    before = kernel.run("pass").reply["execution_count"]
    assert kernel.run("").reply["execution_count"] == before
    assert kernel.run("pass").reply["execution_count"] == before + 1


def test_a_cell_that_is_not_stored_is_not_counted(kernel: RunningKernel) -> None:
    before = kernel.run("pass").reply["execution_count"]
    outcome = kernel.run("'shown'", store_history=False)
    assert outcome.result == "'shown'"
    assert kernel.run("pass").reply["execution_count"] == before + 1
    history = kernel.ask("history_request", hist_access_type="tail", n=3)["history"]
    assert "'shown'" not in [entry[2] for entry in history]


def test_a_reset_leaves_the_main_module_a_module(fresh_kernel: RunningKernel) -> None:
    """IPython's takes `__spec__` away, for which multiprocessing looks."""
    assert fresh_kernel.run("%reset -f").reply["status"] == "ok"
    code = (
        "import multiprocessing as mp; mp.get_context('spawn').Pool(1).map(abs, [-4])"
    )
    assert fresh_kernel.run(code).result == "[4]"
    assert fresh_kernel.run("%who").text() == "mp\t \n"


def test_the_count_follows_a_shell_that_starts_again(
    fresh_kernel: RunningKernel,
) -> None:
    """IPython counts the cell that resets it (8.20) or does not (9.18)."""
    for _ in range(3):
        fresh_kernel.run("pass")
    fresh_kernel.run("get_ipython().reset(new_session=True)")
    (content,) = fresh_kernel.run("'again'").of("execute_result")
    assert content["execution_count"] in (1, 2)


def test_a_silent_cell_runs_and_shows_no_result(kernel: RunningKernel) -> None:
    before = kernel.run("pass").reply["execution_count"]
    outcome = kernel.run("quiet = 3; quiet", silent=True)
    assert outcome.messages == []
    assert kernel.run("quiet").result == "3"
    assert kernel.run("pass").reply["execution_count"] == before + 2


def test_user_expressions_are_evaluated_after_the_cell(kernel: RunningKernel) -> None:
    outcome = kernel.run("b = 5", user_expressions={"sum": "b + 1", "bad": "nope"})
    values = outcome.reply["user_expressions"]
    assert values["sum"]["data"] == {"text/plain": "6"}
    assert (values["bad"]["status"], values["bad"]["ename"]) == ("error", "NameError")


# Errors.


def test_an_error_is_shown_once_and_is_in_the_reply(kernel: RunningKernel) -> None:
    outcome = kernel.run("def f():\n    raise KeyError('k')\nf()")
    (shown,) = outcome.of("error")
    reply = outcome.reply
    assert reply["status"] == "error"
    assert (shown["ename"], shown["evalue"]) == ("KeyError", "'k'")
    assert {name: reply[name] for name in shown} == shown
    assert "line 2" in "".join(shown["traceback"]).replace("\x1b[32m", "")


@pytest.mark.parametrize(
    ("code", "ename"),
    [
        ("def f(:", "SyntaxError"),
        ("if 1:\nx", "IndentationError"),
        ("%nosuchmagic", "UsageError"),
        ("import nosuchmodule", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("raise ExceptionGroup('g', [ValueError(1)])", "ExceptionGroup"),
        ("await nothing", "NameError"),
        ("import asyncio; await asyncio.wait_for(asyncio.sleep(9), 0)", "TimeoutError"),
    ],
    ids=lambda value: value if value.isidentifier() else "",
)
def test_every_kind_of_error_is_shown_as_one_error(
    kernel: RunningKernel, code: str, ename: str
) -> None:
    outcome = kernel.run(code)
    assert [each["ename"] for each in outcome.of("error")] == [ename]
    assert outcome.reply["ename"] == ename
    assert outcome.reply["traceback"]


SILENT = "get_ipython().set_custom_exc((ZeroDivisionError,), lambda *_, **__: None)"
OWN_WAY = """
    from IPython.display import HTML, display
    def show(*_):
        display(HTML("<b>it failed</b>"))
    get_ipython()._showtraceback = show
"""


@pytest.mark.parametrize(
    ("code", "undo", "kinds"),
    [
        (OWN_WAY, "del get_ipython()._showtraceback", ["display_data"]),
        (SILENT, "get_ipython().set_custom_exc((), None)", []),
    ],
    ids=["another way", "silence"],
)
def test_an_error_that_others_have_dealt_with_is_not_shown_once_more(
    kernel: RunningKernel, code: str, undo: str, kinds: list[str]
) -> None:
    """After rich.traceback.install() each error was shown twice.

    rich replaces the shell's method that shows tracebacks and displays its own; the
    kernel, to which nothing had been shown as an error, added the one of the reply,
    without its traceback. ipykernel leaves it at what was displayed.
    """
    assert kernel.run(code).reply["status"] == "ok"
    outcome = kernel.run("1 / 0")
    assert outcome.kinds == kinds
    assert (outcome.reply["status"], outcome.reply["ename"]) == (
        "error",
        "ZeroDivisionError",
    )
    kernel.run(undo)
    assert kernel.run("1 / 0").kinds == ["error"]


def test_the_traceback_of_a_group_shows_no_frame_of_ipython(
    kernel: RunningKernel,
) -> None:
    outcome = kernel.run("raise ExceptionGroup('g', [ValueError('inner')])")
    traceback = "\n".join(outcome.reply["traceback"])
    assert "ValueError: inner" in traceback
    assert "interactiveshell" not in traceback


def test_an_exception_without_a_text_does_no_harm(kernel: RunningKernel) -> None:
    code = """
        class Mute(Exception):
            def __str__(self):
                raise RuntimeError
        raise Mute
    """
    assert kernel.run(code).reply["status"] == "error"
    assert kernel.run("1").result == "1"


def test_an_error_in_a_repr_fails_the_cell_and_shows_the_rest(
    kernel: RunningKernel,
) -> None:
    code = """
        class Half:
            def _repr_html_(self):
                raise ValueError('no html')
            def __repr__(self):
                return 'plain'
        Half()
    """
    outcome = kernel.run(code)
    assert outcome.result == "plain"
    assert outcome.reply["ename"] == "ValueError"


def test_a_traceback_that_the_user_shows_does_not_fail_the_cell(
    kernel: RunningKernel,
) -> None:
    code = "try: 1/0\nexcept ZeroDivisionError: get_ipython().showtraceback()"
    outcome = kernel.run(code)
    assert [each["ename"] for each in outcome.of("error")] == ["ZeroDivisionError"]
    assert outcome.reply["status"] == "ok"


def test_after_an_error_the_cells_queued_behind_it_are_aborted(
    kernel: RunningKernel,
) -> None:
    first = kernel.execute("input_never_comes")
    second = kernel.execute("ran = True")
    assert kernel.finish(first).reply["status"] == "error"
    assert kernel.finish(second).reply["status"] == "aborted"


def test_a_cell_sent_after_the_error_was_answered_runs(kernel: RunningKernel) -> None:
    """Only what waited already is aborted; the user has seen the error and goes on."""
    for n in range(20):
        assert kernel.run("1/0").reply["status"] == "error"
        assert kernel.run(f"{n}").reply["status"] == "ok"


# Awaiting.


def test_a_cell_can_await(kernel: RunningKernel) -> None:
    assert kernel.run("import asyncio\nawait asyncio.sleep(0, 'woken')").result == (
        "'woken'"
    )


def test_a_task_made_by_a_cell_without_await_goes_on_in_later_cells(
    kernel: RunningKernel,
) -> None:
    kernel.run("import asyncio\ntask = asyncio.create_task(asyncio.sleep(0, 'done'))")
    assert kernel.run("await task").result == "'done'"


def test_a_task_takes_its_first_step_in_the_cell_that_made_it(
    kernel: RunningKernel,
) -> None:
    code = """
        async def step():
            print('stepped')
        import asyncio
        task = asyncio.create_task(step())
    """
    assert kernel.run(code).text() == "stepped\n"


def test_every_cell_finds_the_same_loop_running(kernel: RunningKernel) -> None:
    kernel.run("import asyncio\nloop = asyncio.get_running_loop()")
    code = "await asyncio.sleep(0)\nloop is asyncio.get_running_loop()"
    assert kernel.run(code).result == "True"
    code = "loop is asyncio.get_event_loop(), loop.is_running()"
    assert kernel.run(code).result == "(True, True)"


def test_a_context_variable_set_by_an_awaiting_cell_is_set_in_the_next(
    kernel: RunningKernel,
) -> None:
    code = "import asyncio, decimal\nawait asyncio.sleep(0)\n"
    kernel.run(code + "decimal.getcontext().prec = 7")
    kernel.run(code + "decimal.setcontext(decimal.Context(prec=9))")
    assert kernel.run("decimal.getcontext().prec").result == "9"


def test_a_cell_may_run_an_awaiting_cell(kernel: RunningKernel) -> None:
    code = "get_ipython().run_cell('import asyncio; await asyncio.sleep(0)').success"
    assert kernel.run(code).result == "True"


# IPython.


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("%timeit -n1 -r1 pass", "per loop"),
        ("%autoawait", "asyncio"),
        ("%%time\nprint('timed')", "timed"),
        ("%%sh\necho shell", "shell"),
        ("!echo command", "command"),
        ("name = 'value'\n!echo {name}", "value"),
        ("%%capture kept\nprint('kept')\n", ""),
        ("%history -n -l 1", ":"),
    ],
)
def test_magics_write_what_they_write(
    kernel: RunningKernel, code: str, text: str
) -> None:
    outcome = kernel.run(code)
    assert outcome.reply["status"] == "ok"
    assert text in outcome.text()


def test_the_exit_status_of_a_command_is_kept(kernel: RunningKernel) -> None:
    kernel.run("!exit 3")
    assert kernel.run("_exit_code").result == "3"


def test_a_module_beside_the_notebook_can_be_imported(kernel: RunningKernel) -> None:
    kernel.run("%%writefile beside.py\nfound = 'beside'")
    assert kernel.run("import beside; beside.found").result == "'beside'"


def test_a_module_of_the_users_does_not_hide_one_the_kernel_needs(
    jupyter_environment: dict[str, str], tmp_path: Any
) -> None:
    """A notebook's directory may hold a comm.py or a decimal.py of the user's own."""
    from tests.conftest import start_kernel

    for name in ("comm", "asyncio", "signal", "decimal", "queue"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the user has this')\n")
    kernel = start_kernel(jupyter_environment, tmp_path)
    try:
        assert kernel.run("import queue; queue.Queue.__name__").result == "'Queue'"
    finally:
        kernel.stop()


@pytest.mark.parametrize(
    ("code", "payload"),
    [
        ("exit", {"source": "ask_exit", "keepkernel": False}),
        ("quit(keep_kernel=True)", {"source": "ask_exit", "keepkernel": True}),
        (
            "get_ipython().set_next_input('n', replace=True)",
            {"source": "set_next_input", "text": "n", "replace": True},
        ),
        (
            "%edit -n 3 /nowhere/a.py",
            {"source": "edit_magic", "filename": "/nowhere/a.py", "line_number": 3},
        ),
    ],
    ids=["exit", "keep_kernel", "set_next_input", "edit"],
)
def test_frontends_are_asked_by_payload(
    fresh_kernel: RunningKernel, code: str, payload: dict[str, Any]
) -> None:
    outcome = fresh_kernel.run(code)
    assert outcome.reply["payload"] == [payload]
    assert outcome.messages == []


def test_help_is_shown_in_the_pager(kernel: RunningKernel) -> None:
    (payload,) = kernel.run("sorted?").reply["payload"]
    assert payload["source"] == "page"
    assert "ascending order" in payload["data"]["text/plain"]
    assert kernel.run("pass").reply["payload"] == []


def test_libraries_take_the_kernel_for_a_notebook(kernel: RunningKernel) -> None:
    """pandas and rich look at the name of the shell's class."""
    assert kernel.run("type(get_ipython()).__name__").result == "'ZMQInteractiveShell'"
    assert kernel.run("'IPKernelApp' in get_ipython().config").result == "True"


def test_libraries_find_the_request_they_run_for(kernel: RunningKernel) -> None:
    msg_id = kernel.execute("get_ipython().kernel.get_parent()['header']['msg_id']")
    assert kernel.finish(msg_id).result == repr(msg_id)


def test_a_gui_that_cannot_run_is_refused_in_a_line(kernel: RunningKernel) -> None:
    outcome = kernel.run("%gui nosuchgui")
    assert "nosuchgui" in outcome.text("stderr") + str(outcome.of("error"))
