"""`%gui` and `%matplotlib`: windows that live while the Python kernel waits.

Qt draws them into memory; Tk needs an X server, and gets one, where Xvfb is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from tests.conftest import PATIENCE, hear, start_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import RunningKernel

QT = """
%gui qt
from IPython.external.qt_for_kernel import QtCore, QtGui
import asyncio
"""

TK = """
%gui tk
import asyncio, tkinter
root = tkinter.Tk()
"""

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "QT_API")


def without_display(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in DISPLAYS}


@pytest.fixture(scope="module")
def x_server() -> Iterator[str]:
    """The display of an X server of the module's own."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed, so Tk has no display")
    if find_spec("_tkinter") is None:
        pytest.skip("this Python was built without tkinter")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-nolisten", "tcp"], pass_fds=[writer]
    )
    os.close(writer)
    with os.fdopen(reader) as said:
        number = said.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(PATIENCE)


@pytest.fixture(scope="module", params=["qt", "tk"])
def kernel(
    request: pytest.FixtureRequest,
    jupyter_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningKernel]:
    """A kernel with a toolkit, and `later(function)`, which it calls when it is idle.

    Its display is none of the user's.
    """
    environment = without_display(jupyter_environment)
    if request.param == "qt":
        pytest.importorskip("PySide6", reason="PySide6 is not installed")
        environment["QT_QPA_PLATFORM"] = "offscreen"
        code = QT + "later = lambda f, ms=20: QtCore.QTimer.singleShot(ms, f)"
    else:
        environment["DISPLAY"] = request.getfixturevalue("x_server")
        code = TK + "later = lambda f, ms=20: root.after(ms, f)"
    kernel = start_kernel(environment, tmp_path_factory.mktemp("kernel"))
    assert kernel.run(code).reply["status"] == "ok"
    yield kernel
    kernel.stop()


def test_windows_live_while_the_kernel_is_idle(kernel: RunningKernel) -> None:
    msg_id = kernel.execute(
        "left = 3\n"
        "def tick():\n"
        "    global left\n"
        "    left -= 1\n"
        "    print(left, 'left')\n"
        "    if left: later(tick)\n"
        "later(tick);"
    )
    hear(kernel, msg_id, "2 left\n1 left\n0 left\n")
    assert kernel.run("6 * 7").result == "42"


def test_windows_live_while_a_cell_awaits(kernel: RunningKernel) -> None:
    outcome = kernel.run(
        "done = asyncio.get_running_loop().create_future()\n"
        "later(lambda: done.set_result('by a window'))\n"
        "await done"
    )
    assert outcome.result == "'by a window'"


def test_tasks_go_on_beside_windows(kernel: RunningKernel) -> None:
    msg_id = kernel.execute(
        "async def tick():\n"
        "    for n in range(3):\n"
        "        await asyncio.sleep(0.02)\n"
        "        print('tick', n)\n"
        "task = asyncio.create_task(tick())"
    )
    hear(kernel, msg_id, "tick 2\n")


def test_windows_live_beside_a_task_that_never_waits(kernel: RunningKernel) -> None:
    msg_id = kernel.execute(
        "going = True\n"
        "async def turn():\n"
        "    while going: await asyncio.sleep(0)\n"
        "    print('ended')\n"
        "def end():\n"
        "    global going\n"
        "    going = False\n"
        "task = asyncio.create_task(turn()); later(end);"
    )
    hear(kernel, msg_id, "ended\n")


def test_a_callback_makes_a_task(kernel: RunningKernel) -> None:
    """Which begins at once, though asyncio's loop waits for what it knows of."""
    msg_id = kernel.execute(
        "async def work():\n"
        "    await asyncio.sleep(0.02)\n"
        "    print('worked')\n"
        "later(lambda: asyncio.create_task(work()));"
    )
    hear(kernel, msg_id, "worked\n")


def test_an_error_in_a_callback_is_shown(kernel: RunningKernel) -> None:
    msg_id = kernel.execute(
        "def fail(): print('failing'); raise ValueError('in a callback')\nlater(fail);"
    )
    seen = ""
    while "in a callback" not in seen:
        message = kernel.client.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") == msg_id:
            seen += str(message["content"].get("text", message["content"]))
    assert kernel.run("6 * 7").result == "42"


def test_an_interrupt_ends_a_callback(kernel: RunningKernel) -> None:
    msg_id = kernel.execute(
        "def spin():\n"
        "    try:\n"
        "        print('spinning', flush=True)\n"
        "        while True: pass\n"
        "    finally: print('at the end')\n"
        "later(spin);"
    )
    hear(kernel, msg_id, "spinning\n")
    kernel.manager.interrupt_kernel()
    hear(kernel, msg_id, "at the end\n")
    assert kernel.run("6 * 7").result == "42"


