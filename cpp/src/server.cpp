#include <kernelwire/server.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#ifndef _WIN32
#include <unistd.h>
#endif

#include <kernelwire/json.hpp>
#include <kernelwire/process_id.hpp>

#include "ports.hpp"
#include "serving.hpp"
#include "signals_blocked.hpp"

namespace kernelwire {
namespace {

// How often a wait for clients to read asks that.
constexpr std::chrono::milliseconds room_poll{50};

bool is_child_of(int pid) noexcept {
#ifdef _WIN32
    return pid < 0;
#else
    return getppid() == pid;
#endif
}

}  // namespace

// The thread of a subshell, which refers to this.
struct Server::Subshell {
    std::shared_ptr<Inbox> inbox;
    std::atomic<bool> ended{false};
    std::thread thread;
};

Server::Server(const ZmqApi& api, Connection connection, Interpreter& interpreter,
               ServerOptions options)
    : connection_(std::move(connection)),
      interpreter_(interpreter),
      options_(std::move(options)),
      observer_(options_.log, options_.record),
      capture_(Capture::available && options_.capture
                   ? std::make_unique<Capture>(options_.iopub.patience)
                   : nullptr),
      process_(process_id()),
      is_child_(is_child_of(options_.parent_pid)),
      context_(api),
      traffic_(std::make_shared<Traffic>()),
      signer_(connection_.key),
      sealer_(signer_, new_key()),
      ports_(std::make_unique<Ports>(context_, traffic_)),
      publisher_(ports_->iopub, sealer_, observer_, options_.iopub),
      kernel_(interpreter, *this, connection_.key),
      router_(context_, ports_->shell, kernel_, observer_),
      questions_(ports_->stdin_, signer_, sealer_, observer_) {
    if (!connection_.exposure.empty()) log().write(Level::warning, connection_.exposure);
    ports_->bind(api, connection_);
    if (connection_.registration) {
        register_ports(context_, connection_, traffic_, options_.registration_patience);
    }
}

Server::~Server() {
    stop();
    join();
    if (capture_) capture_->close();  // its threads refer to what goes now
}

void Server::run() {
    hand_on_captured();
    {
        const SignalsBlocked for_the_new_thread;
        service_ = std::thread(
            [this] { or_stop("the service thread has ended", [this] { serve_others(); }); });
    }
    // Whatever ends the loop, an exception of the sockets included, the threads are joined.
    struct Join {
        Server& server;
        ~Join() {
            server.stop(server.restart_);
            server.join();
        }
    };
    {
        const Join join{*this};
        const Serving here(*this, "", nullptr);
        kernel_.start();
        tell_start();
        serve_shell();
    }
    log().write(Level::info, restart_ ? "ending, to be restarted" : "ending");
    kernel_.finish(restart_);
    debug_thread_.end();
    settle();
    if (capture_) capture_->close();
    publisher_.wait_sent(Port::linger);  // the process may end without closing a socket
    *served_ = true;
}

void Server::tell_start() const {
    if (!log().takes(Level::info)) return;
    log().write(Level::info, "serving on " + connection_.transport + " " + connection_.ip + ", " +
                                 (connection_.curve.present() ? "encrypted: " : "unencrypted: ") +
                                 ports());
}

// The service thread opens subshells, so it goes first.
void Server::join() {
    if (service_.joinable()) service_.join();
    for (auto& [id, subshell] : subshells_) subshell.thread.join();
    subshells_.clear();
}

void Server::serve_shell() {
    while (!stopping_) {
        if (!router_.marked()) kernel_.drained();
        if (const auto request = next([this](Port::Wait wait) { return router_.next(wait); })) {
            answer(*request);
        } else {
            interpreter_.signalled();
        }
    }
}

// Waits for a request, where there is none.
template <class Take>
std::optional<Message> Server::next(Take take) {
    std::optional<Message> request = take(Port::Wait::no);
    if (request && ++answered_ % turn != 0) return request;
    // What was sent may have taken the edge by which the service thread would have noticed these.
    receive_subscriptions();
    // The look above may have received the call of stop(), which comes once.
    if (request || stopping_) return request;
    return take(Port::Wait::yes);
}

void Server::answer(const Message& request) {
    const bool executes = request.header.msg_type == "execute_request";
    if (capture_ && executes) capture_->enter(request.header_json());
    answer_counted(request);
    if (forked()) {  // the code forked, and this is the child
        (void)std::fflush(stdout);
        std::_Exit(0);
    }
    if (router_.watched()) router_.route();  // an edge of these may have been taken as well
}

void Server::answer_counted(const Message& request) {
    kernel_.answer(request);
    observer_.answered(request);
}

// What a thread throws ends the server, and not the process.
void Server::or_stop(const char* failure, const std::function<void()>& work) {
    try {
        work();
    } catch (const std::exception& error) {
        log().write(Level::error, std::string(failure) + ": " + error.what());
        stop();
    }
}

void Server::open_subshell(const std::string& id) {
    if (log().takes(Level::info)) log().write(Level::info, "opening subshell " + id);
    for (auto other = subshells_.begin(); other != subshells_.end();) {
        if (!other->second.ended) {
            ++other;
            continue;
        }
        other->second.thread.join();
        other = subshells_.erase(other);
    }
    const auto opened = subshells_.try_emplace(id).first;  // stays where it is
    opened->second.inbox = router_.open(id);
    opened->second.thread = std::thread([this, opened] {
        auto& subshell = opened->second;
        or_stop("a subshell's thread has ended", [&] {
            const Serving here(*this, opened->first, subshell.inbox.get());
            interpreter_.host_subshell(opened->first,
                                       [&] { serve_subshell(opened->first, *subshell.inbox); });
        });
        subshell.ended = true;
    });
}

void Server::hold_back(const std::string& subshell_id) {
    if (!forked()) router_.mark(subshell_id);
}

bool Server::answer_comms(const std::string& subshell_id) {
    if (forked()) return false;
    Inbox* const inbox = Serving::inbox(*this, subshell_id);
    for (auto i = turn; i > 0; --i) {
        const auto message = stopping_ ? std::nullopt : router_.next_comm(inbox);
        if (!message) {
            receive_subscriptions();
            return false;
        }
        answer(*message);
    }
    return true;
}

std::vector<int> Server::comm_fds(const std::string& subshell_id) const {
    if (forked()) return {};
    return router_.comm_fds(Serving::inbox(*this, subshell_id));
}

void Server::close_subshell(const std::string& id) {
    if (log().takes(Level::info)) log().write(Level::info, "closing subshell " + id);
    router_.close(id);
}

void Server::serve_subshell(const std::string& id, Inbox& inbox) {
    while (!stopping_) {
        if (!inbox.marked()) kernel_.drained(id);
        const bool last = inbox.closed();
        const auto request =
            next([&](Port::Wait wait) { return inbox.take(last ? Port::Wait::no : wait); });
        if (request) {
            answer(*request);
        } else if (last) {
            return;
        }
    }
}

bool Server::forked() const noexcept {
    return process_id() != process_;
}

void Server::send(Outgoing message) {
    if (forked()) return;
    if (message.channel == Channel::iopub) {
        if (message.waits || message.msg_type == "error") drain_or_give_up(Capture::Cut::kept);
        if (message.waits) wait_for_room([this] { return publisher_.has_room(); });
        look_after(publisher_.send(std::move(message)));
        return;
    }
    Sealed sealed;
    sealer_.seal(message, std::chrono::system_clock::now(), sealed);
    observer_.sent(message, sealed);
    (*ports_)[message.channel].send(sealed.frames, message.buffers);
}

void Server::stream(const std::string& parent, Stream stream, Bytes text) {
    if (forked()) return;
    if (drains_here()) capture_->drain_before_text();
    look_after(publisher_.stream(parent, stream, text));
    wait_for_room([this] { return publisher_.has_room_for_text(); });
}

// Has the service thread send what waits at the publisher, where it does not yet.
void Server::look_after(bool wakes) {
    if (!wakes) return;
    next_tick_ = std::chrono::steady_clock::now() + Publisher::interval;
    ports_->control_bell.ring();
}

// Waits while iopub has no room, so that memory does not grow with what clients do not read; an
// interrupt ends that, and so does the end of patience.
template <class HasRoom>
void Server::wait_for_room(HasRoom has_room) {
    if (has_room() || std::this_thread::get_id() == service_.get_id()) return;
    const auto until = std::chrono::steady_clock::now() + publisher_.budget().patience;
    while (!stopping_) {
        publisher_.wait(room_poll);
        if (has_room()) return;
        if (Serving::on_this_thread(*this) && interpreter_.interrupted()) throw Interrupted();
        if (std::chrono::steady_clock::now() >= until) {
            publisher_.give_up();
            return;
        }
    }
}

void Server::flush() {
    if (forked()) return;
    drain_or_give_up(Capture::Cut::kept);
    publisher_.flush();
}

void Server::settle() {
    if (forked()) return;
    drain_or_give_up(Capture::Cut::given);
    publisher_.flush();
}

void Server::hand_on_captured() {
    if (!capture_) return;
    capture_->start([this](const std::string& parent, Stream stream,
                           Bytes text) { look_after(publisher_.stream(parent, stream, text)); },
                    [this] { wait_for_room([this] { return publisher_.has_room_for_text(); }); });
}

// Whether what was written past every Output is to come before what this thread publishes next. The
// service thread neither writes there nor waits.
bool Server::drains_here() const noexcept {
    return capture_ && std::this_thread::get_id() != service_.get_id();
}

// An interrupt must not be thrown here: text is dropped then, as where nobody reads.
void Server::drain_or_give_up(Capture::Cut cut) {
    while (drains_here()) {
        try {
            return capture_->drain(cut);
        } catch (const Interrupted&) {
            publisher_.give_up();
        }
    }
}

std::optional<std::string> Server::input(Outgoing request, const std::string& subshell_id) {
    if (forked()) return std::nullopt;
    flush();
    return questions_.ask(request, subshell_id,
                          [this] { return stopping_ || interpreter_.interrupted(); });
}

void Server::stop(bool restart) {
    if (stopping_.exchange(true)) return;
    restart_ = restart;
    try {
        kernel_.interrupt_others();
    } catch (...) {  // the interpreter's own, and the threads must be woken whatever it throws
        log().write(Level::error,
                    "the interpreter's interrupt() failed while the kernel was to end");
    }
    router_.ring();
    ports_->control_bell.ring();
}

std::string Server::usage() const {
    const Loans::Total buffers = traffic_->loans.total();
    Json out = observer_.counters().json();
    out.update({{"messages_received", traffic_->messages_received.load()},
                {"messages_sent", traffic_->messages_sent.load()},
                {"bytes_received", traffic_->bytes_received.load()},
                {"bytes_sent", traffic_->bytes_sent.load()},
                {"requests_waiting", router_.waiting()},
                {"iopub_backlog_bytes", publisher_.backlog()},
                {"text_bytes_dropped", publisher_.dropped()},
                {"buffer_bytes", buffers.bytes},
                {"buffer_seconds", buffers.time.count()}});
    return write_json(out);
}

}  // namespace kernelwire
