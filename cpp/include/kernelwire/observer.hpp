// Sees every message that a server receives, refuses, answers and sends; counts them, and tells the
// log and the recording.
//
// Layer 4. Depends on: counters.hpp, log.hpp, message.hpp, recording.hpp. Used by: publisher.hpp,
// questions.hpp, router.hpp, server.hpp.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <kernelwire/counters.hpp>
#include <kernelwire/error.hpp>
#include <kernelwire/log.hpp>
#include <kernelwire/message.hpp>
#include <kernelwire/recording.hpp>

namespace kernelwire {

/// What is on every message's way calls this, and pays for a few numbers and, where nobody reads
/// the log, a comparison. Thread-safe.
class Observer {
public:
    /// @param record  a file to record all messages in; empty: none.
    explicit Observer(Log log, const std::string& record = "") : log_(std::move(log)) {
        if (!record.empty()) recording_ = std::make_unique<Recording>(record, log_);
    }

    /// Where lines are written.
    [[nodiscard]] const Log& log() const noexcept { return log_; }
    /// What was counted so far.
    [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

    /// A message came and verified. Notes in it when.
    /// @param secret  an answer that nobody is to read: a password.
    void received(Message& message, bool secret = false) {
        message.received = Counters::Clock::now();
        counters_.received(message.channel);
        if (log_.takes(Level::debug)) log_received(message);
        if (recording_) recording_->received(message, secret);
    }

    /// A message came and is dropped. Peers without the key can cause this as often as they like,
    /// so no more than `refusals_told` lines are written in a minute; all are counted.
    void refused(Channel channel, Errc code);
    static constexpr int refusals_told = 20;  ///< in a minute

    /// What received() has seen was answered.
    void answered(const Message& request) noexcept { counters_.answered(request); }

    /// A message is about to leave, or to wait at libzmq.
    void sent(const Outgoing& message, const Sealed& sealed) {
        counters_.sent(message.channel);
        if (log_.takes(Level::debug)) log_sent(message, sealed);
        if (recording_) recording_->sent(message, sealed);
    }

private:
    void log_received(const Message& message) const;
    void log_sent(const Outgoing& message, const Sealed& sealed) const;
    [[nodiscard]] int refusals_this_minute();

    Log log_;
    Counters counters_;
    std::unique_ptr<Recording> recording_;
    std::mutex refusing_;  // of the two below
    Counters::Clock::time_point minute_began_{};
    int refusals_ = 0;
};

}  // namespace kernelwire
