// Each cell as a span of OpenTelemetry's, below the one that its client was in.
//
// Layer 5. Depends on: interpreter.hpp, log.hpp. Used by: kernel.hpp, server.hpp.
// Source: W3C Trace Context, whose `traceparent` and `tracestate` clients put into a request's
// metadata; and the file exporter of OTLP, opentelemetry.io/docs/specs/otel/protocol/file-exporter
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <kernelwire/header.hpp>
#include <kernelwire/interpreter.hpp>
#include <kernelwire/log.hpp>

namespace kernelwire {

/// One cell. Code and output are not in it.
struct Span {
    std::string trace_id;       ///< 32 hexadecimal digits
    std::string span_id;        ///< 16 of them
    std::string parent_id{};    ///< the client's span; empty: the cell begins a trace
    std::string trace_state{};  ///< the client's, to be passed on
    Timestamp start{};          ///< when it was given to the interpreter
    Timestamp end{};            ///< when the interpreter had its reply
    std::string msg_id{};       ///< the request's
    std::string session{};      ///< the client's
    std::string cell_id{};      ///< JupyterLab's; empty: none was told
    std::string subshell_id{};  ///< empty: the main shell
    int execution_count = 0;    ///< the cell's number
    bool failed = false;        ///< the reply is an error
    std::string ename{};        ///< its name
};

/// Takes each span once its cell has run, on the thread of its shell, before the reply is sent.
/// What it throws is ignored.
using SpanSink = std::function<void(const Span&)>;

/// The span of a cell that is about to run.
/// @returns nothing where the client's trace is one that is not sampled.
[[nodiscard]] std::optional<Span> begin_span(const ExecuteRequest& request, Timestamp now);

/// Fills in what came of the cell.
void end_span(Span& span, const Reply& reply, Timestamp now);

/// The file that the environment's KERNELWIRE_TRACES names; empty where it names none, but says
/// `on` or `off`.
[[nodiscard]] std::string span_file();

/// Appends spans to a file, as lines of OTLP's JSON, which OpenTelemetry's Collector reads. Several
/// kernels may share it.
/// @param service  what is traced: `service.name`.
/// @param log      gets one warning when the file cannot be written (any more).
[[nodiscard]] SpanSink spans_to(const std::string& path, const std::string& service, Log log);

}  // namespace kernelwire
