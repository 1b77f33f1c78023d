"""The raw mode of the Python kernel: Python and nothing else, no IPython.

`interpreter` is all that is imported before the first request. What a cell may never
need (asyncio, comms, tracebacks, completion) is imported when it does.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from kernelwire.python.raw.interpreter import RawInterpreter

__all__ = ["RawInterpreter"]


def __getattr__(name: str) -> object:
    """Import the interpreter when it is asked for, so that `__main__` comes first."""
    if name != "RawInterpreter":
        raise AttributeError(name)
    from kernelwire.python.raw.interpreter import RawInterpreter

    return RawInterpreter
