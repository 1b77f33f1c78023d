#include "stopwatch.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace kernelwire::cpp {
namespace {

constexpr double enough = 0.2;  // seconds of a run
constexpr long long most_turns = 1'000'000'000;

std::string in_unit(double seconds, int precision) {
    static constexpr std::array<std::pair<double, const char*>, 4> units{
        {{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}, {1e-9, "ns"}}};
    const auto* unit = units.data();
    const auto* const last = unit + units.size() - 1;
    while (unit != last && seconds < unit->first) ++unit;
    std::array<char, 64> text{};
    (void)std::snprintf(text.data(), text.size(), "%.*g %s", precision, seconds / unit->first,
                        unit->second);
    return text.data();
}

}  // namespace

long long Stopwatch::next() {
    const auto now = Clock::now();
    if (running_) {
        const double took = std::chrono::duration<double>(now - started_).count();
        if (found_ || took >= enough || turns_ >= most_turns) {
            found_ = true;
            seconds_.push_back(took / static_cast<double>(turns_));
        } else {
            turns_ *= 10;
        }
    }
    running_ = static_cast<long long>(seconds_.size()) < runs_;
    started_ = Clock::now();
    return running_ ? turns_ : 0;
}

std::string Stopwatch::summary(int precision) const {
    const auto count = static_cast<double>(seconds_.size());
    const double mean = std::accumulate(seconds_.begin(), seconds_.end(), 0.0) / count;
    double squares = 0;
    for (const double value : seconds_) squares += (value - mean) * (value - mean);
    return in_unit(mean, precision) + " ± " + in_unit(std::sqrt(squares / count), precision) +
           " per loop (mean ± std. dev. of " + std::to_string(seconds_.size()) + " run" +
           (seconds_.size() == 1 ? "" : "s") + ", " + std::to_string(turns_) + " loop" +
           (turns_ == 1 ? "" : "s") + " each)";
}

}  // namespace kernelwire::cpp
