"""Switches a Python environment: every process that it starts uses our Session.

Layer 6, over `switch.py`; used by the verbs enable, disable, status and doctor. The switch
is a file in site-packages, which Python's `site` module reads at each start. Its one line
of code puts a finder on `sys.meta_path` and imports nothing; the finder calls on kernelwire
when jupyter_client.session is imported, and does nothing where kernelwire cannot be.

Source: https://docs.python.org/3/library/site.html, on `.pth` files.
"""

from __future__ import annotations

import errno
import os
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

from kernelwire.errors import KernelWireError
from kernelwire.switch import HOOK, MODULE, VARIABLE

__all__ = [
    "FILE_NAME",
    "directory",
    "disable",
    "enable",
    "found",
    "new_session",
    "opted_out",
]

FILE_NAME = "kernelwire-session.pth"
"""Sorts behind the files of editable installs, which have to be read before it."""

_TITLE = (
    "# kernelwire: jupyter_client's Sessions are ours; kernelwire disable removes it"
)

# Runs at each start of Python: no imports, and no statement that it could do without.
# The kernelwire that is called may be another version, or be gone.
_HOOK = f"""\
class {HOOK}:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == {MODULE!r}:
            try:
                from kernelwire.switch import find_spec
            except Exception:
                return None
            return find_spec(name, path, target)
sys.meta_path.insert(0, {HOOK})
"""

# `site` executes a line that begins with "import ", and only whole lines.
_CODE = f"import sys; exec({_HOOK!r}, {{'sys': sys, '__name__': 'kernelwire-session'}})"
_TEXT = f"{_TITLE}\n{_CODE}\n"

_PATIENCE = 60.0  # seconds


def directory(*, user: bool) -> Path:
    """The site-packages that the switch's file goes to.

    Args:
        user: the user's own instead of the environment's.

    Raises:
        KernelWireError: this Python does not read the user's.
    """
    if not user:
        return Path(sysconfig.get_path("purelib"))
    if not site.ENABLE_USER_SITE:
        msg = (
            "this python does not read the user's site-packages, as in a virtual "
            "environment or with PYTHONNOUSERSITE; leave out --user"
        )
        raise KernelWireError(msg)
    return Path(site.getusersitepackages())


def enable(directory: Path) -> Path | None:
    """Write the file; a Python that starts meanwhile sees all of it, or nothing.

    Args:
        directory: of those that this Python reads at its start.

    Returns:
        The file, or None where it was there already.

    Raises:
        KernelWireError: the directory cannot be written to, or another file has the
            name.
    """
    path = directory / FILE_NAME
    if _is_ours(path) and _text_of(path) == _TEXT:
        return None
    # Not .pth: Python would read it.
    draft = directory / f"{FILE_NAME}.{os.getpid()}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        draft.write_text(_TEXT, "utf-8")
        draft.replace(path)
    except OSError as exc:
        if _is_refusal(exc):
            raise _unwritable(directory) from exc
        raise
    finally:
        if draft.exists():
            draft.unlink()
    return path


def disable(directory: Path) -> Path | None:
    """Remove the file.

    Args:
        directory: the same that `enable` was called with.

    Returns:
        The file, or None where there was none.

    Raises:
        KernelWireError: the directory cannot be written to, or the file is not ours.
    """
    path = directory / FILE_NAME
    if not _is_ours(path):
        return None
    try:
        path.unlink()
    except OSError as exc:
        if _is_refusal(exc):
            raise _unwritable(directory) from exc
        raise
    return path


def found() -> list[Path]:
    """The files of ours that this Python reads at its start."""
    read = {*site.getsitepackages(), str(directory(user=False))}
    if site.ENABLE_USER_SITE:
        read.add(site.getusersitepackages())
    paths = (Path(place) / FILE_NAME for place in sorted(read))
    return [path for path in paths if path.is_file() and _is_switch(_text_of(path))]


def opted_out() -> str | None:
    """What keeps new processes from being switched, such as `KERNELWIRE_SESSION=off`."""
    value = os.environ.get(VARIABLE)
    return None if value is None else f"{VARIABLE}={value}"


def new_session(*, ask_variable: bool) -> str:
    """The class of a Session that a new process of this Python makes.

    Args:
        ask_variable: whether `KERNELWIRE_SESSION`, if it is set, counts.

    Returns:
        Module and name: `kernelwire.session.Session`, or another class's.

    Raises:
        KernelWireError: the process fails, as it does without jupyter_client.
    """
    ask = (
        f"from {MODULE} import Session\n"
        "made = type(Session(key=b'0'))\n"
        "print(f'{made.__module__}.{made.__qualname__}')"
    )
    environment = dict(os.environ)
    if not ask_variable:
        environment.pop(VARIABLE, None)
    done = subprocess.run(
        [sys.executable, "-P", "-c", ask],  # -P: not what lies in this directory
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE,
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it says nothing"]
        msg = f"a new python cannot make a jupyter_client Session: {lines[-1]}"
        raise KernelWireError(msg)
    return done.stdout.strip()


def _is_ours(path: Path) -> bool:
    """Whether the file is there, and one that `enable` has written.

    Raises:
        KernelWireError: it is there, and somebody else's.
    """
    try:
        text = _text_of(path)
    except FileNotFoundError:
        return False
    except PermissionError as exc:
        raise _unwritable(path.parent) from exc
    if _is_switch(text):
        return True
    msg = (
        f"{path} is not what kernelwire has written; look at it, and remove it by hand"
    )
    raise KernelWireError(msg)


def _text_of(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


def _is_switch(text: str) -> bool:
    """Whether a file is the switch, of this version or of another."""
    title, _, code = text.partition("\n")
    known = title.startswith("# kernelwire: ") and code.startswith("import sys; exec(")
    return known and code.count("\n") == 1 and code.endswith(")\n")


def _is_refusal(exc: OSError) -> bool:
    return exc.errno in (errno.EACCES, errno.EPERM, errno.EROFS)


def _unwritable(directory: Path) -> KernelWireError:
    """The error for a directory that is somebody else's."""
    instead = "run this as its owner"
    users_own = site.ENABLE_USER_SITE and Path(site.getusersitepackages())
    if users_own and users_own != directory:
        instead = "use --user, or run this as its owner"
    return KernelWireError(f"{directory} cannot be written to; {instead}")
