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

    /// Each returns whether the port has something to be received; see Port::send().
    bool send(const Outgoing& message);
    bool flush();

    /// @param wakes  set where nobody ticks yet: somebody must, from now on.
    bool stream(const std::string& parent, Stream stream, Bytes text, bool& wakes);

    /// Sends text that waits. Call it every `interval` until it says that there was none.
    /// @param idle  set where no text came since the last tick, and ticking may end.
    bool tick(bool& idle);

private:
    bool send_text();
    bool send_now(const Outgoing& message);

    Port& port_;
    const Sealer& sealer_;
    std::mutex mutex_;
    std::string parent_;
    std::string text_;
    Stream stream_ = Stream::out;
    bool ticking_ = false;
    Sealed sealed_;
};

}  // namespace kernelwire
