"""`get_ipython().kernel`: what libraries written for ipykernel ask a kernel object for.

Small on purpose: a member is here because a library is known to use it.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

from kernelwire.kernel import connection_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comm.base_comm import CommManager

    from kernelwire.python.current import Current
    from kernelwire.python.shell import KernelShell


class KernelFacade:
    """The kernel as user code sees it."""

    def __init__(
        self,
        current: Current,
        comm_manager: CommManager,
        banner: str,
        subshells: Sequence[str],
    ) -> None:
        self._current = current
        self.comm_manager = comm_manager
        """Used by libraries older than the comm package; bokeh 3 asks for it too."""
        self.banner = banner
        self.subshells = subshells
        """The ids of those that are open, as %subshell shows them."""
        self.shell: KernelShell | None = None
        self.log = logging.getLogger("kernelwire.python")

    def get_parent(self, channel: str = "shell") -> dict[str, Any]:
        """Return the message that is being answered.

        ipywidgets' Output (8.1) reads the id of the cell that it captures from it.

        Args:
            channel: Unused: requests on control never run user code.
        """
        del channel
        header = self._current.header
        return {
            "header": header,
            "msg_id": header.get("msg_id"),
            "msg_type": header.get("msg_type"),
            "parent_header": {},
            "metadata": {},
            "content": {},
            "buffers": [],
        }

    @property
    def _parent_header(self) -> dict[str, Any]:
        """The same message, by the name that it had before ipykernel 6."""
        return self.get_parent()

    @property
    def connection_file(self) -> str | None:
        """The path of the file that the kernel was started with; None without one."""
        return connection_file(sys.argv[1:])
