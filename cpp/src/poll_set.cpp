// Layer 0, private.
#include "poll_set.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#ifndef _WIN32
#include <poll.h>
#include <unistd.h>
#endif
#if defined(__linux__)
#include <sys/epoll.h>
#elif !defined(_WIN32)
#include <fcntl.h>
#include <sys/event.h>
#include <sys/types.h>
#endif

#include <kernelwire/error.hpp>

namespace kernelwire {
namespace {

#ifdef _WIN32

int open_set() {
    errno = ENOSYS;
    return -1;
}

bool add(int /*set*/, int /*member*/) noexcept {
    return false;
}

void close_set(int /*set*/) noexcept {}

#else

void close_set(int set) noexcept {
    (void)close(set);
}

#ifdef __linux__

int open_set() {
    return epoll_create1(EPOLL_CLOEXEC);
}

bool add(int set, int member) noexcept {
    epoll_event event{};
    event.events = EPOLLIN;
    return epoll_ctl(set, EPOLL_CTL_ADD, member, &event) == 0;
}

#else

int open_set() {
    const int set = kqueue();
    if (set >= 0) (void)fcntl(set, F_SETFD, FD_CLOEXEC);
    return set;
}

bool add(int set, int member) noexcept {
    struct kevent event;
    EV_SET(&event, member, EVFILT_READ, EV_ADD, 0, 0, nullptr);
    return kevent(set, &event, 1, nullptr, 0, nullptr) == 0;
}

#endif
#endif

}  // namespace

PollSet::PollSet(const std::vector<int>& members) : fd_(open_set()) {
    bool complete = fd_ >= 0;
    for (const int member : members) complete = complete && add(fd_, member);
    if (complete) return;
    const int code = errno;
    if (fd_ >= 0) close_set(fd_);
    throw TransportError(std::string("cannot watch several descriptors by one: ") +
                         std::strerror(code));
}

PollSet::~PollSet() {
    close_set(fd_);
}

bool PollSet::wait(int timeout_ms) const noexcept {
#ifdef _WIN32
    (void)timeout_ms;
    return false;
#else
    pollfd item{fd_, POLLIN, 0};
    return poll(&item, 1, timeout_ms) > 0;
#endif
}

}  // namespace kernelwire
