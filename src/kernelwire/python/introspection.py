"""What IPython knows about code that is being typed: completion, help, completeness.

Positions count Unicode code points, in the protocol as in Python.
"""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.completer import provisionalcompleter, rectify_completions
from IPython.utils.tokenutil import token_at_cursor

from kernelwire._host import (
    Reply,
    documentation,
    incomplete,
    invalid,
    matches,
)
from kernelwire._host import complete as complete_code

if TYPE_CHECKING:
    from kernelwire.python.shell import KernelShell

_TYPES = "_jupyter_types_experimental"
"""Where frontends look for the kind and the signature of each completion."""


def complete(shell: KernelShell, code: str, cursor_pos: int) -> Reply:
    """Return what may stand at the cursor, with kinds and signatures."""
    with provisionalcompleter():
        found = list(
            rectify_completions(code, shell.Completer.completions(code, cursor_pos))
        )
    if not found:
        return matches([], cursor_pos, cursor_pos, {_TYPES: []})
    kinds = [
        {
            "start": each.start,
            "end": each.end,
            "text": each.text,
            "type": each.type,
            "signature": each.signature,
        }
        for each in found
    ]
    # rectify_completions() has given all of them the same span.
    first = found[0]
    return matches(
        [each.text for each in found], first.start, first.end, {_TYPES: kinds}
    )


def inspect(shell: KernelShell, code: str, cursor_pos: int, detail_level: int) -> Reply:
    """Return the help of the name at the cursor; with `detail_level` 1, the source."""
    name = token_at_cursor(code, cursor_pos)
    try:
        bundle = dict(shell.object_inspect_mime(name, detail_level=detail_level))
    except KeyError:
        return documentation()
    if not shell.enable_html_pager:
        bundle.pop("text/html", None)
    return documentation(bundle)


def is_complete(shell: KernelShell, code: str) -> Reply:
    """Tell whether Enter should run the code or open another line."""
    status, indent = shell.input_transformer_manager.check_complete(code)
    if status == "incomplete":
        return incomplete(" " * (indent or 0))
    return complete_code() if status == "complete" else invalid()
