"""ipykernel under jupyter_kernel_test, with every sample filled in.

The client is jupyter_client's; it and the kernel, a process of its own, use the Session
that KERNELWIRE_UPSTREAM_SIDE says. Run by tests.upstream.
"""

from __future__ import annotations

import os
from typing import ClassVar

import jupyter_kernel_test  # type: ignore[import-untyped]

SIDE = os.environ["KERNELWIRE_UPSTREAM_SIDE"]
OWNER = {"with": "kernelwire.session", "without": "jupyter_client.session"}[SIDE]
ASK = "type(get_ipython().kernel.session).__module__"


class TestIPykernel(jupyter_kernel_test.KernelTests):  # type: ignore[misc]
    kernel_name = "python3"
    language_name = "python"
    file_extension = ".py"

    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('test', file=sys.stderr)"
    code_page_something = "zip?"
    code_generate_error = "raise ValueError('on purpose')"
    code_inspect_sample = "zip"
    code_clear_output = "from IPython.display import clear_output; clear_output()"

    completion_samples: ClassVar = [{"text": "zi", "matches": {"zip"}}]
    complete_code_samples: ClassVar = [
        "1",
        "print('hello')",
        "def f(x):\n  return x\n\n",
    ]
    incomplete_code_samples: ClassVar = ["print('''hello", "def f(x):\n  x*2"]
    invalid_code_samples: ClassVar = ["import = 7q"]

    code_execute_result: ClassVar = [
        {"code": "1+2+3", "result": "6"},
        {"code": "'äöü ' + chr(0x1f600)", "result": "'äöü 😀'"},
        {"code": ASK, "result": repr(OWNER)},
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
    # Not range: the suite wants the number of the session, and IPython calls the present
    # one 0.
    supported_history_operations = ("tail", "search")

    def test_the_client_uses_the_session_of_its_side(self) -> None:
        assert type(self.kc.session).__module__ == OWNER
