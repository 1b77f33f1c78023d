"""Executes a notebook with nbclient: a line for each cell, and the kernel's figures.

Used by `run.py`. Needs nbclient, which the extra `run` brings.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

from kernelwire.errors import KernelWireError
from kernelwire.kernelspec import PYTHON_NAME

__all__ = ["NotebookRun", "Outcome"]

# How long a kernel that may not know usage_request is waited for, in seconds.
_USAGE_PATIENCE = 2.0


@dataclass(slots=True)
class Outcome:
    """What a run has come to.

    Attributes:
        cells: how many were executed.
        errors: how many of them ended with an exception.
        seconds: from the first cell's start to the last one's end.
        failure: why the run ended early, in a line; None where it did not.
        usage: what a kernel of ours has counted; None from other kernels.
    """

    cells: int = 0
    errors: int = 0
    seconds: float = 0.0
    failure: str | None = None
    usage: dict[str, Any] | None = None


class NotebookRun:
    """One execution of one notebook, which is changed in place.

    Args:
        notebook: of nbformat 4.
        directory: where the kernel runs.
        kernel: the kernelspec's name; None for the one that the notebook names.
        timeout: for each cell, in seconds; None for none.
        allow_errors: go on after cells that fail.
        encryption: as jupyter_client's `KernelManager.transport_encryption`.
    """

    def __init__(
        self,
        notebook: NotebookNode,
        *,
        directory: Path,
        kernel: str | None,
        timeout: int | None,
        allow_errors: bool,
        encryption: str = "disabled",
    ) -> None:
        named = notebook.metadata.get("kernelspec", {}).get("name")
        self._notebook = notebook
        self._client = NotebookClient(
            notebook,
            kernel_name=kernel or named or PYTHON_NAME,
            timeout=timeout,
            allow_errors=allow_errors,
            coalesce_streams=True,
            resources={"metadata": {"path": str(directory)}},
            on_cell_execute=self._show_start,
            on_cell_executed=self._show_end,
            config=Config(KernelManager={"transport_encryption": encryption}),
        )
        self._allow_errors = allow_errors
        self._total = sum(map(_is_executed, notebook.cells))
        self._outcome = Outcome()
        self._started = 0.0
        self._current = NotebookNode()

    async def execute(self) -> Outcome:
        """Execute all cells, or those up to the first that may not fail.

        Cancelling the task that awaits this ends the run at once; the kernel is gone
        in every case.

        Raises:
            KernelWireError: the kernel cannot be started.
        """
        name = self._client.kernel_name
        # Not nbclient's own async_setup_kernel: it answers Ctrl-C by taking the kernel
        # away from under the cell that runs.
        manager = self._client.create_kernel_manager()
        try:
            await self._client.async_start_new_kernel()
            await self._client.async_start_new_kernel_client()
            await self._note_language()
            await self._execute_cells()
            if self._outcome.failure is None:
                self._outcome.usage = await self._usage()
        except NoSuchKernel as exc:
            ours = name == PYTHON_NAME
            remedy = "kernelwire install" if ours else "kernelwire list --all"
            msg = f"no kernel {name} is installed; {remedy}"
            raise KernelWireError(msg) from exc
        except (RuntimeError, OSError) as exc:
            msg = f"the kernel {name} does not start: {exc}"
            raise KernelWireError(msg) from exc
        finally:
            await self._shut_down(manager)
        return self._outcome

    async def _execute_cells(self) -> None:
        started = time.perf_counter()
        try:
            for index, cell in enumerate(self._notebook.cells):
                await self._client.async_execute_cell(cell, index)
        except CellExecutionError as exc:
            self._outcome.failure = (
                f"cell {self._outcome.cells} failed with {exc.ename}; tag it "
                "raises-exception, or give --allow-errors, to go on"
            )
        except CellTimeoutError:
            limit = self._client.timeout
            self._give_up("timeout", f"exceeds the timeout of {limit} s")
        except DeadKernelError:
            # nbclient raises this as well where the task is cancelled.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                self._give_up("stopped", "was interrupted")
            else:
                self._give_up("died", "ended the kernel")
        finally:
            self._outcome.seconds = time.perf_counter() - started
            self._client.set_widgets_metadata()

    def _give_up(self, status: str, reason: str) -> None:
        """Print the line of a cell that has no end, and note why."""
        print(self._line(status, self._current), flush=True)
        self._outcome.failure = f"cell {self._outcome.cells} {reason}"

    async def _shut_down(self, manager: Any) -> None:
        """End the kernel, politely where it listens."""
        client: Any = self._client.kc
        if client is not None:
            client.stop_channels()
        if await manager.is_alive():
            listens = self._outcome.failure is None
            await manager.shutdown_kernel(now=not listens)

    async def _note_language(self) -> None:
        """Write into the notebook how its code is highlighted."""
        client: Any = self._client.kc
        reply = await self._client.async_wait_for_reply(client.kernel_info())
        if reply is not None:
            language = reply["content"].get("language_info", {})
            self._notebook.metadata["language_info"] = language

    async def _usage(self) -> dict[str, Any] | None:
        """Ask the kernel what it has counted, on the control channel."""
        client: Any = self._client.kc
        request = client.session.msg("usage_request", {})
        client.control_channel.send(request)
        deadline = time.monotonic() + _USAGE_PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            try:
                reply = await client.get_control_msg(timeout=left)
            except Empty:
                break
            if reply["parent_header"].get("msg_id") == request["header"]["msg_id"]:
                usage: dict[str, Any] | None = reply["content"].get("kernelwire")
                return usage
        return None

    def _show_start(self, cell: NotebookNode, cell_index: int) -> None:
        self._outcome.cells += 1
        self._started = time.perf_counter()
        self._current = cell
        if sys.stdout.isatty():  # the end of the cell overwrites it
            print(self._line("run", cell), end="\r", flush=True)

    def _show_end(
        self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]
    ) -> None:
        content = execute_reply["content"]
        status = "ok"
        if content["status"] == "error":
            self._outcome.errors += 1
            status = f"error {content.get('ename', '')}"
        print(self._line(status, cell), flush=True)

    def _line(self, status: str, cell: NotebookNode) -> str:
        """Lay out a cell's line, in 79 columns where the status lets it."""
        count = f"[{self._outcome.cells:>{len(str(self._total))}}/{self._total}]"
        seconds = time.perf_counter() - self._started
        head = f"{count} {status:<5} {seconds:6.2f} s  "
        return head + _summary(cell.source, max(79 - len(head), 20))


def _is_executed(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip())


def _summary(source: str, width: int) -> str:
    """The first line of a cell, cut to a width."""
    first = source.strip().partition("\n")[0].rstrip()
    return first if len(first) <= width else first[: width - 3] + "..."
