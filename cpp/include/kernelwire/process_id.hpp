// This process's id without a system call, and true in a forked child at once.
//
// Layer 0. Depends on nothing of ours. Used by: message.cpp, server.cpp, _session.pyx.
#pragma once

namespace kernelwire {

/// Noted at the first call, and again in each child that is forked afterwards: getpid() would be a
/// system call for every message. Thread-safe.
[[nodiscard]] long process_id() noexcept;

}  // namespace kernelwire
