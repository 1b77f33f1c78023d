// How much libzmq holds that no client has read yet.
//
// Layer 0. Depends on nothing of ours. Used by: parcel.hpp, publisher.hpp.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace kernelwire {

/// Counts the bytes of messages given to libzmq and not yet sent to all who are to get them.
/// Thread-safe; to be shared with each message, which may outlive socket and owner.
class Backlog {
public:
    /// A message of `bytes` was given to libzmq; left() follows once it is gone, on libzmq's
    /// thread.
    void entered(std::size_t bytes) noexcept { bytes_ += bytes; }
    /// Bytes have left, or were given up.
    void left(std::size_t bytes) noexcept;

    /// @returns how many bytes have not left yet.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    /// Waits until fewer than `bytes` are held, or `patience` is over.
    void wait_below(std::size_t bytes, std::chrono::milliseconds patience);

private:
    std::atomic<std::size_t> bytes_{0};
    std::atomic<int> waiting_{0};
    std::mutex mutex_;
    std::condition_variable fewer_;
};

}  // namespace kernelwire
