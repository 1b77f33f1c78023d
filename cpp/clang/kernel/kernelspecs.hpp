// The kernelspecs of this program, one for each standard, and where they are written.
//
// Layer 8. Depends on: kernelspec.hpp. Used by: main.cpp.
#pragma once

#include <string>
#include <vector>

#include <kernelwire/json.hpp>

namespace kernelwire::cpp {

/// The standards of C++ that cells may be written in.
inline const std::vector<std::string> standards{"c++17", "c++20", "c++23"};

/// The files of each kernelspec, by the kernel's name and theirs: kernel.json is an object, others
/// are text.
/// @param program  that is started.
[[nodiscard]] Json kernelspecs(const std::string& program);

/// Writes all of them, below a directory of kernels.
/// @returns the directories that were written.
/// @throws std::runtime_error  where they cannot be.
std::vector<std::string> install_kernelspecs(const std::string& program,
                                             const std::string& kernels);

}  // namespace kernelwire::cpp
