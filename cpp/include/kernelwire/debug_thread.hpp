// Where requests to a debugger are answered: they may take as long as the code that is debugged.
//
// Layer 6. Depends on: message.hpp. Used by: server.hpp.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include <kernelwire/message.hpp>

namespace kernelwire {

/// A thread of its own for debug requests, one after the other, so that control and the heartbeat
/// never wait for one. It starts with the first. Thread-safe.
class DebugThread {
public:
    /// Requests that may wait.
    static constexpr std::size_t limit = 1000;

    /// @param answer  called on the thread with each request.
    explicit DebugThread(std::function<void(const Message&)> answer) : answer_(std::move(answer)) {}
    ~DebugThread() { end(); }
    DebugThread(const DebugThread&) = delete;
    DebugThread& operator=(const DebugThread&) = delete;

    /// Has a request answered.
    /// @returns false where too many wait, or the end has come: it is not answered then.
    [[nodiscard]] bool put(Message request);

    /// Forgets what waits, and waits for the request at hand. May be called twice.
    void end();

private:
    void run();

    const std::function<void(const Message&)> answer_;
    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<Message> requests_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace kernelwire
