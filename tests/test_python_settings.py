"""IPython's settings in the Python kernel: options, profiles, startup files, extensions.

Most of these tests drive ipykernel as well, whose users have these settings.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import KernelManager
from tests.conftest import PATIENCE, RunningKernel, manager_of

from kernelwire.python.preparation import Preparation

if TYPE_CHECKING:
    from collections.abc import Mapping

Launch = Callable[..., KernelManager]
Start = Callable[..., RunningKernel]

OURS = "kernelwire.python"


@pytest.fixture
def launch(jupyter_environment: dict[str, str], tmp_path: Path) -> Launch:
    """Starts a kernel with options and files; its log is `tmp_path / "log"`."""

    def launch(
        *words: str,
        files: Mapping[str, str] | None = None,
        module: str = OURS,
        **variables: str,
    ) -> KernelManager:
        ipython = tmp_path / "ipython"
        for name, text in (files or {}).items():
            path = ipython / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        manager = manager_of([sys.executable, "-P", "-m", module, *words], tmp_path)
        environment = {**jupyter_environment, "IPYTHONDIR": str(ipython), **variables}
        with (tmp_path / "log").open("w") as log:
            manager.start_kernel(
                env=environment, cwd=str(tmp_path), stderr=log, stdout=log
            )
        return manager

    return launch


@pytest.fixture
def start(launch: Launch) -> Iterator[Start]:
    """Starts such a kernel, and a client of it."""
    running = []

    def start(*words: str, **options: Any) -> RunningKernel:
        running.append(RunningKernel(launch(*words, **options)))
        return running[-1]

    yield start
    for kernel in running:
        kernel.stop()


def log_of(kernel: RunningKernel) -> str:
    return (Path(kernel.manager.connection_file).parent / "log").read_text()


both = pytest.mark.parametrize("module", [OURS, "ipykernel_launcher"])


@both
def test_files_of_the_profile_are_read(start: Start, module: str) -> None:
    """A kernel that ignored them would surprise whoever comes from ipykernel."""
    files = {
        "profile_default/ipython_config.py": "c = get_config()\n"
        "c.InteractiveShell.cache_size = 77\n"
        "c.InteractiveShellApp.exec_lines = ['line = 1', '%config Application']\n",
        "profile_default/ipython_kernel_config.py": "c = get_config()\n"
        "c.IPKernelApp.extensions = ['autoreload']\n"
        "c.ZMQInteractiveShell.ast_node_interactivity = 'all'\n",
        "profile_default/startup/10-names.py": "name = 2\n",
        "profile_default/startup/20-magics.ipy": "%env FROM_STARTUP=3\n",
        "profile_default/startup/README": "not Python",
    }
    kernel = start(files=files, module=module)
    assert kernel.run("line, name, get_ipython().cache_size").result == "(1, 2, 77)"
    assert kernel.run("%env FROM_STARTUP").result == "'3'"
    loaded = "'IPython.extensions.autoreload' in get_ipython().extension_manager.loaded"
    assert kernel.run(loaded).result == "True"
    assert len(kernel.run("1\n2").of("execute_result")) == 2
    assert kernel.run("%who").text() == "Interactive namespace is empty.\n"


@both
@pytest.mark.parametrize(
    ("words", "code", "result"),
    [
        (["--cache-size=5"], "get_ipython().cache_size", "5"),
        (["--cache-size", "5"], "get_ipython().cache_size", "5"),
        (["--profile=work"], "where", "'work'"),
        (["--profile", "work"], "where", "'work'"),
        (["--profile-dir=ipython/profile_work"], "where", "'work'"),
        (["-c", "answer = 42"], "answer", "42"),
        (["-m", "started"], "answer", "43"),
        (["--InteractiveShellApp.file_to_run=started.py"], "answer", "43"),
        (["--InteractiveShellApp.exec_lines=answer=44"], "answer", "44"),
        (["--InteractiveShellApp.exec_files=started.py"], "answer", "43"),
        (["--ext=autoreload"], "loaded()", "['autoreload', 'storemagic']"),
        (["--ext", "autoreload"], "loaded()", "['autoreload', 'storemagic']"),
        (["--no-automagic"], "get_ipython().automagic", "False"),
        (["--config=other.py"], "get_ipython().cache_size", "9"),
        (["--HistoryManager.hist_file=:memory:"], "hist_file()", "':memory:'"),
        (["--no-stdout", "--no-stderr", "--quiet"], "1", "1"),
        (["--matplotlib=inline"], "backend()", "'inline'"),
        (["--matplotlib", "inline"], "backend()", "'inline'"),
        (["--pylab=inline"], "str(arange(2))", "'[0 1]'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_are_ipykernels(
    start: Start, module: str, tmp_path: Path, words: list[str], code: str, result: str
) -> None:
    files = {
        "profile_default/startup/where.py": "where = 'default'",
        "profile_work/startup/where.py": "where = 'work'",
        "../started.py": "answer = 43",
        "../path/started.py": "answer = 43",
        "profile_default/other.py": "get_config().InteractiveShell.cache_size = 9",
    }
    kernel = start(
        *words, files=files, module=module, PYTHONPATH=str(tmp_path / "path")
    )
    definitions = (
        "def loaded():\n"
        "    names = get_ipython().extension_manager.loaded\n"
        "    return sorted(name.rpartition('.')[2] for name in names)\n"
        "def hist_file(): return str(get_ipython().history_manager.hist_file)\n"
        "def backend():\n"
        "    import matplotlib\n"
        "    return matplotlib.get_backend().split('_')[-1]\n"
    )
    assert kernel.run(definitions).reply["status"] == "ok"
    assert kernel.run(code).result == result


def test_what_fails_at_the_start_is_shown_in_the_first_cell(start: Start) -> None:
    """The log is on the server, where the user may never look."""
    files = {
        "profile_default/ipython_config.py": "c = get_config()\n"
        "c.InteractiveShellApp.extensions = ['no_such_extension']\n"
        "c.InteractiveShellApp.exec_lines = ['after = 1', '1 / 0']\n",
        "profile_default/ipython_kernel_config.py": "raise ValueError('in the file')",
        "profile_default/startup/10.py": "raise KeyError('at the start')",
    }
    kernel = start("--InteractiveShell.cache_size=many", files=files)
    assert kernel.run("silent = 1", silent=True).messages == []
    first = kernel.run("after")
    assert first.result == "1"
    failures = (
        "ValueError: in the file",
        "KeyError\x1b[39m: 'at the start'",
        "division by zero",
        "No module named 'no_such_extension'",
        "InteractiveShell.cache_size is ignored",
    )
    shown, log = first.text("stderr"), log_of(kernel)
    assert [shown.count(text) for text in failures] == [1] * len(failures)
    assert [log.count(text) for text in failures] == [1] * len(failures)
    assert kernel.run("after").text("stderr") == ""


def test_what_runs_at_the_start_prints_to_the_log(start: Start) -> None:
    """A greeting in a startup file must not become the output of a notebook's cell."""
    files = {
        "profile_default/startup/10.py": "print('hello')\n"
        "from IPython.display import display; display('shown')\n",
    }
    kernel = start(files=files)
    assert kernel.run("1").kinds == ["execute_result"]
    assert "hello\n" in log_of(kernel)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--bogus"], "there is no option --bogus"),
        (["--bogus=1"], "there is no option --bogus=1"),
        (["--Bogus.trait=1"], "--Bogus has no effect: no such class"),
        (["--InteractiveShell.bogus=1"], "`bogus` not recognized"),
        (["--IPKernelApp.bogus=1"], "`bogus` not recognized"),
        (["--profile=absent"], "'absent' not found"),
        (["--config=absent.py"], ""),
        (["--matplotlib=bogus"], "matplotlib is ignored"),
        (["--gui=bogus"], "gui is ignored"),
        (["--ext=absent"], "No module named 'absent'"),
        (["-m", "absent"], "No module named absent"),
        (["-c", "exit()"], ""),
        (["-c", "import sys; sys.exit(3)"], "SystemExit"),
        (["-c", "input()"], "does not take input"),
        (["-c", "import asyncio; await asyncio.sleep(0.01)"], ""),
        (["--InteractiveShellApp.file_to_run=absent.py"], "absent.py"),
        (["--log-level=10"], ""),
        (["--debug"], ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_no_option_ends_the_kernel(start: Start, words: list[str], said: str) -> None:
    kernel = start(*words)
    assert kernel.run("6 * 7").result == "42"
    assert said in log_of(kernel)


@pytest.mark.parametrize(
    "content",
    ["import sys; sys.exit(3)", "get_config().InteractiveShell = 3", "syntax error"],
)
def test_no_file_ends_the_kernel(start: Start, content: str) -> None:
    kernel = start(files={"profile_default/ipython_config.py": content})
    assert kernel.run("6 * 7").result == "42"


def test_code_at_the_start_can_be_interrupted(start: Start, tmp_path: Path) -> None:
    """A kernel whose startup file hangs would have to be killed."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    files = {
        # By a call of the system alone: open() may swallow an interrupt.
        "profile_default/startup/10.py": f"import os, time\n"
        f"os.open({str(fifo)!r}, os.O_WRONLY)\n"
        "time.sleep(600)\n"
    }
    kernel = start(files=files)
    msg_id = kernel.execute("6 * 7")
    fifo.open().close()  # waits for the startup file
    kernel.manager.interrupt_kernel()
    outcome = kernel.finish(msg_id)
    assert outcome.result == "42"
    assert "KeyboardInterrupt" in outcome.text("stderr")


def test_startup_files_run_before_a_cell_does(launch: Launch, tmp_path: Path) -> None:
    """They may take long, and their user is still reading the notebook."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    text = f"open({str(fifo)!r}, 'w').close()\n"
    manager = launch(files={"profile_default/startup/10.py": text})
    client = manager.blocking_client()
    client.start_channels()
    client.kernel_info()  # once: `wait_for_ready` may ask again, and wait for the file
    assert client.get_shell_msg(PATIENCE)["msg_type"] == "kernel_info_reply"
    client.stop_channels()
    fifo.open().close()  # waits for the startup file
    kernel = RunningKernel(manager)
    assert kernel.run("1").result == "1"
    kernel.stop()


def test_a_client_that_asks_again_does_not_wait_for_startup_files() -> None:
    """One that heard nothing on iopub did, and gave up where these took a minute."""
    read, write = os.pipe()
    preparation = Preparation()
    preparation.QUIET = PATIENCE
    preparation.start(lambda: None)
    os.write(write, b"1")
    assert preparation.wait([read]) is False  # the first request
    os.read(read, 1)
    preparation.join()
    again = threading.Timer(0.1, os.write, (write, b"2"))
    again.start()
    assert preparation.wait([read]) is False
    preparation.QUIET = 0
    os.read(read, 1)
    assert preparation.wait([read]) is True
    preparation.close()
    os.close(read)
    os.close(write)


def test_a_thread_of_a_startup_file_prints_in_the_latest_cell(start: Start) -> None:
    files = {
        "profile_default/startup/10.py": "import threading\n"
        "go, done = threading.Event(), threading.Event()\n"
        "def work(): go.wait(); print('from the thread'); done.set()\n"
        "threading.Thread(target=work, daemon=True).start()\n"
    }
    kernel = start(files=files)
    kernel.run("1")
    assert kernel.run("go.set(); done.wait();").text() == "from the thread\n"


@both
def test_variables_can_be_stored(start: Start, module: str) -> None:
    """ipykernel loads the extension at each start; here the magic loads it."""
    kernel = start(module=module)
    kernel.run("kept = [1, 2]")
    assert kernel.run("%store kept").text() == "Stored 'kept' (list)\n"


def test_pythonstartup_is_run(start: Start, tmp_path: Path) -> None:
    script = tmp_path / "startup.py"
    script.write_text("answer = 45")
    assert start(PYTHONSTARTUP=str(script)).run("answer").result == "45"


def test_without_settings_nothing_of_it_is_imported(start: Start) -> None:
    """Most people have none, and wait for the first cell."""
    code = "import sys; 'kernelwire.python.application' in sys.modules"
    assert start().run(code).result == "False"


def test_the_places_of_files_are_ipythons() -> None:
    """They are written down twice, so that IPython's need not be imported."""
    from IPython.core.application import ENV_CONFIG_DIRS, SYSTEM_CONFIG_DIRS

    from kernelwire.python.settings import SYSTEM

    assert list(SYSTEM) == SYSTEM_CONFIG_DIRS
    assert [str(Path(sys.prefix) / "etc" / "ipython")] == ENV_CONFIG_DIRS


def test_the_options_known_before_ipython_is_are_ipythons() -> None:
    from kernelwire.python.application import KernelApp
    from kernelwire.python.arguments import FLAGS, OPTIONAL, VALUED

    flags = {f"--{name}" for name in KernelApp.flags}
    aliases = {
        f"-{name}" if len(name) == 1 else f"--{name}" for name in KernelApp.aliases
    }
    assert flags & aliases == OPTIONAL
    handled = {"--debug", "--quiet", "--show-config", "--show-config-json"}
    assert flags - aliases - handled == FLAGS
    assert aliases - OPTIONAL <= VALUED
