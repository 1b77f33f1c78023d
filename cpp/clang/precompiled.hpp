// The prelude, compiled once for all sessions with the same options, and kept in the user's cache.
#pragma once

#include <string>

#include "session.hpp"

namespace kernelwire::clang {

/// Where the prelude for `options` is or would be kept; nothing where there is no place for it.
[[nodiscard]] std::string precompiled_path(const Options& options);

/// Compiles the prelude to `path`, at once or not at all.
/// @returns  whether it is there.
bool precompile(const Options& options, const std::string& path);

}  // namespace kernelwire::clang
