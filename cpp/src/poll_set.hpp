// One file descriptor in the place of several: epoll's on Linux, kqueue's on macOS and the BSDs.
//
// Layer 0, private. Used by: embedded_kernel.cpp.
#pragma once

#include <vector>

namespace kernelwire {

// Readable while one of its members is. A host's loop may watch it in any way; what the members are
// made readable by is left to them.
class PollSet {
public:
    // The members must outlive it.
    // Throws TransportError where the system has no such descriptors, or gives none.
    explicit PollSet(const std::vector<int>& members);
    ~PollSet();
    PollSet(const PollSet&) = delete;
    PollSet& operator=(const PollSet&) = delete;

    [[nodiscard]] int fd() const noexcept { return fd_; }

    // Waits until it is readable or a signal comes, no longer than `timeout_ms`; -1: for ever.
    // Returns whether it is readable. One system call.
    [[nodiscard]] bool wait(int timeout_ms) const noexcept;

private:
    int fd_;
};

}  // namespace kernelwire
