// What the session knows of a name: nothing is parsed for it, so that it costs next to nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "session.hpp"

namespace clang {
class CompilerInstance;
}

namespace kernelwire::clang {

/// Looks up the name around `offset`, with what qualifies it: `a::b`, `object.member`,
/// `pointer->m`.
[[nodiscard]] std::optional<Inspection> inspect_name(::clang::CompilerInstance& compiler,
                                                     std::string_view code, std::size_t offset);

}  // namespace kernelwire::clang
