"""The Python kernel: IPython's shell behind the C++ core.

Only `interpreter` is needed to answer the first request; whatever imports IPython,
asyncio or comm hangs below `engine`, which a thread imports while the kernel is idle.
"""

from __future__ import annotations

from kernelwire.python.interpreter import PythonInterpreter

__all__ = ["PythonInterpreter"]
