"""Cells that IPython's transformations leave alone: found out without them, and rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

CELLS = [
    "",
    "pass",
    "pass\n",
    "pass\n\n",
    "  pass",
    "\npass",
    "x = 1",
    "x == 1 != 2",
    "x = 'what?'",
    "f(x)?",
    "?f",
    "f??",
    "%time 1",
    "%%time\n1",
    "x = %pwd",
    "x =   \\\n  %pwd",
    "for i in a:\n    %time i",
    "for i in a:\n    x = %pwd",
    "'%d' % 1",
    "x %= 1",
    "f(1,\n  2) %\\\n  3",
    "(1\n%2)",
    "!ls",
    "!!ls",
    "x = !ls",
    "x, y = !ls",
    "if x:\n    !ls",
    "x != y",
    "(x\n != y)",
    "/f 1 2",
    ",f a b",
    ";f a b",
    "ls",
    "ls -l",
    "ls = 1",
    "ls.x",
    "cd ..",
    "time",
    "who",
    "not_a_magic",
    "exit",
    "exit()",
    "quit",
    "quit # now",
    "a_macro",
    "a_macro.x",
    ">>> 1 + 1",
    ">>> for i in a:\n...     i",
    "In [1]: 1",
    "   ...: 1",
    "[ins] In [2]: 1",
    "[nav] In [2]: 1",
    "def f():\n    ...",
    "x = '''\n>>> 1\n'''",
    "x = '''\n%time\n'''",
    "# a comment",
    "# a comment\n",
    "1 # PYTHON-MODE",
    "1 # python-mode",
    "1 +\\\n1",
    "x\r\ny",
    "x\ry",
    "x\x0cy",
    "x\u2028y",
    "await f()",
    "async def f(): pass",
    "[x async for x in y]",
    "x = '",
    "f(",
    "é",
    "1\n2\n3",
    "if True:\n\tx",
    "%alias_magic",
    "hist",
    "lambda: ls",
    "print(1);",
    "   \t",
    "@f\ndef g(): pass",
]

# IPython's own, past what the kernel's shell puts before them.
COMPARE = f"""
from IPython.core.interactiveshell import InteractiveShell

def _differences(cells={CELLS!r}):
    shell, found = get_ipython(), []
    for cell in cells:
        ours, theirs = [
            (cls.transform_cell(shell, cell), cls.should_run_async(
                shell, cell, transformed_cell=cls.transform_cell(shell, cell)))
            for cls in (type(shell), InteractiveShell)
        ]
        if ours != theirs:
            found.append((cell, ours, theirs))
    return found
"""


@pytest.fixture(scope="module")
def comparing(kernel: RunningKernel) -> RunningKernel:
    """A kernel that can compare, and has a macro and an extension's magic."""
    kernel.run("1")
    kernel.run("%macro a_macro 1")
    assert kernel.run(COMPARE).reply["status"] == "ok"
    return kernel


@pytest.mark.parametrize(
    "setting",
    ["pass", "%automagic off", "%automagic on", "%autocall 1", "%autocall 2"],
)
def test_cells_become_what_ipython_makes_of_them(
    comparing: RunningKernel, setting: str
) -> None:
    comparing.run(setting)
    assert comparing.run("_differences()").result == "[]"
    comparing.run("%autocall 0")


def test_most_cells_are_not_looked_through(comparing: RunningKernel) -> None:
    """Guards the test above: a shell that found no cell plain would pass it."""
    outcome = comparing.run("""
        plain = get_ipython()._plain
        cells = ["pass", "x = 1", "f(x)\\nprint(x != 1, '%d' % x)", "import os", "df.head()"]
        [cell in plain for cell in cells]
    """)
    assert outcome.result == str([True] * 5)


@pytest.mark.parametrize(
    "add",
    [
        "ip.input_transformers_cleanup.append(shout)",
        "ip.input_transformers_post.append(shout)",
        "ip.input_transformer_manager.line_transforms.insert(0, shout)",
    ],
)
def test_a_transformation_of_the_users_is_called(
    comparing: RunningKernel, add: str
) -> None:
    comparing.run("""
        ip = get_ipython()
        def shout(lines):
            return [line.replace('quiet', 'LOUD') for line in lines]
    """)
    comparing.run(add)
    assert comparing.run("'quiet'").result == "'LOUD'"
    comparing.run(add.replace("append(", "remove(").replace("insert(0, ", "remove("))
    assert comparing.run("'qui' + 'et'").result == "'quiet'"


def test_a_prefilter_of_the_users_is_called(fresh_kernel: RunningKernel) -> None:
    outcome = fresh_kernel.run("""
        from IPython.core.prefilter import PrefilterTransformer
        class Shout(PrefilterTransformer):
            def transform(self, line, continue_prompt):
                return line.replace('quiet', 'LOUD')
        ip = get_ipython()
        shout = Shout(shell=ip, prefilter_manager=ip.prefilter_manager, parent=ip)
    """)
    assert outcome.reply["status"] == "ok"
    assert fresh_kernel.run("'quiet'").result == "'LOUD'"
