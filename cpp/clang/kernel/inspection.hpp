// What is known of a name, as frontends show it.
//
// Layer 8. Depends on: session.hpp. Used by: cpp_kernel.cpp, magic_commands.cpp.
#pragma once

#include <string>

#include "../session.hpp"

namespace kernelwire::cpp {

/// As plain text.
[[nodiscard]] std::string described(const clang::Inspection& inspection);

/// As Markdown, for frontends that render it.
[[nodiscard]] std::string described_in_markdown(const clang::Inspection& inspection);

}  // namespace kernelwire::cpp
