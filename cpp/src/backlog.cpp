#include <kernelwire/backlog.hpp>

namespace kernelwire {

void Backlog::left(std::size_t bytes) noexcept {
    bytes_ -= bytes;
    if (waiting_ == 0) return;  // as nearly always; who waits looks again after saying so
    {
        const std::lock_guard lock(mutex_);
    }
    fewer_.notify_all();
}

void Backlog::wait_below(std::size_t bytes, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    fewer_.wait_for(lock, patience, [&] { return bytes_ < bytes; });
    --waiting_;
}

}  // namespace kernelwire
