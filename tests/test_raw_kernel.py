"""The raw Python kernel under jupyter_kernel_test, and what it goes without."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import jupyter_kernel_test  # type: ignore[import-untyped]
import pytest

if TYPE_CHECKING:
    from tests.conftest import RunningKernel


@pytest.fixture(autouse=True, scope="module")
def _environment(jupyter_environment: dict[str, str]) -> Iterator[None]:
    """Let the suite, which knows the kernel by name only, find ours."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in jupyter_environment.items():
            patch.setenv(name, value)
        yield


class TestRawKernel(jupyter_kernel_test.KernelTests):  # type: ignore[misc]
    kernel_name = "kernelwire-python-raw"
    language_name = "python"
    file_extension = ".py"

    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('test', file=sys.stderr)"
    code_generate_error = "raise ValueError('on purpose')"
    code_inspect_sample = "zip"
    code_clear_output = "from kernelwire import clear_output; clear_output()"

    completion_samples: ClassVar = [
        {"text": "zi", "matches": {"zip"}},
        {"text": "import iterto", "matches": {"itertools"}},
    ]
    complete_code_samples: ClassVar = [
        "1",
        "print('hello')",
        "def f(x):\n  return x\n\n",
        "await f()",
    ]
    incomplete_code_samples: ClassVar = ["print('''hello", "def f(x):\n  x*2", "f("]
    invalid_code_samples: ClassVar = ["import = 7q", "1 ++", "a b", "%time"]

    code_execute_result: ClassVar = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[n*n for n in range(1, 4)]", "result": "[1, 4, 9]"},
        {"code": "'äöü ' + chr(0x1f600)", "result": "'äöü 😀'"},
    ]
    code_display_data: ClassVar = [
        {
            "code": "from kernelwire import display\n"
            "display({'text/html': '<b>x</b>'}, raw=True)",
            "mime": "text/html",
        },
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")


def test_ipython_is_not_imported(fresh_raw_kernel: RunningKernel) -> None:
    kernel = fresh_raw_kernel
    kernel.run("def f(): 1 / 0")
    assert kernel.run("f()").reply["ename"] == "ZeroDivisionError"
    kernel.ask("complete_request", code="pri", cursor_pos=3)
    kernel.ask("inspect_request", code="print", cursor_pos=5, detail_level=1)
    kernel.ask("is_complete_request", code="if True:")
    found = kernel.run(
        "import sys; {m.partition('.')[0] for m in sys.modules} & "
        "{'IPython', 'traitlets', 'jedi', 'ipykernel', 'jupyter_client', 'zmq'}"
    )
    assert found.result == "set()"


def test_little_is_imported_before_the_first_cell() -> None:
    """What these take would be most of the start."""
    code = """
import sys
import kernelwire.kernel
before = set(sys.modules)  # some are there by way of an editable installation
import kernelwire.python.raw.interpreter as raw
raw.RawInterpreter().start()
heavy = {"asyncio", "typing", "re", "traceback", "logging", "comm", "inspect", "json",
         "orjson", "concurrent.futures", "tempfile", "pathlib", "linecache"}
sys.__stdout__.write(f"{heavy & set(sys.modules) - before}")
"""
    argv = [sys.executable, "-P", "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stdout == "set()"
