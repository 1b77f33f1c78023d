"""Completion: what may stand at the cursor, from the values that names have now.

jedi would know more, of code that has not run yet. It is not used: its first completion
takes half a second and 30 MB, and what runs in this kernel is short and has run.
Positions count Unicode code points, in the protocol as in Python.
"""

from __future__ import annotations

import builtins
import inspect
import keyword
import re
import sys
from typing import Any

from kernelwire._host import Reply, matches
from kernelwire.python.raw import names

_TYPES = "_jupyter_types_experimental"
"""Where frontends look for the kind of each completion."""

_IMPORT = re.compile(r"^\s*(?:import|from)\s+(?:\w+\s*,\s*)*(\w*)$")
_FROM = re.compile(r"^\s*from\s+([\w.]+)\s+import\s+(?:[\w\s]+,\s*)*\(?\s*(\w*)$")


def complete(namespace: dict[str, Any], code: str, cursor_pos: int) -> Reply:
    """Return what may stand at the cursor, with kinds."""
    typed, found = _found(namespace, code, cursor_pos)
    start = cursor_pos - len(typed)
    # What begins with an underscore is shown to who asks for it.
    hidden = "" if typed.startswith("_") else "_"
    texts = sorted(
        text
        for text in found
        if text.startswith(typed) and not (hidden and text.startswith(hidden))
    )
    kinds = [
        {"start": start, "end": cursor_pos, "text": text, "type": found[text]}
        for text in texts
    ]
    return matches(texts, start, cursor_pos, {_TYPES: kinds})


def _found(
    namespace: dict[str, Any], code: str, position: int
) -> tuple[str, dict[str, str]]:
    """Return what was typed of a name, and the names that there are with their kinds."""
    line = code[:position].rpartition("\n")[2]
    if imported := _FROM.match(line):
        module = sys.modules.get(imported[1])
        return imported[2], {} if module is None else _attributes(module)
    if imported := _IMPORT.match(line):
        return imported[1], dict.fromkeys(_modules(), "module")
    found = names.before(code, position)
    if found is None:
        return "", {}
    head, typed = found
    if not head:
        return typed, _globals(namespace) if typed else {}
    value = names.value_of(namespace, head)
    return typed, {} if value is names.MISSING else _attributes(value)


def _globals(namespace: dict[str, Any]) -> dict[str, str]:
    return {
        **dict.fromkeys(keyword.kwlist, "keyword"),
        **{name: _kind(value) for name, value in vars(builtins).items()},
        **{name: _kind(value) for name, value in list(namespace.items())},
    }


def _attributes(value: Any) -> dict[str, str]:
    try:
        listed = dir(value)
    except Exception:  # noqa: BLE001 - of a __dir__ of the user's
        return {}
    owner = value if isinstance(value, type) or inspect.ismodule(value) else type(value)
    return {name: _kind(names.attribute(owner, name)) for name in listed}


def _kind(value: Any) -> str:
    """Return the kind of a value, as jedi names it, for the frontend's icon."""
    if isinstance(value, type):
        return "class"
    if inspect.ismodule(value):
        return "module"
    if inspect.isroutine(value):
        return "function"
    return "instance"


def _modules() -> set[str]:
    from pkgutil import iter_modules

    found = {module.name for module in iter_modules()}
    return found.union(sys.builtin_module_names, sys.stdlib_module_names)
