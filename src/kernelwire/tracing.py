"""Each cell as a span of OpenTelemetry's, below the one that its client was in.

Used by `kernel.py` where KERNELWIRE_TRACES=on asks for it. Where spans go is set up as in any
program, for example by `opentelemetry-instrument` in the kernelspec's argv; without that
they go nowhere. Needs opentelemetry-api.

Source: W3C Trace Context, whose `traceparent` and `tracestate` clients put into a
request's metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernelwire.errors import KernelWireError

if TYPE_CHECKING:
    from kernelwire._host import ExecuteRequest, Interpreter, Output, Reply

__all__ = ["trace"]


def trace(interpreter: Interpreter) -> None:
    """Have an interpreter make a span of each cell.

    Args:
        interpreter: its `execute` is wrapped, for this object only.

    Raises:
        KernelWireError: opentelemetry-api is not installed.
    """
    try:
        from opentelemetry import trace as telemetry
        from opentelemetry.trace.propagation.tracecontext import (
            TraceContextTextMapPropagator,
        )
    except ImportError as exc:
        msg = "KERNELWIRE_TRACES is on, and opentelemetry-api is not installed"
        raise KernelWireError(msg) from exc
    tracer = telemetry.get_tracer("kernelwire")
    carried = TraceContextTextMapPropagator()
    execute = interpreter.execute

    def traced(request: ExecuteRequest, output: Output) -> Reply:
        headers = {k: v for k, v in request.metadata.items() if isinstance(v, str)}
        with tracer.start_as_current_span(
            "execute",
            context=carried.extract(headers),
            kind=telemetry.SpanKind.SERVER,
            attributes={
                "jupyter.msg_id": str(request.header.get("msg_id", "")),
                "jupyter.session": str(request.header.get("session", "")),
                "jupyter.cell_id": request.cell_id,
                "jupyter.subshell_id": request.subshell_id,
                "jupyter.execution_count": request.execution_count,
            },
        ) as span:
            reply = execute(request, output)
            if reply.status == "error":
                name = str(reply.content.get("ename", ""))
                span.set_status(telemetry.StatusCode.ERROR, name)
            return reply

    interpreter.execute = traced  # type: ignore[method-assign]
