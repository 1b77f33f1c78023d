"""What the raw kernel answers while code is typed: completion, help, history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kernelwire.python.raw import names
from kernelwire.python.raw.completeness import is_complete
from kernelwire.python.raw.completion import complete
from kernelwire.python.raw.inspection import inspect

if TYPE_CHECKING:
    from tests.conftest import RunningKernel


class Box:
    """Holds a value."""

    def __init__(self) -> None:
        self.value = 1
        self._hidden = 2

    def method(self, x: int) -> int:
        """Add one."""
        return x + 1

    @property
    def costly(self) -> Any:
        pytest.fail("a property was called to complete")


NAMES: dict[str, Any] = {"box": Box(), "Box": Box, "box_of_bricks": 1, "ünï": 2}


def completed(code: str) -> tuple[list[str], int, int]:
    content = complete(NAMES, code, len(code)).content
    return content["matches"], content["cursor_start"], content["cursor_end"]


@pytest.mark.parametrize(
    ("code", "matches", "start"),
    [
        ("bo", ["bool", "box", "box_of_bricks"], 0),
        ("x = box_", ["box_of_bricks"], 4),
        ("'😀'; ün", ["ünï"], 5),
        ("box.va", ["value"], 4),
        ("box._h", ["_hidden"], 4),
        ("f(box.meth", ["method"], 6),
        ("Box.meth", ["method"], 4),
        ("box.costly.x", [], 11),
        ("box.nothing.x", [], 12),
        ("f().va", [], 6),
        ("box.value.real.bit_l", ["bit_length"], 15),
        ("12", [], 2),
        ("1.re", [], 4),
        ("", [], 0),
        ("whil", ["while"], 0),
        ("import itertoo", ["itertools"], 7),
        ("from sys import maxs", ["maxsize"], 16),
    ],
)
def test_what_may_stand_at_the_cursor_is_offered(
    code: str, matches: list[str], start: int
) -> None:
    assert completed(code) == (matches, start, len(code))


def test_names_with_an_underscore_are_for_those_who_ask() -> None:
    texts, _, _ = completed("box.")
    assert {"value", "method", "costly"} <= set(texts)
    assert not [text for text in texts if text.startswith("_")]
    assert "__init__" in completed("box.__")[0]


def test_completions_say_what_they_are() -> None:
    content = complete({**NAMES, "os": __import__("os")}, "x.bo", 4).content
    assert content["matches"] == []
    metadata = complete(NAMES, "Bo", 2).content["metadata"]
    (kind,) = metadata["_jupyter_types_experimental"]
    assert kind == {"start": 0, "end": 2, "text": "Box", "type": "class"}


def test_an_object_that_is_hostile_is_not_completed() -> None:
    class Hostile:
        def __dir__(self) -> list[str]:
            raise RuntimeError

        def __getattr__(self, name: str) -> Any:
            raise RuntimeError

    assert complete({"h": Hostile()}, "h.", 2).content["matches"] == []
    assert complete({"h": Hostile()}, "h.a.b", 5).content["matches"] == []


@pytest.mark.parametrize(
    ("code", "position", "name"),
    [
        ("print", 2, "print"),
        ("os.path.join", 12, "os.path.join"),
        ("os.path.join", 5, "os.path"),
        ("print(", 6, "print"),
        ("f(g(1, ", 7, "g"),
        ("f(g(1), ", 8, "f"),
        ("f([1, ", 6, "f"),
        ("", 0, ""),
        ("1 + ", 4, ""),
    ],
)
def test_the_name_at_the_cursor_is_found(code: str, position: int, name: str) -> None:
    assert names.around(code, position) == name


def test_help_has_the_signature_and_the_docstring() -> None:
    text = inspect(NAMES, "box.method", 10, 0).content["data"]["text/plain"]
    assert "Signature: method(x: 'int') -> 'int'" in text
    assert "Add one." in text


def test_more_help_has_the_source() -> None:
    text = inspect(NAMES, "box.method", 10, 1).content["data"]["text/plain"]
    assert "return x + 1" in text


def test_of_what_is_not_there_there_is_no_help() -> None:
    content = inspect(NAMES, "nothing", 7, 0).content
    assert (content["status"], content["found"]) == ("ok", False)


@pytest.mark.parametrize(
    ("code", "status", "indent"),
    [
        ("1", "complete", None),
        ("x = (", "incomplete", ""),
        ("for i in x:", "incomplete", "    "),
        ("for i in x:\n    pass", "incomplete", ""),
        ("for i in x:\n    f(i)", "incomplete", "    "),
        ("for i in x:\n    f(i)\n", "complete", None),
        ("match x:\n    case 1: pass", "incomplete", "    "),
        ("await f()", "complete", None),
        ("f(", "incomplete", ""),
        ("1 +* 2)", "invalid", None),
        ("x = '\0'", "invalid", None),
        ("'''", "incomplete", ""),
        ("", "complete", None),
        ("# comment", "complete", None),
    ],
)
def test_enter_runs_what_is_complete(
    code: str, status: str, indent: str | None
) -> None:
    from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT

    content = is_complete(code, PyCF_ALLOW_TOP_LEVEL_AWAIT).content
    assert (content["status"], content.get("indent")) == (status, indent)


# History, in the kernel.


def history(kernel: RunningKernel, access: str, **fields: Any) -> list[Any]:
    content = {"raw": True, "output": False, "hist_access_type": access, **fields}
    return list(kernel.ask("history_request", **content)["history"])


@pytest.fixture(scope="module")
def used(raw_kernel: RunningKernel) -> RunningKernel:
    """A kernel in which three cells have run, one of them silently."""
    raw_kernel.run("first = 1")
    raw_kernel.run("unseen = 1", silent=True)
    raw_kernel.run("second = 2")
    raw_kernel.run("first = 1")
    return raw_kernel


@pytest.mark.parametrize(
    ("access", "fields", "found"),
    [
        ("tail", {"n": 2}, [[1, 2, "second = 2"], [1, 3, "first = 1"]]),
        ("tail", {"n": 0}, []),
        ("tail", {"n": 1, "output": True}, [[1, 3, ["first = 1", None]]]),
        ("range", {"session": 0, "start": 2, "stop": 3}, [[1, 2, "second = 2"]]),
        ("range", {"session": 0, "start": -1, "stop": None}, [[1, 3, "first = 1"]]),
        ("range", {"session": 7, "start": 1, "stop": None}, []),
        ("search", {"pattern": "sec*", "n": 5}, [[1, 2, "second = 2"]]),
        (
            "search",
            {"pattern": "*", "n": 5, "unique": True},
            [[1, 2, "second = 2"], [1, 3, "first = 1"]],
        ),
    ],
)
def test_history_is_asked_for_in_three_ways(
    used: RunningKernel, access: str, fields: dict[str, Any], found: list[Any]
) -> None:
    assert history(used, access, **fields) == found
