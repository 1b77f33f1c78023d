// %timeit's clock: how often a loop is to turn, and what its turns took.
//
// Layer 8. Depends on nothing of ours. Used by: magic_commands.cpp.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace kernelwire::cpp {

/// Asked between the runs of a loop. Where the number of turns is not given, it first looks for the
/// power of ten that takes a fifth of a second, as Python's timeit does.
class Stopwatch {
public:
    /// @param turns  of a run; none: to be found.
    /// @param runs   that are measured.
    Stopwatch(std::optional<long long> turns, long long runs)
        : turns_(turns.value_or(1)), found_(turns.has_value()), runs_(runs) {}

    /// Notes what the run took that has just ended, if one has.
    /// @returns how many turns the next run has; 0: enough is known.
    long long next();

    /// next(), as a cell calls it.
    static long long next_of(void* self) { return static_cast<Stopwatch*>(self)->next(); }

    /// What was measured, in a line.
    /// @param precision  significant digits.
    [[nodiscard]] std::string summary(int precision) const;

private:
    using Clock = std::chrono::steady_clock;

    long long turns_;
    bool found_;
    long long runs_;
    bool running_ = false;
    Clock::time_point started_{};
    std::vector<double> seconds_;  // a turn, of each run
};

}  // namespace kernelwire::cpp
