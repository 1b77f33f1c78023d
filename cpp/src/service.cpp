// The service thread of a Server: control, the heartbeat, subscriptions, and a look for the parent.
//
// Layer 7, private.
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>

#ifndef _WIN32
#include <unistd.h>
#include <csignal>
#endif

#include <kernelwire/group.hpp>
#include <kernelwire/server.hpp>

#include "ports.hpp"

namespace kernelwire {
namespace {

// How often the parent is looked for.
constexpr long parent_poll_ms = 500;

// How long what runs may take to end once the parent is gone.
constexpr std::chrono::milliseconds orphan_grace{1000};

// Beats have fewer frames: more would take memory, and need no key.
constexpr std::size_t beat_frames = 8;

}  // namespace

void Server::serve_others() {
    while (!stopping_) {
        receive_control();
        echo_heartbeats();
        tick();
        receive_subscriptions();  // after the last tick that somebody has asked for to see these
        const bool shell_watched = router_.watched();
        if (shell_watched) router_.route();
        if (orphaned()) {
            log().write(Level::warning, "the parent process has ended: so does this kernel");
            end_orphan();
        }
        if (stopping_) break;

        const Questions::Left unasked = questions_.receive_unasked(turn);
        std::array<ZmqPollItem, 5> items{};
        std::size_t count = 0;
        items[count++].socket = ports_->control.handle();
        items[count++].socket = ports_->heartbeat.handle();
        items[count++].fd = ports_->iopub.fd();
        if (unasked == Questions::Left::nothing) items[count++].fd = ports_->stdin_.fd();
        if (shell_watched) items[count++].fd = router_.fd();
        for (ZmqPollItem& item : items) item.events = zmq::pollin;
        const long timeout = unasked == Questions::Left::more ? 0 : service_timeout();
        context_.api().poll(items.data(), static_cast<int>(count), timeout);
    }
}

void Server::receive_control() {
    for (unsigned i = 0; i < turn; ++i) {
        const auto received = ports_->control.recv(Port::Wait::no);
        if (received == nullptr) return;
        if (Bell::is_ring(received->frames())) continue;
        Message request;
        const Errc code = kernel_.read(Channel::control, received->frames(), received, request);
        if (code != Errc::ok) {
            observer_.refused(Channel::control, code);
            continue;
        }
        observer_.received(request);
        if (!kernel_.is_for_debugger(request)) {
            answer_counted(request);
        } else if (!debug_thread_.put(std::move(request))) {
            log().write(Level::warning, "dropped a debug_request: too many wait already");
        }
    }
}

void Server::echo_heartbeats() {
    for (unsigned i = 0; i < turn; ++i) {
        const auto received = ports_->heartbeat.recv(Port::Wait::no);
        if (received == nullptr) return;
        if (received->frames().size() <= beat_frames) ports_->heartbeat.send(received->frames());
    }
}

// Takes all that there are: the socket is readable only once for those that have come.
void Server::receive_subscriptions() {
    while (const auto received = ports_->iopub.recv(Port::Wait::no)) {
        // Each is answered to all clients, so those who do not read it could be made to cost
        // memory.
        const bool room = publisher_.backlog() < 2 * publisher_.budget().bytes;
        if (room && received->frames().size() == 1) kernel_.subscribed(received->frames()[0]);
    }
}

// Called on every turn of the service thread, whatever woke it; acts once in an interval.
void Server::tick() {
    if (!publisher_.ticking()) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_tick_.load()) return;
    next_tick_ = now + Publisher::interval;
    publisher_.tick();
}

long Server::service_timeout() const noexcept {
    if (publisher_.ticking()) return static_cast<long>(Publisher::interval.count());
    return options_.parent_pid > 0 ? parent_poll_ms : -1;
}

// Nobody is left who could kill a kernel whose code does not heed the interrupt.
void Server::end_orphan() {
    std::thread([served = served_] {
        std::this_thread::sleep_for(orphan_grace);
        if (*served) return;
        end_group();
        std::_Exit(1);
    }).detach();
    stop();
}

bool Server::orphaned() const noexcept {
#ifdef _WIN32
    return false;
#else
    if (options_.parent_pid <= 0) return false;
    // A parent that was killed stays a zombie until it is reaped, and kill() still finds it; but
    // its children have another parent at once.
    if (is_child_) return getppid() != options_.parent_pid;
    return kill(options_.parent_pid, 0) != 0 && errno == ESRCH;
#endif
}

}  // namespace kernelwire
