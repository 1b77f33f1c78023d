"""Cells as code: compiles them, and keeps their text for whoever shows source lines.

A cell is called `<cell 3>` in tracebacks. linecache, and with it `traceback`, `inspect`
and `pdb`, finds its text there.
"""

from __future__ import annotations
import __future__

import sys
from _ast import (
    Expr,
    Interactive,
    PyCF_ALLOW_TOP_LEVEL_AWAIT,
    PyCF_ONLY_AST,
)
from collections import deque

TYPE_CHECKING = False  # typing takes 10 ms to import
if TYPE_CHECKING:
    from _ast import AST, Module
    from types import CodeType

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag

KEPT = 10_000
"""How many cells' text is kept."""


class Sources:
    """The text of cells by their file names; any thread may add one."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        # A dict whose first entries are taken out has no quick way to its first one.
        self._names: deque[str] = deque()
        self._uncounted = 0

    def add(self, code: str, number: int | None, subshell_id: str) -> str:
        """Keep a cell's text, and give it a file name.

        Args:
            code: The text.
            number: Of the cell; none: it has no number of its own.
            subshell_id: Of the shell that runs it; empty: the main shell.
        """
        if number is None:
            self._uncounted += 1
            name = f"<uncounted cell {self._uncounted}>"
        elif subshell_id:
            name = f"<cell {number} of {subshell_id}>"
        else:
            name = f"<cell {number}>"
        self._texts[name] = code
        self._names.append(name)
        linecache = sys.modules.get("linecache")
        if linecache is not None:
            linecache.cache[name] = _entry(name, code)
        if len(self._names) > KEPT:
            oldest = self._names.popleft()
            self._texts.pop(oldest, None)
            if linecache is not None:
                linecache.cache.pop(oldest, None)
        return name

    def __contains__(self, name: str) -> bool:
        """Tell whether a file name is a cell's."""
        return name in self._texts

    def fill_linecache(self) -> None:
        """Give linecache, which has just been imported, what came before."""
        cache = sys.modules["linecache"].cache
        for name, code in list(self._texts.items()):
            cache[name] = _entry(name, code)


class Compiler:
    """Compiles cells; a `from __future__ import` holds for the cells that follow."""

    def __init__(self) -> None:
        self.flags = PyCF_ALLOW_TOP_LEVEL_AWAIT

    def compile(self, code: str, name: str) -> tuple[CodeType, ...]:
        """Compile a cell; one that is indented as a whole is as if it were not.

        Args:
            code: Its text.
            name: Its file name.

        Returns:
            What to execute, one after the other. The last expression calls
            `sys.displayhook`, unless a semicolon follows it.

        Raises:
            SyntaxError: It is not Python; or it is a magic or a shell command, and the
                message says where these can be had.
            ValueError: It contains a null character.
        """
        try:
            tree = self._parsed(code, name)
        except IndentationError:
            code = _dedented(code)
            tree = self._parsed(code, name)
        body = tree.body
        if not body or type(body[-1]) is not Expr or _is_muted(code, body[-1]):
            return (self._compiled(tree, name, "exec"),)
        last = Interactive([body.pop()])
        if not body:
            return (self._compiled(last, name, "single"),)
        return (
            self._compiled(tree, name, "exec"),
            self._compiled(last, name, "single"),
        )

    def _parsed(self, code: str, name: str) -> Module:
        try:
            return compile(code, name, "exec", self.flags | PyCF_ONLY_AST, True)  # type: ignore[no-any-return]
        except SyntaxError as error:
            _explain(error)
            raise

    def _compiled(self, tree: AST, name: str, mode: str) -> CodeType:
        code: CodeType = compile(tree, name, mode, self.flags, True)  # type: ignore[call-overload]
        self.flags |= code.co_flags & _FUTURES
        return code


def _entry(name: str, code: str) -> tuple[int, None, list[str], str]:
    # Without a time, linecache does not look for a file of that name.
    lines = [line + "\n" for line in code.split("\n")]
    return (len(code), None, lines, name)


def _is_muted(code: str, last: Expr) -> bool:
    """Tell whether a semicolon follows the last expression."""
    if ";" not in code:
        return False
    lines = code.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert last.end_lineno is not None
    line = lines[last.end_lineno - 1].encode()  # columns are those of UTF-8
    return line[last.end_col_offset :].lstrip().startswith(b";")


def _dedented(code: str) -> str:
    """Take off what all lines are indented by: code is pasted from within functions."""
    from textwrap import dedent

    return dedent(code)


def _explain(error: SyntaxError) -> None:
    """Say of what is IPython's that it is."""
    import re

    if re.search(r"^\s*[%!?]|^[\w\s.,]+=\s*[%!]|\?\s*$", error.text or ""):
        error.msg = (
            "raw mode has no magics, !commands or ?help; they are in the kernel "
            "'Python 3 (kernelwire)'"
        )
