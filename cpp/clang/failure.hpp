// How what went wrong is told.
#pragma once

#include <string>

#include "guard.hpp"
#include "session.hpp"
#include "symbols.hpp"

namespace kernelwire::clang {

[[nodiscard]] Failure compile_failure(const std::string& first_error, const std::string& text);
/// The compiler has crashed in an earlier cell.
[[nodiscard]] Failure lost_failure();
[[nodiscard]] Failure link_failure(const std::string& error, const std::string& reported);
/// `symbols`, as the linker knows them, are declared but defined nowhere.
[[nodiscard]] Failure missing_failure(const std::vector<std::string>& symbols);
/// With the functions that were running, as far as they have names.
[[nodiscard]] Failure stop_failure(const Stop& stop, const Symbols& symbols);

}  // namespace kernelwire::clang
