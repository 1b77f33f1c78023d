#include <kernelwire/kernel.hpp>

#include <algorithm>
#include <array>

#include "answer.hpp"
#include "request.hpp"
#include "utf8.hpp"

namespace kernelwire {

struct Kernel::Route {
    Bytes msg_type;
    const char* reply_type;  // null where the type has no reply
    bool shell;
    bool control;
    Answer (Kernel::*handler)(const Message&, Shell&);
};

namespace {

// The contents of status messages.
constexpr const char* starting = R"({"execution_state":"starting"})";
constexpr const char* busy = R"({"execution_state":"busy"})";
constexpr const char* idle = R"({"execution_state":"idle"})";

// JEP 92.
bool supports(const KernelInfo& info, Bytes feature) {
    return std::find(info.supported_features.begin(), info.supported_features.end(), feature) !=
           info.supported_features.end();
}

Json language_info(const Language& language) {
    Json info{{"name", language.name},
              {"version", language.version},
              {"mimetype", language.mimetype},
              {"file_extension", language.file_extension}};
    if (!language.pygments_lexer.empty()) info["pygments_lexer"] = language.pygments_lexer;
    if (!language.codemirror_mode.is_null()) info["codemirror_mode"] = language.codemirror_mode;
    if (!language.nbconvert_exporter.empty()) {
        info["nbconvert_exporter"] = language.nbconvert_exporter;
    }
    return info;
}

Reply kernel_info_reply(const KernelInfo& info) {
    Json links = Json::array();
    for (const HelpLink& link : info.help_links) {
        links.push_back({{"text", link.text}, {"url", link.url}});
    }
    return Reply()
        .set("protocol_version", std::string(protocol_version))
        .set("implementation", info.implementation)
        .set("implementation_version", info.implementation_version)
        .set("language_info", language_info(info.language))
        .set("banner", info.banner)
        .set("help_links", links)
        .set("supported_features", info.supported_features)
        .set("debugger", supports(info, "debugger"));
}

// `x_request` is answered by `x_reply`, also where we do not know x.
std::string reply_type_of(const std::string& msg_type) {
    constexpr Bytes suffix = "_request";
    if (msg_type.size() <= suffix.size()) return "";
    const std::size_t stem = msg_type.size() - suffix.size();
    if (msg_type.compare(stem, suffix.size(), suffix) != 0) return "";
    return msg_type.substr(0, stem) + "_reply";
}

}  // namespace

Kernel::Kernel(Interpreter& interpreter, Outlet& outlet, Bytes key,
               std::function<Timestamp()> clock)
    : interpreter_(interpreter), outlet_(outlet), signer_(key), clock_(std::move(clock)) {
    const KernelInfo info = interpreter.info();
    implementation_ = info.implementation;
    info_ = kernel_info_reply(info);
    has_subshells_ = supports(info, "kernel subshells");
    has_debugger_ = supports(info, "debugger");
}

const Kernel::Route* Kernel::find_route(Channel channel, Bytes msg_type) noexcept {
    static constexpr std::array<Route, 18> routes{{
        {"execute_request", "execute_reply", true, false, &Kernel::execute},
        {"comm_msg", nullptr, true, false, &Kernel::comm},
        {"comm_open", nullptr, true, false, &Kernel::comm},
        {"comm_close", nullptr, true, false, &Kernel::comm},
        {"kernel_info_request", "kernel_info_reply", true, true, &Kernel::kernel_info},
        {"complete_request", "complete_reply", true, false, &Kernel::complete},
        {"inspect_request", "inspect_reply", true, false, &Kernel::inspect},
        {"is_complete_request", "is_complete_reply", true, false, &Kernel::is_complete},
        {"history_request", "history_reply", true, false, &Kernel::history},
        {"comm_info_request", "comm_info_reply", true, false, &Kernel::comm_info},
        {"interrupt_request", "interrupt_reply", false, true, &Kernel::interrupt_request},
        {"create_subshell_request", "create_subshell_reply", false, true, &Kernel::create_subshell},
        {"delete_subshell_request", "delete_subshell_reply", false, true, &Kernel::delete_subshell},
        {"list_subshell_request", "list_subshell_reply", false, true, &Kernel::list_subshell},
        {"debug_request", "debug_reply", false, true, &Kernel::debug},
        {"usage_request", "usage_reply", false, true, &Kernel::usage},
        {"connect_request", "connect_reply", true, true, &Kernel::connect},
        {"shutdown_request", "shutdown_reply", true, true, &Kernel::shutdown},
    }};
    const auto* found = std::find_if(routes.begin(), routes.end(), [&](const Route& route) {
        return route.msg_type == msg_type &&
               (channel == Channel::shell ? route.shell : route.control);
    });
    return found == routes.end() ? nullptr : found;
}

void Kernel::start() {
    status("{}", starting);
    interpreter_.start();
}

Errc Kernel::read(Channel channel, const Frames& frames, std::shared_ptr<const void> owner,
                  Message& out) {
    out.channel = channel;
    out.owner = std::move(owner);
    Errc code = decode(frames, signer_, nullptr, out.envelope);
    if (code == Errc::ok && !is_new(out.envelope.signature)) code = Errc::replayed;
    if (code == Errc::ok) code = read_header(out.header_json(), out.header);
    // JEP 91: a kernel without subshells ignores the field, and control has none.
    if (!has_subshells_ || channel != Channel::shell) out.header.subshell_id.clear();
    return code;
}

// Hashing a large message must not hold up the other channel, so that only this is under the lock.
bool Kernel::is_new(Bytes signature) {
    if (!signer_.enabled()) return true;
    const std::lock_guard lock(seen_mutex_);
    return seen_.insert(signature);
}

bool Kernel::answer(const Message& request) {
    const Route* route = find_route(request.channel, request.header.msg_type);
    const std::string reply_type = route == nullptr ? reply_type_of(request.header.msg_type)
                                   : route->reply_type == nullptr ? ""
                                                                  : route->reply_type;
    status(request.header_json(), busy, request.channel == Channel::shell);
    Answer answer = handle(route, request);
    if (answer.comes_later) return false;
    finish(request, reply_type, std::move(answer));
    return true;
}

void Kernel::finish(const Message& request, const std::string& reply_type, Answer answer) {
    const auto shutdown = answer.shutdown;
    outlet_.settle();
    if (!reply_type.empty()) reply(request, reply_type, std::move(answer));
    status(request.header_json(), idle);
    if (shutdown) outlet_.stop(*shutdown);
}

Errc Kernel::receive(Channel channel, const Frames& frames, std::shared_ptr<const void> owner) {
    Message request;
    const Errc code = read(channel, frames, std::move(owner), request);
    if (code == Errc::ok) answer(request);
    return code;
}

Kernel::Answer Kernel::handle(const Route* route, const Message& request) {
    if (route == nullptr) {
        return {error("UnknownMessageType", "this kernel has no answer to " +
                                                request.header.msg_type + " on " +
                                                name(request.channel))};
    }
    const std::shared_ptr<Shell> shell = shells_.find(request.header.subshell_id);
    if (shell == nullptr) {
        return {error("UnknownSubshell",
                      "no subshell " + request.header.subshell_id + " is open (any more)")};
    }
    Answer answer;
    answer.reply = guarded([&] {
        answer = (this->*route->handler)(request, *shell);
        return std::move(answer.reply);
    });
    return answer;
}

void Kernel::reply(const Message& request, const std::string& reply_type, Answer answer) {
    Outgoing message;
    message.channel = request.channel;
    message.identities.assign(request.envelope.identities.begin(),
                              request.envelope.identities.end());
    message.msg_type = reply_type;
    message.parent = request.header_json();
    message.metadata = std::move(answer.metadata);
    message.content = answer.reply.content();
    message.late = answer.late;
    outlet_.send(std::move(message));
}

Kernel::Answer Kernel::kernel_info(const Message& /*request*/, Shell& /*shell*/) {
    return {info_};
}

Kernel::Answer Kernel::complete(const Message& request, Shell& /*shell*/) {
    const Fields fields(request.content());
    const std::string code = fields.text("code");
    return {interpreter_.complete(code, fields.position("cursor_pos", code))};
}

Kernel::Answer Kernel::inspect(const Message& request, Shell& /*shell*/) {
    const Fields fields(request.content());
    const std::string code = fields.text("code");
    return {interpreter_.inspect(code, fields.position("cursor_pos", code),
                                 fields.number("detail_level", 0))};
}

Kernel::Answer Kernel::is_complete(const Message& request, Shell& /*shell*/) {
    return {interpreter_.is_complete(Fields(request.content()).text("code"))};
}

Kernel::Answer Kernel::history(const Message& request, Shell& /*shell*/) {
    return {interpreter_.history(read_history_request(request))};
}

Kernel::Answer Kernel::comm_info(const Message& request, Shell& /*shell*/) {
    const std::string target = Fields(request.content()).text("target_name");
    return {Reply().set("comms", interpreter_.comm_info(target))};
}

Kernel::Answer Kernel::comm(const Message& request, Shell& shell) {
    const CommMessage message = read_comm_message(request);
    Output output(outlet_, request, {false, false, shell.execution_count});
    const Reply reply = guarded([&] {
        const Executing here(shell);
        if (request.header.msg_type == "comm_open") {
            interpreter_.comm_open(message, output);
        } else if (request.header.msg_type == "comm_msg") {
            interpreter_.comm_msg(message, output);
        } else {
            interpreter_.comm_close(message, output);
        }
        return ok();
    });
    if (reply.is_error()) publish(request, "error", error_of(reply));
    return {};
}

Kernel::Answer Kernel::interrupt_request(const Message& /*request*/, Shell& /*shell*/) {
    interrupt();
    return {};
}

Kernel::Answer Kernel::usage(const Message& /*request*/, Shell& /*shell*/) {
    Json measured = read_json(outlet_.usage()).value_or(Json::object());
    measured["executions"] = executions_.load();
    return {ok(read_json(outlet_.resources()).value_or(Json())).set("kernelwire", measured)};
}

Kernel::Answer Kernel::create_subshell(const Message& /*request*/, Shell& /*shell*/) {
    if (!has_subshells_) throw InterpreterError("NoSubshells", "this kernel has no subshells");
    const std::string id = shells_.open();
    if (id.empty()) {
        throw InterpreterError("TooManySubshells", std::to_string(Shells::limit) +
                                                       " subshells are open; delete one first");
    }
    outlet_.open_subshell(id);
    return {Reply().set("subshell_id", id)};
}

// What the subshell runs may end; what waits for it gets an error for an answer.
Kernel::Answer Kernel::delete_subshell(const Message& request, Shell& /*shell*/) {
    const std::string id = Fields(request.content()).text("subshell_id");
    if (!shells_.close(id))
        throw InterpreterError("UnknownSubshell", "no subshell " + id + " is open");
    outlet_.close_subshell(id);
    return {};
}

Kernel::Answer Kernel::list_subshell(const Message& /*request*/, Shell& /*shell*/) {
    return {Reply().set("subshell_id", shells_.ids())};
}

Kernel::Answer Kernel::debug(const Message& request, Shell& /*shell*/) {
    if (!has_debugger_) throw InterpreterError("NoDebugger", "this kernel has no debugger");
    const std::optional<Json> content = read_json(request.content());
    if (!content || !content->is_object()) {
        throw InterpreterError("BadContent", "content is not an object, or nests too deeply");
    }
    Output output(outlet_, request, {});
    return {interpreter_.debug(*content, output)};
}

// Deprecated since 5.1, and still asked by old clients: where the channels are.
Kernel::Answer Kernel::connect(const Message& /*request*/, Shell& /*shell*/) {
    return {ok(read_json(outlet_.ports()).value_or(Json()))};
}

Kernel::Answer Kernel::shutdown(const Message& request, Shell& /*shell*/) {
    const bool restart = Fields(request.content()).flag("restart", false);
    Answer answer{Reply().set("restart", restart), "{}", restart};
    publish(request, "shutdown_reply", answer.reply.content());
    return answer;
}

void Kernel::subscribed(Bytes frame) {
    if (frame.empty() || frame.front() != '\x01') return;
    const Bytes topic = frame.substr(1);
    if (!is_utf8(topic)) return;  // JEP 65
    Outgoing welcome;
    welcome.identities.emplace_back(topic);  // or a subscriber to this topic would never see it
    welcome.msg_type = "iopub_welcome";
    welcome.content = R"({"status":"ok","subscription":)" + json_string(topic) + "}";
    outlet_.send(std::move(welcome));
}

void Kernel::drained(const std::string& subshell_id) {
    if (const auto shell = shells_.find(subshell_id)) shell->aborting = false;
}

void Kernel::interrupt() {
    for (const auto& shell : shells_.executing()) interrupt(*shell);
}

void Kernel::interrupt_others() {
    for (const auto& shell : shells_.executing()) {
        if (shell->executing.load() != std::this_thread::get_id()) interrupt(*shell);
    }
}

void Kernel::interrupt(const Shell& shell) {
    if (shell.id.empty()) {
        interpreter_.interrupt();
    } else {
        interpreter_.interrupt_subshell(shell.id);
    }
}

bool Kernel::wait(const std::string& subshell_id, const std::vector<int>& fds) {
    const std::shared_ptr<Shell> shell = shells_.find(subshell_id);
    if (shell == nullptr) return false;
    const Executing here(*shell);  // so that interrupts reach it
    return interpreter_.wait(subshell_id, fds);
}

void Kernel::finish(bool restart) {
    interpreter_.shutdown(restart);
}

void Kernel::publish(const Message& request, const char* msg_type, std::string content, bool soon) {
    Outgoing message;
    message.soon = soon;
    message.msg_type = msg_type;
    message.parent = request.header_json();
    message.content = std::move(content);
    outlet_.send(std::move(message));
}

void Kernel::status(Bytes parent, const char* content, bool soon) {
    Outgoing message;
    message.soon = soon;
    message.msg_type = "status";
    message.parent = parent;
    message.content = content;
    outlet_.send(std::move(message));
}

}  // namespace kernelwire
