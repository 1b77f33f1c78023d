// What a process, those it has started, and their machine use: as frontends ask for it.
//
// Layer 0. Depends on: json.hpp. Used by: server.hpp.
// Source: the fields are those that ipykernel (6.9) answers usage_request with, for
// jupyter-resource-usage; the numbers are Linux's, see proc(5).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include <kernelwire/json.hpp>

namespace kernelwire {

/// Measures this process and its descendants. Confined to one thread, but for its construction.
class Resources {
public:
    /// Processes that are looked at, at most.
    static constexpr std::size_t limit = 1000;

    /// @returns `hostname`, `pid` and `cpu_count`; on Linux also `kernel_cpu` and
    ///          `host_cpu_percent`, in percent of one processor and of all since the last call,
    ///          `kernel_memory`, in bytes, shared pages by parts, and `host_virtual_memory`.
    ///          What cannot be read is left out.
    [[nodiscard]] Json measure();

private:
    using Clock = std::chrono::steady_clock;

    /// Processor time of a machine, in ticks since it was started.
    struct HostTime {
        std::uint64_t busy = 0;
        std::uint64_t all = 0;
    };

    void measure_processes(Json& out);
    void measure_host(Json& out);

    Clock::time_point since_ = Clock::now();
    std::map<long, std::uint64_t> ticks_;  // each process's at the last call
    HostTime host_;
};

}  // namespace kernelwire
