"""Tries any Jupyter kernel against the messaging specification, row by row.

`kernelwire conformance` is the command line of it. In a test of a kernel:

    with Suite("mykernel") as suite:
        result = suite.check(row)

where `row` is one of `rows()`. The peer is jupyter_client's Session on plain sockets, so
that nothing of kernelwire's own protocol code stands between the suite and the kernel.
"""

from __future__ import annotations

from kernelwire.conformance.kernel import KernelNotStarted
from kernelwire.conformance.rows import Level, Outcome, Row
from kernelwire.conformance.snippets import SnippetError
from kernelwire.conformance.suite import Result, Suite, select

__all__ = [
    "KernelNotStarted",
    "Level",
    "Outcome",
    "Result",
    "Row",
    "SnippetError",
    "Suite",
    "rows",
    "select",
]


def rows(*patterns: str) -> list[Row]:
    """The rows of the suite, or those whose ids match a pattern such as `execute.*`."""
    return [row for _, chosen in select(patterns) for row in chosen]
