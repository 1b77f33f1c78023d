// Lambdas outside of blocks. A cell reads like the inside of a function, but its variables are
// global, which a lambda sees without capturing them, and which C++ does not let it capture.
#pragma once

#include <string>
#include <vector>

#include <clang/Basic/SourceLocation.h>

namespace clang {
class CompilerInstance;
class Decl;
}  // namespace clang

namespace kernelwire::clang {

/// A capture that the compiler has refused.
struct RefusedCapture {
    ::clang::SourceLocation place;     ///< of the name, or of the sign of a default
    ::clang::SourceLocation variable;  ///< where that was declared; of a default: nowhere
};

/// Rewrites captures so that they mean what they mean in a function: `[&]` is left out, and `[a]`
/// and `[&a]` become `[a = a]` and `[&a = a]`. A default `[=]` stays, since what it would copy is
/// not known here, and so does an array's copy, which C++ can only capture.
/// @param source        what was compiled, and is to be compiled again.
/// @param declarations  of the source.
/// @returns whether anything was rewritten.
bool rewrite_captures(std::string& source, const std::vector<RefusedCapture>& captures,
                      ::clang::CompilerInstance& compiler,
                      const std::vector<::clang::Decl*>& declarations);

}  // namespace kernelwire::clang
