"""The calculator in C++, as Jupyter starts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import RunningKernel

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningKernel]:
    from tests.native import cpp_build, start

    place = cpp_build(tmp_path_factory) / "cpp" / "examples" / "calculator"
    kernel = start(place / "calculator_kernel", tmp_path_factory.mktemp("calculator"))
    yield kernel
    kernel.stop()


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("2 + 3 * -4", "-10"),
        ("(2 + 3) * 4 / 8", "2.5"),
        (" 1.5e3 - 1 - 1 ", "1498"),
        ("2 * pi", "6.28319"),
        ("1 / 0", "inf"),
    ],
)
def test_sums_have_results(kernel: RunningKernel, code: str, shown: str) -> None:
    assert kernel.run(code).result == shown


def test_names_keep_their_values(kernel: RunningKernel) -> None:
    assert kernel.run("side = 2 * 3").of("execute_result") == []
    kernel.run("side = side + 1")
    assert kernel.run("side * side").result == "49"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("", "a number is missing"),
        ("1 +", "a number is missing"),
        ("(1", "a ( has no )"),
        ("1 2", "not a sum"),
        ("unheard", "unknown name"),
        ("1 = 2", "a name is missing"),
    ],
)
def test_what_is_wrong_is_said(kernel: RunningKernel, code: str, why: str) -> None:
    (error,) = kernel.run(code, stop_on_error=False).of("error")
    assert (error["ename"], error["evalue"]) == ("SyntaxError", why)
