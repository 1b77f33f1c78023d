"""Rich output: IPython's display hook and display publisher, over the current Output.

`shell` makes one of each; both find the request at hand in the shell's `current`.
"""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

if TYPE_CHECKING:
    from kernelwire._host import Output
    from kernelwire.python.shell import KernelShell

_log = logging.getLogger(__name__)


class KernelDisplayHook(DisplayHook):
    """Publishes the value of a cell's last expression as `execute_result`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.formatting = False
        """Whether a value is being formatted: an error shown now fails the cell."""
        self._bundle: tuple[dict[str, Any], dict[str, Any] | None] | None = None

    def quiet(self) -> bool:
        """Tell whether the cell ends in a semicolon.

        IPython tokenizes the whole cell to find out, for each result; most cells can
        be told by looking for one.
        """
        history = self._shell.history_manager
        cells = history.input_hist_parsed if history is not None else []
        if cells and ";" not in cells[-1]:
            return False
        return bool(super().quiet())

    def start_displayhook(self) -> None:
        """Begin with a value."""
        super().start_displayhook()
        self.formatting = True
        self._bundle = None

    def write_output_prompt(self) -> None:
        """Write nothing: the frontend has the number."""

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        """Keep the bundle until the value is in `Out`."""
        self._bundle = (format_dict, md_dict)

    def finish_displayhook(self) -> None:
        """Publish the bundle."""
        self.formatting = False
        self._is_active = False
        bundle, self._bundle = self._bundle, None
        if bundle is None or not bundle[0]:
            return
        data, metadata = bundle
        output = self._shell.current.output
        if output is not None:
            output.execute_result(data, metadata)

    @property
    def _shell(self) -> KernelShell:
        return cast("KernelShell", self.shell)


class KernelDisplayPublisher(DisplayPublisher):
    """Publishes what `display()` is given as `display_data`, or as its update."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: object = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_ignored: Any,
    ) -> None:
        """Publish a MIME bundle.

        Args:
            data: MIME type to content.
            metadata: Of the bundle, and by MIME type.
            source: Unused since IPython 3; older libraries pass it by position.
            transient: Not saved with the notebook; `display_id` is the usual member.
            update: Replace what was displayed under the `display_id`.
        """
        del source
        self._validate_data(data, metadata)
        output = self._output()
        if output is None:
            return
        transient = transient or {}
        display_id = transient.get("display_id")
        if isinstance(display_id, str) and display_id and len(transient) == 1:
            if update:
                output.update_display_data(data, metadata, display_id=display_id)
            else:
                output.display_data(data, metadata, display_id=display_id)
        elif transient or update:
            content = {"data": data, "metadata": metadata or {}, "transient": transient}
            output.publish("update_display_data" if update else "display_data", content)
        else:
            output.display_data(data, metadata)

    def clear_output(self, wait: bool = False) -> None:
        """Remove the cell's output; with `wait`, only once the next output comes."""
        output = self._output()
        if output is not None:
            output.clear_output(wait)

    def _output(self) -> Output | None:
        output = cast("KernelShell", self.shell).current.output
        if output is None:
            _log.warning("something was displayed before the first request")
        return output
