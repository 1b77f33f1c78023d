"""The entry point of the kernelspec: `python -m kernelwire.python -f FILE`.

Nothing but the interpreter's light half is imported before the sockets are bound.
"""

from __future__ import annotations

# An impatient user's interrupt would otherwise end the kernel while it starts.
import _signal  # type: ignore[import-not-found]

_signal.signal(_signal.SIGINT, lambda *_: None)

import sys

from kernelwire.kernel import main
from kernelwire.python.arguments import Arguments
from kernelwire.python.interpreter import PythonInterpreter
from kernelwire.python.launch import Launch
from kernelwire.python.process import leave_working_directory

if __name__ == "__main__":
    leave_working_directory()
    arguments = Arguments(sys.argv[1:])
    main(PythonInterpreter(Launch(arguments.settings)), arguments.ours)
