"""The magics that differ from the terminal's: paging and editing happen in the frontend.

`shell` registers them. `%%javascript`, `%%html` and the like come with IPython.
"""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, cast

from IPython.core import page
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.core.magics.code import CodeMagics, MacroToEdit
from IPython.display import Javascript, display
from IPython.utils.process import arg_split  # type: ignore[attr-defined]

from kernelwire.python.connect import connect_qtconsole

if TYPE_CHECKING:
    from kernelwire.python.shell import KernelShell


@magics_class
class KernelMagics(Magics):
    """Magics of a shell whose user sits at a frontend."""

    @line_magic
    def edit(self, parameter_s: str = "", last_call: list[str] | None = None) -> None:
        """Open a file, a function's source or history lines in an editor.

        Usage: %edit [-n LINE] [-p] [-r] [ARGS], as in IPython; %ed is the same. The
        frontend opens the editor and nobody waits for it to close, so the code is not
        run afterwards.
        """
        options, args = self.parse_options(parameter_s, "prxn:")
        try:
            filename, line, _ = CodeMagics._find_edit_target(
                self.shell, args, options, last_call or ["", ""]
            )
        except MacroToEdit as error:
            msg = "a macro cannot be edited from a notebook"
            raise UsageError(msg) from error
        if filename is None:
            return
        self._kernel_shell._payload(
            source="edit_magic",
            filename=str(Path(filename).resolve()),
            line_number=None if line is None else int(line),
        )

    @line_magic
    def less(self, arg_s: str) -> None:
        """Show a file in the pager; Python files in colour."""
        self._page_file(arg_s)

    @line_magic
    def more(self, arg_s: str) -> None:
        """Show a file in the pager; Python files in colour."""
        self._page_file(arg_s)

    if os.name == "posix":

        @line_magic
        def man(self, arg_s: str) -> None:
            """Show a manual page in the pager."""
            text = self._kernel_shell.getoutput(f"man {arg_s} | col -b", split=False)
            page.page(text)

    @line_magic
    def clear(self, arg_s: str) -> None:
        """Clear the terminal of a console frontend."""
        del arg_s
        self._kernel_shell.system("cls" if os.name == "nt" else "clear")

    @line_magic
    def autosave(self, arg_s: str) -> None:
        """Set how often the classic notebook saves, in seconds; 0 is never."""
        try:
            interval = int(arg_s)
        except ValueError:
            msg = f"%autosave takes a number of seconds, not {arg_s!r}"
            raise UsageError(msg) from None
        script = f"IPython.notebook.set_autosave_interval({interval * 1000})"
        display(Javascript(script), include=["application/javascript"])
        said = f"every {interval} seconds" if interval else "never"
        sys.stdout.write(f"saving {said}\n")

    @line_magic
    def connect_info(self, arg_s: str) -> None:
        """Show how another frontend connects to this kernel."""
        del arg_s
        file = self._kernel_shell.kernel.connection_file
        if not file:
            msg = "this kernel was started without a connection file"
            raise UsageError(msg)
        content = Path(file).read_text(encoding="utf-8").strip()
        sys.stdout.write(
            f"{content}\n\nConnect with:\n    jupyter console --existing {file}\n"
        )

    @line_magic
    def qtconsole(self, arg_s: str) -> None:
        """Open a Qt Console for this kernel, with options of its own."""
        try:
            connect_qtconsole(argv=arg_split(arg_s, os.name == "posix"))
        except (ModuleNotFoundError, RuntimeError) as exc:
            raise UsageError(str(exc)) from None

    @line_magic
    def subshell(self, arg_s: str) -> None:
        """Show which subshell runs this, on which thread, and which there are."""
        del arg_s
        shell = self._kernel_shell
        facts = {
            "subshell id": shell.lanes.here.subshell_id or None,
            "thread id": threading.get_ident(),
            "main thread id": threading.main_thread().ident,
            "pid": os.getpid(),
            "thread count": threading.active_count(),
            "subshell list": list(shell.kernel.subshells),
        }
        sys.stdout.writelines(f"{name}: {fact}\n" for name, fact in facts.items())

    def _page_file(self, name: str) -> None:
        if not name:
            msg = "missing file name"
            raise UsageError(msg)
        path = Path(name).expanduser()
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".py":
            text = str(self._kernel_shell.pycolorize(text))
        page.page(text)

    @property
    def _kernel_shell(self) -> KernelShell:
        return cast("KernelShell", self.shell)
