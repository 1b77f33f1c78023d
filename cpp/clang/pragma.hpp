// Pragmas for the interpreter:
//
//     #pragma kernelwire include_path "dir"       #pragma cling add_include_path("dir")
//     #pragma kernelwire library_path "dir"       #pragma cling add_library_path("dir")
//     #pragma kernelwire load "libname"           #pragma cling load("libname")
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "session.hpp"

namespace clang {
class CompilerInstance;
}

namespace kernelwire::clang {

struct Pragma {
    enum class Kind { include_path, library_path, load };
    Kind kind = Kind::include_path;
    std::string path;
};

[[nodiscard]] std::optional<Pragma> read_pragma(std::string_view line);

/// What there is, for those who have written something else.
[[nodiscard]] Failure pragma_failure();

/// Adds a directory to those of headers.
void add_include_path(::clang::CompilerInstance& compiler, const std::string& path);

/// `name` with its directory among `paths`, `lib` before it and `.so` behind it where that is a
/// file; else `name`, for the system to find.
[[nodiscard]] std::string library_file(const std::string& name,
                                       const std::vector<std::string>& paths);

}  // namespace kernelwire::clang
