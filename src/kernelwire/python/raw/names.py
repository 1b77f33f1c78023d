"""Dotted names in code that is being typed, and what they stand for.

Nothing of the user's is called to find out: neither functions nor properties.
"""

from __future__ import annotations

import builtins
import re
from typing import Any

MISSING: Any = object()
"""Stands for nothing: a name that has no value, or whose value takes a call to get."""

_BEFORE = re.compile(r"(?<![\w.)\]}'\"])((?:[^\W\d]\w*\.)*)(\w*)$")
_AFTER = re.compile(r"\w*")
_CALLED = re.compile(r"((?:[^\W\d]\w*\.)*[^\W\d]\w*)\s*$")


def before(code: str, position: int) -> tuple[str, str] | None:
    """Split the dotted name that ends at the cursor.

    Returns:
        What is before the last dot, and the beginning of a name behind it. None where
        the cursor is in a number, or behind an expression of another kind.
    """
    found = _BEFORE.search(code, max(0, position - 1000), position)
    if found is None or found[2][:1].isdigit():
        return None
    return found[1].rstrip("."), found[2]


def around(code: str, position: int) -> str:
    """Return the dotted name at the cursor; else that of the call the cursor is in."""
    found = before(code, position)
    rest = _AFTER.match(code, position)
    if found is not None:
        name = ".".join(filter(None, (found[0], found[1] + (rest[0] if rest else ""))))
        if name:
            return name
    depth = 0
    for place in range(position - 1, max(-1, position - 10_000), -1):
        if code[place] in ")]}":
            depth += 1
        elif code[place] in "([{" and depth > 0:
            depth -= 1
        elif code[place] == "(":
            called = _CALLED.search(code, max(0, place - 1000), place)
            return called[1] if called else ""
    return ""


def value_of(namespace: dict[str, Any], dotted: str) -> Any:
    """Return what a dotted name stands for, or MISSING."""
    first, *rest = dotted.split(".")
    value = namespace.get(first, MISSING)
    if value is MISSING:
        value = getattr(builtins, first, MISSING)
    for name in rest:
        if value is MISSING:
            break
        value = attribute(value, name)
    return value


def attribute(value: Any, name: str) -> Any:
    """Return an attribute, or MISSING; that of a property is not known."""
    if isinstance(getattr(type(value), name, None), property):
        return MISSING
    try:
        return getattr(value, name, MISSING)
    except Exception:  # noqa: BLE001 - of a __getattr__ of the user's
        return MISSING
