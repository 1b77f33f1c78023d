"""Packages beside those that we run with: virtual environments over ours, and sdists.

For programs that try the work of others. Nothing is written outside the folders given,
and PyPI is asked by pip only.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
NO_NETWORK = (
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Cannot connect to proxy",
)
PTH = "import site; site.addsitedir({packages!r})\n"


class Overlay:
    """A virtual environment that sees the packages of the one we run in.

    By a .pth file, kernelwire among them. pip takes them for installed, so it fetches
    only what is missing, and the versions are those that everything else here is tested
    with.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "bin" / "python"

    def install(self, requirements: set[str]) -> bool:
        """Make the environment, if it is not there, and see that it has all it needs.

        Returns:
            Whether it was made: one of another Python, or over other packages, is made
            anew. What the caller does to it is done before `keep` is called.

        Raises:
            RuntimeError: pip failed.
        """
        line = PTH.format(packages=sysconfig.get_path("purelib"))
        self._wanted = "\n".join([sys.version, line, *sorted(requirements)])
        if self._note.exists() and self._note.read_text() == self._wanted:
            return False
        venv.create(self.folder, clear=True, with_pip=False)
        (site,) = self.folder.glob("lib/python*/site-packages")
        (site / "kernelwire_overlay.pth").write_text(line)
        if requirements:
            pip("--python", self.python, "install", *sorted(requirements))
        return True

    def keep(self) -> None:
        """Note that it is complete, or the next `install` makes it anew."""
        self._note.write_text(self._wanted)

    @property
    def _note(self) -> Path:
        return self.folder / "made.txt"


def sdist(distribution: str, version: str, target: Path) -> Path:
    """The sdist of a version, fetched from PyPI into a folder if it is not there.

    Raises:
        RuntimeError: pip failed.
    """
    # Names are written with hyphens, and files with underscores since PEP 625.
    pattern = f"{distribution.replace('-', '_')}-{version}.tar.gz"
    if not (found := sorted(target.glob(pattern))):
        only = ("--no-deps", "--no-binary", distribution)
        pip("download", "--dest", target, *only, f"{distribution}=={version}")
        found = sorted(target.glob(pattern))
    (archive,) = found
    return archive


class Offline(RuntimeError):
    """PyPI could not be reached."""


def pip(*arguments: str | Path) -> None:
    """Run pip; it may be given another environment's Python.

    Raises:
        Offline: there is no network.
        RuntimeError: it failed.
    """
    try:
        run(sys.executable, "-m", "pip", "--quiet", *arguments)
    except RuntimeError as exc:
        if any(sign in str(exc) for sign in NO_NETWORK):
            raise Offline(exc) from exc
        raise


def run(*command: str | Path) -> str:
    """Run a command to its end; what it has printed.

    Raises:
        RuntimeError: it failed, with all it has said.
    """
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        msg = f"{done.args} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        raise RuntimeError(msg)
    return done.stdout
