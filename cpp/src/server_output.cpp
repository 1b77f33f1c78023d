// What a Server sends for the kernel: messages of each channel, stream text, and what was captured.
//
// Layer 7, private.
#include <chrono>
#include <thread>

#include <kernelwire/server.hpp>

#include "ports.hpp"
#include "serving.hpp"

namespace kernelwire {
namespace {

// How often a wait for clients to read asks that.
constexpr std::chrono::milliseconds room_poll{50};

// A client may answer a comm message on the socket at which it awaits the reply. If that comes just
// then, jupyter_client's asyncio channels take the socket's edge when they send, and do not look:
// nbclient and Voilà wait on for a reply that they have. (Our Session looks.) Measured: replies
// that came 2 ms later met it no more.
constexpr std::chrono::milliseconds late_by{10};

}  // namespace

void Server::send(Outgoing message) {
    if (forked()) return;
    if (message.channel == Channel::iopub) {
        const bool waits = message.waits;
        if (waits || message.msg_type == "error") publish_captured();
        if (waits) wait_for_room([this] { return publisher_.has_room(); });
        look_after(publisher_.send(std::move(message)));
        // A thread that is nobody's shell does not look for subscriptions after it has sent.
        if (!Serving::on_this_thread(*this) && !on_service_thread()) {
            look_after(publisher_.start_ticking());
        }
        if (waits) Capture::left();
        return;
    }
    if (message.late) std::this_thread::sleep_for(late_by);
    static thread_local Sealed sealed;  // keeps its memory
    sealer_.seal(message, std::chrono::system_clock::now(), sealed);
    observer_.sent(message, sealed);
    (*ports_)[message.channel].send(sealed.frames, message.buffers, std::move(message.content));
}

void Server::stream(const std::string& parent, Stream stream, Bytes text) {
    if (forked()) return;
    if (drains_here()) capture_->drain_since_left();
    look_after(publisher_.stream(parent, stream, text));
    wait_for_room([this] { return publisher_.has_room_for_text(); });
    Capture::left();
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
    if (has_room() || on_service_thread()) return;
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
    publish_captured();
    publisher_.flush();
    Capture::left();
}

void Server::settle() {
    if (forked()) return;
    or_give_up([this] { capture_->drain(Capture::Cut::given); });
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
    return capture_ && !on_service_thread();
}

void Server::publish_captured() {
    or_give_up([this] { capture_->drain_since_left(); });
}

// An interrupt must not be thrown here: text is dropped then, as where nobody reads.
template <class Drain>
void Server::or_give_up(Drain drain) {
    while (drains_here()) {
        try {
            return drain();
        } catch (const Interrupted&) {
            publisher_.give_up();
        }
    }
}

}  // namespace kernelwire
