// One file descriptor whose place a pipe has taken.
//
// Layer 5, private. Depends on: outlet.hpp. Used by: capture.cpp, last_words.cpp.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <string>

#include <kernelwire/bytes.hpp>
#include <kernelwire/outlet.hpp>

namespace kernelwire {

// All methods are safe in a handler of signals. Confined to whoever holds Capture's lock for
// reading; original() may be asked by any thread.
class Redirection {
public:
    // Throws std::system_error where there are no descriptors left.
    Redirection(Stream stream, int descriptor);
    ~Redirection();
    Redirection(const Redirection&) = delete;
    Redirection& operator=(const Redirection&) = delete;

    // Puts back what was there, if the pipe is still there.
    void restore() noexcept;

    // Where the pipe comes out.
    [[nodiscard]] int outcome() const noexcept { return outcome_; }

    // A copy of what was there; -1: it was closed.
    [[nodiscard]] int original() const noexcept { return original_; }

    // How much waits in the pipe.
    [[nodiscard]] std::size_t waiting() const noexcept;

    // Takes what waits, at most `size` bytes, and writes it to the original, as much as that takes
    // at once. Never waits. Other threads may see for a moment that it is at work.
    [[nodiscard]] Bytes take(char* to, std::size_t size) noexcept;
    [[nodiscard]] bool taking() const noexcept { return taking_; }

    const Stream stream;
    std::string cut;  // the beginning of a character, at the end of what was read

private:
    void close_all() noexcept;
    void repeat(Bytes text) const noexcept;

    const int descriptor_;
    int original_ = -1;
    int outcome_ = -1;
    int entry_ = -1;    // kept, so that the pipe never ends, whoever closes its other copies
    dev_t device_ = 0;  // the pipe's identity
    ino_t inode_ = 0;
    std::atomic<bool> taking_{false};
};

}  // namespace kernelwire
