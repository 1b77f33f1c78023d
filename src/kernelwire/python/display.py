"""Rich output: IPython's display hook and display publisher, over the current Output.

`shell` makes one of each; both find the request at hand in the shell's `current`.
"""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, cast

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

from kernelwire.python.bundles import publish
from kernelwire.python.publishing import Hooked

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult

    from kernelwire._host import Output
    from kernelwire.python.lanes import Lane
    from kernelwire.python.shell import KernelShell

_log = logging.getLogger(__name__)


class KernelDisplayHook(Hooked, DisplayHook):
    """Publishes the value of a cell's last expression as `execute_result`.

    The shells share `_`, `__` and `___`; a subshell leaves `Out` and `_3` alone, which
    have the main shell's numbers.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._naming = threading.RLock()
        super().__init__(*args, **kwargs)

    @property
    def exec_result(self) -> ExecutionResult | None:
        """What IPython notes the value of the running cell in."""
        return self._lane.result

    @exec_result.setter
    def exec_result(self, result: ExecutionResult | None) -> None:
        self._lane.result = result

    @property
    def is_active(self) -> bool:
        """Whether a value is being formatted in this shell."""
        return self._lane.formatting

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
        self._lane.formatting = True
        self._lane.bundle = None

    def update_user_ns(self, result: object) -> None:
        """Give the value its names."""
        with self._naming:
            numbered = self.do_full_cache
            if self._lane.subshell_id:
                self.do_full_cache = 0
            try:
                super().update_user_ns(result)
            finally:
                self.do_full_cache = numbered

    def write_output_prompt(self) -> None:
        """Write nothing: the frontend has the number."""

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        """Keep the bundle until the value is in `Out`."""
        self._lane.bundle = (format_dict, md_dict)

    def finish_displayhook(self) -> None:
        """Publish the bundle."""
        lane = self._lane
        lane.formatting = False
        bundle, lane.bundle = lane.bundle, None
        if bundle is None or not bundle[0]:
            return
        data, metadata = bundle
        output = self._shell.current.output
        if self._hooks.all:
            content = {
                "execution_count": lane.execution_count,
                "data": data,
                "metadata": metadata or {},
            }
            self._hooks.publish(self._shell.kernel.session, "execute_result", content)
        elif output is not None:
            output.execute_result(data, metadata)

    @property
    def _lane(self) -> Lane:
        return self._shell.lanes.here

    @property
    def _shell(self) -> KernelShell:
        return cast("KernelShell", self.shell)


class KernelDisplayPublisher(Hooked, DisplayPublisher):
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
        if self._hooks.all:
            transient = transient or {}
            content = {"data": data, "metadata": metadata or {}, "transient": transient}
            self._publish_by_hooks(_display_type(update), content)
            return
        publish(output, data, metadata, transient, update=update)

    def clear_output(self, wait: bool = False) -> None:
        """Remove the cell's output; with `wait`, only once the next output comes."""
        output = self._output()
        if output is None:
            return
        if self._hooks.all:
            self._publish_by_hooks("clear_output", {"wait": wait})
        else:
            output.clear_output(wait)

    def _publish_by_hooks(self, msg_type: str, content: dict[str, Any]) -> None:
        shell = cast("KernelShell", self.shell)
        self._hooks.publish(shell.kernel.session, msg_type, content)

    def _output(self) -> Output | None:
        output = cast("KernelShell", self.shell).current.output
        if output is None:
            _log.warning("something was displayed before the first request")
        return output


def _display_type(update: bool) -> str:
    return "update_display_data" if update else "display_data"
