"""How a Python kernel was started, which its engine asks when it is made.

Imported before the sockets are bound, so it imports nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class Launch:
    """What the command line says, or the program in which the kernel is embedded."""

    def __init__(
        self,
        settings: Sequence[str] = (),
        *,
        namespace: dict[str, Any] | None = None,
        signals: bool = True,
    ) -> None:
        """Note how the kernel is started.

        Args:
            settings: IPython's options, as on its command line.
            namespace: Where cells find and put names; none: a new one.
            signals: SIGINT is the kernel's.
        """
        self.settings = settings
        self.namespace = namespace
        self.signals = signals
        self.connection_file: str | None = None
        """The path of the file that describes the kernel, once it is known."""
