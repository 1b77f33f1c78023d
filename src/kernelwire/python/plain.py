"""Cells that are Python as they stand, which IPython need not look through.

IPython tokenizes a cell four times to find magics, and compiles it once more to see whether
it awaits: half of the time of a short one. `shell` asks here first.

Source: IPython.core.inputtransformer2 and prefilter (IPython 8.20 to 9.18)
"""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from IPython.core.autocall import IPyAutocall
from IPython.core.macro import Macro

if TYPE_CHECKING:
    from kernelwire.python.shell import KernelShell

# What a transformation may have something to do with; it need not be it.
_SPECIAL = re.compile(
    r"""
    \A\s                                  # an indent, or empty lines, to be taken off
    | [?]                                 # help
    | (?:^|=)[ \t\\]*\n?[ \t]*[%!]        # a magic, a command, and what assigns one's output
    | ^[ \t]*[/,;]                        # a call without parentheses
    | ^[ \t]*(?:>>>|\.\.\.)               # Python's prompts, pasted,
    | ^.{0,8}In[ ]\[                      # and IPython's
    | python-mode | PYTHON-MODE           # what Emacs sends
    | [\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]  # further ends of lines
    """,
    re.MULTILINE | re.VERBOSE,
)
_WORD = re.compile(r"[^\W\d][\w.]*")


class PlainCells:
    """Tells which cells a shell's transformations leave as they are."""

    def __init__(self, shell: KernelShell) -> None:
        self._shell = shell
        self._transformations = self._present()

    def __contains__(self, cell: str) -> bool:
        """Tell whether a cell is one of them; False where that would take a closer look.

        So it is for all cells once the user, or an extension, has added a
        transformation.
        """
        if _SPECIAL.search(cell) or self._present() != self._transformations:
            return False
        return "\n" in cell.rstrip("\n") or not self._is_command(cell)

    def _present(self) -> list[object]:
        """Return all transformations that there are."""
        manager = self._shell.input_transformer_manager
        lines: Any = self._shell.prefilter_manager
        return [
            *manager.cleanup_transforms,
            *manager.line_transforms,
            *manager.token_transformers,
            *self._shell.input_transformers_post,
            *lines.checkers,
            *lines.transformers,
        ]

    def _is_command(self, line: str) -> bool:
        """Tell whether a cell of one line may be more than Python: `ls`, `exit`, a macro."""
        shell = self._shell
        word = _WORD.match(line)
        if shell.autocall:
            return True
        if word is None:
            return False
        return (
            isinstance(shell.user_ns.get(word[0]), (IPyAutocall, Macro))
            or shell.find_line_magic(word[0]) is not None
        )


def may_await(cell: str) -> bool:
    """Tell whether a cell can have a top-level await in it."""
    return "await" in cell or "async" in cell
