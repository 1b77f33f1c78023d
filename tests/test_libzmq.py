"""Which libzmq is called, and how."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import zmq

from kernelwire import _libzmq


def test_the_table_is_filled_from_the_library_that_pyzmq_ships() -> None:
    libzmq = _libzmq.open()
    assert libzmq.how == "loaded"
    assert libzmq.version == zmq.zmq_version_info()
    assert Path(libzmq.path).exists()


def test_the_table_of_methods_tells_the_same_version() -> None:
    libzmq = _libzmq.methods()
    assert libzmq.how == "pyzmq"
    assert libzmq.version == zmq.zmq_version_info()


def test_the_environment_may_ask_for_the_methods(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KERNELWIRE_LIBZMQ", "pyzmq")
    assert _libzmq.open().how == "pyzmq"


def test_pyzmq_is_not_imported_for_its_library() -> None:
    """Importing it takes longer than everything else that a kernel does at its start."""
    code = "import sys; from kernelwire import _libzmq; _libzmq.open(); print('zmq' in sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout == "False\n"


def test_a_later_import_of_pyzmq_gets_the_same_library() -> None:
    """Two libzmqs in one process could not share a socket."""
    code = (
        "from kernelwire import _libzmq; _libzmq.open(); import zmq;"
        "print(sum('/libzmq' in line and 'r-xp' in line for line in open('/proc/self/maps')))"
    )
    printed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout == "1\n"
