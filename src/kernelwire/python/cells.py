"""The file names of cells, under which debuggers and tracebacks know them.

A frontend computes the same names from the text of its cells.

Source: messaging.html#debuginfo
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

from kernelwire._murmur import murmur2

SEED = 0xC70F6907
"""Of the hash."""

PREFIX = str(Path(tempfile.gettempdir()) / f"kernelwire_{os.getpid()}") + os.sep
"""A directory of this process's own, made when the first cell is dumped."""

SUFFIX = ".py"


def name_of(code: str) -> str:
    """Return a cell's file name."""
    text = code.encode(errors="surrogatepass")
    return f"{PREFIX}{murmur2(text, SEED)}{SUFFIX}"


def dump(code: str) -> str:
    """Write a cell to its file, for whoever shows the source.

    Returns:
        The file's name.

    Raises:
        OSError: It cannot be written, or the directory is somebody else's.
    """
    directory = Path(PREFIX)
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        msg = f"{directory} is not a directory of this user's"
        raise OSError(msg)
    path = Path(name_of(code))
    path.write_text(code, encoding="utf-8", errors="surrogatepass")
    return str(path)


def forget() -> None:
    """Remove what was dumped."""
    shutil.rmtree(PREFIX, ignore_errors=True)
