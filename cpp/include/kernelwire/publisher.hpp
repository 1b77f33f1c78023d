// The iopub channel: stream text that waits to be joined, and everything else right away.
//
// Layer 6. Depends on: port.hpp, message.hpp, outlet.hpp. Used by: server.hpp.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>

#include <kernelwire/message.hpp>
#include <kernelwire/outlet.hpp>
#include <kernelwire/port.hpp>

namespace kernelwire {

/// Sends iopub messages in the order in which they are given, joining stream text.
///
/// Text of the same request and stream is joined until something else is published, it is
/// flushed, 64 KiB of it wait, or whoever calls tick() comes by: no line waits longer than
/// `interval`, and 20,000 prints are a few dozen messages. Nothing is dropped: the socket has no
/// high-water mark. Thread-safe.
class Publisher {
public:
    /// The longest that text waits.
    static constexpr std::chrono::milliseconds interval{10};

    /// How much text is joined, in bytes.
    static constexpr std::size_t text_limit = 65536;

    Publisher(Port& port, const Sealer& sealer) : port_(port), sealer_(sealer) {}

    void send(const Outgoing& message);
    void flush();

    /// @returns true where nobody ticks yet: somebody must, from now on.
    [[nodiscard]] bool stream(const std::string& parent, Stream stream, Bytes text);

    /// Whether somebody must call tick() every `interval`.
    [[nodiscard]] bool ticking() const noexcept { return ticking_; }

    /// Sends text that waits; where none came since the last tick, ticking ends.
    void tick();

private:
    void send_text();
    void send_now(const Outgoing& message);

    Port& port_;
    const Sealer& sealer_;
    std::mutex mutex_;
    std::string parent_;
    std::string text_;
    Stream stream_ = Stream::out;
    std::atomic<bool> ticking_{false};  // written under the lock
    Sealed sealed_;
};

}  // namespace kernelwire
