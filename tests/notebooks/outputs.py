"""What a cell has shown, in a form in which two kernels can be compared.

Taken away is what differs between any two runs: addresses, ids, the names of processes'
directories, how long tests took, and how a text was cut into messages. The order of
texts, displays and results stays, but for stdout and stderr among each other, which has
none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import NamedTuple

from nbformat import NotebookNode

_IDS = r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"
_RULES = (
    (re.compile(_IDS), "ID"),
    (re.compile(r"\b0x[0-9a-f]{6,16}\b"), "ADDRESS"),
    (
        re.compile(r"(?<=^Ran )(\d+ tests?) in [\d.]+s$", re.MULTILINE),
        r"\1",
    ),  # unittest
    # The file names of cells, in warnings and tracebacks.
    (re.compile(r"(?<![\w/.-])[\w/.-]*/(?:kernelwire|ipykernel)_\d+/\d+\.py"), "CELL"),
)


class Shown(NamedTuple):
    """One output."""

    kind: str
    """stdout, stderr, error, display_data or execute_result."""
    parts: dict[str, str]
    """Text by MIME type; for an error by name, value and traceback."""

    @property
    def shape(self) -> tuple[str, ...]:
        """What it is, but for the text."""
        return (self.kind, *sorted(self.parts))


def shown_by(cell: NotebookNode, directory: str = "") -> list[Shown]:
    """Return a cell's outputs in their comparable form.

    Args:
        cell: of code, after its execution.
        directory: the one that the kernel ran in.
    """
    shown: list[Shown] = []
    for kind, parts in _joined(cell.outputs):
        changed = {name: plain(text, directory) for name, text in parts.items()}
        shown.append(Shown(kind, changed))
    return shown


def plain(text: str, directory: str = "") -> str:
    """Take away from a text what differs between any two runs."""
    if directory:
        text = text.replace(directory, "DIRECTORY")
    for pattern, name in _RULES:
        text = pattern.sub(name, text)
    return text


def _joined(outputs: Iterable[NotebookNode]) -> Iterable[tuple[str, dict[str, str]]]:
    """Yield kinds and texts; what was written between two others comes together."""
    written: dict[str, str] = {}
    for output in outputs:
        if output.output_type == "stream":
            written[output.name] = written.get(output.name, "") + output.text
            continue
        yield from _streams(written)
        written.clear()
        if output.output_type == "error":
            traceback = "\n".join(output.traceback)
            parts = {"ename": output.ename, "evalue": output.evalue}
            yield "error", {**parts, "traceback": traceback}
        else:
            yield (
                output.output_type,
                {
                    kind: data
                    if isinstance(data, str)
                    else json.dumps(data, sort_keys=True)
                    for kind, data in output.data.items()
                },
            )
    yield from _streams(written)


def _streams(written: dict[str, str]) -> Iterable[tuple[str, dict[str, str]]]:
    for name in sorted(written, reverse=True):  # stdout first
        yield name, {"text": written[name]}
