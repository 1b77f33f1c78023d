// What clang says against its arguments, before anything is compiled with them.
#pragma once

#include <string>

namespace clang::driver {
class Compilation;
}

namespace kernelwire::clang {

/// Clang's own words on what its driver, or its compiler, does not take; nothing where all is well.
/// Its builder for incremental input would go on without such arguments.
[[nodiscard]] std::string refusal(const ::clang::driver::Compilation& compilation);

}  // namespace kernelwire::clang
