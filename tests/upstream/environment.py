"""The virtual environment and the folders in which the suites run."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from tests.packages import Overlay, run, sdist
from tests.upstream.suites import Suite


class Place:
    """A folder for all that is fetched, made and written."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.overlay = Overlay(self.root / "venv")
        self.python = self.overlay.python
        self.logs = self.root / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)

    def install(self, requirements: set[str]) -> None:
        """See that the environment is there, has all it needs, and is switched on."""
        if self.overlay.install(requirements):
            run(self.python, "-m", "kernelwire", "enable")
            self.overlay.keep()

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
        return sdist(distribution, self.version(distribution), self.root / "sdists")
