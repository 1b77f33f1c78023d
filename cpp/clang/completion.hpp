// How a cell may go on at the cursor, from the live semantic analysis.
#pragma once

#include <cstddef>
#include <string>

#include "session.hpp"

namespace clang {
class Interpreter;
}

namespace kernelwire::clang {

/// Where the word begins that ends at `offset`; in the name of an included file, its last part.
[[nodiscard]] std::size_t word_begin(std::string_view code, std::size_t offset);

/// Completes at the end of `source`, in a copy of this process: what is parsed to know where the
/// cursor stands cannot harm the session.
[[nodiscard]] std::vector<Completion> complete_at_end(::clang::Interpreter& interpreter,
                                                      const std::string& source);

}  // namespace kernelwire::clang
