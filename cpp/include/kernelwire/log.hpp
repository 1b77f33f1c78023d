// The log of a kernel: lines with a level, and where they go.
//
// Layer 0. Depends on: bytes.hpp, calendar.hpp, own_stderr.hpp. Used by: observer.hpp, server.hpp,
// run(), _host.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include <kernelwire/bytes.hpp>

namespace kernelwire {

/// How much a line matters; a log of one level takes it and all above it.
enum class Level {
    error,    ///< our fault: the kernel cannot go on as it should
    warning,  ///< a peer's fault: something was dropped
    info,     ///< what happens once or rarely in a kernel's life
    debug,    ///< every message: type, size and id
};

/// @returns "error", "warning", "info" or "debug".
[[nodiscard]] const char* name(Level level) noexcept;

/// The level of a name, whatever its case; nothing where there is none of that name.
[[nodiscard]] std::optional<Level> level_named(Bytes name) noexcept;

/// Takes log lines, each without an end of line; called from any of a server's threads. Lines hold
/// no key and no content.
using LogSink = std::function<void(Level, Bytes)>;

/// A sink and the least level that it is given. A value type; what is not taken costs one
/// comparison. Thread-safe as far as the sink is.
class Log {
public:
    /// Takes nothing.
    Log() = default;

    /// @param sink  called on any thread, with lines of `level` and graver ones.
    Log(Level level, LogSink sink)
        : least_(sink ? static_cast<int>(level) : nothing), sink_(std::move(sink)) {}

    /// Whether a line of that level is taken: to be asked before one is put together.
    [[nodiscard]] bool takes(Level level) const noexcept {
        return static_cast<int>(level) <= least_;
    }

    /// Writes a line, where its level is wanted. Any thread.
    void write(Level level, Bytes line) const {
        if (takes(level)) sink_(level, line);
    }

private:
    static constexpr int nothing = -1;

    int least_ = nothing;
    LogSink sink_;
};

/// Writes `[W 2026-11-23T12:00:00.000001Z kernelwire] line` to stderr, in one piece. The time is
/// UTC, as in the headers of messages.
void write_to_stderr(Level level, Bytes line);

/// The log of a kernel's process, on stderr.
/// @param level  by default what the environment's KERNELWIRE_LOG says, and else Level::warning.
[[nodiscard]] Log stderr_log(std::optional<Level> level = {});

}  // namespace kernelwire
