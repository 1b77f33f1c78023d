// Whether a cell is whole, told from its tokens.
#pragma once

#include <string_view>

#include "session.hpp"

namespace clang {
class LangOptions;
}

namespace kernelwire::clang {

[[nodiscard]] Completeness completeness(std::string_view code,
                                        const ::clang::LangOptions& language);

}  // namespace kernelwire::clang
