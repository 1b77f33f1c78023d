"""Output of the Python kernel: streams, rich display, and which request it belongs to."""

from __future__ import annotations

import os
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest
from tests.conftest import PATIENCE, start_kernel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RunningKernel

pytestmark = pytest.mark.both_kernels


# When it leaves.


def test_a_cell_that_runs_is_seen_to_run(kernel: RunningKernel, tmp_path: Path) -> None:
    """What says that it has begun waits for what comes next, but not for long."""
    released = tmp_path / "released"
    msg_id = kernel.execute(f"""
        import os, time
        while not os.path.exists({str(released)!r}):
            time.sleep(0.01)
    """)
    begun = kernel.published(msg_id)
    assert next(begun)["content"] == {"execution_state": "busy"}
    assert next(begun)["msg_type"] == "execute_input"
    released.touch()
    assert kernel.finish(msg_id).reply["status"] == "ok"


@pytest.mark.parametrize("how", ["", "pyzmq"], ids=["table", "pyzmq"])
def test_a_cell_that_keeps_the_gil_is_seen_to_run(
    how: str, jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    """Nothing of Python's can run then, and pyzmq's methods are."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    environment = {**jupyter_environment, "KERNELWIRE_LIBZMQ": how}
    kernel = start_kernel(environment, tmp_path)
    try:
        msg_id = kernel.execute(f"""
            import ctypes, os
            waits_with_the_gil = ctypes.PyDLL(None).open
            waits_with_the_gil({str(fifo)!r}.encode(), os.O_RDONLY)
        """)
        begun = kernel.published(msg_id)
        assert next(begun)["content"] == {"execution_state": "busy"}
        assert next(begun)["msg_type"] == "execute_input"
        with fifo.open("w"):
            assert kernel.finish(msg_id).reply["status"] == "ok"
    finally:
        kernel.stop()


def test_a_cell_is_busy_from_the_time_at_which_it_begins(kernel: RunningKernel) -> None:
    """Not from when the message that says so leaves: frontends show how long cells take."""
    msg_id = kernel.execute("import time; print(time.time())")
    messages = list(kernel.published(msg_id))
    (printed,) = [each for each in messages if each["msg_type"] == "stream"]
    began = float(printed["content"]["text"])
    assert [each["header"]["date"].timestamp() <= began for each in messages[:2]] == [
        True,
        True,
    ]
    assert kernel.client.get_shell_msg(timeout=PATIENCE)["content"]["status"] == "ok"


# Streams.


def test_stdout_and_stderr_keep_their_order(kernel: RunningKernel) -> None:
    outcome = kernel.run(
        "import sys\nprint('1')\nprint('2', file=sys.stderr)\nprint('3')"
    )
    assert outcome.written == [
        ("stdout", "1\n"),
        ("stderr", "2\n"),
        ("stdout", "3\n"),
    ]


def test_text_comes_before_what_is_displayed_after_it(kernel: RunningKernel) -> None:
    outcome = kernel.run("print('a')\ndisplay(1)\nprint('b')\n2")
    assert outcome.kinds == [
        "stream",
        "display_data",
        "stream",
        "execute_result",
    ]


@pytest.mark.parametrize("flush", [False, True], ids=["joined", "flushed"])
def test_no_line_of_many_is_lost(kernel: RunningKernel, flush: bool) -> None:
    outcome = kernel.run(f"for i in range(20_000): print(i, flush={flush})")
    assert outcome.text().split() == [str(n) for n in range(20_000)]


def test_lines_written_together_travel_together(kernel: RunningKernel) -> None:
    """Not one message a line: a frontend would redraw 20,000 times."""
    assert len(kernel.run("for i in range(20_000): print(i)").messages) < 500


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("print('\\udcff')", "\\udcff\n"),
        ("sys.stdout.writelines(['a', 'b'])", "ab"),
        ("sys.stdout.write('')", ""),
        ("print('äöü', chr(0x1f600))", "äöü 😀\n"),
        ("print(end='')", ""),
        ("print(sys.stdout.encoding, sys.stdout.isatty())", "utf-8 False\n"),
        ("with sys.stdout: pass\nprint('open')", "open\n"),
        ("print(sys.stdout.writable(), sys.stdout.readable())", "True False\n"),
    ],
)
def test_stdout_behaves_as_a_text_stream(
    kernel: RunningKernel, code: str, text: str
) -> None:
    assert kernel.run(f"import sys\n{code};").text() == text


def test_stdout_takes_text_only(kernel: RunningKernel) -> None:
    assert (
        kernel.run("import sys\nsys.stdout.write(b'x')").reply["ename"] == "TypeError"
    )


def test_output_can_be_redirected(kernel: RunningKernel) -> None:
    code = """
        import contextlib, io
        with contextlib.redirect_stdout(io.StringIO()) as kept:
            print('inside')
        print('outside', repr(kept.getvalue()))
    """
    assert kernel.run(code).text() == "outside 'inside\\n'\n"


def test_logging_writes_to_the_cell(kernel: RunningKernel) -> None:
    code = "import logging; logging.getLogger('a').warning('careful')"
    assert kernel.run(code).text("stderr") == "careful\n"


def test_warnings_are_shown_in_the_cell(kernel: RunningKernel) -> None:
    assert "old" in kernel.run("import warnings; warnings.warn('old')").text("stderr")


def test_faulthandler_finds_a_file_to_write_to(kernel: RunningKernel) -> None:
    code = "import faulthandler; faulthandler.enable(); faulthandler.disable()"
    assert kernel.run(code).reply["status"] == "ok"


def test_a_forked_child_leaves_the_channels_alone(kernel: RunningKernel) -> None:
    """Its copies of the sockets are its parent's: it must not send on them."""
    code = """
        import os, sys, warnings
        warnings.simplefilter('ignore')  # Python 3.12 warns of fork() with threads
        child = os.fork()
        if child == 0:
            print('child')
            display('child')
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)[1]
    """
    outcome = kernel.run(code)
    assert outcome.result == "0"
    assert outcome.kinds == ["stream", "execute_result"]
    assert outcome.text() == "child\n"  # its parent has read it, from a pipe


@pytest.mark.parametrize(
    ("code", "status"),
    [("pass", 0), ("sys.exit(3)", 3), ("1/0", 1), ("sys.exit('no')", 1)],
)
def test_a_forked_child_ends_with_its_cell(
    kernel: RunningKernel, code: str, status: int
) -> None:
    """It came back from the cell and waited for requests, a second kernel."""
    kernel.run(f"""
        import os, sys
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            sys.stdout = sys.stderr = open(os.devnull, 'w')
            {code}
    """)
    outcome = kernel.run("os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])")
    assert outcome.result == str(status)
    assert kernel.run("os.getpid() == parent").result == "True"


def test_worker_processes_can_be_forked(kernel: RunningKernel) -> None:
    code = """
        import multiprocessing
        with multiprocessing.get_context('fork').Pool(2) as pool:
            print(pool.map(abs, [-1, 2]))
    """
    assert kernel.run(code).text() == "[1, 2]\n"


# Rich output.


def test_display_shows_every_representation(kernel: RunningKernel) -> None:
    outcome = kernel.run("from IPython.display import HTML\ndisplay(HTML('<i>x</i>'))")
    (content,) = outcome.of("display_data")
    assert content["data"]["text/html"] == "<i>x</i>"
    assert "text/plain" in content["data"]


def test_a_display_can_be_updated(kernel: RunningKernel) -> None:
    outcome = kernel.run("handle = display(1, display_id='me')\nhandle.update(2)")
    (shown,) = outcome.of("display_data")
    (updated,) = outcome.of("update_display_data")
    assert shown["transient"] == updated["transient"] == {"display_id": "me"}
    assert updated["data"] == {"text/plain": "2"}


def test_a_display_is_updated_from_a_later_cell(kernel: RunningKernel) -> None:
    kernel.run("handle = display('first', display_id=True)")
    (content,) = kernel.run("handle.update('second')").of("update_display_data")
    assert content["data"] == {"text/plain": "'second'"}


def test_metadata_goes_with_the_display(kernel: RunningKernel) -> None:
    code = "display({'a/b': 1}, raw=True, metadata={'a/b': {'wide': True}})"
    (content,) = kernel.run(code).of("display_data")
    assert content["data"] == {"a/b": 1}
    assert content["metadata"] == {"a/b": {"wide": True}}


def test_transient_data_of_other_kinds_is_passed_on(kernel: RunningKernel) -> None:
    code = "display(1, display_id='i', transient={'more': 1})"
    (content,) = kernel.run(code).of("display_data")
    assert content["transient"] == {"display_id": "i", "more": 1}


def test_bytes_are_sent_as_base64(kernel: RunningKernel) -> None:
    """Pillow's images return bytes from _repr_png_()."""
    code = """
        class Picture:
            def _repr_png_(self): return bytes(range(256))
        display(Picture()); Picture()
    """
    outcome = kernel.run(code)
    for kind in ("display_data", "execute_result"):
        (content,) = outcome.of(kind)
        assert b64decode(content["data"]["image/png"]) == bytes(range(256))


@pytest.mark.parametrize("wait", [False, True])
def test_output_can_be_cleared(kernel: RunningKernel, wait: bool) -> None:
    code = f"from IPython.display import clear_output\nclear_output(wait={wait})"
    assert kernel.run(code).messages == [("clear_output", {"wait": wait})]


def test_figures_are_shown_without_being_asked_for(kernel: RunningKernel) -> None:
    pytest.importorskip("matplotlib")
    outcome = kernel.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    (content,) = outcome.of("display_data")
    assert b64decode(content["data"]["image/png"]).startswith(b"\x89PNG")


@pytest.mark.ipython
def test_captured_output_is_not_shown(kernel: RunningKernel) -> None:
    outcome = kernel.run("%%capture kept\nprint('text')\ndisplay(1)\n2")
    assert outcome.messages == []
    assert kernel.run("kept.stdout, len(kept.outputs)").result == "('text\\n', 2)"
