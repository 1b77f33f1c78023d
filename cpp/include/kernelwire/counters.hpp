// What a server counts of its messages, and how long it took to answer them.
//
// Layer 4. Depends on: channel.hpp, error.hpp, histogram.hpp, json.hpp, message.hpp.
// Used by: observer.hpp.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <kernelwire/channel.hpp>
#include <kernelwire/error.hpp>
#include <kernelwire/histogram.hpp>
#include <kernelwire/json.hpp>
#include <kernelwire/message.hpp>

namespace kernelwire {

/// Numbers that only grow, in memory of a fixed size. Thread-safe; counting takes no lock and
/// allocates nothing.
class Counters {
public:
    /// What durations are measured by.
    using Clock = std::chrono::steady_clock;

    /// A message has come. Any thread.
    void received(Channel channel) noexcept { add(received_[index(channel)]); }
    /// A message was sent. Any thread.
    void sent(Channel channel) noexcept { add(sent_[index(channel)]); }
    /// A message was refused. Any thread.
    void refused(Errc code) noexcept { add(refused_[static_cast<std::size_t>(code)]); }

    /// A request was answered: its reply and its idle were sent.
    void answered(const Message& request) noexcept;

    /// As usage_reply has them; latencies in seconds.
    [[nodiscard]] Json json() const;

private:
    using Count = std::atomic<std::uint64_t>;

    static void add(Count& count) noexcept { count.fetch_add(1, std::memory_order_relaxed); }
    static std::size_t index(Channel channel) noexcept { return static_cast<std::size_t>(channel); }

    std::array<Count, channels.size()> received_{};
    std::array<Count, channels.size()> sent_{};
    std::array<Count, error_codes.size()> refused_{};
    Histogram executes_;  // execute_request
    Histogram others_;    // all else on shell
    Histogram control_;
    const Clock::time_point since_ = Clock::now();
};

}  // namespace kernelwire
