"""What libraries ask a kernel for, in three kernels: ours, ours where ipykernel is not
installed, and ipykernel itself, whose answers are the standard.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from tests.conftest import RunningKernel, manager_of

OURS, ALONE, THEIRS = "kernelwire", "kernelwire alone", "ipykernel"

# A sitecustomize, which hides the package as if it were not installed.
HIDE = """
from importlib.machinery import PathFinder

find_spec = PathFinder.find_spec

def without(name, *arguments):
    hidden = name.partition(".")[0] == "ipykernel"
    return None if hidden else find_spec(name, *arguments)

PathFinder.find_spec = without
"""


@pytest.fixture(scope="module", params=[OURS, ALONE, THEIRS])
def each(
    request: pytest.FixtureRequest,
    jupyter_environment: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningKernel]:
    """Each of the three kernels."""
    place = tmp_path_factory.mktemp("kernel")
    environment = dict(jupyter_environment)
    if request.param == ALONE:
        (place / "sitecustomize.py").write_text(HIDE)
        environment["PYTHONPATH"] = str(place)
    module = "ipykernel_launcher" if request.param == THEIRS else "kernelwire.python"
    manager = manager_of([sys.executable, "-P", "-m", module], place)
    manager.start_kernel(env=environment, cwd=str(place))
    kernel = RunningKernel(manager)
    yield kernel
    kernel.stop()


def ours(kernel: RunningKernel) -> bool:
    return "kernelwire.python" in kernel.manager.kernel_spec.argv  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("import sys; 'ipykernel' in sys.modules", "True"),
        ("import ipykernel; ipykernel.version_info >= (6, 18)", "True"),
        ("import ipykernel; ipykernel.__version__[0]", "'7'"),
        ("import ipykernel; hasattr(ipykernel, 'nothing')", "False"),
        (
            "str(type(get_ipython()))",
            "\"<class 'ipykernel.zmqshell.ZMQInteractiveShell'>\"",
        ),
        (
            (
                "import ipykernel.zmqshell\n"
                "isinstance(get_ipython(), ipykernel.zmqshell.ZMQInteractiveShell)"
            ),
            "True",
        ),
        (
            (
                "from ipykernel.zmqshell import ZMQInteractiveShell as C\n"
                "isinstance(1, C), isinstance(None, C)"
            ),
            "(False, False)",
        ),
        (
            (
                "from ipykernel.zmqshell import ZMQDisplayPublisher\n"
                "isinstance(get_ipython().display_pub, ZMQDisplayPublisher)"
            ),
            "True",
        ),
        ("get_ipython().kernel.shell is get_ipython()", "True"),
        ("get_ipython().has_trait('kernel')", "True"),
        ("'IPKernelApp' in get_ipython().config", "True"),
        (
            (
                "import ipykernel.connect\n"
                "ipykernel.connect.get_connection_info(unpack=True)['key'] != b''"
            ),
            "True",
        ),
        ("get_ipython().kernel.get_parent()['content']['silent']", "False"),
        ("get_ipython().get_parent()['content']['code']", None),
        ("get_ipython().parent_header['header']['msg_type']", "'execute_request'"),
    ],
)
def test_code_finds_what_it_looks_for(
    each: RunningKernel, code: str, result: str | None
) -> None:
    assert each.run(code).result == (repr(code) if result is None else result)


@pytest.mark.parametrize(
    "code",
    [
        "import ipykernel; ipykernel.get_connection_file()",
        "from ipykernel.connect import get_connection_file; get_connection_file()",
        "get_ipython().config['IPKernelApp']['connection_file']",
        "get_ipython().kernel.config['IPKernelApp']['connection_file']",
    ],
)
def test_the_connection_file_is_told(each: RunningKernel, code: str) -> None:
    assert each.run(code).result == repr(each.manager.connection_file)


def test_metadata_of_the_request_is_told(each: RunningKernel) -> None:
    """JupyterLab says there which cell it is."""
    code = "get_ipython().get_parent()['metadata']['cellId']"
    content = {"code": code, "silent": False, "allow_stdin": False}
    request = each.send("execute_request", content, metadata={"cellId": "abc"})
    assert each.finish(request).result == "'abc'"


@pytest.mark.filterwarnings("ignore")
def test_a_comm_of_ipykernels_reaches_the_frontend(each: RunningKernel) -> None:
    """Where ipykernel is installed, its comms dropped all that they were to send."""
    outcome = each.run(
        "import warnings; warnings.simplefilter('ignore')\n"
        "from ipykernel.comm import Comm\n"
        "comm = Comm('target', {'a': 1})\n"
        "comm.send({'b': 2}, buffers=[b'c'])\n"
        "comm.close()"
    )
    comms = [message for message in outcome.raw if message["msg_type"] != "stream"]
    assert [message["msg_type"] for message in comms] == [
        "comm_open",
        "comm_msg",
        "comm_close",
    ]
    assert comms[0]["content"]["target_name"] == "target"
    assert [comm["content"]["data"] for comm in comms] == [{"a": 1}, {"b": 2}, {}]
    assert bytes(comms[1]["buffers"][0]) == b"c"


def test_a_target_gets_the_frontends_comm(each: RunningKernel) -> None:
    each.run(
        "def opened(comm, message):\n"
        "    print(message['content']['data'])\n"
        "get_ipython().kernel.comm_manager.register_target('asked', opened)"
    )
    content = {"comm_id": "1", "target_name": "asked", "data": {"x": 1}}
    request = each.send("comm_open", content)
    assert each.finish(request, replied=False).text() == "{'x': 1}\n"


def test_extensions_send_messages_of_their_own(each: RunningKernel) -> None:
    outcome = each.run(
        "kernel = get_ipython().kernel\n"
        "content = {'data': {'text/plain': 'sent'}, 'metadata': {}, 'transient': {}}\n"
        "parent = kernel.get_parent()\n"
        "stream = kernel.iopub_socket\n"
        "kernel.session.send(stream, 'display_data', content, parent=parent)\n"
        "made = kernel.session.msg('display_data', content, parent=parent)\n"
        "kernel.session.send(kernel.iopub_socket, made)\n"
        "kernel.send_response(kernel.iopub_socket, 'stream',\n"
        "    {'name': 'stdout', 'text': 'answered'})"
    )
    shown = [content["data"] for content in outcome.of("display_data")]
    assert shown == [{"text/plain": "sent"}] * 2
    assert outcome.text() == "answered"


def test_hooks_change_and_stop_what_is_displayed(each: RunningKernel) -> None:
    outcome = each.run(
        "from IPython.display import clear_output, display\n"
        "def hook(message):\n"
        "    if message['msg_type'] == 'clear_output':\n"
        "        return None\n"
        "    message['content']['data']['text/plain'] += ' changed'\n"
        "    return message\n"
        "shell = get_ipython()\n"
        "shell.display_pub.register_hook(hook)\n"
        "shell.displayhook.register_hook(hook)\n"
        "display('shown', metadata={'text/plain': {'m': 1}})\n"
        "clear_output()\n"
        "'result'"
    )
    assert outcome.kinds == ["display_data", "execute_result"]
    (shown,) = outcome.of("display_data")
    assert shown["data"]["text/plain"] == "'shown' changed"
    assert shown["metadata"] == {"text/plain": {"m": 1}}
    assert outcome.result == "'result' changed"
    outcome = each.run(
        "removed = [each.unregister_hook(hook) for each in\n"
        "    (shell.display_pub, shell.displayhook) * 2]\n"
        "removed"
    )
    assert outcome.result == "[True, True, False, False]"


def test_output_can_be_led_to_an_earlier_cell(each: RunningKernel) -> None:
    """As a thread does that was started in one cell and reports to another."""
    first = each.execute("parent = get_ipython().get_parent()")
    each.finish(first)
    second = each.execute(
        "before = get_ipython().get_parent()\n"
        "get_ipython().set_parent(parent)\n"
        "print('to the first', flush=True)\n"
        "get_ipython().set_parent(before)\n"
        "print('to the second')"
    )
    texts: dict[str, str] = {first: "", second: ""}
    idle = False
    while not idle:
        message = each.client.get_iopub_msg(timeout=60)
        request = message["parent_header"]["msg_id"]
        texts[request] += message["content"].get("text", "")
        state = message["content"].get("execution_state")
        idle = (request, state) == (second, "idle")
    each.client.get_shell_msg(timeout=60)
    assert texts == {first: "to the first\n", second: "to the second\n"}


def test_code_can_be_run_by_the_kernel(each: RunningKernel) -> None:
    code = "get_ipython().kernel.do_execute('print(1 + 1); 3', silent=False)"
    outcome = each.run(f"reply = await {code}\nreply['status']")
    assert outcome.text() == "2\n"
    assert [of["data"]["text/plain"] for of in outcome.of("execute_result")] == [
        "3",
        "'ok'",
    ]


def test_callbacks_are_added_to_the_kernels_loop(each: RunningKernel) -> None:
    outcome = each.run(
        "import asyncio, threading\n"
        "called = asyncio.Event()\n"
        "loop = get_ipython().kernel.io_loop\n"
        "threading.Thread(target=loop.add_callback, args=(called.set,)).start()\n"
        "await asyncio.wait_for(called.wait(), 60)"
    )
    assert outcome.reply["status"] == "ok"


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("import plotly.io; plotly.io.renderers.default", "'plotly_mimetype'"),
        (
            (
                "import warnings; warnings.simplefilter('ignore')\n"
                "from tqdm.autonotebook import tqdm; tqdm.__module__"
            ),
            "'tqdm.notebook'",
        ),
        ("from tqdm.auto import tqdm; tqdm.__mro__[1].__module__", "'tqdm.notebook'"),
        (
            (
                "from pandas.io.formats import console\n"
                "console.in_ipython_frontend(), console.in_interactive_session()"
            ),
            "(True, True)",
        ),
        ("from rich.console import Console; Console().is_jupyter", "True"),
    ],
    ids=["plotly", "tqdm.autonotebook", "tqdm.auto", "pandas", "rich"],
)
def test_libraries_know_a_notebook(each: RunningKernel, code: str, result: str) -> None:
    assert each.run(code).result == result


def test_tqdm_draws_widgets_in_a_kernel_that_has_imported_nothing_else(
    fresh_kernel: RunningKernel,
) -> None:
    """tqdm 4.70 drew bars of text in tqdm's own demonstration notebook.

    It looks for `ipykernel.zmqshell` in `sys.modules`, where it was only after somebody
    had imported it, as other tests in this file do.
    """
    outcome = fresh_kernel.run("from tqdm.auto import tqdm; tqdm.__mro__[1].__module__")
    assert outcome.result == "'tqdm.notebook'"


def test_figures_of_nbagg_open_their_comm(each: RunningKernel) -> None:
    """They stayed empty where ipykernel was installed, and failed where it was not."""
    outcome = each.run(
        "import warnings; warnings.simplefilter('ignore')\n"
        "%matplotlib nbagg\n"
        "import matplotlib.pyplot as plt\n"
        "plt.plot([1, 2]); plt.show()"
    )
    assert [of["target_name"] for of in outcome.of("comm_open")] == ["matplotlib"]
    each.run("plt.close('all')\n%matplotlib inline")


def test_bokehs_handles_push_to_the_frontend(each: RunningKernel) -> None:
    outcome = each.run(
        "import warnings; warnings.simplefilter('ignore')\n"
        "from bokeh.io import output_notebook, push_notebook, show\n"
        "from bokeh.plotting import figure\n"
        "output_notebook(hide_banner=True)\n"
        "plot = figure(); line = plot.line([1, 2], [3, 4])\n"
        "handle = show(plot, notebook_handle=True)\n"
        "line.glyph.line_width = 7\n"
        "push_notebook(handle=handle)"
    )
    assert outcome.reply["status"] == "ok"
    assert outcome.of("comm_open")
    assert "line_width" in str(outcome.of("comm_msg"))


def test_ipyparallel_shows_what_engines_print_in_the_cell_that_runs(
    fresh_kernel: RunningKernel,
) -> None:
    """It comes by a thread that an earlier cell has started, and was shown there."""
    # Not by importing it: that turns off the dates of every Session in this process.
    if find_spec("ipyparallel") is None:
        pytest.skip("ipyparallel is not installed")
    started = fresh_kernel.run(
        "import ipyparallel, logging\n"
        "cluster = ipyparallel.Cluster(n=1, log_level=logging.ERROR)\n"
        "client = cluster.start_and_connect_sync(activate=True)"
    )
    assert started.reply["status"] == "ok"
    try:
        results = fresh_kernel.run("%px print('printed'); 6 * 7").of("display_data")
        shown = str([content["data"] for content in results])
        assert "printed" in shown
        assert "42" in shown
        assert fresh_kernel.run("client[:].apply_sync(lambda: 5)").result == "[5]"
    finally:
        fresh_kernel.run("client.shutdown(hub=True)")


def test_importing_ipykernel_leaves_widgets_alone(
    jupyter_environment: dict[str, str], fresh_kernel: RunningKernel
) -> None:
    """Its kernel's module takes hold of `comm` when it is imported, whoever runs: no
    widget that was made afterwards reached the frontend."""
    outcome = fresh_kernel.run(
        "import ipykernel.kernelapp, ipywidgets; ipywidgets.IntSlider()"
    )
    assert {of["target_name"] for of in outcome.of("comm_open")} == {"jupyter.widget"}


def test_what_is_imported_before_anybody_asks_is_empty(
    fresh_kernel: RunningKernel,
) -> None:
    """ipykernel takes 70 ms to import, which nobody wants before the first cell."""
    code = "import sys; sorted(name for name in sys.modules if 'ipykernel' in name)"
    assert fresh_kernel.run(code).result == (
        "['ipykernel',\n"
        " 'ipykernel.zmqshell',\n"
        " 'kernelwire.python.ipykernel',\n"
        " 'kernelwire.python.ipykernel.patches',\n"
        " 'kernelwire.python.ipykernel.standins']"
    )
    names = (
        "[*vars(sys.modules['ipykernel']), *vars(sys.modules['ipykernel.zmqshell'])]"
    )
    code = f"[name for name in {names} if not name.startswith('__')]"
    assert fresh_kernel.run(code).result == "['zmqshell']"


def test_a_stand_in_says_that_it_lacks_the_rest(each: RunningKernel) -> None:
    outcome = each.run("import ipykernel.nothing")
    assert outcome.reply["ename"] == "ModuleNotFoundError"


def test_other_streams_than_iopub_are_refused(kernel: RunningKernel) -> None:
    code = "get_ipython().kernel.session.send(object(), 'status', {})"
    reply: dict[str, Any] = kernel.run(code).reply
    assert reply["ename"] == "TypeError"
    assert "iopub_socket only" in reply["evalue"]
