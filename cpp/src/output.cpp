#include <kernelwire/output.hpp>

#include <stdexcept>

#include "object_text.hpp"

namespace kernelwire {
namespace {

std::string bundle(const Json& data, const Json& metadata) {
    return R"({"data":)" + object_text(data, "data") + R"(,"metadata":)" +
           object_text(metadata, "metadata");
}

// Whether frontends show it and answer nothing: then nobody waits for it.
bool is_output(const std::string& msg_type) {
    return msg_type == "display_data" || msg_type == "update_display_data" ||
           msg_type == "execute_result" || msg_type == "clear_output";
}

std::string display(const Json& data, const Json& metadata, const std::string& display_id) {
    std::string content = bundle(data, metadata) + R"(,"transient":{)";
    if (!display_id.empty()) content += R"("display_id":)" + json_string(display_id);
    return content + "}}";
}

}  // namespace

Output::Output(Outlet& outlet, const Message& request, Terms terms)
    : shared_(std::make_shared<Shared>(outlet, request, terms)) {}

Output::Shared::Shared(Outlet& to, const Message& request, Terms on)
    : outlet(to),
      parent(request.header_json()),
      identities(request.envelope.identities.begin(), request.envelope.identities.end()),
      subshell_id(request.header.subshell_id),
      terms(on) {}

void Output::out(Bytes text) const {
    shared_->outlet.stream(shared_->parent, Stream::out, text);
}

void Output::err(Bytes text) const {
    shared_->outlet.stream(shared_->parent, Stream::err, text);
}

void Output::flush() const {
    shared_->outlet.flush();
}

void Output::execute_result(const Json& data, const Json& metadata) const {
    if (terms().silent) return;
    publish("execute_result", bundle(data, metadata) + R"(,"execution_count":)" +
                                  std::to_string(terms().execution_count) + "}");
}

void Output::display_data(const Json& data, const Json& metadata,
                          const std::string& display_id) const {
    publish("display_data", display(data, metadata, display_id));
}

void Output::update_display_data(const Json& data, const Json& metadata,
                                 const std::string& display_id) const {
    if (display_id.empty()) throw std::invalid_argument("display_id is empty, want a display's");
    update_display(display_id, display(data, metadata, display_id));
}

void Output::update_display(const std::string& display_id, std::string content) const {
    Outgoing message;
    message.msg_type = "update_display_data";
    message.content = std::move(content);
    message.updates = display_id;
    send(std::move(message));
}

void Output::clear_output(bool wait) const {
    publish("clear_output", wait ? R"({"wait":true})" : R"({"wait":false})");
}

void Output::error(const std::string& ename, const std::string& evalue,
                   const std::vector<std::string>& traceback) const {
    shared_->showed_error = true;
    publish("error", write_json({{"ename", ename}, {"evalue", evalue}, {"traceback", traceback}}));
}

void Output::publish(const std::string& msg_type, std::string content, std::string metadata,
                     Buffers buffers) const {
    if (msg_type == "error") shared_->showed_error = true;
    if (msg_type.rfind("comm_", 0) == 0) shared_->published_comms = true;
    Outgoing message;
    message.msg_type = msg_type;
    message.metadata = std::move(metadata);
    message.content = std::move(content);
    message.buffers = std::move(buffers);
    send(std::move(message));
}

void Output::send(Outgoing message) const {
    message.soon = message.buffers.empty() && is_output(message.msg_type);
    message.parent = shared_->parent;
    message.waits = true;
    shared_->outlet.send(std::move(message));
}

ReplyHandle Output::defer() const {
    if (!terms().deferrable || shared_->pending != nullptr) {
        throw std::logic_error("only an execute_request is answered later, and once");
    }
    shared_->pending = std::make_shared<PendingReply>(
        [&outlet = shared_->outlet, id = shared_->subshell_id] { outlet.late_reply(id); });
    return ReplyHandle(shared_->pending);
}

std::string Output::input(const std::string& prompt, bool password) const {
    if (!terms().allow_stdin) throw StdinRefused();
    Outgoing request;
    request.channel = Channel::stdin_;
    request.identities = shared_->identities;
    request.msg_type = "input_request";
    request.parent = shared_->parent;
    request.content =
        R"({"prompt":)" + json_string(prompt) + R"(,"password":)" + (password ? "true}" : "false}");
    std::optional<std::string> answer =
        shared_->outlet.input(std::move(request), shared_->subshell_id);
    if (!answer) throw Interrupted();
    return *std::move(answer);
}

}  // namespace kernelwire
