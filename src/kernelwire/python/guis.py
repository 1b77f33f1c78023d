"""`%gui`: the toolkits whose windows live while the kernel waits.

IPython's integrations for its terminal are used, and what users have registered there.
Each is a function that runs the toolkit's event loop until a file is readable; `selector`
calls it. `shell` asks here.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

WITHOUT = frozenset(
    (None, "", "none", "asyncio", "inline", "agg", "ipympl", "widget", "nbagg")
) | {"notebook", "webagg"}
"""What %gui and %matplotlib may ask for that needs no toolkit's event loop."""

_TOOLKITS = {
    "qt": ("PySide6", "PyQt6", "PyQt5", "PySide2"),
    "qt6": ("PyQt6", "PySide6"),
    "qt5": ("PyQt5", "PySide2"),
    "tk": ("_tkinter",),
    "gtk3": ("gi",),
    "gtk4": ("gi",),
    "wx": ("wx",),
    "pyglet": ("pyglet",),
    "glut": ("OpenGL",),
}
"""Names for %gui, each with the modules of which it takes one."""

_ALIASES = {"gtk": "gtk3"}

_application: Any = None  # or Qt's would go with the last reference to it


def integration(gui: str | None) -> Callable[[Any], object] | None:
    """Return what runs a toolkit's event loop; None where no toolkit is asked for.

    Args:
        gui: A name that `%gui` takes.

    Raises:
        UsageError: If there is no such toolkit, or it cannot be used.
    """
    if gui in WITHOUT or gui is None:
        return None
    from IPython.terminal import pt_inputhooks

    gui = _ALIASES.get(gui, gui)
    known = {*_known(), *pt_inputhooks.registered}
    if gui not in known:
        msg = f"there is no toolkit {gui!r}; {_choice()}"
        raise UsageError(msg)
    modules = _TOOLKITS.get(gui, ())
    if modules and not _is_there(gui):
        wanted = " or ".join(module.lstrip("_") for module in modules)
        msg = f"%gui {gui} needs {wanted}, which is not installed; {_choice()}"
        raise UsageError(msg)
    try:
        if gui.startswith("qt"):
            return _qt(gui)
        return pt_inputhooks.get_inputhook_name_and_func(gui)[1]
    except (ImportError, ValueError, RuntimeError) as exc:
        msg = f"%gui {gui} cannot be used: {exc}; {_choice()}"
        raise UsageError(msg) from exc


def _known() -> list[str]:
    own = ["osx"] if sys.platform == "darwin" else []
    return [*_TOOLKITS, *own]


def _is_there(gui: str) -> bool:
    return any(find_spec(module) for module in _TOOLKITS.get(gui, ()))


def _choice() -> str:
    there = [gui for gui in _known() if gui not in _TOOLKITS or _is_there(gui)]
    return f"here you can use {', '.join(['asyncio', 'none', *there])}"


def _qt(gui: str) -> Callable[[Any], object]:
    """Make Qt's application, so that it is there before its first window.

    Raises:
        UsageError: If there is no display; Qt would end the process.
    """
    global _application
    from IPython.terminal import pt_inputhooks

    places = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(map(os.environ.get, places)):
        msg = f"%gui {gui} finds no display: none of {', '.join(places)} is set"
        raise UsageError(msg)
    hook = pt_inputhooks.get_inputhook_name_and_func(gui)[1]
    from IPython.external.qt_for_kernel import QtCore, QtGui

    _application = QtCore.QCoreApplication.instance() or QtGui.QApplication([" "])
    return hook
