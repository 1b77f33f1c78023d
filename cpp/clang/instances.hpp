// Instances of templates that a cell has asked for before it failed. Clang would believe that it
// has made them, and later cells that need them would not link.
#pragma once

#include <vector>

namespace clang {
class CompilerInstance;
class Decl;
class Sema;
}  // namespace clang

namespace kernelwire::clang {

/// Forgets that instances were asked for that are still to be made. To be called while the failed
/// parse still has them.
void forget_pending_instances(::clang::Sema& sema);

/// Gives code generation the instances among `declarations`, and what was precompiled: after an
/// error it takes none.
void deliver_instances(::clang::CompilerInstance& compiler,
                       const std::vector<::clang::Decl*>& declarations);

}  // namespace kernelwire::clang
