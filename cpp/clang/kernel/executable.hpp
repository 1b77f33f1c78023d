// %%executable: a cell as a program of its own.
//
// Layer 8. Depends on nothing of ours. Used by: magic_commands.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kernelwire::cpp {

/// The compiler that there is: $CXX, or the first of a few; empty: none.
[[nodiscard]] std::string find_compiler();

/// The command that makes `file` from the source that it reads from its standard input.
[[nodiscard]] std::vector<std::string> compile_command(const std::string& compiler,
                                                       const std::string& file,
                                                       const std::string& standard,
                                                       const std::vector<std::string>& options);

/// A whole program: `cell` where it has a main(), else one whose main() is the cell below its
/// directives.
[[nodiscard]] std::string program_of(std::string_view cell);

}  // namespace kernelwire::cpp
