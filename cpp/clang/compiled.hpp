// What earlier cells have compiled: inline functions, instances of templates, static variables.
//
// Each cell is a module of its own, and clang would generate all that it uses anew. Of functions
// that takes time, for a vector's value more than half of the cell's. A variable would lose its
// value, since it would be initialised anew as well.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <clang/AST/Mangle.h>
#include <clang/Sema/MultiplexExternalSemaSource.h>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/SetVector.h>
#include <llvm/ADT/SmallPtrSet.h>

namespace clang {
class CompilerInstance;
class Decl;
class NamedDecl;
}  // namespace clang
namespace llvm {
class Module;
}

namespace kernelwire::clang {

class Links;

/// Tells code generation of what is compiled elsewhere, as modules of C++20 do. What is precompiled
/// is read through it.
class Compiled final : public ::clang::MultiplexExternalSemaSource {
public:
    /// Stands before what `compiler` reads declarations from. The compiler owns it.
    static Compiled& install(::clang::CompilerInstance& compiler);

    ExtKind hasExternalDefinitions(const ::clang::Decl* declaration) override;

    /// To be called when a cell's code has become a part of `links`: what is there under all of its
    /// symbols is not generated again.
    void keep(const Links& links);

    /// Has `module` call constructors and destructors by the symbols that they were compiled under.
    void redirect(llvm::Module& module) const;

private:
    explicit Compiled(::clang::CompilerInstance& compiler);

    struct LinkerNames {
        std::vector<std::string> needed;
        std::string again;  // does the same as the first, which clang may compile alone
    };
    [[nodiscard]] LinkerNames linker_names(const ::clang::NamedDecl& declaration);

    ::clang::ASTNameGenerator generator_;
    llvm::SmallPtrSet<const ::clang::NamedDecl*, 32> compiled_;
    llvm::SmallSetVector<const ::clang::NamedDecl*, 32> asked_;  // since the last keep()
    llvm::DenseMap<const ::clang::NamedDecl*, LinkerNames> names_;
    std::map<std::string, std::string, std::less<>> redirected_;
};

}  // namespace kernelwire::clang
