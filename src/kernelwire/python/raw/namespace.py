"""The module that cells run in, `__main__`, and what they find among the builtins."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType

TYPE_CHECKING = False  # typing takes 10 ms to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn


def new_main() -> ModuleType:
    """Make an empty `__main__`, so that pickle and inspect find there what cells define.

    The module that the kernel was started by goes on under its own name.
    """
    started_by = sys.modules.get("__main__")
    if started_by is not None:
        sys.modules.setdefault("kernelwire.python.raw.__main__", started_by)
    main = ModuleType("__main__")
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = main
    return main


class Exit:
    """`exit` and `quit`: end the cell and, after it, the kernel."""

    def __init__(self, name: str, ask: Callable[[], None]) -> None:
        self._name = name
        self._ask = ask

    def __repr__(self) -> str:
        """Return what Python's own says at the prompt."""
        return f"Use {self._name}() to end the kernel"

    def __call__(self, code: object = None) -> NoReturn:
        """End the kernel; the code is of no use to a frontend."""
        self._ask()
        raise SystemExit(code)


def install_exit(ask: Callable[[], None]) -> None:
    """Put ours in the place of those of `site`, which close stdin."""
    for name in ("exit", "quit"):
        setattr(builtins, name, Exit(name, ask))
