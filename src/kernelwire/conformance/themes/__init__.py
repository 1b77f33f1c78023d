"""The rows of the suite, a module for each part of the protocol."""

from __future__ import annotations

from kernelwire.conformance.themes import (
    abort,
    clients,
    comms,
    debugger,
    execute,
    history,
    hostile,
    info,
    interrupt,
    introspection,
    life,
    outputs,
    status,
    stdin,
    subshells,
    welcome,
    wire,
)

__all__ = ["THEMES"]

THEMES = (
    info.THEME,
    status.THEME,
    wire.THEME,
    welcome.THEME,
    execute.THEME,
    outputs.THEME,
    abort.THEME,
    stdin.THEME,
    introspection.THEME,
    history.THEME,
    comms.THEME,
    interrupt.THEME,
    subshells.THEME,
    debugger.THEME,
    clients.THEME,
    hostile.THEME,
    life.THEME,
)
"""In the order in which they are tried and reported."""
