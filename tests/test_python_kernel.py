"""The Python kernel under jupyter_kernel_test, with every sample filled in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import jupyter_kernel_test  # type: ignore[import-untyped]
import pytest


@pytest.fixture(autouse=True, scope="module")
def _environment(jupyter_environment: dict[str, str]) -> Iterator[None]:
    """Let the suite, which knows the kernel by name only, find ours."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in jupyter_environment.items():
            patch.setenv(name, value)
        yield


class TestPythonKernel(jupyter_kernel_test.KernelTests):  # type: ignore[misc]
    kernel_name = "kernelwire-python"
    language_name = "python"
    file_extension = ".py"

    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('test', file=sys.stderr)"
    code_page_something = "zip?"
    code_generate_error = "raise ValueError('on purpose')"
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"

    completion_samples: ClassVar = [
        {"text": "zi", "matches": {"zip"}},
        {"text": "import itertools; itertools.batc"},
    ]
    complete_code_samples: ClassVar = [
        "1",
        "print('hello')",
        "def f(x):\n  return x\n\n",
    ]
    incomplete_code_samples: ClassVar = ["print('''hello", "def f(x):\n  x*2", "f("]
    invalid_code_samples: ClassVar = ["import = 7q", "1 ++", "a b"]

    code_execute_result: ClassVar = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[n*n for n in range(1, 4)]", "result": "[1, 4, 9]"},
        {"code": "'äöü ' + chr(0x1f600)", "result": "'äöü 😀'"},
    ]
    code_display_data: ClassVar = [
        {
            "code": "from IPython.display import HTML, display; display(HTML('<b>x</b>'))",
            "mime": "text/html",
        },
        {
            "code": "from IPython.display import Math, display; display(Math('e^x'))",
            "mime": "text/latex",
        },
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
