// The iopub channel: stream text that waits to be joined, and everything else right away.
//
// Layer 6. Depends on: port.hpp, message.hpp, observer.hpp, outlet.hpp.
// Used by: server.hpp.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <kernelwire/message.hpp>
#include <kernelwire/observer.hpp>
#include <kernelwire/outlet.hpp>
#include <kernelwire/port.hpp>

namespace kernelwire {

/// How much a kernel holds for clients that read slowly, and how long it waits for them.
struct IopubBudget {
    std::size_t bytes = 64 << 20;                ///< given to libzmq and not yet sent
    std::chrono::milliseconds patience{10'000};  ///< then text is given up
};

/// Sends iopub messages in the order in which they are given, joining stream text.
///
/// Text of the same request and stream is joined until something else is published, it is
/// flushed, 64 KiB of it wait, or whoever calls tick() comes by: no line waits longer than
/// `interval`, and 20,000 prints are a few dozen messages. While clients read more slowly than is
/// written (`full_mark` bytes are with libzmq) text is joined further, up to `text_budget`, and of
/// the updates of one display only the last is kept.
///
/// What may leave `soon`, such as what says that a request has begun and what it displays, leaves
/// with what comes next, or after `interval`: of a short cell all messages leave together. Else
/// libzmq's thread, and the client's, would go to sleep and be woken once more in between, which
/// takes as long as the cell.
///
/// Nothing is ever dropped but text, and that only after give_up(): then the oldest, with a line in
/// its place that says how much. Memory is bounded by writers who wait while there is no room.
/// Thread-safe.
class Publisher {
public:
    /// The longest that text waits where clients read, and that what may leave soon does.
    static constexpr std::chrono::milliseconds interval{10};

    /// How much text is joined, in bytes, while clients read as fast as is written.
    static constexpr std::size_t text_limit = 65536;

    /// With this much at libzmq, in bytes, they do not.
    static constexpr std::size_t full_mark = 1 << 20;

    /// How much text, or updates, may wait then.
    static constexpr std::size_t text_budget = 4 << 20;

    /// @param prompt  nothing leaves `soon`, but all at once: where whoever ticks may have to wait
    ///                for what has begun.
    Publisher(Port& port, const Sealer& sealer, Observer& observer, IopubBudget budget, bool prompt)
        : port_(port), sealer_(sealer), observer_(observer), budget_(budget), prompt_(prompt) {}

    /// Each @returns true where nobody ticks yet: somebody must, from now on.
    [[nodiscard]] bool send(Outgoing&& message);
    /// Gives text of a stream, as send() does.
    [[nodiscard]] bool stream(const std::string& parent, Stream stream, Bytes text);

    /// Has somebody tick once, at least. @returns as above.
    [[nodiscard]] bool start_ticking() {
        const std::lock_guard lock(mutex_);
        return !ticking_.exchange(true);
    }

    /// Sends what waits, unless clients read too slowly.
    void flush();

    /// Whether somebody must call tick() every `interval`.
    [[nodiscard]] bool ticking() const noexcept { return ticking_; }

    /// As flush(); where nothing waits any more, ticking ends.
    void tick();

    /// Whether a message, or text, may be given without making memory grow past the budget.
    [[nodiscard]] bool has_room() const noexcept { return port_.backlog().bytes() < budget_.bytes; }
    /// The same of text, which is no longer held where a wait was in vain.
    [[nodiscard]] bool has_room_for_text() const noexcept {
        return given_up_ || (has_room() && waiting_text_ < text_budget);
    }

    /// Waits for clients to read, no longer than `patience`. Not to be called with the GIL.
    void wait(std::chrono::milliseconds patience);

    /// Waits until all messages have left, no longer than `patience`.
    void wait_sent(std::chrono::milliseconds patience);

    /// Waiting was in vain: until clients read again, the oldest of too much text is dropped.
    void give_up();

    /// How much may be held, and for how long.
    [[nodiscard]] const IopubBudget& budget() const noexcept { return budget_; }
    /// How many bytes libzmq holds.
    [[nodiscard]] std::size_t backlog() const noexcept { return port_.backlog().bytes(); }
    /// How much text was dropped so far, in bytes.
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

private:
    [[nodiscard]] bool is_full();
    [[nodiscard]] bool wakes();
    void drop_oldest();
    void hold(Outgoing&& update);
    void send_ready();
    void send_waiting();
    void send_text();
    void send_now(Outgoing&& message);
    void transmit(Outgoing&& message, Timestamp when);

    struct Ready {
        Outgoing message;
        Timestamp when;
    };

    // With so many, or with so many bytes of content, they leave at once.
    static constexpr std::size_t ready_limit = 16;
    static constexpr std::size_t ready_size_limit = 65536;

    Port& port_;
    const Sealer& sealer_;
    Observer& observer_;
    const IopubBudget budget_;
    const bool prompt_;
    std::mutex mutex_;
    std::vector<Ready> ready_;    // what leaves soon; it comes before updates_
    std::size_t ready_size_ = 0;  // bytes
    std::string parent_;
    std::vector<Outgoing> updates_;  // at most one for each display; they come before text_
    std::size_t updates_size_ = 0;   // bytes
    std::string text_;
    std::size_t missing_ = 0;  // bytes dropped before text_
    Stream stream_ = Stream::out;
    Sealed sealed_;
    // Written under the lock.
    std::atomic<bool> ticking_{false};
    std::atomic<bool> given_up_{false};
    std::atomic<std::size_t> waiting_text_{0};
    std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace kernelwire
