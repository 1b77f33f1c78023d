#include "request.hpp"

#include <algorithm>
#include <limits>

namespace kernelwire {
namespace {

[[noreturn]] void refuse(const char* name, const Json& found, const char* wanted) {
    throw InterpreterError("BadContent", std::string("content.") + name + " is " +
                                             found.type_name() + ", want " + wanted);
}

// UTF-8 that a JSON parser accepted: every byte that does not continue a sequence begins one.
std::size_t code_points(const std::string& text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

}  // namespace

Fields::Fields(Bytes content) {
    std::optional<Json> value = read_json(content);
    if (!value) throw InterpreterError("BadContent", "content is not JSON, or nests too deeply");
    if (!value->is_object()) throw InterpreterError("BadContent", "content is not an object");
    value_ = *std::move(value);
}

const Json* Fields::find(const char* name) const {
    const auto member = value_.find(name);
    return member == value_.end() || member->is_null() ? nullptr : &*member;
}

std::string Fields::text(const char* name, const char* otherwise) const {
    const Json* member = find(name);
    if (member == nullptr) return otherwise;
    if (!member->is_string()) refuse(name, *member, "a string");
    return member->get<std::string>();
}

bool Fields::flag(const char* name, bool otherwise) const {
    const Json* member = find(name);
    if (member == nullptr) return otherwise;
    if (member->is_number_integer()) return *member != 0;  // R's and old clients' 0 and 1
    if (!member->is_boolean()) refuse(name, *member, "a boolean");
    return member->get<bool>();
}

int Fields::number(const char* name, int otherwise) const {
    const Json* member = find(name);
    if (member == nullptr) return otherwise;
    if (!member->is_number()) refuse(name, *member, "a number");
    constexpr double limit = std::numeric_limits<int>::max();
    return static_cast<int>(std::clamp(member->get<double>(), -limit, limit));
}

std::size_t Fields::position(const char* name, const std::string& code) const {
    const std::size_t end = code_points(code);
    const int at = number(name, -1);
    return at < 0 ? end : std::min(end, static_cast<std::size_t>(at));
}

std::string Fields::object(const char* name) const {
    const Json* member = find(name);
    if (member == nullptr) return "{}";
    if (!member->is_object()) refuse(name, *member, "an object");
    return write_json(*member);
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
    const std::optional<Json> value = read_json(json);
    return value && value->is_number_integer() ? value->get<int>() : otherwise;
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
