#include <kernelwire/reply_handle.hpp>

#include <utility>

namespace kernelwire {

void PendingReply::give(Reply reply) {
    const std::lock_guard lock(mutex_);
    if (!call_) return;
    reply_ = std::move(reply);
    std::exchange(call_, nullptr)();
}

std::optional<Reply> PendingReply::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(reply_, std::nullopt);
}

void PendingReply::close() {
    const std::lock_guard lock(mutex_);
    call_ = nullptr;
}

}  // namespace kernelwire
