"""Spans of OpenTelemetry's: what a client's trace shows of a kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import RunningKernel, manager_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(__file__).parent / "data" / "traced.py"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture
def spans(tmp_path: Path) -> Path:
    return tmp_path / "spans.json"


@pytest.fixture
def traced(tmp_path: Path, spans: Path) -> Iterator[RunningKernel]:
    """A kernel that makes spans, and writes them to a file."""
    manager = manager_of([sys.executable, str(PROGRAM)], tmp_path)
    manager.start_kernel(
        env={**os.environ, "KERNELWIRE_TRACES": "on", "SPANS": str(spans)}
    )
    kernel = RunningKernel(manager)
    yield kernel
    kernel.stop()


def run(kernel: RunningKernel, code: str, **metadata: Any) -> None:
    """Execute code with this metadata."""
    content = {"code": code, "silent": False}
    kernel.finish(kernel.send("execute_request", content, metadata))


def exported(spans: Path) -> list[dict[str, Any]]:
    """The spans in the order in which they ended: objects, one after the other."""
    decoder = json.JSONDecoder()
    text, found = spans.read_text().strip(), []
    while text:
        span, end = decoder.raw_decode(text)
        found.append(span)
        text = text[end:].strip()
    return found


def test_a_cell_is_a_span_below_the_one_of_its_client(
    traced: RunningKernel, spans: Path
) -> None:
    run(traced, "x", traceparent=PARENT)
    inner, cell = exported(spans)
    assert cell["context"]["trace_id"] == f"0x{TRACE}"
    assert cell["parent_id"] == f"0x{SPAN}"
    assert (cell["name"], cell["kind"]) == ("execute", "SpanKind.SERVER")
    assert cell["attributes"]["jupyter.execution_count"] == 1
    assert inner["name"] == "x"
    assert inner["parent_id"] == cell["context"]["span_id"]


@pytest.mark.parametrize(
    "metadata",
    [{}, {"traceparent": "no"}, {"traceparent": 3}, {"traceparent": "00-0-0-00"}],
    ids=["none", "no header", "a number", "no ids"],
)
def test_a_cell_without_a_trace_begins_one(
    traced: RunningKernel, spans: Path, metadata: dict[str, Any]
) -> None:
    run(traced, "x", **metadata)
    _, cell = exported(spans)
    assert cell["parent_id"] is None


def test_a_failed_cell_is_a_failed_span(traced: RunningKernel, spans: Path) -> None:
    run(traced, "fail", traceparent=PARENT)
    _, cell = exported(spans)
    assert cell["status"] == {"status_code": "ERROR", "description": "Failure"}


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    """By a kernel that is told to trace, before any client waits for it."""
    connection = tmp_path / "connection.json"
    connection.write_text("{}")
    code = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "import kernelwire as kw\n"
        "from kernelwire.python import PythonInterpreter\n"
        "kw.main(PythonInterpreter)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, "-f", str(connection)],
        env={**os.environ, "KERNELWIRE_TRACES": "on"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "opentelemetry-api is not installed" in ended.stderr
