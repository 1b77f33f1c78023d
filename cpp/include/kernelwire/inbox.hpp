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

    /// Looks for what has come. Only on the thread of the shell.
    /// @returns whether there is a request, or never will be; if not, fd() becomes readable when
    ///          that changes.
    [[nodiscard]] bool ready();

    /// Cuts a wait short. Any thread.
    void ring();

    /// Makes fd() readable until ready() or take_comm(); cheap where it is already. Any thread.
    void call();

    /// Cuts a wait short and has take_woken() say so; once, until it has. Any thread.
    /// @returns whether it was not awake already.
    bool wake();

    /// Whether it was woken since the last call, or this is the first. Only on the thread of the
    /// shell.
    [[nodiscard]] bool take_woken() noexcept { return woken_ && woken_.exchange(false); }
    /// Has take_woken() say so once more. Only on the thread of the shell.
    void keep_awake() noexcept { woken_ = true; }

    /// Says that there will be no further requests, and rings. Any thread.
    void close();
    /// Whether close() was called. Any thread.
    [[nodiscard]] bool closed() const noexcept { return closed_; }

    /// How many requests wait. Any thread.
    [[nodiscard]] std::size_t size() const;
    /// Whether no more may wait. Any thread.
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
    std::atomic<bool> woken_{true};
    Port door_;
    Bell bell_;
};

}  // namespace kernelwire
