// The inline functions and instances of templates that earlier cells have compiled.
//
// Each cell is a module of its own, and clang would generate code anew for all that a cell uses:
// for a vector's value, more than half of the cell's time.
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
class FunctionDecl;
}  // namespace clang
namespace llvm {
class Module;
}

namespace kernelwire::clang {

class Links;

/// Tells code generation of functions that are compiled elsewhere, as modules of C++20 do. What is
/// precompiled is read through it.
class Compiled final : public ::clang::MultiplexExternalSemaSource {
public:
    /// Stands before what `compiler` reads declarations from. The compiler owns it.
    static Compiled& install(::clang::CompilerInstance& compiler);

    ExtKind hasExternalDefinitions(const ::clang::Decl* declaration) override;

    /// To be called when a cell's code has become a part of `links`: those of its functions that
    /// are there under all of their symbols are not generated again.
    void keep(const Links& links);

    /// Has `module` call constructors and destructors by the symbols that they were compiled under.
    void redirect(llvm::Module& module) const;

private:
    explicit Compiled(::clang::CompilerInstance& compiler);

    struct LinkerNames {
        std::vector<std::string> needed;
        std::string again;  // does the same as the first, which clang may compile alone
    };
    [[nodiscard]] LinkerNames linker_names(const ::clang::FunctionDecl& function);

    ::clang::ASTNameGenerator generator_;
    llvm::SmallPtrSet<const ::clang::FunctionDecl*, 32> compiled_;
    llvm::SmallSetVector<const ::clang::FunctionDecl*, 32> asked_;  // since the last keep()
    llvm::DenseMap<const ::clang::FunctionDecl*, LinkerNames> names_;
    std::map<std::string, std::string, std::less<>> redirected_;
};

}  // namespace kernelwire::clang
