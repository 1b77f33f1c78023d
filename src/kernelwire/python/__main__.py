"""The entry point of the kernelspec: `python -m kernelwire.python -f FILE`.

Nothing but the interpreter's light half is imported before the sockets are bound.
"""

from __future__ import annotations

# An impatient user's interrupt would otherwise end the kernel while it starts.
import _signal  # type: ignore[import-not-found]

_signal.signal(_signal.SIGINT, lambda *_: None)

import os
import sys

from kernelwire.kernel import main
from kernelwire.python.interpreter import PythonInterpreter


def _leave_the_working_directory() -> None:
    """Take off `sys.path` the working directory that `python -m` put there.

    Kernels start in the notebook's directory, where a `signal.py` or `queue.py` of the
    user's would be imported instead of the library's. The engine puts `""` behind
    the library once everything the kernel needs has been imported.
    """
    if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 - pathlib takes 5 ms to import
        del sys.path[0]


if __name__ == "__main__":
    _leave_the_working_directory()
    main(PythonInterpreter)
