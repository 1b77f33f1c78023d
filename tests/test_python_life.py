"""The life of a Python kernel: how it starts, restarts and ends."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from ast import literal_eval
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RunningKernel

PATIENCE = 60.0  # seconds

# Whatever takes long to import; none of it may be before kernel_info.
HEAVY = {"IPython", "asyncio", "traitlets", "zmq", "jupyter_client", "comm"}


def test_nothing_heavy_is_imported_before_the_sockets_are_bound() -> None:
    """Importing IPython takes longer than all the rest of starting a kernel."""
    code = (
        "import sys; before = set(sys.modules)\n"
        "import kernelwire.python.interpreter\n"
        "print(*set(sys.modules) - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert HEAVY.isdisjoint(done.stdout.split())


def test_a_cell_that_does_not_await_needs_no_asyncio(
    fresh_kernel: RunningKernel,
) -> None:
    """asyncio takes as long to import as a third of IPython."""
    names = {"asyncio", "ssl", "concurrent.futures", "subprocess"}
    found = fresh_kernel.run(f"import sys; {names} & set(sys.modules)")
    assert found.result == "set()"
    assert fresh_kernel.run("await answer()").reply["ename"] == "NameError"
    assert fresh_kernel.run("'asyncio' in sys.modules").result == "True"


def test_a_loop_runs_as_soon_as_a_cell_has_imported_asyncio(
    fresh_kernel: RunningKernel,
) -> None:
    made = fresh_kernel.run(
        "import asyncio; task = asyncio.create_task(asyncio.sleep(0))"
    )
    assert made.reply["status"] == "ok"
    assert fresh_kernel.run("await task; task.done()").result == "True"


def test_garbage_is_collected_once_the_kernel_has_started(
    fresh_kernel: RunningKernel,
) -> None:
    """It is not while IPython is imported, which would take longer."""
    found = fresh_kernel.run("import gc; gc.isenabled(), gc.get_freeze_count()")
    assert found.result == "(True, 0)"


def test_the_version_in_the_banner_is_ipythons_own() -> None:
    import IPython

    from kernelwire.python.interpreter import ipython_version

    assert ipython_version() == IPython.__version__


def test_kernel_info_names_python_and_ipython(kernel: RunningKernel) -> None:
    info = kernel.ask("kernel_info_request")
    version = ".".join(map(str, sys.version_info[:3]))
    assert info["implementation"] == "ipython"
    assert info["language_info"] == {
        "name": "python",
        "version": version,
        "mimetype": "text/x-python",
        "file_extension": ".py",
        "pygments_lexer": "ipython3",
        "codemirror_mode": {"name": "ipython", "version": 3},
        "nbconvert_exporter": "python",
    }
    assert f"Python {version}" in info["banner"]
    assert {"text", "url"} == set(info["help_links"][0])


def test_nothing_is_defined_that_the_user_did_not_define(kernel: RunningKernel) -> None:
    assert kernel.run("%who").text() == "Interactive namespace is empty.\n"
    assert kernel.run("__name__").result == "'__main__'"


def test_a_shutdown_runs_what_is_registered_for_it(
    fresh_kernel: RunningKernel, tmp_path: Path
) -> None:
    file = tmp_path / "ended"
    fresh_kernel.run(f"import atexit, pathlib; end = pathlib.Path({str(file)!r})")
    fresh_kernel.run("atexit.register(end.touch);")
    fresh_kernel.manager.shutdown_kernel()
    assert not fresh_kernel.manager.is_alive()
    assert file.exists()


def test_a_shutdown_ends_the_session_in_the_history(
    fresh_kernel: RunningKernel,
) -> None:
    history = "get_ipython().history_manager"
    file = literal_eval(fresh_kernel.run(f"str({history}.hist_file)").result)
    number = int(fresh_kernel.run(f"{history}.session_number").result)
    fresh_kernel.manager.shutdown_kernel()
    with closing(sqlite3.connect(file)) as database:
        query = "SELECT end, num_cmds FROM sessions WHERE session = ?"
        ((end, count),) = database.execute(query, (number,))
    assert end is not None
    assert count == 2


def test_a_shutdown_is_answered_while_a_cell_runs(fresh_kernel: RunningKernel) -> None:
    msg_id = fresh_kernel.execute("print('started')\nwhile True: pass")
    fresh_kernel.wait_for_output(msg_id, "started\n")
    reply = fresh_kernel.client.shutdown(reply=True, timeout=PATIENCE)
    assert reply["msg_type"] == "shutdown_reply"


def test_tasks_are_cancelled_when_the_kernel_ends(
    fresh_kernel: RunningKernel, tmp_path: Path
) -> None:
    file = tmp_path / "cancelled"
    fresh_kernel.run(f"""
        import asyncio, pathlib
        async def wait():
            try:
                await asyncio.sleep(1000)
            finally:
                pathlib.Path({str(file)!r}).touch()
        task = asyncio.create_task(wait())
    """)
    fresh_kernel.manager.shutdown_kernel()
    assert file.exists()


def test_a_restarted_kernel_has_forgotten_everything(
    fresh_kernel: RunningKernel,
) -> None:
    fresh_kernel.run("remembered = 1")
    fresh_kernel.manager.restart_kernel()
    fresh_kernel.client.wait_for_ready(timeout=PATIENCE)
    outcome = fresh_kernel.run("remembered")
    assert outcome.reply["ename"] == "NameError"
    assert outcome.reply["execution_count"] == 1


@pytest.mark.parametrize("request_type", ["comm_info_request", "history_request"])
def test_any_request_may_be_the_first(
    fresh_kernel: RunningKernel, request_type: str
) -> None:
    assert fresh_kernel.ask(request_type)["status"] == "ok"
