"""The virtual environment and the folders in which the suites run.

The environment sees the packages of the one we run in, kernelwire among them, by a .pth
file. pip takes them for installed, so it fetches only what is missing, and the versions
tested are those that everything else here is tested with.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path

from tests.upstream.suites import Suite

ROOT = Path(__file__).parent.parent.parent
PTH = "import site; site.addsitedir({packages!r})\n"


class Place:
    """A folder for all that is fetched, made and written."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.venv = self.root / "venv"
        self.python = self.venv / "bin" / "python"
        self.logs = self.root / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)

    def install(self, requirements: set[str]) -> None:
        """Make the environment, if it is not there, and see that it has all it needs.

        An environment of another Python, or over other packages, is made anew.
        """
        packages = sysconfig.get_path("purelib")
        line = PTH.format(packages=packages)
        note = self.venv / "made.txt"
        wanted = "\n".join([sys.version, line, *sorted(requirements)])
        if note.exists() and note.read_text() == wanted:
            return
        venv.create(self.venv, clear=True, with_pip=False)
        (site,) = self.venv.glob("lib/python*/site-packages")
        (site / "kernelwire_upstream.pth").write_text(line)
        pip("--python", self.python, "install", *sorted(requirements))
        run(self.python, "-m", "kernelwire", "enable")
        note.write_text(wanted)

    def log(self, suite: Suite, side: str) -> Path:
        """Where pytest's output of a run goes."""
        return (
            self.logs / f"{suite.label.replace(' ', '-').replace(',', '')}-{side}.log"
        )

    def version(self, distribution: str) -> str:
        """The installed version of a distribution."""
        code = f"import importlib.metadata as m; print(m.version({distribution!r}))"
        return run(self.python, "-c", code).strip()

    def folder(self, suite: Suite, side: str) -> Path:
        """The folder that pytest runs in: the sdist's, without the code.

        The code is left out, or it would be imported instead of the one installed; but
        not where the tests are a part of it. Each side has a folder of its own, for
        tests may write to it.
        """
        name = f"{suite.distribution}-{self.version(suite.distribution)}"
        target = self.root / side / name
        if not target.exists():
            draft = self.root / side / "draft"
            shutil.rmtree(draft, ignore_errors=True)
            with tarfile.open(self.sdist(suite.distribution)) as archive:
                archive.extractall(draft, filter="data")
            code = suite.distribution
            if not any(test.startswith(f"{code}/") for test in suite.tests):
                shutil.rmtree(draft / name / code)
            (draft / name).rename(target)
        return target

    def sdist(self, distribution: str) -> Path:
        """The sdist of the installed version, fetched from PyPI if need be."""
        version = self.version(distribution)
        target = self.root / "sdists"
        if not (found := sorted(target.glob(f"{distribution}-{version}.tar.gz"))):
            only = ("--no-deps", "--no-binary", distribution)
            pip("download", "--dest", target, *only, f"{distribution}=={version}")
            found = sorted(target.glob(f"{distribution}-{version}.tar.gz"))
        (archive,) = found
        return archive


def pip(*arguments: str | Path) -> None:
    run(sys.executable, "-m", "pip", "--quiet", *arguments)


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
