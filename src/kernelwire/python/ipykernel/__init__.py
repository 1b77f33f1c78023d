"""`import ipykernel` in a kernel that is not ipykernel.

Libraries tell a notebook by `"ipykernel" in sys.modules`, open comms by `ipykernel.comm`
(bokeh 3, matplotlib's nbagg), and ask `ipykernel.get_connection_file()` which kernel they
run in. Where the package is installed, they get it, with the few parts that would look for a
kernel of its own led to this one. Where it is not, the names that are known to be used are
here. The package itself is in `sys.modules` from the start, and so is `zmqshell`, which
tqdm (4.70) looks for; both are empty until they are asked for something, since importing
them takes 70 ms.

`engine` installs this. Nothing here changes a kernel of ipykernel's that a program makes.
"""

from __future__ import annotations

import importlib
import sys
import threading
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from kernelwire.imports import Loader, spec_of_others
from kernelwire.python.ipykernel.patches import patches_of
from kernelwire.python.ipykernel.standins import STAND_INS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kernelwire.python.comms import Comms

__all__ = ["Finder"]

_PACKAGE = "ipykernel"
_CONTENT = ("_version", "connect")
"""The modules whose names ipykernel has in the package itself."""


class Finder:
    """Finds ipykernel and its modules; one of `sys.meta_path`."""

    def __init__(self, comms: Comms) -> None:
        self._patches = patches_of(comms)
        self._searching = threading.local()
        self._found: list[str] = []

    def install(self) -> None:
        """Be asked before all others, and put the package where it is looked for.

        What a program that embeds a kernel has imported before stays as it is.
        """
        sys.meta_path.insert(0, self)
        package = importlib.import_module(_PACKAGE)
        package.zmqshell = self._later(f"{_PACKAGE}.zmqshell")  # type: ignore[attr-defined]

    def uninstall(self) -> None:
        """Let what was found here be imported again as if nothing had been."""
        sys.meta_path.remove(self)
        for name in self._found:
            sys.modules.pop(name, None)

    def _later(self, name: str) -> ModuleType | None:
        """Put a module where it is looked for; its code runs once it is used."""
        if name in sys.modules:
            return sys.modules[name]
        spec = self.find_spec(name, sys.modules[_PACKAGE].__path__)
        if spec is None:
            return None
        module = _Later(name)
        module.__spec__, module.__loader__ = spec, spec.loader
        sys.modules[name] = module
        return module

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Find a module of ipykernel's; return None for all others."""
        if name.partition(".")[0] != _PACKAGE and name not in self._patches:
            return None
        if getattr(self._searching, "now", False):
            return None
        self._searching.now = True  # a finder may ask all others, as this one does
        try:
            spec = spec_of_others(lambda finder: finder is self, name, path, target)
        finally:
            self._searching.now = False
        self._found.append(name)
        if name == _PACKAGE:
            return _package(spec)
        if spec is None:
            content = STAND_INS.get(name)
            return None if content is None else _stand_in(name, content)
        patch = self._patches.get(name)
        if patch is not None and spec.loader is not None:
            spec.loader = Loader(spec.loader, patch)  # type: ignore[assignment]
        return spec


class _Package(ModuleType):
    """The package, which imports what it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("__") or name == "__version__":
            for part in _CONTENT:
                module = importlib.import_module(f"{_PACKAGE}.{part}")
                if hasattr(module, name):
                    return getattr(module, name)
        msg = f"module {self.__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)


class _Later(ModuleType):
    """A module that runs its code when it is first asked for a name."""

    _running = threading.RLock()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            msg = f"module {self.__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        with self._running:
            if type(self) is _Later:
                self.__class__ = ModuleType  # type: ignore[assignment]
                self.__spec__.loader.exec_module(self)  # type: ignore[union-attr]
        return getattr(self, name)


class _PackageLoader:
    """Makes the package; for its resources it is the package's own loader."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Package(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the package's own code is not run."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


class _StandIn:
    """Makes a module of names."""

    def __init__(self, content: Callable[[], dict[str, Any]]) -> None:
        self._content = content

    def create_module(self, spec: ModuleSpec) -> None:
        """Have Python make an ordinary module."""

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(self._content())


def _package(found: ModuleSpec | None) -> ModuleSpec:
    loader: Any = _PackageLoader(None if found is None else found.loader)
    spec = ModuleSpec(_PACKAGE, loader, is_package=True)
    if found is not None:
        spec.origin, spec.has_location = found.origin, found.has_location
        spec.submodule_search_locations = found.submodule_search_locations
    return spec


def _stand_in(name: str, content: Callable[[], dict[str, Any]]) -> ModuleSpec:
    loader: Any = _StandIn(content)
    has_modules = any(other.startswith(f"{name}.") for other in STAND_INS)
    return ModuleSpec(name, loader, is_package=has_modules)
