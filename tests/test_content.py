"""Contents as JSON text: what orjson does not take by itself, and what nobody can."""

from __future__ import annotations

import datetime as dt
import fractions
import json
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from kernelwire.content import dumps, loads


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (b"\x00\xff", "AP8="),
        (bytearray(b"a"), "YQ=="),
        (fractions.Fraction(1, 2), 0.5),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        ({3}, [3]),
        (math.nan, None),
        (math.inf, None),
        (2**80, 2**80),
        ((1, 2), [1, 2]),
        ({1: "a", None: 0, False: 1}, {"1": "a", "null": 0, "false": 1}),
        (
            dt.datetime(2026, 11, 23, tzinfo=dt.UTC),
            "2026-11-23T00:00:00+00:00",
        ),
    ],
    ids=repr,
)
def test_dumps_gives_the_form_that_kernels_have_always_sent(
    value: Any, written: Any
) -> None:
    assert json.loads(dumps({"value": value})) == {"value": written}


def test_lone_surrogates_become_replacement_characters() -> None:
    text = dumps({"text": "a\ud800b", "fine": "\U0001f40d"})
    assert json.loads(text) == {"text": "a\ufffdb", "fine": "\U0001f40d"}


def test_a_large_integer_beside_nan_and_bytes_is_still_json() -> None:
    value = {"int": 2**70, "nan": math.nan, "bytes": b"a", "list": [{1, 2}]}
    assert json.loads(dumps(value)) == {
        "int": 2**70,
        "nan": None,
        "bytes": "YQ==",
        "list": [[1, 2]],
    }


def test_what_has_no_json_form_is_named() -> None:
    with pytest.raises(TypeError, match="type object cannot be sent as JSON"):
        dumps({"value": object()})
    with pytest.raises(TypeError, match="type complex"):
        dumps({"value": 1j, "large": 2**70})


def test_content_that_contains_itself_is_refused() -> None:
    content: dict[str, Any] = {}
    content["self"] = content
    with pytest.raises(ValueError, match="contains itself"):
        dumps(content)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"nul"])
def test_loads_refuses_what_is_not_json(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - orjson's text is its own
        loads(text)


# An interrupt may also come in a callback of importlib's, where Python lets it be. And what finds
# an editable install breaks where importlib.util is interrupted.
INTERRUPTED = """
import importlib.util, signal, sys
loaded = False
def unraisable(what):
    if what.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(what)
sys.unraisablehook = unraisable
def interrupt(*_):
    if not loaded:
        signal.raise_signal(signal.SIGINT)
signal.signal(signal.SIGALRM, interrupt)
delay = float(sys.argv[1])
while not loaded:
    try:
        signal.setitimer(signal.ITIMER_REAL, delay)
        import kernelwire.content
        loaded = True
    except KeyboardInterrupt:
        delay *= 1.3
signal.setitimer(signal.ITIMER_REAL, 0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no interval timers")
@pytest.mark.parametrize("delay", [0.0001, 0.0005, 0.001, 0.002])
def test_an_interrupt_amid_the_first_import_is_only_an_interrupt(delay: float) -> None:
    """It ended the process in orjson, whose beginning does not expect its imports to fail."""
    command = [sys.executable, "-c", INTERRUPTED, str(delay)]
    ended = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, b"")
