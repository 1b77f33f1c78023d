// What cells have declared, for those who ask what there is.
#pragma once

#include <vector>

#include "session.hpp"

namespace clang {
class CompilerInstance;
class Decl;
class NamedDecl;
}  // namespace clang

namespace kernelwire::clang {

/// What sort of thing a name is: function, class, enum, variable, type, namespace...
[[nodiscard]] std::string kind_of(const ::clang::NamedDecl& declaration);

/// Appends those of `declarations` that have a name of the user's which still means them.
void describe(::clang::CompilerInstance& compiler, const std::vector<::clang::Decl*>& declarations,
              std::vector<Declared>& found);

/// Whether there is a declaration of the user's making, and not only statements.
[[nodiscard]] bool declares(const std::vector<::clang::Decl*>& declarations);

}  // namespace kernelwire::clang
