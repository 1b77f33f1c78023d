"""Cells that do the same in ipykernel, message by message; and those that do not.

Both kernels run each cell. The second half is the table of docs/coming-from-ipykernel.md:
a difference that goes away, on either side, fails here and is to be taken out there.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.conftest import Outcome, RunningKernel, manager_of


class Pair(NamedTuple):
    """Our kernel and ipykernel, in directories with the same files."""

    ours: RunningKernel
    theirs: RunningKernel


def start_pair(environment: dict[str, str], places: list[Path]) -> Pair:
    kernels = []
    modules = ("kernelwire.python", "ipykernel_launcher")
    for module, place in zip(modules, places, strict=True):
        (place / "script.py").write_text("x = 1\nprint('script', x)\n")
        (place / "text.txt").write_text("some text\n")
        (place / "sub").mkdir()
        manager = manager_of([sys.executable, "-P", "-m", module], place)
        own = {**environment, "IPYTHONDIR": str(place / "ipython")}
        manager.start_kernel(env=own, cwd=str(place))
        kernels.append(RunningKernel(manager))
    return Pair(*kernels)


@pytest.fixture(scope="module")
def pair(
    jupyter_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """The two kernels, which the tests of this module share."""
    places = [tmp_path_factory.mktemp("kernel") for _ in range(2)]
    pair = start_pair(jupyter_environment, places)
    yield pair
    for kernel in pair:
        kernel.stop()


@pytest.fixture
def fresh_pair(jupyter_environment: dict[str, str], tmp_path: Path) -> Iterator[Pair]:
    """Two kernels in which nothing has been run."""
    places = [tmp_path / name for name in ("ours", "theirs")]
    for place in places:
        place.mkdir()
    pair = start_pair(jupyter_environment, places)
    yield pair
    for kernel in pair:
        kernel.stop()


def normalised(kernel: RunningKernel, outcome: Outcome) -> Any:
    """What came of a cell, without what must differ between two kernels.

    Tracebacks are left out, since their frames are the kernels' own; how the streams are
    cut into messages does not count.
    """
    messages = [
        (kind, {key: value for key, value in content.items() if key != "traceback"})
        for kind, content in outcome.messages
        if kind != "stream"
    ]
    reply = {
        key: outcome.reply.get(key)
        for key in ("status", "ename", "execution_count", "payload", "user_expressions")
    }
    text = json.dumps([messages, reply, outcome.written], sort_keys=True)
    file = Path(kernel.manager.connection_file)
    text = text.replace(str(file), "FILE").replace(str(file.parent), "PLACE")
    text = re.sub(r"kernelwire_\d+|ipykernel_\d+", "KERNEL", text)
    text = re.sub(r"/ipython_edit_\w+", "/EDIT", text)
    text = re.sub(r"0x[0-9a-f]+", "ADDRESS", text)
    return json.loads(re.sub(r"[\d.e+]+ ?(ns|\\u03bcs|ms|s)\b", "TIME", text))


CELLS = """
1 + 1
print('text')
print?
len?
len??
import json
json.dumps??
j*?
?
%page -r _
from IPython.core import page; page.page('some text')
page.page({'text/plain': 'a', 'text/html': '<b>a</b>'})
page.page('abc', start=3)
%pinfo len
%pdoc len
%pdef json.dumps
%psource json.dumps
%pfile json
%pycat script.py
%psearch json.d*
%load script.py
%load -r 1-1 script.py
%loadpy script.py
%recall 1
%recall 1-2
%rerun 1
%edit script.py
%edit
%ed script.py
%edit 1
%edit json.dumps
%less script.py
%more text.txt
%less absent.txt
%man true
%clear
%who
%whos
%who_ls
%hist
%history -n 1-3
%history -l 2
%macro m 1-2
m
%alias
%dhist
%cd sub
%cd ..
%pwd
%ls
%cat text.txt
%precision 3
1 / 3
%precision
%doctest_mode
%doctest_mode
%logstart log.txt
7 * 6
%logstate
%logoff
%logon
%logstop
!cat log.txt
%set_env A=1
%xmode
%xmode Plain
1 / 0
%xmode Context
%tb
%colors NoColor
%automagic
%automagic
%load_ext nope
%reload_ext autoreload
%run script.py
%run -i script.py
%run absent.py
%%capture cap\\nprint('caught'); display(1); 5
cap.stdout, len(cap.outputs)
cap.show()
%%writefile w.txt\\nabc
%%writefile -a w.txt\\nabc
%%bash\\necho hi
%%sh\\nexit 3
%%python\\nprint(1)
%%html\\n<b>1</b>
%%javascript\\n1
%%latex\\n1
%%markdown\\n**x**
%%svg\\n<svg/>
%time 1 + 1
%%time\\n1
%timeit -n1 -r1 1
%prun -q len('a')
%pdb
%pdb
%sx echo a
!!echo a
x = !echo a\\nx
%system echo a
!false
_exit_code
%config ZMQInteractiveShell.ast_node_interactivity
%matplotlib --list
%matplotlib inline
%pushd sub
%popd
%reset_selective -f x
%save saved.py 1
get_ipython().set_next_input('a')
get_ipython().set_next_input('a', replace=True)
%store
%autoawait
import asyncio; await asyncio.sleep(0)
%%time\\nawait asyncio.sleep(0)
a = 5\\na;
'%s' % a
raise SystemExit
import sys; sys.exit(3)
raise KeyboardInterrupt
def
print(
import warnings; warnings.warn('x')
import logging; logging.warning('w')
assert 0
help(len)
__name__
In[1]
_, __, ___
_i
import os; os.environ['TERM'], os.environ['PAGER'], os.environ['FORCE_COLOR']
class C: pass\\nimport pickle; pickle.loads(pickle.dumps(C())).__class__ is C
import inspect\\ndef h(): pass\\ninspect.getsource(h)
a = asyncio.sleep(0, 1)\\ntry: asyncio.run(a)\\nfinally: a.close()
open(0)
sys.stdin.read()
import shutil; shutil.get_terminal_size()
import threading; threading.current_thread() is threading.main_thread()
get_ipython().system('echo a')
get_ipython().getoutput('echo a')
get_ipython().run_cell('print(5)').success
get_ipython().run_line_magic('time', '1')
display(1, metadata={'text/plain': {'a': 1}})
display({'text/plain': 'a', 'x/y': 'b'}, raw=True)
h = display(1, display_id='q'); h.update(2)
from IPython.display import *; display(HTML('<b>x</b>'), Math('x'), JSON({'a': 1}))
clear_output()
Javascript('1')
"""


def cell_of(line: str) -> str:
    return line.replace("\\n", "\n")


@pytest.mark.parametrize("line", CELLS.strip().splitlines())
@pytest.mark.filterwarnings("ignore")
def test_a_cell_does_the_same(pair: Pair, line: str) -> None:
    ours, theirs = (normalised(each, each.run(cell_of(line))) for each in pair)
    assert ours == theirs


# Each cell ends with a comparison, whose result is True in both.
PROCESSES = """
mp.get_context('spawn').Pool(1).map(math.sqrt, [4]) == [2]
mp.get_context('forkserver').Pool(1).map(math.sqrt, [4]) == [2]
def square(x): return x * x\\nmp.get_context('fork').Pool(1).map(square, [2]) == [4]
q = mp.Queue(); p = mp.Process(target=q.put, args=(5,)); p.start(); q.get() == 5
list(ProcessPoolExecutor(1).map(math.sqrt, [4])) == [2]
subprocess.run('echo a', shell=True, capture_output=True).stdout.strip() == b'a'
subprocess.run(['cat'], stdin=subprocess.DEVNULL).returncode == 0
os.popen('echo a').read().strip() == 'a'
os.waitstatus_to_exitcode(os.waitpid(os.spawnlp(os.P_NOWAIT, 'true', 'true'), 0)[1]) == 0
"""
IMPORTS = "import math, multiprocessing as mp, os, subprocess\nfrom concurrent.futures import *"


@pytest.mark.parametrize("line", PROCESSES.strip().splitlines())
def test_processes_work_the_same(pair: Pair, line: str) -> None:
    cell = f"{IMPORTS}\n{cell_of(line)}"
    assert [each.run(cell).result for each in pair] == ["True", "True"]


def test_modules_are_reloaded(pair: Pair) -> None:
    """By the size of the file too, so that nobody need wait for its time to change."""
    change = "os.utime('reloaded.py', ns=(time.time_ns() + 2 * 10**9,) * 2)"
    cells = (
        "import os, sys, time\nsys.path.insert(0, os.getcwd())",
        "%%writefile reloaded.py\ndef f(): return 1",
        "%load_ext autoreload\n%autoreload 2\nimport reloaded",
        "%%writefile reloaded.py\ndef f(): return 22",
        change,
    )
    for kernel in pair:
        for cell in cells:
            assert kernel.run(cell).reply["status"] == "ok"
    results = [each.run("reloaded.f()").result for each in pair]
    assert results == ["22", "22"]


def test_connect_info_says_how_to_connect(pair: Pair) -> None:
    for kernel in pair:
        text = kernel.run("%connect_info").text()
        file = Path(kernel.manager.connection_file)
        shown = json.loads(text[: text.index("}") + 1])
        assert shown == json.loads(file.read_text())
        assert f"--existing {file}" in text


def summary(outcome: Outcome) -> str:
    """The kinds of messages, and the result or the error's name."""
    ename = outcome.reply.get("ename")
    results = [each["data"]["text/plain"] for each in outcome.of("execute_result")]
    return " ".join([*outcome.kinds, *results, *([ename] if ename else [])])


MISSING = "error AttributeError"


@pytest.mark.parametrize(
    ("cell", "ours", "theirs"),
    [
        ("%nothing", "error UsageError", "stream UsageError"),
        (
            "raise ExceptionGroup('g', [ValueError()])",
            "error ExceptionGroup",
            "stream ExceptionGroup",
        ),
        ("%edit nothing", "stream", "stream error TypeError"),
        ("breakpoint()", "stream error StdinNotImplementedError", ""),
        (
            "import sys; sys.argv[0].rpartition('/')[2]",
            "execute_result '__main__.py'",
            "execute_result 'ipykernel_launcher.py'",
        ),
        (
            "from ipykernel.kernelapp import IPKernelApp; IPKernelApp.initialized()",
            "execute_result False",
            "execute_result True",
        ),
        ("get_ipython().kernel.shell_handlers;", MISSING, ""),
        ("get_ipython().kernel.control_handlers;", MISSING, ""),
        ("get_ipython().kernel.iopub_thread;", MISSING, ""),
        ("sys.stdout.set_parent;", MISSING, ""),
        (
            "get_ipython().parent is None",
            "execute_result True",
            "execute_result False",
        ),
        (
            "import signal; signal.getsignal(2) is signal.default_int_handler",
            "execute_result False",
            "execute_result True",
        ),
    ],
)
def test_a_cell_does_something_else(
    pair: Pair, cell: str, ours: str, theirs: str
) -> None:
    assert summary(pair.ours.run(cell)) == ours
    assert summary(pair.theirs.run(cell)) == theirs


def cell_that_got(kernel: RunningKernel, first: str, second: str, text: str) -> str:
    """Run two cells; return which of them gets a text."""
    requests = [kernel.execute(first)]
    kernel.finish(requests[0])
    requests.append(kernel.execute(second))
    found, idle = "", False
    while not (found and idle):
        message = kernel.client.get_iopub_msg(timeout=60)
        request = message["parent_header"].get("msg_id")
        if message["content"].get("text") == text:
            found = ("first", "second")[requests.index(request)]
        state = message["content"].get("execution_state")
        idle = idle or (request, state) == (requests[1], "idle")
    kernel.client.get_shell_msg(timeout=60)
    return found


def test_a_thread_prints_in_the_cell_that_started_it(fresh_pair: Pair) -> None:
    first = (
        "import threading\n"
        "go, done = threading.Event(), threading.Event()\n"
        "def work(): go.wait(); print('late', flush=True); done.set()\n"
        "threading.Thread(target=work).start()"
    )
    found = [
        cell_that_got(each, first, "go.set(); done.wait()", "late\n")
        for each in fresh_pair
    ]
    assert found == ["first", "second"]


def test_a_task_prints_in_the_cell_that_started_it_in_both(fresh_pair: Pair) -> None:
    first = (
        "import asyncio\n"
        "go, done = asyncio.Event(), asyncio.Event()\n"
        "async def work(): await go.wait(); print('later', flush=True); done.set()\n"
        "task = asyncio.create_task(work())"
    )
    second = "go.set(); await done.wait()"
    found = [cell_that_got(each, first, second, "later\n") for each in fresh_pair]
    assert found == ["first", "first"]
