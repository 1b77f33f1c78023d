"""Interrupts that wait until something has come to its end, and imports that were cut short."""

from __future__ import annotations

import importlib
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from kernelwire.imports import WhenImported
from kernelwire.python.interrupts import Shield

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import RunningKernel


def test_an_interrupt_is_raised_when_the_work_is_done() -> None:
    shield, done = Shield(), []

    def work() -> None:
        assert shield.keep()
        done.append("work")

    with pytest.raises(KeyboardInterrupt):
        shield.over(work)
    assert done == ["work"]


def test_an_interrupt_from_another_thread_is_kept_too() -> None:
    shield = Shield()

    def work() -> None:
        other = threading.Thread(target=shield.keep)
        other.start()
        other.join()

    with pytest.raises(KeyboardInterrupt):
        shield.over(work)


def test_what_is_shielded_may_be_shielded_within() -> None:
    shield, done = Shield(), []

    def work() -> None:
        shield.over(shield.keep)
        done.append("work")

    with pytest.raises(KeyboardInterrupt):
        shield.over(work)
    assert done == ["work"]


def test_nothing_is_kept_before_and_after() -> None:
    shield = Shield()
    assert not shield.keep()
    assert shield.over(lambda: "made") == "made"
    assert not shield.keep()
    assert shield.over(lambda: "made") == "made"


def test_what_the_work_raises_comes_first() -> None:
    shield = Shield()

    def work() -> None:
        shield.keep()
        raise EOFError

    with pytest.raises(EOFError):
        shield.over(work)
    assert shield.over(lambda: "made") == "made"


def test_a_package_whose_import_was_cut_short_can_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As asyncio, which names its submodules: after an interrupt it was lost for good."""
    package = tmp_path / "cut_short"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from .first import *\nfrom .second import *\n__all__ = first.__all__\n"
    )
    (package / "first.py").write_text("__all__ = ['found']\nfound = 1\n")
    (package / "second.py").write_text(
        "import sys\nif sys.flags_of_test.pop():\n    raise KeyboardInterrupt\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "flags_of_test", [False, True], raising=False)
    called: list[str] = []
    finder = WhenImported()
    finder.install()
    try:
        finder.call("cut_short", lambda: called.append("called"))
        with pytest.raises(KeyboardInterrupt):
            importlib.import_module("cut_short")
        assert called == []
        assert importlib.import_module("cut_short").found == 1
        assert called == ["called"]
    finally:
        finder.uninstall()
        for name in [name for name in sys.modules if name.startswith("cut_short")]:
            del sys.modules[name]


CUT = """
import sys
class Cut:
    def find_spec(self, name, path=None, target=None):
        if name == "asyncio.tasks":
            sys.meta_path.remove(self)
            raise KeyboardInterrupt
assert "asyncio" not in sys.modules
sys.meta_path.insert(0, Cut())
import asyncio
"""


@pytest.mark.parametrize("kind", ["fresh_kernel", "fresh_raw_kernel"])
def test_asyncio_is_there_after_its_import_was_interrupted(
    kind: str, request: pytest.FixtureRequest
) -> None:
    """Where a kernel has imported asyncio from the start, no cell can cut that short."""
    kernel: RunningKernel = request.getfixturevalue(kind)
    assert kernel.run(CUT).reply["ename"] == "KeyboardInterrupt"
    assert (
        kernel.run("import asyncio; await asyncio.sleep(0, 'fine')").result == "'fine'"
    )
    assert kernel.run("asyncio.create_task(asyncio.sleep(0)).done()").result == "False"
