"""Imports that no interrupt ends half-way.

Layer 0. Used by: ``content``. An extension module that imports others while it is made may not
be ready for one that fails: a KeyboardInterrupt at that moment ends the process in orjson.
"""

from __future__ import annotations

import importlib
import signal
from types import FrameType

__all__ = ["import_uninterrupted"]


def import_uninterrupted(name: str) -> None:
    """Import a module; an interrupt that comes meanwhile comes after it.

    Raises:
        ImportError: as the import statement does.
        KeyboardInterrupt: or whatever the handler of SIGINT raises.
    """
    came: list[tuple[int, FrameType | None]] = []
    before = signal.getsignal(signal.SIGINT)
    try:
        if callable(before):  # else it is nothing of Python's
            signal.signal(signal.SIGINT, lambda *signalled: came.append(signalled))
    except ValueError:  # not on the main thread, where alone handlers run
        before = None
    try:
        importlib.import_module(name)
    finally:
        if callable(before):
            signal.signal(signal.SIGINT, before)
    if came and callable(before):
        before(*came[0])
