#include <kernelwire/spans.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <random>
#include <utility>

#include <kernelwire/json.hpp>
#include <kernelwire/line_file.hpp>

namespace kernelwire {
namespace {

constexpr std::size_t trace_id_size = 32;
constexpr std::size_t span_id_size = 16;
constexpr std::size_t trace_state_limit = 512;  // what everybody passes on
constexpr Bytes hex_digits = "0123456789abcdef";

bool is_hex(Bytes text) {
    return text.find_first_not_of(hex_digits) == Bytes::npos;
}

// An id, which is not all zeros.
bool is_id(Bytes text, std::size_t size) {
    return text.size() == size && is_hex(text) && text.find_first_not_of('0') != Bytes::npos;
}

std::string new_id(std::size_t size) {
    std::random_device entropy;
    std::string id(size, '0');
    do {
        for (char& digit : id) digit = hex_digits[entropy() % hex_digits.size()];
    } while (!is_id(id, size));
    return id;
}

// `version-trace_id-parent_id-flags`; later versions than 00 may have more behind it.
struct TraceParent {
    explicit TraceParent(Bytes text) {
        constexpr std::size_t size = 55;
        if (text.size() < size || text[2] != '-' || text[35] != '-' || text[52] != '-') return;
        const Bytes version = text.substr(0, 2);
        const Bytes flags = text.substr(53, 2);
        const bool ends = text.size() == size || (version != "00" && text[size] == '-');
        if (!ends || version == "ff" || !is_hex(version) || !is_hex(flags)) return;
        trace_id = text.substr(3, trace_id_size);
        span_id = text.substr(36, span_id_size);
        valid = is_id(trace_id, trace_id_size) && is_id(span_id, span_id_size);
        sampled = hex_digits.find(flags[1]) % 2 == 1;
    }

    Bytes trace_id;
    Bytes span_id;
    bool valid = false;
    bool sampled = false;
};

std::string nanoseconds(Timestamp when) {
    return std::to_string(
        std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count());
}

Json text_attribute(const char* key, const std::string& value) {
    return {{"key", key}, {"value", {{"stringValue", value}}}};
}

// The whole of what an exporter sends for one span.
std::string otlp(const Span& span, const std::string& service) {
    Json attributes = Json::array({text_attribute("jupyter.msg_id", span.msg_id),
                                   text_attribute("jupyter.session", span.session),
                                   text_attribute("jupyter.cell_id", span.cell_id),
                                   text_attribute("jupyter.subshell_id", span.subshell_id)});
    attributes.push_back({{"key", "jupyter.execution_count"},
                          {"value", {{"intValue", std::to_string(span.execution_count)}}}});
    constexpr int server = 2;  // SPAN_KIND_SERVER
    constexpr int error = 2;   // STATUS_CODE_ERROR
    Json one{{"traceId", span.trace_id},
             {"spanId", span.span_id},
             {"name", "execute"},
             {"kind", server},
             {"startTimeUnixNano", nanoseconds(span.start)},
             {"endTimeUnixNano", nanoseconds(span.end)},
             {"attributes", attributes}};
    if (!span.parent_id.empty()) one["parentSpanId"] = span.parent_id;
    if (!span.trace_state.empty()) one["traceState"] = span.trace_state;
    if (span.failed) one["status"] = {{"code", error}, {"message", span.ename}};
    const Json scope{{"scope", {{"name", "kernelwire"}}}, {"spans", Json::array({one})}};
    const Json resource{
        {"resource", {{"attributes", Json::array({text_attribute("service.name", service)})}}},
        {"scopeSpans", Json::array({scope})}};
    return write_json({{"resourceSpans", Json::array({resource})}});
}

}  // namespace

std::optional<Span> begin_span(const ExecuteRequest& request, Timestamp now) {
    std::string carried;
    Span span;
    (void)read_json_strings(request.message.metadata(),
                            {{"traceparent", &carried}, {"tracestate", &span.trace_state}});
    const TraceParent parent(carried);
    if (parent.valid && !parent.sampled) return std::nullopt;
    if (!parent.valid || span.trace_state.size() > trace_state_limit) span.trace_state.clear();
    if (parent.valid) {
        span.trace_id = parent.trace_id;
        span.parent_id = parent.span_id;
    } else {
        span.trace_id = new_id(trace_id_size);
    }
    span.span_id = new_id(span_id_size);
    span.start = now;
    (void)read_json_strings(request.message.header_json(),
                            {{"msg_id", &span.msg_id}, {"session", &span.session}});
    span.cell_id = request.cell_id;
    span.subshell_id = request.message.header.subshell_id;
    span.execution_count = request.execution_count;
    return span;
}

void end_span(Span& span, const Reply& reply, Timestamp now) {
    span.end = now;
    span.failed = reply.is_error();
    const std::string* const ename = reply.find("ename");
    if (!span.failed || ename == nullptr) return;
    const std::optional<Json> text = read_json(*ename);
    if (text && text->is_string()) span.ename = text->get<std::string>();
}

std::string span_file() {
    const char* const value = std::getenv("KERNELWIRE_TRACES");
    const std::string text = value == nullptr ? "" : value;
    constexpr std::array<Bytes, 6> switches{"on", "off", "1", "0", "yes", "no"};
    const bool names_none = std::find(switches.begin(), switches.end(), text) != switches.end();
    return names_none ? "" : text;
}

SpanSink spans_to(const std::string& path, const std::string& service, Log log) {
    const auto file =
        std::make_shared<LineFile>("the file of spans", path, LineFile::Opens::any, std::move(log));
    return [file, service](const Span& span) { file->append(otlp(span, service)); };
}

}  // namespace kernelwire
