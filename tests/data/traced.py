"""A kernel whose spans go to a file: for the tests of tracing."""

from __future__ import annotations

import os
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

import kernelwire as kw


class Traced(kw.Interpreter):
    language = kw.Language("traced")

    def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
        with trace.get_tracer("inner").start_as_current_span(request.code):
            output.stdout(request.code)
        if request.code == "fail":
            return kw.error("Failure", "it failed")
        return kw.ok()


if __name__ == "__main__":
    spans = Path(os.environ["SPANS"]).open("w", buffering=1)  # noqa: SIM115 - to the end
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=spans)))
    trace.set_tracer_provider(provider)
    kw.main(Traced)
