// What an exception of any type says of itself.
#pragma once

#include <string>

namespace kernelwire::clang {

struct Thrown {
    std::string type;
    std::string what;
};

/// Of the exception that is being handled, or with which the program is terminating.
[[nodiscard]] Thrown thrown_now();

/// `name`, as the linker knows it, in C++.
[[nodiscard]] std::string demangled(const char* name);

}  // namespace kernelwire::clang
