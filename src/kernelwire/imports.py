"""Does something when a module has been imported by whoever wants it.

Layer 1; `switch.py` and `python/ipykernel/` use it, with finders of their own that ask the
others for the module, and give it a loader from here; and so does `python/raw/`.

Source: https://docs.python.org/3/reference/import.html#the-meta-path
"""

from __future__ import annotations

import sys
from _thread import get_ident

TYPE_CHECKING = False  # typing takes 10 ms to import, in every process that is switched
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

__all__ = ["Loader", "WhenImported", "spec_of_others"]


class Loader:
    """Executes a module as its own loader does, and calls a function afterwards."""

    def __init__(self, loader: Any, then: Callable[[ModuleType], object]) -> None:
        self._loader = loader
        self._then = then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module as its own loader does."""
        created: ModuleType | None = self._loader.create_module(spec)
        return created

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module, and call the function with it."""
        # Whoever looks for the module's source or data must find its own loader.
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        _bind_submodules(module)
        self._loader.exec_module(module)
        self._then(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


def _bind_submodules(package: ModuleType) -> None:
    """Give a package what an import of it has left behind that was cut short.

    Python takes away the package then, but keeps the submodules that were done, and the
    next import finds them without binding their names. asyncio needs these, and could not
    be imported any more in that process.
    """
    for name, module in list(sys.modules.items()):
        parent, _, child = name.rpartition(".")
        if parent == package.__name__:
            setattr(package, child, module)


def spec_of_others(
    is_own: Callable[[object], bool],
    name: str,
    path: Sequence[str] | None,
    target: ModuleType | None = None,
) -> ModuleSpec | None:
    """Return what the import would find without some finders of `sys.meta_path`.

    Args:
        is_own: tells which finders not to ask.
        name: the module's.
        path: of the package that it is in.
        target: the module that is being reloaded.
    """
    for finder in list(sys.meta_path):
        if is_own(finder):
            continue
        spec = finder.find_spec(name, path, target)
        if spec is not None:
            return spec
    return None


class WhenImported:
    """A finder of `sys.meta_path` that calls functions when modules are imported.

    Any thread may import one; a function is called by the thread that imports its module,
    before whoever asked for the module gets it.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Callable[[], object]] = {}
        self._searching: set[tuple[int, str]] = set()

    def install(self) -> None:
        """Be asked for modules before all others are."""
        sys.meta_path.insert(0, self)

    def uninstall(self) -> None:
        """Be asked no more."""
        sys.meta_path.remove(self)

    def call(self, module: str, function: Callable[[], object]) -> None:
        """Have a function called once, when a module has been executed.

        Args:
            module: Its full name. If it is there already, the function is called now.
            function: What to call. If it raises, the import fails, and the next one calls
                it again.
        """
        if module in sys.modules:
            function()
        else:
            self._waiting[module] = function

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Find a module that is waited for; None for all others."""
        search = (get_ident(), name)  # a finder may ask all others, as this one does
        if name not in self._waiting or search in self._searching:
            return None
        self._searching.add(search)
        try:
            spec = spec_of_others(lambda other: other is self, name, path, target)
        finally:
            self._searching.discard(search)
        if spec is not None and spec.loader is not None:
            spec.loader = Loader(spec.loader, self._executed)  # type: ignore[assignment]
        return spec

    def _executed(self, module: ModuleType) -> None:
        function = self._waiting.get(module.__name__)
        if function is not None:
            function()
            self._waiting.pop(module.__name__, None)
