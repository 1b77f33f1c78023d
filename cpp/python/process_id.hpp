// This process's id without a system call, and true in a forked child at once.
//
// Used by: _session.pyx.
#pragma once

#include <pthread.h>
#include <unistd.h>

#include <atomic>

/// One for each extension module. Thread-safe.
class ProcessId {
public:
    static long get() noexcept { return current().load(std::memory_order_relaxed); }

private:
    static std::atomic<long>& current() noexcept {
        static std::atomic<long> id = watched();
        return id;
    }

    static long watched() noexcept {
        pthread_atfork(nullptr, nullptr, [] { current().store(getpid()); });
        return getpid();
    }
};
