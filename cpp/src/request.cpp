#include "request.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace kernelwire {
namespace {

[[noreturn]] void refuse(const char* name, Bytes found, const char* wanted) {
    throw InterpreterError("BadContent", std::string("content.") + name + " is " +
                                             read_json(found).value_or(Json()).type_name() +
                                             ", want " + wanted);
}

std::optional<int> read_integer(Bytes text) noexcept {
    int value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// UTF-8 that a JSON parser accepted: every byte that does not continue a sequence begins one.
std::size_t code_points(const std::string& text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

}  // namespace

Fields::Fields(Bytes content) {
    std::optional<JsonMembers> members = JsonMembers::read(content);
    if (!members) throw InterpreterError("BadContent", "content is not a JSON object");
    if (members->depth() > json_depth_limit) {
        throw InterpreterError("BadContent", "content nests too deeply");
    }
    members_ = *std::move(members);
}

Bytes Fields::find(const char* name) const {
    const Bytes value = members_.find(name);
    return value == "null" ? Bytes() : value;
}

std::string Fields::text(const char* name, const char* otherwise) const {
    const Bytes value = find(name);
    if (value.empty()) return otherwise;
    if (!is_json_string(value)) refuse(name, value, "a string");
    return read_json_string(value);
}

bool Fields::flag(const char* name, bool otherwise) const {
    const Bytes value = find(name);
    if (value.empty()) return otherwise;
    if (value == "true" || value == "false") return value == "true";
    const std::optional<int> number = read_integer(value);  // R's and old clients' 0 and 1
    if (!number) refuse(name, value, "a boolean");
    return *number != 0;
}

int Fields::number(const char* name, int otherwise) const {
    const Bytes value = find(name);
    if (value.empty()) return otherwise;
    const std::optional<Json> number = read_json(value);
    if (!number || !number->is_number()) refuse(name, value, "a number");
    constexpr double limit = std::numeric_limits<int>::max();
    return static_cast<int>(std::clamp(number->get<double>(), -limit, limit));
}

std::size_t Fields::position(const char* name, const std::string& code) const {
    const std::size_t end = code_points(code);
    const int at = number(name, -1);
    return at < 0 ? end : std::min(end, static_cast<std::size_t>(at));
}

std::string Fields::object(const char* name) const {
    const Bytes value = find(name);
    if (value.empty()) return "{}";
    if (value.front() != '{') refuse(name, value, "an object");
    return std::string(value);
}

ExecuteRequest read_execute_request(const Message& request) {
    const Fields fields(request.content());
    ExecuteRequest out;
    if (!fields.has("code")) throw InterpreterError("BadContent", "content has no code");
    out.code = fields.text("code");
    out.silent = fields.flag("silent", false);
    out.store_history = !out.silent && fields.flag("store_history", true);
    out.allow_stdin = fields.flag("allow_stdin", true);
    out.stop_on_error = fields.flag("stop_on_error", true);
    out.user_expressions = fields.object("user_expressions");
    (void)read_json_strings(request.metadata(), {{"cellId", &out.cell_id}});
    out.message = request;
    return out;
}

HistoryRequest read_history_request(const Message& request) {
    const Fields fields(request.content());
    HistoryRequest out;
    out.subshell_id = request.header.subshell_id;
    out.output = fields.flag("output", out.output);
    out.raw = fields.flag("raw", out.raw);
    out.access = fields.text("hist_access_type", "tail");
    out.session = fields.number("session", out.session);
    out.start = fields.number("start", out.start);
    if (fields.has("stop")) out.stop = fields.number("stop", 0);
    out.n = fields.number("n", out.n);
    out.pattern = fields.text("pattern", "*");
    out.unique = fields.flag("unique", out.unique);
    return out;
}

CommMessage read_comm_message(const Message& request) {
    CommMessage out;
    const bool object = read_json_strings(
        request.content(), {{"comm_id", &out.comm_id}, {"target_name", &out.target_name}});
    if (!object || out.comm_id.empty()) {
        throw InterpreterError("BadContent", "content is not an object with a comm_id");
    }
    out.message = request;
    return out;
}

int read_count(const std::string& json, int otherwise) {
    return read_integer(json).value_or(otherwise);
}

std::string error_of(const Reply& reply) {
    std::string out;
    for (const char* name : {"ename", "evalue", "traceback"}) {
        const std::string* text = reply.find(name);
        out += out.empty() ? "{" : ",";
        out += json_string(name) + ":" + (text != nullptr ? *text : R"("")");
    }
    return out + "}";
}

}  // namespace kernelwire
