"""One execution of a notebook on a kernel, in a directory of its own.

Used by the tests of examples/ and by the comparison of notebooks of others.
"""

from __future__ import annotations

import asyncio
import copy
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, ValidationError

OURS = "kernelwire-python"
THEIRS = "ipykernel"

_START = 180
"""How long a kernel may take to start on a machine that is busy, in seconds."""


class Place:
    """A folder with both kernels' specs, and an environment that knows nothing else.

    Args:
        root: of all that Jupyter and IPython write; made if it is missing.
        python: the one that the kernels run on.
    """

    def __init__(self, root: Path, python: Path = Path(sys.executable)) -> None:
        self.root = root
        self.kernels = root / "kernels"
        for name, module in ((OURS, "kernelwire.python"), (THEIRS, "ipykernel")):
            argv = [str(python), "-m", module, "-f", "{connection_file}"]
            spec = {"argv": argv, "display_name": name, "language": "python"}
            (self.kernels / name).mkdir(parents=True, exist_ok=True)
            (self.kernels / name / "kernel.json").write_text(json.dumps(spec))
        places = {
            f"JUPYTER_{name.upper()}_DIR": str(root / name)
            for name in ("data", "runtime", "config")
        }
        self.environment = {
            **os.environ,
            **places,
            "IPYTHONDIR": str(root / "ipython"),
            "PYTHONHASHSEED": "0",  # sets of texts have an order
            "MPLCONFIGDIR": str(
                root / "matplotlib"
            ),  # where it keeps its list of fonts
        }
        self.environment.pop("MPLBACKEND", None)
        # ipykernel (7.4) would not show what is written to file descriptors.
        self.environment.pop("PYTEST_CURRENT_TEST", None)

    def manager(self, kernel: str) -> AsyncKernelManager:
        """Make a manager of OURS or THEIRS."""
        specs = KernelSpecManager(
            kernel_dirs=[str(self.kernels)], ensure_native_kernel=False
        )
        return AsyncKernelManager(kernel_name=kernel, kernel_spec_manager=specs)


@dataclass(frozen=True)
class Executed:
    """A notebook after its execution."""

    notebook: NotebookNode
    """With the outputs; the cells behind a failure have none."""
    widgets: dict[str, dict[str, Any]]
    """The state of each widget that was made, by the id of its model."""
    failure: str = ""
    """Why it was not executed to its end: a cell that took too long, or a dead kernel."""

    def cell(self, name: str) -> NotebookNode:
        """The cell with an id."""
        cells: list[NotebookNode] = self.notebook.cells
        (cell,) = (cell for cell in cells if cell.get("id") == name)
        return cell


def execute(
    notebook: NotebookNode, kernel: str, place: Place, directory: Path, timeout: int
) -> Executed:
    """Execute all cells, also behind one that has raised.

    Args:
        notebook: of nbformat 4; not changed.
        kernel: OURS or THEIRS.
        place: where the kernels' specs are.
        directory: where the kernel runs.
        timeout: for each cell, in seconds.
    """
    changed = copy.deepcopy(notebook)
    for cell in changed.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    changed.metadata.pop("widgets", None)
    client = NotebookClient(
        changed,
        km=place.manager(kernel),
        timeout=timeout,
        startup_timeout=_START,
        allow_errors=True,
    )
    failure = ""
    try:
        with (place.root / "kernels.log").open("ab") as log:
            # Not its own execute(), which leaves an event loop behind in each thread.
            running = client.async_execute(
                env=place.environment,
                cwd=str(directory),
                stdout=log,
                stderr=log,
                cleanup_kc=True,
            )
            asyncio.run(running)
    except (CellTimeoutError, DeadKernelError, ValidationError) as exc:
        failure = f"{type(exc).__name__}: {str(exc).partition(chr(10))[0]}"
    states = {
        model: dict(state)
        for model, state in client.widget_state.items()
        if "_model_name" in state
    }
    return Executed(changed, states, failure)
