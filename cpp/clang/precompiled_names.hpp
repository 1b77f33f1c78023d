// Names of what is precompiled, for completion.
#pragma once

#include <vector>

#include <llvm/ADT/StringRef.h>

namespace clang {
class CodeCompletionResult;
class DeclContext;
class Sema;
}  // namespace clang

namespace kernelwire::clang {

/// What a name that begins with `typed` may be: declarations of `scope`, or where that is null,
/// macros and what is declared around everything.
///
/// Clang's own way reads all that is precompiled before it looks at a name, which takes ten times
/// as long.
[[nodiscard]] std::vector<::clang::CodeCompletionResult> precompiled_names(
    ::clang::Sema& sema, llvm::StringRef typed, ::clang::DeclContext* scope);

}  // namespace kernelwire::clang
