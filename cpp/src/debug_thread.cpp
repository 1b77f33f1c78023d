#include <kernelwire/debug_thread.hpp>

#include <utility>

namespace kernelwire {

bool DebugThread::put(Message request) {
    {
        const std::lock_guard lock(mutex_);
        if (ending_ || requests_.size() >= limit) return false;
        requests_.push_back(std::move(request));
        if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    }
    more_.notify_one();
    return true;
}

void DebugThread::end() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        requests_.clear();
    }
    more_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void DebugThread::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        more_.wait(lock, [this] { return ending_ || !requests_.empty(); });
        if (ending_) return;
        const Message request = std::move(requests_.front());
        requests_.pop_front();
        lock.unlock();
        answer_(request);
        lock.lock();
    }
}

}  // namespace kernelwire
