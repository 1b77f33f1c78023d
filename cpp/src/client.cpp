#include <kernelwire/client.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "object_text.hpp"

namespace kernelwire {
namespace {

using Clock = std::chrono::steady_clock;

// How often the kernel is asked anew while nothing of it has come on iopub. One that welcomes those
// who subscribe (JEP 65) is asked as soon as it has.
constexpr Client::Milliseconds nudge{250};

// How often it is looked whether the kernel has ended.
constexpr Client::Milliseconds look{100};

Client::Milliseconds until(Clock::time_point end) {
    const auto left = std::chrono::ceil<Client::Milliseconds>(end - Clock::now());
    return std::max(left, Client::Milliseconds{0});
}

std::string text_of(const Message& message, const char* name) {
    std::string out;
    (void)read_json_strings(message.content(), {{name, &out}});
    return out;
}

}  // namespace

Json Exchange::content() const {
    const auto content = reply_ ? read_json(reply_->content()) : std::nullopt;
    if (!content || !content->is_object()) throw WireError(Errc::bad_content);
    return *content;
}

Client::Client(const ZmqApi& api, Connection connection, const std::string& username)
    : connection_(std::move(connection)),
      signer_(connection_.key),
      sealer_(signer_, new_key(), username),
      context_(api) {
    connect();
}

Client::~Client() = default;

void Client::connect() {
    shell_ = port(Channel::shell);
    iopub_ = port(Channel::iopub);
    stdin_ = port(Channel::stdin_);
    control_ = port(Channel::control);
    heartbeat_ = port(Channel::heartbeat);
    last_beat_ = Clock::now();
    beats_ = {};
}

std::unique_ptr<Port> Client::port(Channel channel) {
    const bool listens = channel == Channel::iopub;
    auto port = std::make_unique<Port>(context_, listens ? zmq::sub : zmq::dealer, traffic_);
    port->set(zmq::rcvhwm, 0);  // libzmq's limits drop what comes above them
    port->set(zmq::sndhwm, 0);
    port->set(zmq::linger, 0);
    if (listens) {
        port->set(zmq::subscribe, Bytes());
    } else {
        // Questions on stdin come to the client that has asked on shell: the one of that identity.
        port->set(zmq::routing_id, sealer_.session());
    }
    if (channel == Channel::stdin_) port->set(zmq::immediate, 1);
    if (!connection_.curve.public_key.empty()) {
        port->use_curve(connection_.curve.public_key, new_curve_keys(context_.api()));
    }
    port->connect(connection_.endpoint(channel));
    return port;
}

Json Client::wait_ready(Milliseconds patience) {
    const auto end = Clock::now() + patience;
    for (;;) {
        const unsigned welcomes = welcomes_;
        const Handle info = request(Channel::shell, "kernel_info_request", Json::object());
        // The answer must come, however long the kernel takes to start; the status that belongs to
        // it may have been published before this client had subscribed.
        while (!info->reply() && Clock::now() < end) {
            if (ended_ && ended_()) throw KernelEnded("the kernel has ended before it answered");
            step(std::min(look, until(end)));
        }
        const auto nudge_end = std::min(end, Clock::now() + nudge);
        while (!info->done() && welcomes_ == welcomes && Clock::now() < nudge_end) {
            step(until(nudge_end));
        }
        if (info->done() && hears_questions(until(end))) return info->content();
        open_.erase(info->msg_id());
        if (Clock::now() >= end) {
            throw KernelSilent(info->done()    ? "the stdin channel cannot be reached"
                               : info->reply() ? "nothing that the kernel publishes comes here"
                                               : "the kernel does not answer kernel_info_request");
        }
    }
}

// A question to a client that is not connected to stdin is lost at most kernels, and they wait for
// the answer for ever. The socket can be written to once it is connected.
bool Client::hears_questions(Milliseconds patience) const {
    ZmqPollItem item;
    item.socket = stdin_->handle();
    item.events = zmq::pollout;
    return context_.api().poll(&item, 1, patience.count()) > 0;
}

Client::Handle Client::request(Channel channel, const std::string& msg_type, const Json& content,
                               Callbacks callbacks, Buffers buffers,
                               const std::string& subshell_id) {
    return request_text(channel, msg_type, object_text(content, "content"), std::move(callbacks),
                        std::move(buffers), subshell_id);
}

Client::Handle Client::request_text(Channel channel, const std::string& msg_type,
                                    std::string content, Callbacks callbacks, Buffers buffers,
                                    const std::string& subshell_id) {
    if (channel != Channel::shell && channel != Channel::control) {
        throw std::invalid_argument("requests go to shell or control");
    }
    Outgoing message;
    message.channel = channel;
    message.msg_type = msg_type;
    message.content = std::move(content);
    message.buffers = std::move(buffers);
    message.subshell_id = subshell_id;
    Sealed sealed;
    sealer_.seal(message, std::chrono::system_clock::now(), sealed);
    auto exchange =
        std::make_shared<Exchange>(sealed.msg_id, msg_type, channel, std::move(callbacks));
    open_[sealed.msg_id] = exchange;
    Port& port = channel == Channel::shell ? *shell_ : *control_;
    port.send(sealed.frames, message.buffers, std::move(message.content));
    return exchange;
}

Client::Handle Client::execute(const std::string& code, Callbacks callbacks,
                               const ExecuteOptions& options) {
    want_object(options.user_expressions, "user_expressions");
    const bool allow_stdin = callbacks.input || callbacks.question;
    return request(Channel::shell, "execute_request",
                   {{"code", code},
                    {"silent", options.silent},
                    {"store_history", options.store_history},
                    {"user_expressions", options.user_expressions},
                    {"allow_stdin", allow_stdin},
                    {"stop_on_error", options.stop_on_error}},
                   std::move(callbacks), {}, options.subshell_id);
}

Client::Handle Client::complete(const std::string& code, std::size_t cursor_pos) {
    return request(Channel::shell, "complete_request",
                   {{"code", code}, {"cursor_pos", cursor_pos}});
}

Client::Handle Client::inspect(const std::string& code, std::size_t cursor_pos, int detail_level) {
    return request(Channel::shell, "inspect_request",
                   {{"code", code}, {"cursor_pos", cursor_pos}, {"detail_level", detail_level}});
}

Client::Handle Client::is_complete(const std::string& code) {
    return request(Channel::shell, "is_complete_request", {{"code", code}});
}

Client::Handle Client::interrupt() {
    return request(Channel::control, "interrupt_request", Json::object());
}

Client::Handle Client::shutdown(bool restart) {
    return request(Channel::control, "shutdown_request", {{"restart", restart}});
}

std::string Client::open_comm(const std::string& target_name, const Json& data, Buffers buffers) {
    std::string comm_id = new_key();
    request(Channel::shell, "comm_open",
            {{"comm_id", comm_id}, {"target_name", target_name}, {"data", data}}, {},
            std::move(buffers));
    return comm_id;
}

Client::Handle Client::send_comm(const std::string& comm_id, const Json& data, Buffers buffers) {
    return request(Channel::shell, "comm_msg", {{"comm_id", comm_id}, {"data", data}}, {},
                   std::move(buffers));
}

Client::Handle Client::close_comm(const std::string& comm_id, const Json& data) {
    return request(Channel::shell, "comm_close", {{"comm_id", comm_id}, {"data", data}});
}

void Client::wait(const Handle& exchange, Milliseconds patience) {
    if (exchange == nullptr) throw std::invalid_argument("there is no request to wait for");
    const auto ended = [&exchange] {
        return KernelEnded("the kernel has ended before it was done with " + exchange->msg_type());
    };
    bool done = false;
    try {
        done = wait_until([&exchange] { return exchange->done() || exchange->lost(); }, patience);
    } catch (const KernelEnded&) {
        open_.erase(exchange->msg_id());
        throw ended();
    }
    if (exchange->lost()) throw ended();
    if (done) return;
    throw KernelSilent("the kernel was not done with " + exchange->msg_type() + " after " +
                       std::to_string(patience.count()) + " ms");
}

bool Client::wait_until(const std::function<bool()>& condition, Milliseconds patience) {
    const auto end = Clock::now() + patience;
    while (!condition()) {
        const auto left = until(end);
        if (step(ended_ ? std::min(look, left) : left)) continue;
        // What it had sent before it ended has been handled by now.
        if (ended_ && ended_()) throw KernelEnded("the kernel has ended");
        if (Clock::now() >= end) return condition();
    }
    return true;
}

void Client::reconnect() {
    for (const auto& [msg_id, exchange] : open_) exchange->lost_ = true;
    open_.clear();
    // What waits in the old sockets for the kernel goes with them. They go before there are others,
    // since a kernel takes no second peer of the same identity.
    for (auto* const port : {&shell_, &iopub_, &stdin_, &control_, &heartbeat_}) port->reset();
    connect();
}

bool Client::step(Milliseconds patience) {
    const auto receive_all = [this] {
        // Replies last: what comes with them has then been seen.
        bool any = receive(*iopub_, Channel::iopub);
        any = receive(*stdin_, Channel::stdin_) || any;
        any = receive(*control_, Channel::control) || any;
        return receive(*shell_, Channel::shell) || any;
    };
    if (receive_all()) return true;
    if (patience.count() <= 0) return false;
    std::array<ZmqPollItem, 4> items{};
    items[0].socket = shell_->handle();
    items[1].socket = iopub_->handle();
    items[2].socket = stdin_->handle();
    items[3].socket = control_->handle();
    for (ZmqPollItem& item : items) item.events = zmq::pollin;
    context_.api().poll(items.data(), static_cast<int>(items.size()), patience.count());
    return receive_all();
}

std::vector<int> Client::fds() const {
    return {shell_->fd(), iopub_->fd(), stdin_->fd(), control_->fd()};
}

// Takes all that has come, so that one call of step() is not one message.
bool Client::receive(Port& port, Channel channel) {
    bool any = false;
    while (auto received = port.recv(Port::Wait::no)) {
        any = true;
        take(channel, std::move(received));
    }
    return any;
}

void Client::take(Channel channel, std::shared_ptr<const Received> received) {
    Message message;
    message.channel = channel;
    const Frames& frames = received->frames();
    message.owner = std::move(received);
    Errc code = decode(frames, signer_, &seen_, message.envelope);
    if (code == Errc::ok) code = read_header(message.header_json(), message.header);
    if (code != Errc::ok) {
        ++refused_;
        return;
    }
    Header parent;
    const bool has_parent = read_header(message.parent(), parent) == Errc::ok;
    const auto found = has_parent ? open_.find(parent.msg_id) : open_.end();
    const auto exchange = found == open_.end() ? nullptr : found->second;
    if (channel == Channel::iopub) return take_published(message, exchange);
    if (exchange == nullptr) return;  // somebody has given up on it
    if (channel == Channel::stdin_) return ask(message, exchange);
    exchange->reply_ = std::move(message);
    settle(exchange);
}

void Client::take_published(const Message& message, const std::shared_ptr<Exchange>& exchange) {
    if (is_comm(message.header.msg_type) && on_comm_) on_comm_(message);
    if (message.header.msg_type == "iopub_welcome") ++welcomes_;
    if (exchange == nullptr) {
        if (on_other_) on_other_(message);
        return;
    }
    if (message.header.msg_type != "status") {
        if (exchange->callbacks_.output) exchange->callbacks_.output(message);
        return;
    }
    exchange->idle_ = text_of(message, "execution_state") == "idle";
    settle(exchange);
}

void Client::ask(const Message& question, const std::shared_ptr<Exchange>& exchange) {
    if (question.header.msg_type != "input_request") return;
    if (exchange->callbacks_.question) return exchange->callbacks_.question(question);
    if (!exchange->callbacks_.input) return;
    const Json content = read_json(question.content()).value_or(Json::object());
    const bool secret = content.is_object() && content.value("password", Json(false)) == Json(true);
    answer(question, exchange->callbacks_.input(text_of(question, "prompt"), secret));
}

void Client::answer(const Message& question, const std::string& value) {
    Outgoing reply;
    reply.channel = Channel::stdin_;
    reply.msg_type = "input_reply";
    reply.parent = question.header_json();
    reply.content = R"({"status":"ok","value":)" + json_string(value) + "}";
    Sealed sealed;
    sealer_.seal(reply, std::chrono::system_clock::now(), sealed);
    stdin_->send(sealed.frames, {}, std::move(reply.content));
}

void Client::settle(const std::shared_ptr<Exchange>& exchange) {
    if (exchange->done()) open_.erase(exchange->msg_id());
}

const Client::Heartbeats& Client::beat() {
    while (heartbeat_->recv(Port::Wait::no) != nullptr) {
        last_beat_ = Clock::now();
        beats_.answered = beats_.sent;
    }
    if (beats_.answered == beats_.sent) {
        heartbeat_->send({"", "beat"});  // as a REQ socket would
        ++beats_.sent;
    }
    return beats_;
}

Client::Milliseconds Client::heartbeat() {
    beat();
    return std::chrono::duration_cast<Milliseconds>(Clock::now() - last_beat_);
}

bool Client::beats(Milliseconds patience) {
    const auto next = beat().sent + 1;
    const auto end = Clock::now() + patience;
    ZmqPollItem item;
    item.socket = heartbeat_->handle();
    item.events = zmq::pollin;
    while (beat().answered < next) {
        const auto left = until(end);
        if (left.count() == 0) return false;
        context_.api().poll(&item, 1, left.count());
    }
    return true;
}

}  // namespace kernelwire
