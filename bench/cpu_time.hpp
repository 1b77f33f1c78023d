// What calls cost in CPU time, for the programs of the benchmarks.
#pragma once

#include <cstddef>
#include <ctime>
#include <functional>

/// CPU time of this thread in seconds, as bench/batches.py has it.
inline double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// What so many calls take, in seconds.
inline double seconds(std::size_t calls, const std::function<void()>& call) {
    const double start = now();
    for (std::size_t i = 0; i < calls; ++i) call();
    return now() - start;
}
