#include <kernelwire/reply.hpp>

#include <algorithm>

#include "object_text.hpp"

namespace kernelwire {
namespace {

// As many as an execute_reply has.
constexpr std::size_t usual_fields = 4;

auto named(const std::string& name) {
    return [&name](const auto& field) { return field.first == name; };
}

}  // namespace

Reply& Reply::set_text(const std::string& name, std::string json) {
    const auto field = std::find_if(fields_.begin(), fields_.end(), named(name));
    if (field == fields_.end()) return add(name, std::move(json));
    field->second = std::move(json);
    return *this;
}

Reply& Reply::set_default(const std::string& name, std::string json) {
    return find(name) == nullptr ? add(name, std::move(json)) : *this;
}

Reply& Reply::add(const std::string& name, std::string json) {
    if (fields_.empty()) fields_.reserve(usual_fields);
    fields_.emplace_back(name, std::move(json));
    return *this;
}

const std::string* Reply::find(const std::string& name) const noexcept {
    const auto field = std::find_if(fields_.begin(), fields_.end(), named(name));
    return field == fields_.end() ? nullptr : &field->second;
}

std::string Reply::content() const {
    std::size_t size = status_.size() + 16;  // with the name and punctuation of the status
    for (const auto& [name, json] : fields_) size += name.size() + json.size() + 4;
    std::string out;
    out.reserve(size);
    out += R"({"status":)";
    append_json_string(out, status_);
    for (const auto& [name, json] : fields_) {
        out += ',';
        append_json_string(out, name);
        out += ':';
        out += json;
    }
    out += '}';
    return out;
}

Reply ok(const Json& fields) {
    Reply reply;
    if (fields.is_null()) return reply;
    want_object(fields, "fields");
    for (const auto& [name, value] : fields.items()) reply.set(name, value);
    return reply;
}

Reply error(const std::string& ename, const std::string& evalue,
            const std::vector<std::string>& traceback) {
    Reply reply("error");
    return reply.set("ename", ename).set("evalue", evalue).set("traceback", traceback);
}

Reply matches(const std::vector<std::string>& texts, std::size_t start, std::size_t end,
              const Json& metadata) {
    return Reply()
        .set("matches", texts)
        .set("cursor_start", start)
        .set("cursor_end", end)
        .set_text("metadata", object_text(metadata, "metadata"));
}

Reply documentation(const Json& data, const Json& metadata) {
    return Reply()
        .set("found", !data.empty())
        .set_text("data", object_text(data, "data"))
        .set_text("metadata", object_text(metadata, "metadata"));
}

Reply complete() {
    return Reply("complete");
}

Reply incomplete(const std::string& indent) {
    return Reply("incomplete").set("indent", indent);
}

Reply invalid() {
    return Reply("invalid");
}

Reply unknown() {
    return Reply("unknown");
}

}  // namespace kernelwire
