"""Packed content over real sockets, and where the optional libraries are missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
import zmq

from kernelwire import buffers
from kernelwire.session import Session

PATIENCE = 60.0  # seconds


@pytest.fixture(params=["inproc", "tcp"])
def ends(
    request: pytest.FixtureRequest,
) -> Iterator[tuple[zmq.Socket[bytes], zmq.Socket[bytes]]]:
    """A dealer and a router behind it."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    context.linger = 0
    context.sndtimeo = context.rcvtimeo = int(PATIENCE * 1000)
    here, there = context.socket(zmq.DEALER), context.socket(zmq.ROUTER)
    there.bind("inproc://there" if request.param == "inproc" else "tcp://127.0.0.1:*")
    here.connect(there.getsockopt_string(zmq.LAST_ENDPOINT))
    yield here, there
    here.close()
    there.close()
    context.term()


@pytest.mark.parametrize("copy", [True, False], ids=["copied", "not copied"])
def test_arrays_and_tables_cross_sockets_in_a_message(
    ends: tuple[zmq.Socket[bytes], zmq.Socket[bytes]], copy: bool
) -> None:
    content = {
        "small": np.arange(3, dtype=">i2"),
        "large": np.random.default_rng(0).random((300, 400)),
        "fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        "empty": np.zeros((0, 2)),
        "table": pa.table({"x": list(range(10_000)), "t": ["text"] * 10_000}),
        "bytes": b"abc",
        "set": {1, 2},
        "plain": {"text": "a", "none": None},
    }
    session = Session(key=b"a key of the test's")
    here, there = ends
    packed, frames = buffers.pack(content, pickle=True)
    lent: list[Any] = [*frames]
    session.send(here, "comm_msg", packed, buffers=lent)
    _, message = session.clone().recv(there, mode=0, copy=copy)
    assert message is not None
    back = buffers.unpack(message["content"], message["buffers"], pickle=True)

    assert list(back) == list(content)
    assert back["small"].dtype == ">i2"
    assert back["small"].tolist() == [0, 1, 2]
    assert np.array_equal(back["large"], content["large"])
    assert back["fortran"].flags.f_contiguous
    assert np.array_equal(back["fortran"], content["fortran"])
    assert back["empty"].shape == (0, 2)
    assert back["table"].equals(content["table"])
    assert back["bytes"] == b"abc"
    assert back["set"] == {1, 2}
    assert back["plain"] == content["plain"]
    views = [np.frombuffer(buffer, np.uint8) for buffer in message["buffers"]]
    assert np.shares_memory(back["bytes"], views[-1])


# Programs for a Python in which some libraries cannot be imported. `refused` says which
# error a call ends with.
PRELUDE = """
import sys
from kernelwire import buffers

def refused(kind, call, *args):
    try:
        call(*args)
    except kind as error:
        return str(error)
    raise AssertionError("not refused")

class Tensor:
    def __dlpack__(self, **options): raise AssertionError
    def __dlpack_device__(self): return 1, 0

class Table:
    def __arrow_c_stream__(self, requested_schema=None): raise AssertionError

array = {"$kernelwire": "array", "buffer": 0, "dtype": "|u1", "shape": [3],
         "order": "C"}
table = {"$kernelwire": "arrow", "buffer": 0, "form": "table", "rows": 0}
"""
NEITHER = """
content, frames = buffers.pack({"a": b"abc", "b": [1, {"c": memoryview(b"12345678")
                                                           .cast("d")}]})
back = buffers.unpack(content, frames)
assert back["a"] == b"abc" and back["b"][1]["c"].format == "d"
assert "numpy is needed to send" in refused(ImportError, buffers.pack, Tensor())
assert "numpy is needed to receive" in refused(
    ImportError, buffers.unpack, array, [b"abc"])
assert "pyarrow is needed to send" in refused(ImportError, buffers.pack, Table())
assert "pyarrow is needed to receive" in refused(
    ImportError, buffers.unpack, table, [b""])
assert not {"numpy", "pyarrow"} & {name for name in sys.modules if sys.modules[name]}
"""
NO_PYARROW = """
import numpy as np
assert buffers.unpack(*buffers.pack(np.arange(3))).tolist() == [0, 1, 2]
assert "pyarrow is needed to send" in refused(ImportError, buffers.pack, Table())
"""
NO_NUMPY = """
import pyarrow as pa
value = pa.table({"x": [1, 2], "t": ["a", None]})
assert buffers.unpack(*buffers.pack(value)).equals(value)
assert "numpy is needed to receive" in refused(
    ImportError, buffers.unpack, array, [b"abc"])
"""
LAZY = """
content = {"a": [b"x", 1.5, "text"]}
buffers.unpack(*buffers.pack(content, pickle=True), pickle=True)
assert not {"numpy", "pyarrow", "pandas"} & set(sys.modules)
"""


@pytest.mark.parametrize(
    ("missing", "program"),
    [
        (["numpy", "pyarrow"], NEITHER),
        (["pyarrow"], NO_PYARROW),
        (["numpy"], NO_NUMPY),
        ([], LAZY),
    ],
    ids=["neither", "no pyarrow", "no numpy", "nothing imported in vain"],
)
def test_without_a_library_the_rest_works(missing: list[str], program: str) -> None:
    block = f"import sys; sys.modules.update(dict.fromkeys({missing!r}))\n"
    done = subprocess.run(
        [sys.executable, "-c", block + PRELUDE + program],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr


def test_an_old_pyarrow_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 14.0.1, a stream could name a class to be unpickled."""
    monkeypatch.setattr(pa, "__version__", "14.0.0")
    value: Any = pa.table({"x": [1]})
    with pytest.raises(ImportError, match=r"pyarrow 15 or later .* not 14\.0\.0"):
        buffers.pack(value)
