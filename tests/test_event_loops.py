"""A kernel that waits for requests in its interpreter's event loop, over real sockets.

`test_python_background` has the Python kernel's loop, and `tests/cpp/wait_test` the core.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import hear, start_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import RunningKernel

LOOPING = Path(__file__).parent / "data" / "looping.py"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningKernel]:
    kernel = start_program(LOOPING, tmp_path_factory.mktemp("looping"))
    yield kernel
    kernel.stop()


def test_the_loop_turns_between_requests(kernel: RunningKernel) -> None:
    hear(kernel, kernel.execute("tick 3"), "2 left\n1 left\n0 left\n")
    hear(kernel, kernel.execute("tick 1"), "0 left\n")


def test_a_thread_gives_the_loop_something_to_do(kernel: RunningKernel) -> None:
    hear(kernel, kernel.execute("let a thread tick"), "0 left\n")


def test_a_wait_that_raises_is_the_last_until_the_next_wake(
    kernel: RunningKernel,
) -> None:
    hear(kernel, kernel.execute("fail"), "failing\n")
    hear(kernel, kernel.execute("tick 1"), "0 left\n")


def test_an_interrupt_leaves_an_idle_loop_running(kernel: RunningKernel) -> None:
    msg_id = kernel.execute("tick 400")
    hear(kernel, msg_id, "399 left\n")
    kernel.manager.interrupt_kernel()
    hear(kernel, msg_id, "\n0 left\n")
