"""What the suite is made of: rows, their sources and levels, and how a row ends.

The bottom of the package; everything else in it uses this. A theme's module makes a
`Theme` and decorates its rows, whose docstrings are the sentences that must hold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kernelwire.conformance.kernel import Kernel

__all__ = [
    "Failure",
    "Level",
    "NotOffered",
    "NotTested",
    "Outcome",
    "Row",
    "Source",
    "Theme",
    "jep",
    "practice",
    "spec",
    "want",
]

_MESSAGING = "https://jupyter-client.readthedocs.io/en/stable/messaging.html"
_PROPOSALS = "https://github.com/jupyter/enhancement-proposals/pull"


class Level(StrEnum):
    """How much a row weighs."""

    REQUIRED = "required"
    """The specification has every kernel do this, or every kernel that offers it."""
    OPTIONAL = "optional"
    """A part that a kernel may leave out, or that is only recommended."""
    EXTENSION = "extension"
    """Not in the specification: what frontends count on, or what makes a kernel last."""


class Outcome(StrEnum):
    """How a row has ended."""

    PASS = "pass"
    FAIL = "fail"
    NOT_OFFERED = "not offered"
    NOT_TESTED = "not tested"


class Failure(Exception):
    """What the row says does not hold; the text says what was found and wanted."""


class NotOffered(Exception):
    """The kernel lacks an optional feature; the text says how that was seen."""


class NotTested(Exception):
    """The row cannot be decided with this kernel; the text says why."""


def want(holds: object, found: object, wanted: str) -> None:
    """Fail the row unless something holds.

    Args:
        holds: whether it does.
        found: what is there instead, for the report.
        wanted: what should be there.

    Raises:
        Failure: it does not hold.
    """
    if not holds:
        msg = f"found {found}, wanted {wanted}"
        raise Failure(msg)


@dataclass(frozen=True, slots=True)
class Source:
    """Where it is written what a row asks for."""

    title: str
    url: str


def spec(section: str, anchor: str) -> Source:
    """A section of the messaging specification."""
    return Source(section, f"{_MESSAGING}#{anchor}")


def jep(number: int) -> Source:
    """A Jupyter Enhancement Proposal."""
    return Source(f"JEP {number}", f"{_PROPOSALS}/{number}")


def practice(what: str, url: str) -> Source:
    """What is not in the specification, and yet relied upon."""
    return Source(what, url)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that must hold, and the function that finds out whether it does."""

    id: str
    """Stable: a theme, a dot, and what it is about."""
    sentence: str
    source: Source
    level: Level
    needs: tuple[str, ...]
    """The snippets it runs; without one of them the row is not tested."""
    fresh: bool
    """Whether the kernel must be one that no other row has used."""
    check: Callable[[Kernel], None]

    def __str__(self) -> str:
        return self.id


@dataclass
class Theme:
    """The rows about one part of the protocol, in the order in which they are tried."""

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)

    def row(
        self,
        name: str,
        source: Source,
        level: Level = Level.REQUIRED,
        needs: str = "",
        *,
        fresh: bool = False,
    ) -> Callable[[Callable[[Kernel], None]], Callable[[Kernel], None]]:
        """Make a row of the function that is decorated.

        Args:
            name: what comes behind the theme's name and a dot in the row's id.
            source: where it is written.
            level: how much it weighs.
            needs: names of snippets, with spaces between them.
            fresh: whether it wants a kernel of its own.
        """

        def add(check: Callable[[Kernel], None]) -> Callable[[Kernel], None]:
            sentence = " ".join((check.__doc__ or "").partition("\n\n")[0].split())
            row_id = f"{self.name}.{name}"
            self.rows.append(
                Row(row_id, sentence, source, level, tuple(needs.split()), fresh, check)
            )
            return check

        return add
