"""The entry point of the raw kernelspec: `python -m kernelwire.python.raw -f FILE`."""

from __future__ import annotations

# An impatient user's interrupt would otherwise end the kernel while it starts.
import _signal  # type: ignore[import-not-found]

_signal.signal(_signal.SIGINT, lambda *_: None)

from kernelwire.kernel import main
from kernelwire.python.process import leave_working_directory
from kernelwire.python.raw.interpreter import RawInterpreter

if __name__ == "__main__":
    leave_working_directory()
    main(RawInterpreter)
