// Names in a cell, looked up as the compiler would at the top level.
#pragma once

#include <string>
#include <vector>

namespace clang {
class CompilerInstance;
class NamedDecl;
}  // namespace clang

namespace kernelwire::clang {

/// One name of a path such as `a::b.c`, with what stands before it.
struct Step {
    enum class By { nothing, scope, dot, arrow };
    By by = By::nothing;
    std::string name;
};

/// What the last of `steps` means: one declaration, or all overloads.
[[nodiscard]] std::vector<::clang::NamedDecl*> look_up(::clang::CompilerInstance& compiler,
                                                       const std::vector<Step>& steps);

/// The name of the enumerator of `type`, a qualified name, that has this value; or nothing.
[[nodiscard]] std::string enumerator_name(::clang::CompilerInstance& compiler,
                                          const std::string& type, long long value);

}  // namespace kernelwire::clang
