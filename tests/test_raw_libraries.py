"""What libraries find in the raw kernel, put in place as they are imported."""

from __future__ import annotations

import sys
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import RunningKernel


def test_a_task_can_be_made_in_the_cell_that_imports_asyncio(
    fresh_raw_kernel: RunningKernel,
) -> None:
    """No loop exists before, and there is none to import it for."""
    code = "import asyncio\ntask = asyncio.create_task(asyncio.sleep(0, 'done'))"
    assert fresh_raw_kernel.run(code).reply["status"] == "ok"
    assert fresh_raw_kernel.run("await task").result == "'done'"


def test_asyncio_imported_by_a_thread_gives_that_thread_no_loop(
    fresh_raw_kernel: RunningKernel,
) -> None:
    outcome = fresh_raw_kernel.run("""
        import threading
        def work():
            import asyncio
            try:
                asyncio.get_running_loop()
            except RuntimeError as error:
                print(error)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """)
    assert outcome.text() == "no running event loop\n"
    assert (
        fresh_raw_kernel.run("import asyncio; await asyncio.sleep(0, 1)").result == "1"
    )


def test_linecache_knows_the_cells_before_its_import(
    fresh_raw_kernel: RunningKernel,
) -> None:
    fresh_raw_kernel.run("def f():\n    return 'the source'")
    outcome = fresh_raw_kernel.run("import inspect; print(inspect.getsource(f))")
    assert outcome.text() == "def f():\n    return 'the source'\n\n"


def test_getpass_asks_the_frontend(fresh_raw_kernel: RunningKernel) -> None:
    code = "from getpass import getpass; getpass()"
    assert fresh_raw_kernel.run(code, "secret").result == "'secret'"


def test_a_frontend_may_open_a_comm_before_anybody_imports_it(
    fresh_raw_kernel: RunningKernel,
) -> None:
    """A comm for a target that does not exist is closed."""
    content = {"comm_id": "one", "target_name": "nobody's", "data": {}}
    msg_id = fresh_raw_kernel.send("comm_open", content)
    outcome = fresh_raw_kernel.finish(msg_id, replied=False)
    assert outcome.of("comm_close")[0]["comm_id"] == "one"


def test_a_comm_carries_buffers(raw_kernel: RunningKernel) -> None:
    outcome = raw_kernel.run("""
        from comm import create_comm
        opened = create_comm(target_name='t', data={'a': 1}, buffers=[b'\\x00\\xff'])
    """)
    (message,) = [each for each in outcome.raw if each["msg_type"] == "comm_open"]
    assert message["content"]["target_name"] == "t"
    assert [bytes(each) for each in message["buffers"]] == [b"\x00\xff"]


def test_figures_are_shown_at_the_end_of_the_cell(raw_kernel: RunningKernel) -> None:
    pytest.importorskip("matplotlib")
    outcome = raw_kernel.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    (content,) = outcome.of("display_data")
    assert b64decode(content["data"]["image/png"]).startswith(b"\x89PNG")
    assert raw_kernel.run("plt.get_fignums()").result == "[]"


def test_a_figure_is_shown_where_show_is_called(raw_kernel: RunningKernel) -> None:
    pytest.importorskip("matplotlib")
    outcome = raw_kernel.run("""
        import matplotlib.pyplot as plt
        plt.plot([1, 2])
        plt.show()
        print('below')
    """)
    assert outcome.kinds == ["display_data", "stream"]


def test_a_figure_can_be_a_result(raw_kernel: RunningKernel) -> None:
    pytest.importorskip("matplotlib")
    outcome = raw_kernel.run("""
        from matplotlib.figure import Figure
        figure = Figure()
        figure.add_subplot().plot([1, 2])
        figure
    """)
    assert "image/png" in outcome.of("execute_result")[0]["data"]


def test_figures_of_a_cell_that_fails_are_shown(raw_kernel: RunningKernel) -> None:
    pytest.importorskip("matplotlib")
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\n1 / 0"
    assert raw_kernel.run(code).kinds == ["display_data", "error"]


def test_widgets_are_shown(raw_kernel: RunningKernel) -> None:
    pytest.importorskip("ipywidgets")
    outcome = raw_kernel.run("import ipywidgets\nipywidgets.IntSlider(7)")
    (content,) = outcome.of("execute_result")
    assert "application/vnd.jupyter.widget-view+json" in content["data"]
    states = [each["data"]["state"] for each in outcome.of("comm_open")]
    assert 7 in [state.get("value") for state in states]


def test_an_output_widget_captures(raw_kernel: RunningKernel) -> None:
    """ipywidgets asks the comm for its kernel where there is no get_ipython()."""
    pytest.importorskip("ipywidgets")
    raw_kernel.run("import ipywidgets\nout = ipywidgets.Output()")
    msg_id = raw_kernel.execute("with out: print('inside')")
    outcome = raw_kernel.finish(msg_id)
    states = [content["data"]["state"] for content in outcome.of("comm_msg")]
    assert states == [{"msg_id": msg_id}, {"msg_id": ""}]


def test_libraries_take_the_kernel_for_no_ipython(raw_kernel: RunningKernel) -> None:
    code = "import IPython\nprint(IPython.get_ipython())"
    assert raw_kernel.run(code).text() == "None\n"


def test_data_frames_are_tables(raw_kernel: RunningKernel) -> None:
    pytest.importorskip("pandas")
    code = "import pandas\npandas.DataFrame({'a': [1]})"
    assert "<table" in raw_kernel.run(code).of("execute_result")[0]["data"]["text/html"]


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_worker_processes_find_what_cells_define(raw_kernel: RunningKernel) -> None:
    outcome = raw_kernel.run("""
        import multiprocessing
        def double(x): return 2 * x
        with multiprocessing.get_context('fork').Pool(2) as pool:
            print(pool.map(double, [1, 2]))
    """)
    assert outcome.text() == "[2, 4]\n"
