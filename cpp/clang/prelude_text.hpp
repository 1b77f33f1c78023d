// The text of prelude.hpp, which is compiled not with us but in each session.
#pragma once

namespace kernelwire::clang {

[[nodiscard]] const char* prelude_text();

}  // namespace kernelwire::clang