def test_an_interrupt_of_an_idle_kernel_leaves_windows_alone(
    kernel: RunningKernel,
) -> None:
    kernel.run("seen = []\nlater(lambda: seen.append(1), 300);")
    for _ in range(3):
        kernel.manager.interrupt_kernel()
        assert kernel.ask("kernel_info_request")["status"] == "ok"
    msg_id = kernel.execute("later(lambda: print('seen', seen), 400);")
    hear(kernel, msg_id, "seen [1]\n")


def test_a_waiting_kernel_with_windows_does_not_turn(kernel: RunningKernel) -> None:
    msg_id = kernel.execute(
        "loop = asyncio.get_running_loop()\n"
        "select, turns = loop._selector.select, 0\n"
        "def counted(timeout=None):\n"
        "    global turns\n"
        "    turns += 1\n"
        "    return select(timeout)\n"
        "loop._selector.select = counted\n"
        "def tell():\n"
        "    print('turns:', turns)\n"
        "    del loop._selector.select\n"
        "later(tell, 500);"
    )
    said = hear(kernel, msg_id, "\n")
    assert int(said.removeprefix("turns:")) < 30


def test_the_loop_is_turned_off_and_on(kernel: RunningKernel) -> None:
    """`%gui` without an argument means none."""
    gui = "qt" if "QtCore" in kernel.run("dir()").result else "tk"
    kernel.run("seen = []\n%gui\nlater(lambda: seen.append(1));")
    assert kernel.run("await asyncio.sleep(0.1)\nseen").result == "[]"
    msg_id = kernel.execute(f"%gui {gui}\nlater(lambda: print('seen', seen), 100);")
    hear(kernel, msg_id, "seen [1]\n")


def test_a_figure_is_a_window_that_redraws_itself(kernel: RunningKernel) -> None:
    gui = "qt" if "QtCore" in kernel.run("dir()").result else "tk"
    outcome = kernel.run(
        f"%matplotlib {gui}\n"
        "import matplotlib.pyplot as plt\n"
        "figure, axes = plt.subplots()\n"
        "(line,) = axes.plot([1, 2])\n"
        "plt.get_backend()"
    )
    assert outcome.result.lower() == f"'{gui}agg'"
    msg_id = kernel.execute(
        "def drawn(event): print('drawn', line.get_ydata()[-1])\n"
        "figure.canvas.mpl_connect('draw_event', drawn)\n"
        "def move():\n"
        "    line.set_ydata([1, 3])\n"
        "    figure.canvas.draw_idle()\n"
        "later(move, 100);"
    )
    hear(kernel, msg_id, "drawn 3\n")
    kernel.run("plt.close('all')")
    assert kernel.run("%matplotlib inline\nplt.get_backend()").result == "'inline'"
    kernel.run(f"%gui {gui}")


def test_windows_are_the_main_shells(kernel: RunningKernel) -> None:
    subshell = kernel.open_subshell()
    outcome = kernel.run_in(subshell, "%gui qt")
    assert "%gui in the main shell" in outcome.text("stderr")
    kernel.ask_control("delete_subshell_request", subshell_id=subshell)


def test_a_kernel_outlives_its_last_window(kernel: RunningKernel) -> None:
    """And, where it was Tk's, the application with it, which a callback destroys."""
    if "QtCore" in kernel.run("dir()").result:
        pytest.skip("Qt's application has no end")
    msg_id = kernel.execute(
        "task = asyncio.get_running_loop().call_later(0.5, print, 'later')\n"
        "def end(): root.destroy(); print('destroyed')\n"
        "later(end);"
    )
    hear(kernel, msg_id, "later\n")
    assert kernel.run("6 * 7").result == "42"
    msg_id = kernel.execute(
        "root = tkinter.Tk()\nroot.after(20, print, 'another window');"
    )
    hear(kernel, msg_id, "another window\n")


def test_a_kernel_with_windows_is_shut_down(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    pytest.importorskip("PySide6", reason="PySide6 is not installed")
    environment = {**jupyter_environment, "QT_QPA_PLATFORM": "offscreen"}
    kernel = start_kernel(environment, tmp_path)
    kernel.run(QT + "window = QtGui.QWidget(); window.show()")
    kernel.ask_control("shutdown_request", restart=False)
    assert kernel.process.wait(PATIENCE) == 0
    kernel.stop()


def test_qt_without_a_display_is_an_error(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    """Qt itself would end the process."""
    pytest.importorskip("PySide6", reason="PySide6 is not installed")
    kernel = start_kernel(without_display(jupyter_environment), tmp_path)
    assert "finds no display" in kernel.run("%gui qt").text("stderr")
    assert kernel.run("6 * 7").result == "42"
    kernel.stop()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("%gui motif", "there is no toolkit 'motif'; here you can use asyncio, none"),
        ("%gui glut", "%gui glut needs OpenGL, which is not installed; here you can"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(
    fresh_kernel: RunningKernel, asked: str, said: str
) -> None:
    assert said in fresh_kernel.run(asked).text("stderr")
    assert fresh_kernel.run("%gui none\n%gui asyncio\n%gui").text("stderr") == ""
