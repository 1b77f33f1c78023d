"""Makes every call of `jupyter_client.session.Session` give ours, and takes that back.

Layer 5, over `session.py`. Used by programs, and by the file that `environment.py` writes.
Upstream's class gets a `__new__` which, called for that class itself, makes an instance of
ours. So it does not matter who has imported the name, or when, and third parties' subclasses
are what they were. Neither jupyter_client nor our Session is imported before it is needed.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings

from kernelwire.imports import Loader, spec_of_others

TYPE_CHECKING = False  # typing takes 10 ms to import, in every process that is switched
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

__all__ = ["HOOK", "MODULE", "VARIABLE", "disable", "enable", "enabled", "find_spec"]

MODULE = "jupyter_client.session"
"""The module whose `Session` is switched."""

VARIABLE = "KERNELWIRE_SESSION"
"""The environment variable that, as "off", makes a process ignore the environment."""

HOOK = "KernelwireHook"
"""The name of the finder that the environment's file puts on `sys.meta_path`."""


def enable() -> None:
    """Make Sessions of this process ours, from now on.

    Where jupyter_client has not been imported, it is not imported now: the switch waits
    for it, and ours is loaded when the first Session is made. A second call changes
    nothing. Any thread may call this.

    Raises:
        ImportError: jupyter_client is there, and our Session cannot be loaded; nothing
            has changed then. Where neither is loaded yet, making a Session raises it.
    """
    _switch.enable()


def disable() -> None:
    """Give upstream's class back as it was, however often `enable` was called.

    It overrides the environment's switch too, in this process. Sessions that exist stay
    what they are. Any thread may call this.
    """
    _switch.disable()


def enabled() -> bool:
    """Whether a Session that is made now, by upstream's name, is ours."""
    return _switch.enabled()


def find_spec(
    name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
) -> ModuleSpec | None:
    """Find upstream's module so that it is switched when it has been executed.

    The environment's hook calls this as one of `sys.meta_path` is called, for `MODULE`.

    Returns:
        None where it is another module, or this process is not to be switched.
    """
    return _switch.find_spec(name, path, target)


class _Switch:
    """The one switch of the process, and a finder of `sys.meta_path`.

    Any thread may use it. Nothing is imported with the lock held, since another thread
    may hold an import's lock and want ours.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._chosen: bool | None = None  # by this program; None leaves it to the hook
        self._on = False
        self._placed: _Placed | None = None
        self._searching = threading.local()

    def enable(self) -> None:
        with self._lock:
            before = self._chosen, self._on
            self._chosen = self._on = True
            if self not in sys.meta_path:
                sys.meta_path.insert(0, self)
        # The finder is in place, so if the package is not here by now, importing its
        # module will ask the finder, in whatever thread.
        if MODULE.partition(".")[0] not in sys.modules:
            return
        try:
            import kernelwire.session  # noqa: F401 - fail here, not at the first Session
        except BaseException:
            with self._lock:
                self._chosen, self._on = before
                self._settle()
            raise
        with self._lock:
            self._settle()

    def disable(self) -> None:
        with self._lock:
            self._chosen = self._on = False
            self._settle()

    def enabled(self) -> bool:
        with self._lock:
            if self._chosen is not None or MODULE in sys.modules:
                return self._on
            return _hook_is_there() and not _is_opted_out()

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if name != MODULE or getattr(self._searching, "now", False):
            return None
        if self._chosen is False or (self._chosen is None and _is_opted_out()):
            return None
        self._searching.now = True  # a finder may ask all others, as this one does
        try:
            spec = spec_of_others(self._is_own, name, path, target)
        finally:
            self._searching.now = False
        if spec is not None and spec.loader is not None:
            spec.loader = Loader(spec.loader, self._executed)  # type: ignore[assignment]
        return spec

    def _is_own(self, finder: object) -> bool:
        return finder is self or _is_hook(finder)

    def _executed(self, _module: ModuleType) -> None:
        """Upstream's module has just been executed."""
        with self._lock:
            self._on = self._chosen is not False
            self._settle()

    def ours(self, upstream: type) -> type[Any] | None:
        """Our class, where it is to be made in the place of upstream's.

        Raises:
            Exception: ours cannot be loaded, and this program has called `enable`. A
                process that only runs in a switched environment goes on with upstream's.
        """
        if not self._on:
            return None
        try:
            from kernelwire.session import Session
        except Exception as exc:
            if self._chosen:
                raise
            self._on = False
            warnings.warn(
                f"kernelwire is switched on and cannot be loaded, so Sessions are "
                f"jupyter_client's ({type(exc).__name__}: {exc})",
                RuntimeWarning,
                stacklevel=3,
            )
            return None
        # A program that has loaded jupyter_client twice has two classes, and ours is a
        # subclass of only one of them.
        return Session if issubclass(Session, upstream) else None

    def _settle(self) -> None:
        """Make the class and `sys.meta_path` what the state says; the lock is held."""
        if not self._chosen and self in sys.meta_path:
            sys.meta_path.remove(self)
        upstream = getattr(sys.modules.get(MODULE), "Session", None)
        if self._placed and (not self._on or self._placed.upstream is not upstream):
            self._placed.remove()
            self._placed = None
        if self._on and self._placed is None and upstream is not None:
            self._placed = _Placed(upstream, self)


class _Placed:
    """Our `__new__` on upstream's class, and what was there before."""

    def __init__(self, upstream: type[Any], switch: _Switch) -> None:
        before = upstream.__dict__.get("__new__")

        def __new__(cls: type[Any], *args: Any, **kwargs: Any) -> Any:
            if cls is upstream and (ours := switch.ours(upstream)) is not None:
                return ours.__new__(ours, *args, **kwargs)
            if before is not None:
                return before.__get__(None, cls)(cls, *args, **kwargs)
            return super(upstream, cls).__new__(cls, *args, **kwargs)

        self.upstream = upstream
        self._before = before
        self._new = staticmethod(__new__)
        upstream.__new__ = self._new  # type: ignore[assignment]

    def remove(self) -> None:
        """Put back what was there.

        Where somebody has put another `__new__` over ours, it stays, and ours below it
        does nothing any more.
        """
        if self.upstream.__dict__.get("__new__") is not self._new:
            return
        if self._before is None:
            del self.upstream.__new__
        else:
            self.upstream.__new__ = self._before


def _is_hook(finder: object) -> bool:
    return getattr(finder, "__name__", "") == HOOK


def _hook_is_there() -> bool:
    return any(map(_is_hook, sys.meta_path))


def _is_opted_out() -> bool:
    return os.environ.get(VARIABLE, "").strip().lower() in ("off", "0", "no", "false")


_switch = _Switch()
