"""Whether the user has settings of IPython's: files, or options on the command line.

Most have none, so this looks before `application`, which reads them, is imported.

Source: https://ipython.readthedocs.io/en/stable/config/intro.html
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.paths import get_ipython_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

SYSTEM = ("/usr/local/etc/ipython", "/etc/ipython")
"""Where an administrator puts files for all users; a test compares it with IPython's."""

_FILES = frozenset(
    f"{name}.{suffix}"
    for name in ("ipython_config", "ipython_kernel_config")
    for suffix in ("py", "json")
)


def present() -> bool:
    """Tell whether a file of settings, or one to be run at the start, is there."""
    return bool(os.environ.get("PYTHONSTARTUP")) or any(map(_has_files, _places()))


def _places() -> Iterator[Path]:
    yield Path(get_ipython_dir()) / "profile_default"
    yield Path(sys.prefix) / "etc" / "ipython"
    yield from map(Path, SYSTEM)


def _has_files(place: Path) -> bool:
    try:
        if any(entry.name in _FILES for entry in place.iterdir()):
            return True
        started = (place / "startup").iterdir()
        return any(entry.suffix in (".py", ".ipy") for entry in started)
    except OSError:
        return False
