// The stderr that the process was started with, for what must not go to a cell.
//
// Layer 0. Depends on: bytes.hpp. Used by: capture.hpp, log.cpp.
#pragma once

#include <kernelwire/bytes.hpp>

namespace kernelwire {

/// The descriptor of that stderr: 2, or its copy while 2 is captured; -1: it was closed.
[[nodiscard]] int own_stderr() noexcept;

/// For Capture: where own_stderr() is from now on.
void move_own_stderr(int descriptor) noexcept;

/// Writes to it, in one piece as far as the system does so. Any thread.
void write_own_stderr(Bytes text) noexcept;

}  // namespace kernelwire
