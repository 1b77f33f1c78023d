#include <kernelwire/own_stderr.hpp>

#include <atomic>
#include <cstdio>

#ifndef _WIN32
#include <unistd.h>
#include <cerrno>
#endif

namespace kernelwire {
namespace {

// One for the process, as descriptors are.
std::atomic<int> descriptor{2};

}  // namespace

int own_stderr() noexcept {
    return descriptor;
}

void move_own_stderr(int to) noexcept {
    descriptor = to;
}

void write_own_stderr(Bytes text) noexcept {
#ifdef _WIN32
    std::fwrite(text.data(), 1, text.size(), stderr);
#else
    while (!text.empty()) {
        const ssize_t written = write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;  // nobody reads it, or it was closed
        text.remove_prefix(static_cast<std::size_t>(written));
    }
#endif
}

}  // namespace kernelwire
