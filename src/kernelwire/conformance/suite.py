"""Tries the rows, one after the other, on one kernel.

Over the themes and `kernel.py`; used by the command line, and by tests of kernels.
"""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import Json, Message
from kernelwire.conformance.rows import (
    Failure,
    Level,
    NotOffered,
    NotTested,
    Outcome,
    Row,
    Theme,
)
from kernelwire.conformance.snippets import Snippets
from kernelwire.conformance.themes import THEMES
from kernelwire.errors import KernelWireError

__all__ = ["DEFAULT_LIMIT", "Result", "Suite", "select"]

DEFAULT_LIMIT = 20.0  # seconds a row


@dataclass(frozen=True, slots=True)
class Result:
    """How a row has ended on a kernel."""

    row: Row
    outcome: Outcome
    detail: str = ""
    """Unless it has passed: what was found, or why it could not be."""
    seconds: float = 0.0
    trail: Sequence[Message] = field(default=(), repr=False)
    """Where it has failed: the messages that went to and fro."""
    printed: str = field(default="", repr=False)
    """Where it has failed: the end of what the kernel's process has printed."""

    @property
    def breaks(self) -> bool:
        """Whether it is a failure of a required row."""
        return self.outcome is Outcome.FAIL and self.row.level is Level.REQUIRED


def select(patterns: Sequence[str] = ()) -> list[tuple[Theme, list[Row]]]:
    """The rows whose ids match one of the patterns, by themes; without any, all.

    Args:
        patterns: globs such as `execute.*`; the name of a theme is all of its rows.

    Raises:
        KernelWireError: a pattern matches none.
    """
    ids = [row.id for theme in THEMES for row in theme.rows]
    themes = {theme.name for theme in THEMES}
    globs = [f"{name}.*" if name in themes else name for name in patterns]
    for glob in globs:
        if not fnmatch.filter(ids, glob):
            msg = f"no row matches {glob!r}; --list shows them"
            raise KernelWireError(msg)
    chosen = [
        (theme, [row for row in theme.rows if _matches(row, globs)]) for theme in THEMES
    ]
    return [(theme, rows) for theme, rows in chosen if rows]


def _matches(row: Row, globs: Sequence[str]) -> bool:
    return not globs or any(fnmatch.fnmatchcase(row.id, glob) for glob in globs)


class Suite:
    """The rows, and one kernel to try them on. Use it in a `with` statement."""

    def __init__(
        self,
        kernelspec: str,
        *,
        snippets: Path | None = None,
        limit: float = DEFAULT_LIMIT,
    ) -> None:
        """Find the kernel, and start nothing yet.

        Args:
            kernelspec: a name that Jupyter knows, or a directory with a kernel.json.
            snippets: a file for the kernel's language; by default, one of the suite's.
            limit: seconds that a row may take.

        Raises:
            KernelSpecError: there is no such kernelspec.
            SnippetError: the file of snippets is wrong.
        """
        self._given = None if snippets is None else Snippets.read(snippets)
        self._kernel = Kernel(kernelspec, limit)
        self.name = self._kernel.name
        self.info: Json = {}
        """The kernel's kernel_info_reply, once it has run."""

    def __enter__(self) -> Self:
        """Start the kernel.

        Raises:
            KernelNotStarted: it did not.
        """
        try:
            self._start()
        except BaseException:
            self._kernel.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._kernel.__exit__(kind, error, traceback)

    @property
    def language(self) -> str:
        """What the kernel says that it runs."""
        language = self.info.get("language_info")
        return str(language.get("name")) if isinstance(language, dict) else "unknown"

    def run(self, rows: Sequence[Row]) -> Iterator[Result]:
        """Try rows, one after the other."""
        for row in rows:
            yield self.check(row)

    def check(self, row: Row) -> Result:
        """Try a row, and see that the kernel has survived it.

        Raises:
            KernelNotStarted: the kernel was to be started anew, and did not.
        """
        kernel = self._kernel
        for name in row.needs:
            if name not in kernel.snippets.codes:
                reason = f"no snippet `{name}` for {self.language}; see --snippets"
                return Result(row, Outcome.NOT_TESTED, reason)
        if row.fresh:
            kernel.stop()
        if not kernel.runs:
            kernel.stop()
            self._start()

        start = time.monotonic()
        kernel.begin()
        outcome, detail = _try(row, kernel)
        seconds = time.monotonic() - start
        failed = outcome is Outcome.FAIL
        trail = kernel.trail if failed else []
        printed = kernel.printed() if failed else ""
        kernel.end()
        if failed or row.fresh or kernel.spent:
            kernel.stop()
        return Result(row, outcome, detail, seconds, trail, printed)

    def _start(self) -> None:
        self.info = self._kernel.start()
        given = self._given
        self._kernel.snippets = given or Snippets.for_language(self.language)


def _try(row: Row, kernel: Kernel) -> tuple[Outcome, str]:
    """Try a row; how it ended, and why."""
    outcome, detail = Outcome.PASS, ""
    try:
        try:
            row.check(kernel)
        except NotOffered as exc:
            outcome, detail = Outcome.NOT_OFFERED, str(exc)
        except NotTested as exc:
            outcome, detail = Outcome.NOT_TESTED, str(exc)
        if not (row.fresh or kernel.spent):
            _see_it_live(kernel)
    except Failure as exc:
        return Outcome.FAIL, str(exc)
    return outcome, detail


def _see_it_live(kernel: Kernel) -> None:
    """Fail a row after which the kernel does not answer any more."""
    try:
        kernel.peer.fence()
    except Failure as exc:
        msg = f"the kernel does not answer after that: {exc}"
        raise Failure(msg) from exc
