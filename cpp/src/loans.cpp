#include <kernelwire/loans.hpp>

namespace kernelwire {

void Loans::lent() {
    const std::lock_guard lock(mutex_);
    if (outstanding_++ == 0) since_ = std::chrono::steady_clock::now();
}

void Loans::returned(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ += bytes;
    if (--outstanding_ > 0) return;
    time_ += std::chrono::steady_clock::now() - since_;
    all_returned_.notify_all();
}

bool Loans::wait_returned(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return all_returned_.wait_for(lock, patience, [this] { return outstanding_ == 0; });
}

Loans::Total Loans::total() const {
    const std::lock_guard lock(mutex_);
    return {bytes_, time_};
}

}  // namespace kernelwire
