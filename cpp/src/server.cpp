#include <kernelwire/server.hpp>

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
      publisher_(ports_->iopub, sealer_, observer_, options_.iopub, api.waits_for_code),
      kernel_(interpreter, *this, connection_.key),
      router_(context_, ports_->shell, kernel_, observer_),
      questions_(ports_->stdin_, signer_, sealer_, observer_) {
    kernel_.trace(options_.span_file.empty()
                      ? options_.spans
                      : spans_to(options_.span_file, kernel_.implementation(), log()));
    if (!connection_.exposure.empty()) log().write(Level::warning, connection_.exposure);
    ports_->bind(api, connection_);
    if (connection_.registration) {
        register_ports(context_, connection_, traffic_, options_.registration_patience);
    }
}

Server::~Server() {
    stop();
    join();
    kernel_.drop_late();
    if (capture_) capture_->close();  // its threads refer to what goes now
}

void Server::run() {
    // Whatever ends the loop, an exception of the sockets included, the threads are joined.
    struct Join {
        Server& server;
        ~Join() {
            server.stop();
            server.join();
        }
    };
    {
        const Join join{*this};
        begin();
        serve_shell();
    }
    end();
}

void Server::begin() {
    hand_on_captured();
    {
        const SignalsBlocked for_the_new_thread;
        service_ = std::thread([this] {
            service_id_ = std::this_thread::get_id();
            or_stop("the service thread has ended", [this] { serve_others(); });
        });
    }
    const Serving here(*this, "", nullptr);
    kernel_.start();
    tell_start();
}

void Server::end() {
    stop();
    join();
    (void)answer_late("");
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
    const Serving here(*this, "", nullptr);
    const auto take = [this](Port::Wait wait) { return router_.next(wait); };
    while (!stopping_) {
        if (!answer_next([&] { return next("", nullptr, take); })) interpreter_.signalled();
        wait_for_reply("", nullptr);
    }
}

// Waits while a request of the shell's is to be answered later, and answers comm messages only.
void Server::wait_for_reply(const std::string& subshell_id, Inbox* inbox) {
    while (kernel_.awaits_reply(subshell_id)) {
        const bool more = answer_comms(subshell_id);
        // Now, as what gives the reply calls again if it does so after this.
        if (answer_late(subshell_id) || more) continue;
        std::vector<ZmqPollItem> items;
        // Where the inbox is full nothing is received, so that the socket stays readable.
        const std::vector<int> fds =
            router_.full() ? std::vector<int>{router_.fds(inbox).back()} : router_.fds(inbox);
        for (const int fd : fds) {
            ZmqPollItem& item = items.emplace_back();
            item.fd = fd;
            item.events = zmq::pollin;
        }
        context_.api().poll(items.data(), static_cast<int>(items.size()), -1);
    }
}

// Sends the reply that comes later, if it has come, or if the server is to stop.
bool Server::answer_late(const std::string& subshell_id) {
    const std::optional<Message> request =
        stopping_ ? kernel_.give_up_late(subshell_id) : kernel_.answer_late(subshell_id);
    if (!request) return false;
    observer_.answered(*request);
    if (router_.watched()) router_.route();  // as in answer()
    return true;
}

void Server::late_reply(const std::string& subshell_id) {
    if (!forked()) router_.call(subshell_id);
}

bool Server::step(unsigned most) {
    if (Serving::on_this_thread(*this)) {
        // What has come waits in the inbox: a loop within a request would be called for it over and
        // over.
        (void)router_.ready(nullptr);
        return true;
    }
    const Serving here(*this, "", nullptr);
    const auto take = [this] { return router_.next(Port::Wait::no); };
    const auto answer_one = [&] {
        return kernel_.awaits_reply() ? answer_late("") : answer_next(take);
    };
    while (most > 0 && !stopping_ && answer_one()) --most;
    receive_subscriptions();  // as in next()
    // As in wait_for_reply(), where a reply comes later.
    const bool more =
        kernel_.awaits_reply() ? answer_comms("") || answer_late("") : router_.pending();
    if (more && !stopping_) router_.call("");
    return !stopping_;
}

// Answers the main shell's next request, if there is one.
template <class Take>
bool Server::answer_next(Take take) {
    if (!router_.marked()) kernel_.drained();
    const std::optional<Message> request = take();
    if (request) answer(*request);
    return request.has_value();
}

// Waits for a request, where there is none.
template <class Take>
std::optional<Message> Server::next(const std::string& subshell_id, Inbox* inbox, Take take) {
    std::optional<Message> request = take(Port::Wait::no);
    if (request && ++answered_ % turn != 0) return request;
    // What was sent may have taken the edge by which the service thread would have noticed these.
    receive_subscriptions();
    // The look above may have received the call of stop(), which comes once.
    if (request || stopping_) return request;
    if (!router_.take_woken(inbox)) return take(Port::Wait::yes);
    wait_in_interpreter(subshell_id, inbox);
    return std::nullopt;
}

void Server::wait_in_interpreter(const std::string& subshell_id, Inbox* inbox) {
    // The look may have received the call of stop() here as well.
    if (router_.ready(inbox) || stopping_) return router_.keep_awake(inbox);
    try {
        if (kernel_.wait(subshell_id, router_.fds(inbox))) router_.keep_awake(inbox);
    } catch (const std::exception& error) {  // not again, or it would fail on and on
        log().write(Level::error, std::string("the interpreter's wait() failed: ") + error.what());
    } catch (...) {
        log().write(Level::error, "the interpreter's wait() failed");
    }
    exit_if_forked();
}

void Server::answer(const Message& request) {
    const bool executes = request.header.msg_type == "execute_request";
    if (capture_ && executes) capture_->enter(request.header_json());
    answer_counted(request);
    exit_if_forked();
    if (router_.watched()) router_.route();  // an edge of these may have been taken as well
}

// The interpreter's code forked, and this is the child.
void Server::exit_if_forked() const {
    if (!forked()) return;
    (void)std::fflush(stdout);
    std::_Exit(0);
}

void Server::answer_counted(const Message& request) {
    if (kernel_.answer(request)) observer_.answered(request);
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
    return router_.fds(Serving::inbox(*this, subshell_id));
}

void Server::wake(const std::string& subshell_id) {
    if (!forked()) router_.wake(subshell_id);
}

void Server::close_subshell(const std::string& id) {
    if (log().takes(Level::info)) log().write(Level::info, "closing subshell " + id);
    router_.close(id);
}

void Server::serve_subshell(const std::string& id, Inbox& inbox) {
    while (!stopping_) {
        if (!inbox.marked()) kernel_.drained(id);
        const bool last = inbox.closed();
        const auto request = next(
            id, &inbox, [&](Port::Wait wait) { return inbox.take(last ? Port::Wait::no : wait); });
        if (request) {
            answer(*request);
            wait_for_reply(id, &inbox);
        } else if (last) {
            return;
        }
    }
}

bool Server::forked() const noexcept {
    return process_id() != process_;
}

std::optional<std::string> Server::input(Outgoing request, const std::string& subshell_id) {
    if (forked()) return std::nullopt;
    flush();
    return questions_.ask(request, subshell_id, [this] {
        return stopping_ || (Serving::on_this_thread(*this) && interpreter_.interrupted());
    });
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
