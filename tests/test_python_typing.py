"""What the Python kernel answers while code is typed: completion, help, history."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import RunningKernel


def complete(kernel: RunningKernel, code: str, position: int | None = None) -> Any:
    position = len(code) if position is None else position
    return kernel.ask("complete_request", code=code, cursor_pos=position)


def inspect(kernel: RunningKernel, code: str, level: int = 0) -> Any:
    return kernel.ask(
        "inspect_request", code=code, cursor_pos=len(code), detail_level=level
    )


def plain(reply: Any) -> str:
    """The help in a reply, without colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", reply["data"]["text/plain"])


def history(kernel: RunningKernel, access: str, **fields: Any) -> list[Any]:
    content = {"raw": True, "output": False, "hist_access_type": access, **fields}
    return list(kernel.ask("history_request", **content)["history"])


# Completion.


def test_names_of_the_user_are_completed(kernel: RunningKernel) -> None:
    kernel.run("a_name_of_mine = 1")
    reply = complete(kernel, "x = a_name_o")
    assert reply["matches"] == ["a_name_of_mine"]
    assert (reply["cursor_start"], reply["cursor_end"]) == (4, 12)


def test_positions_count_characters(kernel: RunningKernel) -> None:
    """Not UTF-16 units, and not bytes of UTF-8: an emoji is one."""
    kernel.run("a_name_of_mine = 1")
    reply = complete(kernel, "'😀ü'; a_name_o")
    assert (reply["cursor_start"], reply["cursor_end"]) == (6, 14)


def test_completions_say_what_they_are(kernel: RunningKernel) -> None:
    kernel.run("def a_function_of_mine(x, y=2): pass")
    reply = complete(kernel, "a_function_of_m")
    (kind,) = reply["metadata"]["_jupyter_types_experimental"]
    assert kind["text"] == "a_function_of_mine"
    assert kind["type"] == "function"
    assert (kind["start"], kind["end"]) == (0, 15)


def test_completion_is_of_the_code_before_the_cursor(kernel: RunningKernel) -> None:
    assert "import" in complete(kernel, "impor + 1", 5)["matches"]


def test_where_nothing_fits_nothing_is_offered(kernel: RunningKernel) -> None:
    reply = complete(kernel, "there_is_no_such_name_at_al")
    assert (reply["status"], reply["matches"]) == ("ok", [])


@pytest.mark.parametrize("text", ["%tim", "%%timei", "import os; os.pat"])
def test_magics_and_attributes_are_completed(kernel: RunningKernel, text: str) -> None:
    assert complete(kernel, text)["matches"]


# Help.


def test_help_shows_the_signature_and_the_docstring(kernel: RunningKernel) -> None:
    kernel.run("def helpful(x):\n    '''Helps a lot.'''\n    return x")
    reply = inspect(kernel, "helpful")
    assert reply["found"]
    assert "Helps a lot." in plain(reply)
    assert "return x" not in plain(reply)
    assert "return x" in plain(inspect(kernel, "helpful", 1))


def test_help_for_an_unknown_name_is_not_found(kernel: RunningKernel) -> None:
    reply = inspect(kernel, "there_is_no_such_name")
    assert (reply["status"], reply["found"], reply["data"]) == ("ok", False, {})


def test_help_is_of_the_function_whose_call_is_open(kernel: RunningKernel) -> None:
    reply = kernel.ask(
        "inspect_request", code="sorted([1], ", cursor_pos=12, detail_level=0
    )
    assert "ascending" in reply["data"]["text/plain"]


# Completeness.


@pytest.mark.parametrize(
    ("code", "status", "indent"),
    [
        ("a = 1", "complete", None),
        ("def f():", "incomplete", "    "),
        ("if a:\n    b = (1,", "incomplete", "    "),
        ("'''open", "incomplete", ""),
        ("a b", "invalid", None),
        ("%%time", "incomplete", ""),
        ("%matplotlib inline", "complete", None),
    ],
)
def test_enter_runs_what_is_complete(
    kernel: RunningKernel, code: str, status: str, indent: str | None
) -> None:
    reply = kernel.ask("is_complete_request", code=code)
    assert (reply["status"], reply.get("indent")) == (status, indent)


# History.


def test_the_tail_of_history_ends_with_the_last_cell(kernel: RunningKernel) -> None:
    kernel.run("first = 1")
    kernel.run("second = 2")
    inputs = [entry[2] for entry in history(kernel, "tail", n=2)]
    assert inputs == ["first = 1", "second = 2"]


def test_history_with_output_has_the_results(kernel: RunningKernel) -> None:
    count = kernel.run("'a result'").reply["execution_count"]
    (entry,) = history(
        kernel, "range", session=0, start=count, stop=count + 1, output=True
    )
    assert entry[1:] == [count, ["'a result'", "'a result'"]]


def test_a_session_has_one_number_however_it_is_asked_for(
    kernel: RunningKernel,
) -> None:
    count = kernel.run("numbered = 1").reply["execution_count"]
    (last,) = history(kernel, "tail", n=1)
    where = {"start": count, "stop": count + 1}
    assert history(kernel, "range", session=0, **where) == [last]
    assert history(kernel, "range", session=last[0], **where) == [last]


def test_history_can_be_searched(kernel: RunningKernel) -> None:
    kernel.run("needle = 1")
    kernel.run("needle = 1")
    found = history(kernel, "search", pattern="needle*", n=10, unique=True)
    assert [entry[2] for entry in found] == ["needle = 1"]
    assert len(history(kernel, "search", pattern="needle*", n=10)) == 2
    assert history(kernel, "search", pattern="nothing like it*", n=10) == []


def test_history_is_as_typed_or_as_run(kernel: RunningKernel) -> None:
    count = kernel.run("%autoawait").reply["execution_count"]
    where = {"session": 0, "start": count, "stop": count + 1}
    assert history(kernel, "range", **where)[0][2] == "%autoawait"
    parsed = history(kernel, "range", raw=False, **where)[0][2]
    assert parsed.startswith("get_ipython().run_line_magic(")
