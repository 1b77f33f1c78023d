"""What came of the comparison: lines for a terminal, and a page of documentation."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.notebooks.compare import Compared
from tests.notebooks.explained import EXPLANATIONS, Explanation, explanation_of
from tests.notebooks.select import Selection
from tests.notebooks.sources import OURS, Source

VERSIONS = ("ipykernel", "IPython", "ipywidgets", "matplotlib", "numpy", "pandas")


@dataclass
class Part:
    """A source, what it has, and what came of its notebooks."""

    source: Source
    selection: Selection
    compared: list[Compared] = field(default_factory=list)

    def count(self, verdict: str) -> int:
        """How many notebooks have a verdict."""
        return sum(each.verdict == verdict for each in self.compared)

    @property
    def widgets(self) -> int:
        return sum(each.widgets for each in self.compared)


def details(compared: Compared) -> Iterator[str]:
    """What a developer wants to know of cells that differ for no reason known."""
    for cell in compared.unexplained:
        yield f"    the cell  {_short(cell.source) or '(widgets, or the end)'}"
        for side, shown in (("ours", cell.ours), ("theirs", cell.theirs)):
            yield f"    {side:8}  {_short(repr([tuple(one) for one in shown]), 1200)}"


def _short(text: str, width: int = 300) -> str:
    text = re.sub(r"\s+", " ", text)
    return text if len(text) <= width else text[: width - 3] + "..."


PAGE = """\
# Real notebooks, compared with ipykernel

{notebooks} notebooks that others wrote, from the sdists of {sources} projects on PyPI, were executed
on this kernel and on ipykernel, and compared output by output.

* Of {cells:,} cells {same:,} show the same on both.
* {varies:,} show something else each time they are executed, on ipykernel as well, such as times and
  random numbers; they show the same kinds of output on both.
* {differs:,} differ, for the reasons below.
* They made {widgets:,} widgets.

So were {own:,} short cells of our own, of all that people do in notebooks; {own_same:,} show the same,
and the others are explained as well.

`python -m tests.notebooks --report docs/notebooks-report.md` writes this page; `make
test-notebooks` only compares, and fails at a difference that is not explained here. Made with
{versions}.

## By project

*Same* are notebooks all of whose cells show the same. *Vary* have cells that vary by themselves,
*differ* have cells that differ for one of the reasons below.

| sdist | notebooks | cells | same | vary | differ | widgets |
|---|--:|--:|--:|--:|--:|--:|
{table}

## What differs, and why

{explained}

## How it is compared

* Each notebook is executed by nbclient on both kernels at the same time, in a fresh copy of its
  directory, also behind cells that fail, with {timeout} seconds a cell.
* Outputs are compared in order: text, MIME types and their data to the byte (pictures too), errors
  with their tracebacks, results; and in the end the states of all widgets.
* Taken away before is what differs between any two processes: addresses, random ids, the names
  of directories and of cells' files, how text was cut into messages, and the order of stdout and
  stderr among each other.
* A notebook that differs for no reason known is executed up to three times on both. Cells whose
  outputs on ipykernel differ from one time to another vary by themselves.

## What was not executed

| reason | notebooks |
|---|--:|
{left_out}
"""


def page(parts: Sequence[Part], timeout: int) -> str:
    """Write the report in Markdown."""
    others = [part for part in parts if part.source is not OURS]
    compared = [each for part in parts for each in part.compared]
    cells = _verdicts([each for part in others for each in part.compared])
    own = _verdicts([each for each in compared if each.found.source is OURS])
    left_out: Counter[str] = Counter()
    for part in others:
        left_out.update(part.selection.left_out)
    versions = [f"{name} {importlib.metadata.version(name)}" for name in VERSIONS]
    python = f"Python {platform.python_version()}"
    return PAGE.format(
        notebooks=sum(len(part.compared) for part in others),
        sources=len(others),
        cells=cells.total(),
        same=cells["same"],
        varies=cells["varies"],
        differs=cells["differs"],
        widgets=sum(part.widgets for part in others),
        own=own.total(),
        own_same=own["same"],
        versions=", ".join([python, *versions[:-1]]) + f" and {versions[-1]}",
        table="\n".join(map(_row, parts)),
        explained="\n\n".join(_explained(compared)) or "Nothing.",
        timeout=timeout,
        left_out="\n".join(f"| {why} | {n} |" for why, n in left_out.most_common()),
    )


def _verdicts(compared: Sequence[Compared]) -> Counter[str]:
    return Counter(
        cell.verdict for each in compared for cell in each.cells if cell.source
    )


def _row(part: Part) -> str:
    cells = sum(bool(cell.source) for each in part.compared for cell in each.cells)
    verdicts = [str(part.count(each)) for each in ("same", "varies", "differs")]
    columns = [
        part.source.label,
        str(len(part.compared)),
        str(cells),
        *verdicts,
        str(part.widgets),
    ]
    return f"| {' | '.join(columns)} |"


def _explained(compared: Sequence[Compared]) -> Iterator[str]:
    """Yield a paragraph for each reason, with the notebooks in which it was met."""
    met: dict[Explanation, Counter[str]] = defaultdict(Counter)
    for each in compared:
        for cell in each.cells:
            if cell.verdict == "differs" and (why := explanation_of(cell)):
                name = each.found.name.rpartition("/")[2]
                met[why][f"{each.found.source.distribution}: {name}"] += 1
    for why in EXPLANATIONS:
        if not met[why]:
            continue
        places = [f"{name} ({n})" if n > 1 else name for name, n in met[why].items()]
        total = met[why].total()
        count = f"{total} {'place' if total == 1 else 'places'}"
        yield (
            f"### {why.title}\n\n{why.text} *{why.whose}; {count}*: "
            f"{'; '.join(places)}."
        )
