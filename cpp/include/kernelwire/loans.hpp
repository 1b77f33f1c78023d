// Memory lent to libzmq: whether all of it has come back, and how long it was out.
//
// Layer 0. Depends on nothing of ours. Used by: parcel.hpp, port.hpp, _socket.pyx.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace kernelwire {

/// Counts buffers out and in. Thread-safe; to be shared with each loan, since libzmq may give
/// memory back after the socket and its owner are gone.
class Loans {
public:
    /// A buffer was lent to libzmq; returned() follows when its last byte has left.
    void lent();
    /// A buffer has come back. Any thread.
    void returned(std::size_t bytes);

    /// Waits until every buffer was returned, or `patience` is over.
    /// @returns whether all are back.
    bool wait_returned(std::chrono::milliseconds patience);

    /// What was lent so far.
    struct Total {
        std::uint64_t bytes;                 ///< lent and returned
        std::chrono::duration<double> time;  ///< during which any was lent
    };
    /// @returns what was lent and has come back. Any thread.
    [[nodiscard]] Total total() const;

private:
    mutable std::mutex mutex_;
    std::condition_variable all_returned_;
    std::size_t outstanding_ = 0;
    std::uint64_t bytes_ = 0;
    std::chrono::steady_clock::time_point since_;
    std::chrono::steady_clock::duration time_{};
};

}  // namespace kernelwire
