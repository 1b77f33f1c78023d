"""The process of a Python kernel: where it finds modules, and how its forks end."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing takes 10 ms to import, before kernel_info
if TYPE_CHECKING:
    from typing import NoReturn


def leave_working_directory() -> None:
    """Take off `sys.path` the working directory that `python -m` put there.

    Kernels start in the notebook's directory, where a `signal.py` or `queue.py` of the
    user's would be imported instead of the library's. `find_working_directory` puts it
    behind the library once everything the kernel needs has been imported.
    """
    if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 - pathlib takes 5 ms to import
        del sys.path[0]


def find_working_directory() -> None:
    """Let modules beside the notebook be imported, also after os.chdir().

    They win over what pip installed; but a `random.py` there does not hide the library's.
    """
    if "" not in sys.path:
        sys.path.insert(_after_the_library(), "")


def end_child(raised: BaseException | None) -> NoReturn:
    """End a forked child that has come to the end of the cell that forked it.

    `if os.fork() == 0: ...; sys.exit()` leads here, since kernels catch SystemExit; a
    child that went on would answer requests beside its parent, over its sockets.

    Args:
        raised: What the cell has raised.
    """
    code = raised.code if isinstance(raised, SystemExit) else raised
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def _after_the_library() -> int:
    for index, directory in enumerate(sys.path):
        if directory.endswith(("site-packages", "dist-packages")):
            return index
    return 0
