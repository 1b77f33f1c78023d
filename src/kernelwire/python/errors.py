"""What is said of an error besides its traceback."""

from __future__ import annotations


def text_of(exc: BaseException) -> str:
    """Return an exception's text, whatever its `__str__` does."""
    try:
        return str(exc)
    except Exception:  # noqa: BLE001 - user code, which may raise anything
        return f"<no text: {type(exc).__name__}.__str__() failed>"
