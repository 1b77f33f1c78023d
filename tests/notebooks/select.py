"""The notebooks in a folder, and which of them can be executed."""

from __future__ import annotations

import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from tests.notebooks.sources import Source

CELLS = Path(__file__).parent / "cells"


@dataclass(frozen=True)
class Found:
    """A notebook that is executed."""

    source: Source
    path: Path
    """Where it was unpacked."""
    name: str
    """Its path in the source."""
    notebook: NotebookNode


@dataclass
class Selection:
    """What a source has."""

    found: list[Found] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    """How many notebooks are not executed, by the reason."""


def unpacked(archive: Path, target: Path) -> Path:
    """Unpack an sdist into a folder that is not there; returns its root."""
    with tarfile.open(archive) as packed:
        packed.extractall(target, filter="data")
    (root,) = target.iterdir()
    return root


def own_cells(target: Path) -> Path:
    """Write our own cells as notebooks, into a folder that is not there."""
    target.mkdir(parents=True)
    for path in sorted(CELLS.glob("*.ipy")):
        _, *cells = re.split(r"^# %%.*\n", path.read_text("utf-8"), flags=re.MULTILINE)
        notebook = new_notebook(cells=[new_code_cell(cell.rstrip()) for cell in cells])
        nbformat.write(notebook, target / f"{path.stem}.ipynb")
    return target


def select(source: Source, root: Path, seen: set[str]) -> Selection:
    """Choose the notebooks of Python that have code.

    Args:
        source: whose they are.
        root: the folder they are in.
        seen: the code of the notebooks that were chosen before; added to.
    """
    selection = Selection()
    for path in sorted(root.rglob("*.ipynb")):
        name = path.relative_to(root).as_posix()
        notebook = _read(path)
        if isinstance(notebook, str):
            reason = notebook
        else:
            reason = _reason_against(source, name, notebook, seen)
        if reason:
            selection.left_out[reason] += 1
        elif isinstance(notebook, NotebookNode):
            selection.found.append(Found(source, path, name, notebook))
    return selection


def code_of(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """Yield the cells that are executed."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.strip():
            yield cell


def _read(path: Path) -> NotebookNode | str:
    """Return a notebook of any version as one of version 4, or why that cannot be."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    # Test data of nbformat's are no notebooks in several ways.
    except Exception:  # noqa: BLE001
        return "is no valid notebook"
    return notebook if isinstance(notebook, NotebookNode) else "is no valid notebook"


def _reason_against(
    source: Source, name: str, notebook: NotebookNode, seen: set[str]
) -> str:
    if not name.startswith(source.only):
        return "is one of hundreds alike"
    for beginning, reason in source.excluded.items():
        if name.startswith(beginning):
            return reason
    metadata = notebook.metadata
    language = metadata.get("kernelspec", {}).get("language") or metadata.get(
        "language_info", {}
    ).get("name", "python")
    if language.lower() not in ("python", "ipython"):
        return "is in another language"
    code = "\0".join(cell.source for cell in code_of(notebook))
    if not code:
        return "has no code"
    if code in seen:
        return "has the code of another one"
    seen.add(code)
    return ""
