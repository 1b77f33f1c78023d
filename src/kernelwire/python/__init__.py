"""The Python kernel: IPython's shell behind the C++ core.

Only `interpreter` is needed to answer the first request; whatever imports IPython,
asyncio or comm hangs below `engine`, which a thread imports while the kernel is idle.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from kernelwire.python.interpreter import PythonInterpreter

__all__ = ["PythonInterpreter"]


def __getattr__(name: str) -> object:
    """Import the interpreter when it is asked for, so that `__main__` comes first."""
    if name != "PythonInterpreter":
        raise AttributeError(name)
    from kernelwire.python.interpreter import PythonInterpreter

    return PythonInterpreter
