"""IPython's history: read in the three ways of the protocol, and written off the hot path.

Source: messaging.html#history
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from IPython.core.history import HistoryManager

from kernelwire.python.threads import leave_alone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kernelwire._host import HistoryRequest
    from kernelwire.python.shell import KernelShell


class LateSaving:
    """Has inputs written to the database a second after they came, many at a time.

    IPython commits each one as it comes, on a thread that holds the GIL on and off while
    the next cell runs: two thirds of the time of a short cell. What a killed process
    loses is the last second's.
    """

    DELAY = 1.0
    """Seconds."""

    def __init__(self, manager: HistoryManager | None) -> None:
        """Take over when `manager` writes, unless the user's configuration says when."""
        self._manager = manager
        self._due = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        if manager is None or not manager.enabled:
            return
        if "db_cache_size" in manager.config.HistoryManager:
            return
        manager.db_cache_size = sys.maxsize
        self._thread = threading.Thread(
            target=self._run, name="kernelwire-history", daemon=True
        )
        leave_alone(self._thread)
        self._thread.start()

    def note(self) -> None:
        """Say that an input was stored."""
        if not self._due.is_set():
            self._due.set()

    def stop(self) -> None:
        """End the thread; IPython writes what is left when its session ends."""
        self._stopped.set()
        self._due.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._due.wait()
            self._stopped.wait(self.DELAY)
            self._due.clear()
            flag = getattr(self._manager, "save_flag", None)
            if flag is not None and not self._stopped.is_set():
                flag.set()


class SubshellHistory(HistoryManager):
    """The inputs of a subshell, which are kept as long as it lives and never saved.

    Earlier sessions are those of the main shell's history. So are the names `_i`, `_i3`
    and `In`, and the directories that %cd remembers.
    """

    def __init__(self, shell: KernelShell, main: HistoryManager | None) -> None:
        self._main = main
        super().__init__(shell=shell, enabled=False, hist_file=":memory:")
        if main is not None:
            self.session_number = main.session_number
            self.dir_hist = main.dir_hist

    def store_inputs(
        self, line_num: int, source: str, source_raw: str | None = None
    ) -> None:
        """Keep an input."""
        del line_num
        self.input_hist_parsed.append(source.rstrip("\n"))
        self.input_hist_raw.append((source_raw or source).rstrip("\n"))

    def reset(self, new_session: bool = True) -> None:
        """Forget the inputs."""
        self.output_hist_reprs.clear()
        self.exceptions.clear()
        self.outputs.clear()
        if new_session:
            self.input_hist_parsed[:] = [""]
            self.input_hist_raw[:] = [""]

    def get_range(
        self,
        session: int = 0,
        start: int = 1,
        stop: int | None = None,
        raw: bool = True,
        output: bool = False,
    ) -> Iterable[tuple[int, int, Any]]:
        """Return inputs of this subshell, or of an earlier session."""
        if self._main is None or session in (0, self.session_number):
            return self._get_range_session(start, stop, raw, output)
        return self._main.get_range(session, start, stop, raw, output)

    def get_tail(self, *args: Any, **kwargs: Any) -> Iterable[tuple[int, int, Any]]:
        """Return the latest inputs that were saved."""
        return () if self._main is None else self._main.get_tail(*args, **kwargs)

    def search(self, *args: Any, **kwargs: Any) -> Iterable[tuple[int, int, Any]]:
        """Return inputs that were saved."""
        return () if self._main is None else self._main.search(*args, **kwargs)


def entries(history: HistoryManager | None, request: HistoryRequest) -> list[list[Any]]:
    """Return the inputs that a request asks for.

    Args:
        history: That of the shell which is asked.
        request: Says which.

    Returns:
        A list of [session, line, input]; with `output`, of [session, line, [input,
        output]], where output is the repr of the result or None.
    """
    if history is None:
        return []
    found: Iterable[tuple[Any, ...]]
    if request.access == "range":
        found = history.get_range(
            request.session,
            request.start,
            request.stop,
            raw=request.raw,
            output=request.output,
        )
    elif request.access == "search":
        found = history.search(
            request.pattern,
            raw=request.raw,
            output=request.output,
            n=request.n,
            unique=request.unique,
        )
    else:
        found = history.get_tail(
            request.n, raw=request.raw, output=request.output, include_latest=True
        )
    # IPython calls the current session 0 in a range, and by its number in a tail.
    return [
        [session or history.session_number, line, _entry(entry)]
        for session, line, entry in found
    ]


def _entry(entry: Any) -> Any:
    return list(entry) if isinstance(entry, tuple) else entry
