#include "compiled.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <clang/AST/ASTContext.h>
#include <clang/AST/DeclCXX.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Serialization/ASTReader.h>
#include <llvm/IR/Module.h>

#include "links.hpp"

namespace kernelwire::clang {
namespace {

using ::clang::ExternalSemaSource;

bool is_repeatable(const ::clang::FunctionDecl& function) {
    if (function.isExternC() || !function.isExternallyVisible()) return false;
    return function.isInlined() || function.isTemplateInstantiation();
}

bool is_repeatable(const ::clang::VarDecl& variable) {
    return variable.isFileVarDecl() && !variable.isExternallyVisible();
}

// What clang would compile in each module that uses it. Its first declaration stands for it.
const ::clang::NamedDecl* repeatable(const ::clang::Decl* declaration) {
    if (const auto* const function = llvm::dyn_cast<::clang::FunctionDecl>(declaration)) {
        return is_repeatable(*function) ? function->getCanonicalDecl() : nullptr;
    }
    const auto* const variable = llvm::dyn_cast<::clang::VarDecl>(declaration);
    if (variable == nullptr || !is_repeatable(*variable)) return nullptr;
    return variable->getCanonicalDecl();
}

// A failed cell may have left what is neither.
bool is_made(const ::clang::NamedDecl& declaration) {
    if (declaration.isInvalidDecl()) return false;
    const auto* const function = llvm::dyn_cast<::clang::FunctionDecl>(&declaration);
    return function == nullptr || function->isDefined();
}

llvm::IntrusiveRefCntPtr<ExternalSemaSource> reader(::clang::CompilerInstance& compiler) {
    if (auto precompiled = compiler.getASTReader()) return precompiled;
    return llvm::makeIntrusiveRefCnt<ExternalSemaSource>();
}

}  // namespace

Compiled::Compiled(::clang::CompilerInstance& compiler)
    : MultiplexExternalSemaSource(reader(compiler),
                                  llvm::makeIntrusiveRefCnt<ExternalSemaSource>()),
      generator_(compiler.getASTContext()) {}

Compiled& Compiled::install(::clang::CompilerInstance& compiler) {
    auto* const made = new Compiled(compiler);
    compiler.getASTContext().setExternalSource(
        llvm::IntrusiveRefCntPtr<::clang::ExternalASTSource>(made));
    return *made;
}

Compiled::ExtKind Compiled::hasExternalDefinitions(const ::clang::Decl* declaration) {
    if (const auto* const repeated = repeatable(declaration)) {
        if (compiled_.contains(repeated)) return EK_Always;
        asked_.insert(repeated);
    }
    return MultiplexExternalSemaSource::hasExternalDefinitions(declaration);
}

// A constructor has two, for a part of an object and a whole one, and a destructor up to three. But
// for virtual bases the first two are alike.
Compiled::LinkerNames Compiled::linker_names(const ::clang::NamedDecl& declaration) {
    LinkerNames found;
    if (!llvm::isa<::clang::CXXConstructorDecl, ::clang::CXXDestructorDecl>(declaration)) {
        found.needed = {generator_.getName(&declaration)};
        return found;
    }
    found.needed = generator_.getAllManglings(&declaration);
    const auto& parent = *llvm::cast<::clang::CXXMethodDecl>(declaration).getParent();
    if (found.needed.size() > 1 && parent.getNumVBases() == 0) {
        found.again = std::move(found.needed[1]);
        found.needed.erase(found.needed.begin() + 1);
    }
    return found;
}

// Only now are the names what they will be: declaring anew changes them.
void Compiled::keep(const Links& links) {
    for (const auto* const declaration : asked_.takeVector()) {
        if (!is_made(*declaration)) continue;
        auto [known, is_new] = names_.try_emplace(declaration);
        auto& [needed, again] = known->second;
        if (is_new) known->second = linker_names(*declaration);
        if (!std::all_of(needed.begin(), needed.end(),
                         [&](const auto& name) { return links.has(name); })) {
            continue;
        }
        if (!again.empty() && !links.has(again)) redirected_.emplace(again, needed.front());
        compiled_.insert(declaration);
        names_.erase(known);
    }
}

void Compiled::redirect(llvm::Module& module) const {
    for (auto& function : module) {
        if (!function.isDeclaration()) continue;
        const auto found = redirected_.find(std::string_view(function.getName()));
        if (found == redirected_.end()) continue;
        auto same = module.getOrInsertFunction(found->second, function.getFunctionType(),
                                               function.getAttributes());
        function.replaceAllUsesWith(same.getCallee());
    }
}

}  // namespace kernelwire::clang
