#ifndef _WIN32
#include "redirection.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

namespace kernelwire {
namespace {

// What says that it has room takes that much without blocking.
constexpr std::size_t at_once = PIPE_BUF;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

// Where 1 or 2 were closed, what is opened next would get their numbers.
int above_standard(int descriptor) noexcept {
    if (descriptor < 0) return -1;
    const int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    (void)close(descriptor);
    return copy;
}

}  // namespace

Redirection::Redirection(Stream name, int descriptor) : stream(name), descriptor_(descriptor) {
    original_ = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    if (original_ < 0 && errno != EBADF) fail("cannot keep a standard stream");
    std::array<int, 2> ends{-1, -1};
    if (pipe(ends.data()) != 0) {
        const int reason = errno;
        close_all();
        errno = reason;
        fail("cannot capture a standard stream");
    }
    outcome_ = above_standard(ends[0]);
    entry_ = above_standard(ends[1]);
    struct stat identity{};
    const bool done = outcome_ >= 0 && entry_ >= 0 && fcntl(outcome_, F_SETFL, O_NONBLOCK) == 0 &&
                      dup2(entry_, descriptor) == descriptor && fstat(descriptor, &identity) == 0;
    if (!done) {
        const int reason = errno;
        close_all();
        errno = reason;
        fail("cannot capture a standard stream");
    }
    device_ = identity.st_dev;
    inode_ = identity.st_ino;
}

Redirection::~Redirection() {
    close_all();
}

void Redirection::close_all() noexcept {
    for (const int descriptor : {original_, outcome_, entry_}) {
        if (descriptor >= 0) (void)close(descriptor);
    }
}

void Redirection::restore() noexcept {
    struct stat now{};
    if (fstat(descriptor_, &now) != 0 || now.st_dev != device_ || now.st_ino != inode_) return;
    if (original_ >= 0) {
        (void)dup2(original_, descriptor_);
    } else {
        (void)close(descriptor_);
    }
}

std::size_t Redirection::waiting() const noexcept {
    int bytes = 0;
    return ioctl(outcome_, FIONREAD, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

Bytes Redirection::take(char* to, std::size_t size) noexcept {
    taking_ = true;
    ssize_t taken = -1;
    do {
        taken = read(outcome_, to, size);
    } while (taken < 0 && errno == EINTR);
    const Bytes text(to, taken < 0 ? 0 : static_cast<std::size_t>(taken));
    repeat(text);
    taking_ = false;
    return text;
}

void Redirection::repeat(Bytes text) const noexcept {
    if (original_ < 0) return;
    while (!text.empty()) {
        pollfd item{original_, POLLOUT, 0};
        if (poll(&item, 1, 0) != 1 || (item.revents & POLLOUT) == 0) return;
        const ssize_t written = write(original_, text.data(), std::min(text.size(), at_once));
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace kernelwire
#endif
