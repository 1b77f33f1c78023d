"""How a cell differs from one kernel to the other: what is known, and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.notebooks.outputs import Shown

Verdict = Literal["same", "varies", "differs"]


@dataclass(frozen=True)
class Cell:
    """A cell, or the end of the notebook, on both kernels."""

    source: str
    """The code; empty for what is compared of the notebook as a whole."""
    verdict: Verdict
    ours: list[Shown]
    theirs: list[Shown]


@dataclass(frozen=True)
class Explanation:
    """A reason for which a cell differs."""

    title: str
    text: str
    """Sentences of Markdown for the report."""
    whose: str
    """Whose doing it is."""
    explains: Callable[[Cell], bool]
    """Whether it is the reason for a cell."""


def patterns(ours: str, theirs: str) -> Callable[[Cell], bool]:
    """Look for a pattern in what each kernel has shown; see `written`."""

    def explains(cell: Cell) -> bool:
        return bool(
            re.search(ours, written(cell.ours), re.DOTALL)
            and re.search(theirs, written(cell.theirs), re.DOTALL)
        )

    return explains


def reordered(cell: Cell) -> bool:
    """Whether both have shown the same, in another order of texts and the rest."""

    def by_kind(shown: list[Shown]) -> dict[str, str]:
        kinds: dict[str, str] = {}
        for one in shown:
            kinds[one.kind] = kinds.get(one.kind, "") + written([one])
        return kinds

    return by_kind(cell.ours) == by_kind(cell.theirs)


def written(shown: list[Shown]) -> str:
    """Outputs as one text: a line of kind and part before each, ANSI colours left out."""
    text = "".join(
        f"<{one.kind} {name}>\n{part}\n"
        for one in shown
        for name, part in one.parts.items()
    )
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def explanation_of(cell: Cell) -> Explanation | None:
    """The first explanation of a cell that differs; None where there is none."""
    return next((why for why in EXPLANATIONS if why.explains(cell)), None)


BY_DESIGN = "By design"
THEIRS = "ipykernel's"

EXPLANATIONS = (
    Explanation(
        title="When text of child processes comes",
        text="What a child or a C library writes comes in the order in which things "
        "happen: before what the cell shows next. In ipykernel a thread reads it, and it "
        "comes when that is done.",
        whose=THEIRS,
        explains=reordered,
    ),
    Explanation(
        title="A magic that is not there, or is misused",
        text="IPython writes `UsageError: ...` to stderr. Here it is shown as the error "
        "that the reply says it is, so that frontends mark the cell as failed.",
        whose=BY_DESIGN,
        explains=patterns(
            ours=r"<error ename>\nUsageError\n", theirs=r"<stderr text>\n.*UsageError: "
        ),
    ),
    Explanation(
        title="`input()` where nobody can be asked",
        text="The error is the same, `StdinNotImplementedError`; its text and the frames "
        "of the kernel in its traceback are each kernel's own.",
        whose=BY_DESIGN,
        explains=patterns(
            ours=r"<error ename>\nStdinNotImplementedError\n",
            theirs=r"<error ename>\nStdinNotImplementedError\n",
        ),
    ),
    Explanation(
        title="Syntax warnings",
        text="`SyntaxWarning` is shown for the cell alone. ipykernel parses a cell more "
        "often, also to find out whether it awaits, and shows each time's.",
        whose=THEIRS,
        explains=patterns(
            ours=r"CELL:\d+: SyntaxWarning", theirs=r"<>:\d+: SyntaxWarning"
        ),
    ),
    Explanation(
        title="`%autocall`",
        text="The rewritten line is printed once; ipykernel prints it twice, for the same "
        "reason.",
        whose=THEIRS,
        explains=patterns(
            ours=r"^<stdout text>\n------> [^\n]*\n\n<(?!stdout)",
            theirs=r"<stdout text>\n(------> [^\n]*)\n\1\n",
        ),
    ),
    Explanation(
        title="`breakpoint()`",
        text="It stops in IPython's debugger, which asks by `input()`; under nbclient, that "
        "asks nobody, it is an error. ipykernel imports debugpy, whose hook takes its "
        "place and does nothing as long as no frontend debugs.",
        whose=BY_DESIGN,
        explains=patterns(ours=r"breakpoint\(\)", theirs=r"^$"),
    ),
    Explanation(
        title="`%edit` of what is not there",
        text="Both warn; ipykernel then raises a `TypeError` of its own.",
        whose=THEIRS,
        explains=patterns(
            ours=r"^<stderr text>\n[^<]*can't be found as a variable",
            theirs=r"can't be found as a variable.*<error ename>\nTypeError\n",
        ),
    ),
    Explanation(
        title="How deep a recursion may be",
        text="`RecursionError` comes after another number of calls, since each kernel "
        "has frames of its own below the cell; IPython counts them in the traceback.",
        whose="By nature",
        explains=patterns(
            ours=r"<error ename>\nRecursionError\n",
            theirs=r"<error ename>\nRecursionError\n",
        ),
    ),
    Explanation(
        title="Context variables in a cell that awaits",
        text="What a cell sets at its top level is set in later cells, whether it awaits "
        "or not. In ipykernel a cell that awaits is a task, and what it sets is lost.",
        whose=BY_DESIGN,
        explains=patterns(ours=r"'changed'\)?\n", theirs=r"'set in a cell'\)?\n"),
    ),
    Explanation(
        title="What `sys.stdout` says of itself",
        text="Its name is `<stdout>`, its encoding `utf-8`, as Python's own have it, and "
        "its errors are `backslashreplace`; `write` refuses what is no text with "
        "Python's words.",
        whose=BY_DESIGN,
        explains=patterns(
            ours=r"'utf-8'|'<stdout>'|must be str, not int|'OutputStream' object",
            theirs=r"'UTF-8'|'stdout'|must be str, not <class|'OutStream' object",
        ),
    ),
    Explanation(
        title="`%lsmagic`",
        text="It lists `%%store` beside `%store`, until the extension is loaded that has "
        "them: here that is when one of them is used, or another session has stored something.",
        whose=BY_DESIGN,
        explains=patterns(
            ours=r"Available cell magics:.*%%store",
            theirs=r"Available cell magics:(?!.*%%store)",
        ),
    ),
    Explanation(
        title="Names of the kernel's classes",
        text="Such as that of `sys.displayhook`.",
        whose=BY_DESIGN,
        explains=patterns(ours=r"KernelDisplayHook", theirs=r"ZMQShellDisplayHook"),
    ),
    Explanation(
        title="`%gui` with a name that nobody knows",
        text="Refused in other words.",
        whose=BY_DESIGN,
        explains=patterns(
            ours=r"ERROR:root:.*'nosuch'",
            theirs=r"ERROR:root:Invalid GUI request 'nosuch'",
        ),
    ),
)
