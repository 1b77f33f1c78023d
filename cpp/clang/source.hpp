// What a cell has declared, as the text that declares it again.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "segments.hpp"
#include "session.hpp"

namespace clang {
class Decl;
}

namespace kernelwire::clang {

/// The declarations and directives of a cell that has run.
/// @param count         of the cell.
/// @param segments      of `code`, that were compiled.
/// @param declarations  that came of them.
/// @param failure       what the cell ended with.
/// @returns nothing where there are none, and where the cell crashed or could not be linked: what
/// it
///          declared is not to be trusted, or gone.
[[nodiscard]] std::optional<Source> source_of(int count, std::string_view code,
                                              const std::vector<Segment>& segments,
                                              const std::vector<::clang::Decl*>& declarations,
                                              const std::optional<Failure>& failure);

}  // namespace kernelwire::clang
