"""Help on the name at the cursor, as text."""

from __future__ import annotations

import inspect as library
from typing import Any

from kernelwire._host import Reply, documentation
from kernelwire.python.raw import names


def inspect(
    namespace: dict[str, Any], code: str, cursor_pos: int, detail_level: int
) -> Reply:
    """Return the signature and the docstring; with `detail_level` 1, the source."""
    name = names.around(code, cursor_pos)
    value = names.value_of(namespace, name) if name else names.MISSING
    if value is names.MISSING:
        return documentation()
    parts = {
        "Signature": _signature(name, value),
        "Type": type(value).__name__,
        "Value": "" if callable(value) else _shortened(value),
        "File": _file(value),
    }
    lines = [f"{title}: {text}" for title, text in parts.items() if text]
    source = _source(value) if detail_level else ""
    if source:
        lines += ["Source:", source]
    elif doc := library.getdoc(value):
        lines += ["Docstring:", doc]
    return documentation({"text/plain": "\n".join(lines)})


def _signature(name: str, value: Any) -> str:
    try:
        return f"{name.rpartition('.')[2]}{library.signature(value)}"
    except (TypeError, ValueError):  # not to be called, or written in C
        return ""


def _shortened(value: Any) -> str:
    from reprlib import repr as shortened

    try:
        return shortened(value)
    except Exception:  # noqa: BLE001 - of a __repr__ of the user's
        return ""


def _file(value: Any) -> str:
    try:
        return library.getsourcefile(library.unwrap(value)) or ""
    except (TypeError, ValueError):
        return ""


def _source(value: Any) -> str:
    try:
        return library.getsource(value).rstrip()
    except (OSError, TypeError):
        return ""
