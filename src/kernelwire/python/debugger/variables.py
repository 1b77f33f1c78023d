"""The notebook's variables, as pydevd shows those of a frame."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

_HIDDEN = frozenset(
    [
        "__name__",
        "__doc__",
        "__package__",
        "__loader__",
        "__spec__",
        "__annotations__",
        "__builtins__",
        "__builtin__",
        "__display__",
        "__session__",
        "get_ipython",
        "exit",
        "quit",
        "open",
        "In",
        "Out",
        "_ih",
        "_oh",
        "_dh",
        "_",
        "__",
        "___",
        "_i",
        "_ii",
        "_iii",
    ]
)


def accepted(name: str) -> bool:
    """Tell whether a variable is the user's, rather than Python's or IPython's."""
    if name in _HIDDEN:
        return False
    number = name.removeprefix("_i").removeprefix("_")  # _3 and _i3
    return not (name.startswith("_") and number.isdigit())


class Explorer:
    """One look at the variables; what was found can be opened, level by level."""

    def __init__(self, names: dict[str, Any]) -> None:
        """Look at a namespace.

        Raises:
            ImportError: debugpy is not installed.
        """
        import debugpy.server.api  # noqa: F401 - has pydevd found below
        from _pydevd_bundle import pydevd_frame_utils, pydevd_suspended_frames
        from _pydevd_bundle.pydevd_api import PyDevdAPI

        code = SimpleNamespace(co_filename="<notebook>", co_name="<module>")
        self._frame = SimpleNamespace(
            f_code=code, f_globals=names, f_locals=names, f_back=None
        )
        debugger = SimpleNamespace(
            variable_presentation=PyDevdAPI.VariablePresentation()
        )
        self._frames = pydevd_suspended_frames.SuspendedFramesManager()
        self._tracker = pydevd_suspended_frames._FramesTracker(self._frames, debugger)
        frames = pydevd_frame_utils.create_frames_list_from_frame(self._frame)
        self._tracker.track("notebook", frames)

    def children(self, reference: int | None = None) -> list[dict[str, Any]]:
        """Return variables as the DAP has them.

        Args:
            reference: Whose; without it, the namespace's.
        """
        try:
            parent = self._frames.get_variable(reference or id(self._frame))
        except KeyError:
            return []
        variables = (each.get_var_data() for each in parent.get_children_variables())
        return [each for each in variables if accepted(each["name"])]
