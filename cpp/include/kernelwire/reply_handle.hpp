// The reply to an execute_request that comes later than execute() returns.
//
// Layer 4. Depends on: reply.hpp. Used by: output.hpp, kernel.hpp.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include <kernelwire/reply.hpp>

namespace kernelwire {

/// A reply on its way from whoever gives it to the kernel that waits for it. Thread-safe.
class PendingReply {
public:
    /// @param call  called once the reply is there, under a lock and on any thread.
    explicit PendingReply(std::function<void()> call) : call_(std::move(call)) {}

    /// Gives the reply. What is given after the first, or after close(), is dropped.
    void give(Reply reply);

    /// The reply, where there is one.
    [[nodiscard]] std::optional<Reply> take();

    /// Says that nobody waits for it any more. It calls nobody after that.
    void close();

private:
    std::mutex mutex_;
    std::function<void()> call_;  // null: a reply was given, or is not wanted
    std::optional<Reply> reply_;
};

/// Answers one execute_request, at any time: what Output::defer() returns.
///
/// May be copied and kept, and used on any thread, also when the kernel has gone, which nothing
/// comes of. Where all copies go without a reply, the request is answered by an error.
class ReplyHandle {
public:
    /// @param pending  what the kernel waits for.
    explicit ReplyHandle(std::shared_ptr<PendingReply> pending)
        : sender_(std::make_shared<Sender>(std::move(pending))) {}

    /// Gives the reply, as execute() would return it. Only the first counts.
    void send(Reply reply) const { sender_->pending->give(std::move(reply)); }

private:
    struct Sender {
        explicit Sender(std::shared_ptr<PendingReply> to) : pending(std::move(to)) {}
        ~Sender() { pending->give(error("NoReply", "the interpreter has given no reply")); }
        Sender(const Sender&) = delete;
        Sender& operator=(const Sender&) = delete;

        const std::shared_ptr<PendingReply> pending;
    };

    std::shared_ptr<const Sender> sender_;
};

}  // namespace kernelwire
