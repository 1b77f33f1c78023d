"""Watches a process from its start: the Sessions it makes, and how it ends.

Python imports it by itself. It stands on PYTHONPATH of the tests and so of all that they
start: kernels, engines, controllers, servers. Each Session made adds a line to the file
that KERNELWIRE_UPSTREAM_TALLY names: process id, class, and the program's arguments, with
tabs between them. A process that crashes adds a traceback to KERNELWIRE_UPSTREAM_CRASHES,
for nobody else would notice one that does so at its exit.
"""

from __future__ import annotations

import faulthandler
import importlib.abc
import os
import sys
from functools import wraps
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

TALLY = os.environ.get("KERNELWIRE_UPSTREAM_TALLY")
WATCHED = ("jupyter_client.session", "kernelwire.session")

counting = True
"""The recorder stops it while it makes a Session only to look at it."""


class Watch(importlib.abc.MetaPathFinder):
    """Finds the watched modules as the other finders do, and stays with them."""

    searching = False  # others that ask all finders, such as the switch's, ask this one

    def find_spec(
        self, name: str, path: Any = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in WATCHED or self.searching:
            return None
        self.searching = True
        try:
            others = [finder for finder in sys.meta_path if finder is not self]
            specs = (finder.find_spec(name, path, target) for finder in others)
            spec = next(filter(None, specs), None)
        finally:
            self.searching = False
        if spec is not None and spec.loader is not None:
            spec.loader = Counting(spec.loader)
        return spec


class Counting(importlib.abc.Loader):
    """Another loader, after which the module's Session is counted."""

    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self.loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self.loader.exec_module(module)
        count(module.Session)

    def __getattr__(self, name: str) -> Any:  # get_source and its like
        return getattr(self.loader, name)


def count(cls: Any) -> None:
    """Make a class write down each instance of it, once."""
    if "__init__" not in vars(cls):
        return
    initialise = cls.__init__

    @wraps(initialise)
    def counted(self: Any, *arguments: Any, **options: Any) -> None:
        if (
            counting and type(self).__init__ is counted
        ):  # and not called by a subclass's
            made = type(self)
            note(f"{made.__module__}.{made.__qualname__}")
        initialise(self, *arguments, **options)

    cls.__init__ = counted


def note(name: str) -> None:
    """Add a line to the tally; a line this short is written whole."""
    assert TALLY
    line = f"{os.getpid()}\t{name}\t{' '.join(sys.argv)[:400]!r}\n"
    file = os.open(TALLY, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, line.encode())
    finally:
        os.close(file)


def write_crashes(path: str) -> None:
    """Have the traceback of a crash added to a file, whatever the program wants."""
    file = open(path, "a")  # noqa: PTH123, SIM115 - for as long as the process lives
    enable = faulthandler.enable
    enable(file)
    faulthandler.enable = lambda *_, **__: enable(file)  # pytest and ipykernel call it


if TALLY:
    sys.meta_path.insert(0, Watch())
    write_crashes(os.environ["KERNELWIRE_UPSTREAM_CRASHES"])
