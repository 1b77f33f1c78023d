"""`display()` and its kin, the same in both Python kernels: `from kernelwire import display`.

With IPython they are IPython's. The raw kernel leads them to a `Shower` of its own, and
IPython's, where a library imports them, as well.
"""

# IPython's functions have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import os

TYPE_CHECKING = False  # typing takes 10 ms to import
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any, Protocol

    class Shower(Protocol):
        """What shows objects."""

        def show(
            self,
            objects: tuple[object, ...],
            *,
            include: Collection[str] | None,
            exclude: Collection[str] | None,
            metadata: dict[str, Any] | None,
            transient: dict[str, Any],
            raw: bool,
            update: bool,
        ) -> None: ...

        def clear_output(self, wait: bool) -> None: ...


_shower: Shower | None = None


def lead_to(shower: Shower | None) -> None:
    """Have the functions below show by this; None: by IPython."""
    global _shower
    _shower = shower


class DisplayHandle:
    """Something displayed that can be updated."""

    def __init__(self, display_id: str | None = None) -> None:
        self.display_id = display_id or _new_id()
        """Which displays it is about."""

    def __repr__(self) -> str:
        """Return what it takes to make it again."""
        return f"<{type(self).__name__} display_id={self.display_id}>"

    def display(self, value: object, **options: Any) -> None:
        """Show an object once more under this id."""
        display(value, display_id=self.display_id, **options)

    def update(self, value: object, **options: Any) -> None:
        """Show an object in the place of what has this id."""
        update_display(value, display_id=self.display_id, **options)


def display(
    *objects: object,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
    metadata: dict[str, Any] | None = None,
    transient: dict[str, Any] | None = None,
    display_id: str | bool | None = None,
    raw: bool = False,
    clear: bool = False,
    update: bool = False,
) -> DisplayHandle | None:
    """Show objects in the frontend, below what the cell has shown so far.

    Args:
        objects: What to show: objects with `_repr_html_()` and the like, or any others.
            With a `display_id` and none, something empty that can be updated.
        include: The MIME types that are wanted; none: all.
        exclude: Those that are not.
        metadata: Of the bundle, and by MIME type.
        transient: What is not saved with the notebook.
        display_id: By which the display can be updated; True: a new one.
        raw: Whether the objects are MIME bundles: dicts of MIME type to content.
        clear: Whether to remove the cell's output before.
        update: Whether to replace what has the `display_id`.

    Returns:
        A handle to update it by, where there is a `display_id`.

    Raises:
        TypeError: An update is asked for, and no `display_id` is given.
    """
    if display_id is None and update:
        msg = "display_id is needed for an update"
        raise TypeError(msg)
    handle = None
    transient = dict(transient or {})
    if display_id:
        handle = DisplayHandle(None if display_id is True else display_id)
        transient["display_id"] = handle.display_id
        if not objects:  # something empty, to be updated later
            objects, raw = ({},), True
    if clear:
        clear_output(wait=True)
    if _shower is not None:
        _shower.show(
            objects,
            include=include,
            exclude=exclude,
            metadata=metadata,
            transient=transient,
            raw=raw,
            update=update,
        )
        return handle
    from IPython.display import display as of_ipython

    of_ipython(
        *objects,
        include=include,
        exclude=exclude,
        metadata=metadata,
        transient=transient,
        raw=raw,
        **({"update": True} if update else {}),
    )
    return handle


def update_display(value: object, *, display_id: str, **options: Any) -> None:
    """Show an object in the place of what was displayed with an id.

    Args:
        value: What to show.
        display_id: The id; all displays that have it are updated.
        options: As those of `display`.
    """
    display(value, display_id=display_id, update=True, **options)


def clear_output(wait: bool = False) -> None:
    """Remove the cell's output; with `wait`, only once the next output comes."""
    if _shower is not None:
        _shower.clear_output(wait)
        return
    from IPython.display import clear_output as of_ipython

    of_ipython(wait)


def _new_id() -> str:
    return os.urandom(16).hex()
