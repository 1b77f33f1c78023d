// The requests that wait for one shell, and the wait for them.
//
// Layer 6. Depends on: bell.hpp, message.hpp, port.hpp. Used by: router.hpp, server.hpp.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include <kernelwire/bell.hpp>
#include <kernelwire/message.hpp>
#include <kernelwire/port.hpp>

namespace kernelwire {

/// A queue of requests that one thread takes from, and any may put into. The wait is one of libzmq,
/// so that a signal cuts it short.
class Inbox {
public:
    /// Requests that may wait; the rest waits at libzmq, and then at the clients.
    static constexpr std::size_t limit = 4096;

    /// @param name  of its own among those of one context.
    Inbox(const ZmqContext& context, const std::string& name);

    /// Any thread.
    void put(Message request);

    /// Only on the thread of the shell.
    /// @returns the next request; nothing where there is none (Wait::no), or the wait was cut short
    ///          by a signal or ring() (Wait::yes).
    [[nodiscard]] std::optional<Message> take(Port::Wait wait);

    /// The next message to a comm, ahead of the requests before it, which stay. Only on the thread
    /// of the shell.
    [[nodiscard]] std::optional<Message> take_comm();

    /// Readable when a comm message was put there since take_comm() found none.
    [[nodiscard]] int fd() const { return door_.fd(); }

    /// Cuts a wait short. Any thread.
    void ring();

    /// Says that there will be no further requests, and rings. Any thread.
    void close();
    [[nodiscard]] bool closed() const noexcept { return closed_; }

    /// How many requests wait. Any thread.
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] bool full() const { return size() >= limit; }

    /// Remembers which requests wait now. Only on the thread of the shell.
    void mark() { marked_ = size(); }

    /// Whether the next request waited at the last mark().
    [[nodiscard]] bool marked() const noexcept { return marked_ > 0; }

private:
    void open_door();
    std::optional<Message> pop();

    mutable std::mutex mutex_;  // of requests_ and called_
    std::deque<Message> requests_;
    bool called_ = false;  // a ring for one of them is at the door, or on its way
    std::size_t marked_ = 0;
    std::atomic<bool> closed_{false};
    Port door_;
    Bell bell_;
};

}  // namespace kernelwire
