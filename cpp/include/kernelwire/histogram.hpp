// How long things took, in memory of a fixed size: a log-linear histogram.
//
// Layer 0. Depends on nothing of ours. Used by: counters.hpp.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kernelwire {

/// Counts durations in buckets, of which each power of two has 16: what is read from it is at most
/// a sixteenth too long. Thread-safe, without a lock and without allocating.
class Histogram {
public:
    /// What is recorded.
    using Duration = std::chrono::nanoseconds;

    /// What is longer counts as that: about 73 minutes.
    static constexpr Duration limit{(std::int64_t{1} << 42) - 1};

    /// Counts a duration. Any thread.
    void record(Duration duration) noexcept;

    /// Taken at one moment. Durations are zero where nothing was counted.
    struct Summary {
        std::uint64_t count = 0;  ///< how many were recorded
        Duration p50{0};          ///< half of all took no longer
        Duration p90{0};          ///< what nine of ten are no longer than
        Duration p99{0};          ///< what 99 of a hundred are no longer than
        Duration max{0};          ///< the longest
    };

    /// @returns what was recorded so far. Any thread.
    [[nodiscard]] Summary summary() const noexcept;

private:
    static constexpr unsigned linear_bits = 4;
    static constexpr std::uint64_t linear = 1U << linear_bits;  // buckets for each power of two
    static constexpr std::size_t size = (42 - linear_bits + 1) * linear;

    [[nodiscard]] static std::size_t bucket_of(std::uint64_t value) noexcept;
    [[nodiscard]] static std::uint64_t end_of(std::size_t bucket) noexcept;

    std::array<std::atomic<std::uint64_t>, size> counts_{};
    std::atomic<std::int64_t> max_{0};
};

}  // namespace kernelwire
