"""One notebook on both kernels, and how their outputs differ, cell by cell.

What differs for no reason known is executed once more on both, and where it differs
again, a third time. A cell whose outputs on ipykernel are not always the same *varies by
itself*; ours then have to be of the same kinds.
"""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.notebooks.explained import Cell, Verdict, explanation_of
from tests.notebooks.outputs import Shown, plain, shown_by
from tests.notebooks.run import OURS, THEIRS, Executed, Place, execute
from tests.notebooks.select import Found, code_of

ROUNDS = 3
"""How often a notebook is executed at most."""


@dataclass
class Compared:
    """A notebook on both kernels."""

    found: Found
    cells: list[Cell] = field(default_factory=list)
    widgets: int = 0
    """How many models were made on our kernel."""

    @property
    def verdict(self) -> Verdict:
        """That of the cell that differs most."""
        verdicts = {cell.verdict for cell in self.cells}
        order: tuple[Verdict, ...] = ("differs", "varies")
        return next((each for each in order if each in verdicts), "same")

    @property
    def unexplained(self) -> list[Cell]:
        """The cells that differ, and nobody has said why."""
        return [
            cell
            for cell in self.cells
            if cell.verdict == "differs" and explanation_of(cell) is None
        ]

    def count(self, verdict: Verdict) -> int:
        """How many cells have a verdict."""
        return sum(cell.verdict == verdict for cell in self.cells if cell.source)


def compare(found: Found, place: Place, timeout: int) -> Compared:
    """Execute a notebook on both kernels, as often as it takes, and compare.

    Args:
        found: the notebook.
        place: with both kernels.
        timeout: for each cell, in seconds.
    """
    sources = [*(cell.source for cell in code_of(found.notebook)), ""]
    made = Compared(found)
    runs: list[tuple[_Side, _Side]] = []
    while len(runs) < ROUNDS and (not runs or made.unexplained):
        runs.append(_both(found, place, timeout))
        made.widgets = runs[0][0].widgets
        made.cells.clear()
        for number, source in enumerate(sources):
            ours = [ours.shown[number] for ours, _ in runs]
            theirs = [theirs.shown[number] for _, theirs in runs]
            verdict = _verdict(ours, theirs)
            made.cells.append(Cell(source, verdict, ours[0], theirs[0]))
    return made


def _verdict(ours: list[list[Shown]], theirs: list[list[Shown]]) -> Verdict:
    """Say how a cell differs, of which there are all executions on each kernel."""
    if ours[0] == theirs[0]:
        return "same"
    if any(mine in theirs for mine in ours):
        return "varies"
    if any(other != theirs[0] for other in theirs):
        shapes = [[shown.shape for shown in each] for each in theirs]
        if any([shown.shape for shown in mine] in shapes for mine in ours):
            return "varies"
    return "differs"


@dataclass(frozen=True)
class _Side:
    """One execution on one kernel."""

    shown: list[list[Shown]]
    """By each cell with code; then how it ended and its widgets' states."""
    widgets: int


def _both(found: Found, place: Place, timeout: int) -> tuple[_Side, _Side]:
    """Execute on both kernels at the same time, so that they have the same weather."""
    with ThreadPoolExecutor(2) as pool:
        ours, theirs = pool.map(
            lambda kernel: _side(found, kernel, place, timeout), (OURS, THEIRS)
        )
    return ours, theirs


def _side(found: Found, kernel: str, place: Place, timeout: int) -> _Side:
    # What a cell has started may still write, and then the folder does not go at once.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        directory = Path(folder).resolve() / "notebook"
        # Notebooks read what lies beside them.
        shutil.copytree(found.path.parent, directory, symlinks=True)
        executed = execute(found.notebook, kernel, place, directory, timeout)
        cells = code_of(executed.notebook)
        shown = [shown_by(cell, str(directory)) for cell in cells]
        end = [Shown("end", {"failure": executed.failure})]
        return _Side([*shown, [*end, *_widgets(executed)]], len(executed.widgets))


def _widgets(executed: Executed) -> list[Shown]:
    """The states of widgets, in the order in which they were made."""
    return [
        Shown(
            "widget", {state["_model_name"]: plain(json.dumps(state, sort_keys=True))}
        )
        for state in executed.widgets.values()
    ]
