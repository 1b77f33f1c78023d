// What kernels may be told, from how Python says it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <kernelwire/log.hpp>
#include <kernelwire/publisher.hpp>

#include "module.hpp"

/// The level of a name; none where there is none.
/// @throws py::value_error  where no level is called so.
[[nodiscard]] inline std::optional<kernelwire::Level> level_of(
    const std::optional<std::string>& name) {
    if (!name) return std::nullopt;
    const std::optional<kernelwire::Level> level = kernelwire::level_named(*name);
    if (!level) {
        throw py::value_error("log_level is \"" + *name +
                              "\", want \"error\", \"warning\", \"info\" or \"debug\"");
    }
    return level;
}

/// @throws py::value_error  where there is no byte to hold, or no such time.
[[nodiscard]] inline kernelwire::IopubBudget budget_of(std::size_t bytes, double seconds) {
    constexpr double longest = 86'400;
    if (bytes == 0) throw py::value_error("iopub_bytes is 0, want a number of bytes above it");
    if (!(seconds >= 0 && seconds <= longest)) {
        throw py::value_error("iopub_patience is " + std::to_string(seconds) +
                              ", want seconds from 0 to a day's");
    }
    return {bytes, std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000))};
}
