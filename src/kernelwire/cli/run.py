"""`kernelwire run NOTEBOOK`: executes a notebook, writes it and a page of HTML.

The work is in `notebook.py`; here are the command line, the files and the summary.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kernelwire.cli.measures import in_bytes, in_seconds
from kernelwire.command import Parser
from kernelwire.errors import KernelWireError

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from kernelwire.cli.notebook import NotebookRun, Outcome

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire run tour.ipynb
  kernelwire run tour.ipynb --output done.ipynb --html done.html
  kernelwire run report.ipynb --kernel python3 --timeout 60 --no-html
  kernelwire run flaky.ipynb --allow-errors"""


def main(argv: Sequence[str]) -> int:
    """Execute a notebook; 1 where a cell failed that may not."""
    parsed = _parser().parse_args(argv)
    source: Path = parsed.notebook
    output = parsed.output or source.with_suffix(".executed.ipynb")
    page = parsed.html or output.with_suffix(".html")

    # Where a part is missing, say so before an hour of cells, not after.
    import nbformat

    from kernelwire.cli.notebook import NotebookRun

    if not parsed.no_html:
        import nbconvert  # noqa: F401 - only whether it is there

    # Its complaints on stderr come to us as exceptions, too.
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)

    notebook = _read(source)
    run = NotebookRun(
        notebook,
        directory=source.absolute().parent,
        kernel=parsed.kernel,
        timeout=parsed.timeout,
        allow_errors=parsed.allow_errors,
        encryption=parsed.encryption,
    )
    outcome = asyncio.run(_until_terminated(run))
    _make_room(output)
    nbformat.write(notebook, output)
    if not parsed.no_html:
        _make_room(page)
        _write_page(notebook, page, title=source.stem)
    _print_summary(outcome, parsed, output, page)
    if outcome.failure is not None:
        raise KernelWireError(outcome.failure)
    return 0


async def _until_terminated(run: NotebookRun) -> Outcome:
    """Execute, and let `kill` end that as Ctrl-C does: the kernel must not stay."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is not None and sys.platform != "win32":
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        return await run.execute()
    except asyncio.CancelledError as exc:
        raise KeyboardInterrupt from exc


def _parser() -> Parser:
    parser = Parser(
        prog="kernelwire run",
        description="Execute a notebook with a line for each cell; write the executed "
        "notebook\nand an HTML page, and print what the kernel has measured.",
        examples=_EXAMPLES,
    )
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    parser.add_argument(
        "--kernel", metavar="NAME", help="instead of the one the notebook names"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="the executed notebook (default: NOTEBOOK with .executed.ipynb)",
    )
    parser.add_argument(
        "--html",
        type=Path,
        metavar="FILE",
        help="the page (default: beside the executed notebook)",
    )
    parser.add_argument("--no-html", action="store_true", help="write no page")
    parser.add_argument(
        "--timeout", type=int, metavar="SECONDS", help="for a cell (default: none)"
    )
    parser.add_argument(
        "--allow-errors", action="store_true", help="go on after cells that fail"
    )
    parser.add_argument(
        "--encryption",
        choices=("disabled", "auto", "required"),
        default="disabled",
        help="of what is said to the kernel: none (default), where the kernel has it, "
        "or always",
    )
    return parser


def _read(source: Path) -> NotebookNode:
    """Read a notebook of any version as one of version 4."""
    import nbformat

    try:
        notebook: NotebookNode = nbformat.read(source, as_version=4)
    # Where the JSON is something else, nbformat stumbles over it in its own ways.
    except (AttributeError, TypeError, ValueError, nbformat.ValidationError) as exc:
        msg = f"{source} is not a notebook: {str(exc).partition(chr(10))[0]}"
        raise KernelWireError(msg) from exc
    return notebook


def _make_room(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)


def _write_page(notebook: NotebookNode, page: Path, title: str) -> None:
    from nbconvert import HTMLExporter

    resources = {"metadata": {"name": title}}
    body, _ = HTMLExporter().from_notebook_node(notebook, resources=resources)
    page.write_text(body, "utf-8")


def _print_summary(
    outcome: Outcome, parsed: Namespace, output: Path, page: Path
) -> None:
    """Print the figures, the kernel's own where it has some, and the files."""
    errors = f", {outcome.errors} with an error" if outcome.errors else ""
    print(f"\n{outcome.cells} cells in {in_seconds(outcome.seconds)}{errors}")
    usage = outcome.usage
    if usage is not None:
        to, fro = usage["messages_received"], usage["messages_sent"]
        print(f"  messages  {to} to the kernel, {fro} from it")
        to, fro = in_bytes(usage["bytes_received"]), in_bytes(usage["bytes_sent"])
        print(f"  bytes     {to} to the kernel, {fro} from it")
        size, seconds = usage["buffer_bytes"], usage["buffer_seconds"]
        if size and seconds:
            rate = f"{size / seconds / 1e9:.2f} GB/s"
            print(f"  buffers   {in_bytes(size)} in {in_seconds(seconds)}: {rate}")
    print(f"  notebook  {output}")
    if not parsed.no_html:
        print(f"  page      {page}")
