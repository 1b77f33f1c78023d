#include <kernelwire/histogram.hpp>

#include <algorithm>

namespace kernelwire {

void Histogram::record(Duration duration) noexcept {
    const std::int64_t value = std::clamp(duration, Duration(0), limit).count();
    counts_[bucket_of(static_cast<std::uint64_t>(value))].fetch_add(1, std::memory_order_relaxed);
    std::int64_t max = max_.load(std::memory_order_relaxed);
    while (value > max && !max_.compare_exchange_weak(max, value, std::memory_order_relaxed)) {
    }
}

// Values below 2 * linear have a bucket each; above, the bits after the first decide.
std::size_t Histogram::bucket_of(std::uint64_t value) noexcept {
    unsigned shift = 0;
    while ((value >> shift) >= 2 * linear) ++shift;
    return shift * linear + (value >> shift);
}

// The largest value of a bucket.
std::uint64_t Histogram::end_of(std::size_t bucket) noexcept {
    if (bucket < 2 * linear) return bucket;
    const std::size_t shift = bucket / linear - 1;
    return ((bucket - shift * linear + 1) << shift) - 1;
}

Histogram::Summary Histogram::summary() const noexcept {
    std::array<std::uint64_t, size> counts{};
    Summary out;
    for (std::size_t bucket = 0; bucket < size; ++bucket) {
        counts[bucket] = counts_[bucket].load(std::memory_order_relaxed);
        out.count += counts[bucket];
    }
    out.max = Duration(max_.load(std::memory_order_relaxed));
    const auto percentile = [&](std::uint64_t percent) {
        const std::uint64_t rank = (out.count * percent + 99) / 100;
        std::uint64_t below = 0;
        std::size_t bucket = 0;
        while (bucket < size && (below += counts[bucket]) < rank) ++bucket;
        return std::min(out.max, Duration(end_of(bucket)));
    };
    if (out.count == 0) return out;
    out.p50 = percentile(50);
    out.p90 = percentile(90);
    out.p99 = percentile(99);
    return out;
}

}  // namespace kernelwire
