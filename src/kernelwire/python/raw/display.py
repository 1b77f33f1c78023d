"""What the raw kernel shows: results of cells, and what `display()` is given."""

from __future__ import annotations

import builtins
import sys

from kernelwire.python import showing
from kernelwire.python.bundles import publish
from kernelwire.python.raw.formats import bundle_of, shows_itself

TYPE_CHECKING = False  # typing takes 10 ms to import
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from kernelwire._host import Output
    from kernelwire.python.current import Current


class Display:
    """Shows objects in the cell that the calling context belongs to."""

    def __init__(self, current: Current) -> None:
        self._current = current

    def install(self) -> None:
        """Become `sys.displayhook`, the builtin `display` and `kernelwire.display`."""
        sys.displayhook = self.show_result
        showing.lead_to(self)
        builtins.display = showing.display  # type: ignore[attr-defined]

    def install_in_ipython(self) -> None:
        """Become what `IPython.display` has; the module has just been executed."""
        functions: Any = sys.modules["IPython.core.display_functions"]
        functions.display = showing.display
        functions.update_display = showing.update_display
        functions.clear_output = showing.clear_output
        functions.publish_display_data = self.publish_display_data

    def show_result(self, value: object) -> None:
        """Show the value of a cell's last expression, and call it `_`.

        As at Python's prompt, None is not shown, and the names are builtins: a `_` of the
        user's is left alone. The result before is `__`.
        """
        if value is None:
            return
        output = self._current.output
        if output is None:  # a forked child
            sys.stdout.write(f"{value!r}\n")
        elif not output.silent and not shows_itself(value):
            output.execute_result(*bundle_of(value))
        names: Any = builtins
        names.__ = getattr(builtins, "_", None)
        names._ = value

    def show(
        self,
        objects: tuple[object, ...],
        *,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        metadata: dict[str, Any] | None = None,
        transient: dict[str, Any] | None = None,
        raw: bool = False,
        update: bool = False,
    ) -> None:
        """Show objects; the arguments are those of `kernelwire.display`."""
        output = self._output()
        if output is None:
            return
        for each in objects:
            if raw:
                publish(output, _bundle(each), metadata, transient, update=update)
            elif not shows_itself(each):
                data, about = bundle_of(each, include, exclude)
                if metadata:
                    _add_metadata(about, metadata)
                if data:
                    publish(output, data, about, transient, update=update)

    def publish_display_data(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: object = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_ignored: Any,
    ) -> None:
        """Show a MIME bundle: what IPython's function of this name does."""
        del source
        output = self._output()
        if output is not None:
            publish(output, _bundle(data), metadata, transient, update=update)

    def clear_output(self, wait: bool = False) -> None:
        """Remove the cell's output; with `wait`, only once the next output comes."""
        output = self._output()
        if output is not None:
            output.clear_output(wait)

    def _output(self) -> Output | None:
        output = self._current.output
        if output is None and not self._current.forked:
            import logging

            log = logging.getLogger(__name__)
            log.warning("something was displayed before the first request")
        return output


def _add_metadata(about: dict[str, Any], given: dict[str, Any]) -> None:
    """Add the caller's metadata, which wins over the object's own."""
    for name, value in given.items():
        own = about.get(name)
        about[name] = (
            {**own, **value}
            if isinstance(own, dict) and isinstance(value, dict)
            else value
        )


def _bundle(data: object) -> dict[str, Any]:
    if not isinstance(data, dict):
        msg = f"a MIME bundle is a dict, not {type(data).__name__}"
        raise TypeError(msg)
    return data
