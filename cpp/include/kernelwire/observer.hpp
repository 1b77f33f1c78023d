// Sees every message that a server receives, refuses and sends, and tells the log.
//
// Layer 4. Depends on: log.hpp, message.hpp. Used by: publisher.hpp, questions.hpp, router.hpp,
// server.hpp.
#pragma once

#include <kernelwire/error.hpp>
#include <kernelwire/log.hpp>
#include <kernelwire/message.hpp>

namespace kernelwire {

/// What is on every message's way calls this, and pays a comparison where nobody wants to know.
/// Thread-safe.
class Observer {
public:
    explicit Observer(Log log) : log_(std::move(log)) {}

    [[nodiscard]] const Log& log() const noexcept { return log_; }

    /// A message came and verified.
    void received(const Message& message) const {
        if (log_.takes(Level::debug)) log_received(message);
    }

    /// A message came and is dropped.
    void refused(Channel channel, Errc code) const;

    /// A message is about to leave, or to wait at libzmq.
    void sent(const Outgoing& message, const Sealed& sealed) const {
        if (log_.takes(Level::debug)) log_sent(message, sealed);
    }

private:
    void log_received(const Message& message) const;
    void log_sent(const Outgoing& message, const Sealed& sealed) const;

    Log log_;
};

}  // namespace kernelwire
