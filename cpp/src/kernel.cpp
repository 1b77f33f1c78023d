#include <kernelwire/kernel.hpp>

#include <algorithm>

#include "request.hpp"

namespace kernelwire {

// What a handler answers, and what is to happen once that was sent.
struct Kernel::Answer {
    Reply reply;
    std::string metadata = "{}";
    std::optional<bool> shutdown = std::nullopt;  // to end, and whether to be restarted
};

struct Kernel::Route {
    Bytes msg_type;
    const char* reply_type;  // null where the type has no reply
    bool shell;
    bool control;
    Answer (Kernel::*handler)(const Message&);
};

namespace {

// What a handler throws becomes an error reply: a request is answered whatever happens.
template <class Function>
Reply guarded(Function&& function) {
    try {
        return function();
    } catch (const InterpreterError& error) {
        return kernelwire::error(error.ename(), error.what(), error.traceback());
    } catch (const Interrupted& error) {
        return kernelwire::error("Interrupted", error.what());
    } catch (const std::exception& error) {
        return kernelwire::error("std::exception", error.what());
    } catch (...) {
        return kernelwire::error("UnknownError", "the interpreter threw what is no std::exception");
    }
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
        .set("debugger", false);
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
    : interpreter_(interpreter),
      outlet_(outlet),
      signer_(key),
      clock_(std::move(clock)),
      info_(kernel_info_reply(interpreter.info())) {}

const Kernel::Route* Kernel::find_route(Channel channel, Bytes msg_type) noexcept {
    static constexpr std::array<Route, 14> routes{{
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
    status("{}", "starting");
    interpreter_.start();
}

Errc Kernel::receive(Channel channel, const Frames& frames, std::shared_ptr<const void> owner) {
    Message request;
    request.channel = channel;
    request.owner = std::move(owner);
    ReplayWindow& seen = seen_[static_cast<std::size_t>(channel)];
    if (const Errc code = decode(frames, signer_, &seen, request.envelope); code != Errc::ok) {
        return code;
    }
    if (const Errc code = read_header(request.header_json(), request.header); code != Errc::ok) {
        return code;
    }

    status(request.header_json(), "busy");
    const Answer answer = this->answer(request);
    status(request.header_json(), "idle");
    if (answer.shutdown) outlet_.stop(*answer.shutdown);
    return Errc::ok;
}

// Has the request handled, and sends the one reply it gets.
Kernel::Answer Kernel::answer(const Message& request) {
    const Route* route = find_route(request.channel, request.header.msg_type);
    const std::string reply_type = route == nullptr ? reply_type_of(request.header.msg_type)
                                   : route->reply_type == nullptr ? ""
                                                                  : route->reply_type;
    Answer answer;
    if (route == nullptr) {
        answer.reply =
            error("UnknownMessageType", "this kernel has no answer to " + request.header.msg_type +
                                            " on " + name(request.channel));
    } else {
        answer.reply = guarded([&] {
            answer = (this->*route->handler)(request);
            return std::move(answer.reply);
        });
    }
    if (reply_type.empty()) return answer;

    outlet_.flush();
    Outgoing message;
    message.channel = request.channel;
    message.identities.assign(request.envelope.identities.begin(),
                              request.envelope.identities.end());
    message.msg_type = reply_type;
    message.parent = request.header_json();
    message.metadata = answer.metadata;
    message.content = answer.reply.content();
    outlet_.send(std::move(message));
    return answer;
}

Kernel::Answer Kernel::kernel_info(const Message& /*request*/) {
    return {info_};
}

Kernel::Answer Kernel::execute(const Message& request) {
    std::string started = R"({"started":")";
    append_timestamp(started, clock_());
    started += R"(","dependencies_met":true})";
    if (aborting_) {
        Reply aborted("aborted");
        aborted.set("execution_count", execution_count_);
        return {aborted, started};
    }

    ExecuteRequest execution;
    const Reply readable = guarded([&] {
        execution = read_execute_request(request);
        return ok();
    });
    if (readable.is_error()) {  // frontends show what comes on iopub, not what the reply says
        publish(request, "error", error_of(readable));
        return {readable, started};
    }
    execution.execution_count = execution_count_ + 1;
    if (!execution.silent) {
        publish(request, "execute_input",
                R"({"code":)" + json_string(execution.code) + R"(,"execution_count":)" +
                    std::to_string(execution.execution_count) + "}");
    }
    Output output(outlet_, request,
                  {execution.silent, execution.allow_stdin, execution.execution_count});
    executing_ = true;
    Reply reply = guarded([&] { return interpreter_.execute(execution, output); });
    executing_ = false;
    ++executions_;

    if (const std::string* count = reply.find("execution_count")) {
        execution_count_ = read_count(*count, execution_count_);
    } else if (execution.store_history) {
        execution_count_ = execution.execution_count;
    }
    reply.set("execution_count", execution_count_)
        .set_default("user_expressions", "{}")
        .set_default("payload", "[]");
    if (reply.is_error()) {
        if (!output.showed_error() && !execution.silent) publish(request, "error", error_of(reply));
        aborting_ = execution.stop_on_error;
        // Before the reply: what a client sends once it has that is not to be aborted.
        if (aborting_) outlet_.hold_back();
    }
    return {std::move(reply), started};
}

Kernel::Answer Kernel::complete(const Message& request) {
    const Fields fields(request.content());
    const std::string code = fields.text("code");
    return {interpreter_.complete(code, fields.position("cursor_pos", code))};
}

Kernel::Answer Kernel::inspect(const Message& request) {
    const Fields fields(request.content());
    const std::string code = fields.text("code");
    return {interpreter_.inspect(code, fields.position("cursor_pos", code),
                                 fields.number("detail_level", 0))};
}

Kernel::Answer Kernel::is_complete(const Message& request) {
    return {interpreter_.is_complete(Fields(request.content()).text("code"))};
}

Kernel::Answer Kernel::history(const Message& request) {
    return {interpreter_.history(read_history_request(request))};
}

Kernel::Answer Kernel::comm_info(const Message& request) {
    const std::string target = Fields(request.content()).text("target_name");
    return {Reply().set("comms", interpreter_.comm_info(target))};
}

Kernel::Answer Kernel::comm(const Message& request) {
    const CommMessage message = read_comm_message(request);
    Output output(outlet_, request, {false, false, execution_count_});
    const Reply reply = guarded([&] {
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

Kernel::Answer Kernel::interrupt_request(const Message& /*request*/) {
    interrupt();
    return {};
}

Kernel::Answer Kernel::usage(const Message& /*request*/) {
    Json measured = read_json(outlet_.usage()).value_or(Json::object());
    measured["executions"] = executions_.load();
    return {Reply().set("kernelwire", measured)};
}

// Deprecated since 5.1, and still asked by old clients: where the channels are.
Kernel::Answer Kernel::connect(const Message& /*request*/) {
    return {ok(read_json(outlet_.ports()).value_or(Json()))};
}

Kernel::Answer Kernel::shutdown(const Message& request) {
    const bool restart = Fields(request.content()).flag("restart", false);
    Answer answer{Reply().set("restart", restart), "{}", restart};
    publish(request, "shutdown_reply", answer.reply.content());
    return answer;
}

void Kernel::subscribed(Bytes frame) {
    if (frame.empty() || frame.front() != '\x01') return;
    const Bytes topic = frame.substr(1);
    // JEP 65: a topic that is not UTF-8 is ignored. json_string() would have changed it.
    const std::string quoted = json_string(topic);
    if (read_json(quoted) != Json(std::string(topic))) return;
    Outgoing welcome;
    welcome.identities.emplace_back(topic);  // or a subscriber to this topic would never see it
    welcome.msg_type = "iopub_welcome";
    welcome.content = R"({"status":"ok","subscription":)" + quoted + "}";
    outlet_.send(std::move(welcome));
}

void Kernel::interrupt() {
    if (executing_) interpreter_.interrupt();
}

void Kernel::finish(bool restart) {
    interpreter_.shutdown(restart);
}

void Kernel::publish(const Message& request, const char* msg_type, std::string content) {
    Outgoing message;
    message.msg_type = msg_type;
    message.parent = request.header_json();
    message.content = std::move(content);
    outlet_.send(std::move(message));
}

void Kernel::status(Bytes parent, const char* state) {
    Outgoing message;
    message.msg_type = "status";
    message.parent = parent;
    message.content = std::string(R"({"execution_state":")") + state + R"("})";
    outlet_.send(std::move(message));
}

}  // namespace kernelwire
