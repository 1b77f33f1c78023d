"""The debugger: JupyterLab's panel at one end, debugpy at the other.

Nothing of it is imported before the first `debug_request`, and debugpy not before a
frontend begins to debug or looks at variables.

Source: messaging.html#debug-request; the Debug Adapter Protocol
"""

from __future__ import annotations

from kernelwire.python.debugger.requests import Debugger

__all__ = ["Debugger"]
