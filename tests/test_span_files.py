"""Spans in a file: the same for kernels in C++ and in Python, as OpenTelemetry reads them."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.json_format import Parse  # type: ignore[import-untyped]
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

# Where `make test-cpp` has not built the kernel, the first test does.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

OBEDIENT = str(Path(__file__).parent / "data" / "obedient.py")
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"
SERVER, ERROR = 2, 2  # SPAN_KIND_SERVER, STATUS_CODE_ERROR

Start = Callable[..., "RunningKernel"]


@pytest.fixture(params=["C++", "Python"])
def start(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Start]:
    """Start kernels that write spans to a file."""
    from tests.conftest import RunningKernel, manager_of
    from tests.native import cpp_build

    argv = [sys.executable, OBEDIENT]
    if request.param == "C++":
        build = cpp_build(tmp_path_factory)
        argv = [str(build / "cpp" / "examples" / "echo" / "echo_kernel")]
    running: list[RunningKernel] = []

    def begin(spans: Path, **popen: Any) -> RunningKernel:
        place = tmp_path / str(len(running))
        place.mkdir()
        manager = manager_of(argv, place)
        env = {**os.environ, "KERNELWIRE_TRACES": str(spans)}
        with (place / "stderr").open("w") as stderr:
            manager.start_kernel(env=env, stderr=stderr, **popen)
        running.append(RunningKernel(manager))
        return running[-1]

    yield begin
    for kernel in running:
        kernel.stop()


def run(kernel: RunningKernel, code: str, **metadata: Any) -> None:
    """Execute code with this metadata."""
    content = {"code": code, "silent": False}
    kernel.finish(kernel.send("execute_request", content, metadata))


def spans_of(file: Path) -> list[dict[str, Any]]:
    """The spans in the order in which they ended, with the name of their service."""
    found = []
    for line in file.read_text().splitlines():
        Parse(line, TracesData())  # it is what it should be, with no field that is not
        (resource_spans,) = json.loads(line)["resourceSpans"]
        (scope_spans,) = resource_spans["scopeSpans"]
        (span,) = scope_spans["spans"]
        (service,) = resource_spans["resource"]["attributes"]
        assert service["key"] == "service.name"
        found.append({**span, "service": service["value"]["stringValue"]})
    return found


def attributes_of(span: dict[str, Any]) -> dict[str, str]:
    """Its attributes, each as text."""
    return {one["key"]: str(*one["value"].values()) for one in span["attributes"]}


def test_a_cell_is_a_span_below_the_one_of_its_client(
    start: Start, tmp_path: Path
) -> None:
    spans = tmp_path / "spans.jsonl"
    kernel = start(spans)
    run(kernel, "hello", traceparent=PARENT, tracestate="vendor=1", cellId="cell")
    (span,) = spans_of(spans)
    assert (span["traceId"], span["parentSpanId"]) == (TRACE, SPAN)
    assert (span["name"], span["kind"]) == ("execute", SERVER)
    assert span["traceState"] == "vendor=1"
    assert "status" not in span
    assert int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
    assert span["service"] == kernel.ask("kernel_info_request")["implementation"]
    attributes = attributes_of(span)
    assert attributes["jupyter.cell_id"] == "cell"
    assert attributes["jupyter.execution_count"] == "1"
    assert attributes["jupyter.session"] == kernel.client.session.session
    assert "hello" not in spans.read_text()  # nor any other code


def test_kernels_may_share_a_file(start: Start, tmp_path: Path) -> None:
    spans = tmp_path / "spans.jsonl"
    for kernel in (start(spans), start(spans)):
        run(kernel, "hello")
    one, other = spans_of(spans)
    assert "parentSpanId" not in one
    assert one["traceId"] != other["traceId"]


@pytest.mark.parametrize("start", ["Python"], indirect=True)  # an echo never fails
def test_a_failed_cell_is_a_failed_span(start: Start, tmp_path: Path) -> None:
    spans = tmp_path / "spans.jsonl"
    run(start(spans), "fail why", traceparent=PARENT)
    (span,) = spans_of(spans)
    assert span["status"]["code"] == ERROR
    assert span["status"]["message"]


def test_a_disk_that_is_full_ends_the_spans_and_not_the_kernel(
    start: Start, tmp_path: Path
) -> None:
    spans = tmp_path / "spans.jsonl"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))

    kernel = start(spans, preexec_fn=limit)
    for _ in range(50):
        assert kernel.run("hello").reply["status"] == "ok"
    assert spans.stat().st_size <= 5_000
    said = (tmp_path / "0" / "stderr").read_text()
    assert said.count("the file of spans in") == 1


def test_a_file_that_cannot_be_made_is_told_of(start: Start, tmp_path: Path) -> None:
    kernel = start(tmp_path / "missing" / "spans.jsonl")
    assert kernel.run("hello").reply["status"] == "ok"
    assert "No such file" in (tmp_path / "0" / "stderr").read_text()
