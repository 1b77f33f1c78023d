// Sees every message that a server receives, refuses, answers and sends; counts them, and tells the
// log.
//
// Layer 4. Depends on: counters.hpp, log.hpp, message.hpp. Used by: publisher.hpp, questions.hpp,
// router.hpp, server.hpp.
#pragma once

#include <kernelwire/counters.hpp>
#include <kernelwire/error.hpp>
#include <kernelwire/log.hpp>
#include <kernelwire/message.hpp>

namespace kernelwire {

/// What is on every message's way calls this, and pays for a few numbers and, where nobody reads
/// the log, a comparison. Thread-safe.
class Observer {
public:
    explicit Observer(Log log) : log_(std::move(log)) {}

    [[nodiscard]] const Log& log() const noexcept { return log_; }
    [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

    /// A message came and verified. Notes in it when.
    void received(Message& message) {
        message.received = Counters::Clock::now();
        counters_.received(message.channel);
        if (log_.takes(Level::debug)) log_received(message);
    }

    /// A message came and is dropped.
    void refused(Channel channel, Errc code);

    /// What received() has seen was answered.
    void answered(const Message& request) noexcept { counters_.answered(request); }

    /// A message is about to leave, or to wait at libzmq.
    void sent(const Outgoing& message, const Sealed& sealed) {
        counters_.sent(message.channel);
        if (log_.takes(Level::debug)) log_sent(message, sealed);
    }

private:
    void log_received(const Message& message) const;
    void log_sent(const Outgoing& message, const Sealed& sealed) const;

    Log log_;
    Counters counters_;
};

}  // namespace kernelwire
