"""Errors of cells as text: Python's own traceback, with colours.

Imported when a cell first fails.
"""

from __future__ import annotations

import os
import re
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from kernelwire.python.raw.source import Sources

_RESET = "\x1b[0m"
_NAME = "\x1b[1;31m"  # bold red
_PLACE = "\x1b[32m"  # green
_FRAME = re.compile(r'(?m)^([ |]*)File "(.*?)", line (\d+)(?:, in (.+))?$')


def lines_of(raised: BaseException) -> list[str]:
    """Return an error with its traceback, a line each.

    Where the environment has `NO_COLOR`, without colours.
    """
    told = traceback.TracebackException.from_exception(raised, compact=True)
    text = "".join(told.format()).rstrip("\n")
    if not os.environ.get("NO_COLOR"):
        text = _coloured(text, raised)
    return text.split("\n")


def in_cells(tb: TracebackType | None, sources: Sources) -> TracebackType | None:
    """Return a traceback from the first frame that is a cell's; None without one.

    Frames with a `__tracebackhide__`, such as those of our `input()`, are taken out.
    """
    while tb is not None and tb.tb_frame.f_code.co_filename not in sources:
        tb = tb.tb_next
    before = tb
    while before is not None and before.tb_next is not None:
        if "__tracebackhide__" in before.tb_next.tb_frame.f_locals:
            before.tb_next = before.tb_next.tb_next
        else:
            before = before.tb_next
    return tb


def _coloured(text: str, raised: BaseException) -> str:
    def place(found: re.Match[str]) -> str:
        margin, file, line, function = found.groups()
        shown = f'{margin}File {_PLACE}"{file}"{_RESET}, line {_PLACE}{line}{_RESET}'
        return f"{shown}, in {_PLACE}{function}{_RESET}" if function else shown

    text = _FRAME.sub(place, text)
    names = "|".join(re.escape(name) for name in sorted(_names_in(raised)))
    return re.sub(rf"(?m)^([ |]*)({names})(?=:|$)", rf"\1{_NAME}\2{_RESET}", text)


def _names_in(raised: BaseException) -> set[str]:
    """Return the types of an error and of all that led to it, as they are shown."""
    names: set[str] = set()
    seen: set[int] = set()
    waiting: list[BaseException | None] = [raised]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        kind = type(each)
        module = kind.__module__
        short = module in ("builtins", "__main__")
        names.add(kind.__qualname__ if short else f"{module}.{kind.__qualname__}")
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
    return names
