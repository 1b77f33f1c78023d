#include "instances.hpp"

#include <clang/AST/ASTConsumer.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclGroup.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Sema/Sema.h>

namespace kernelwire::clang {
namespace {

// An instance is made when it is first used, which clang tells from its having no place.
void forget_use(::clang::ValueDecl& declaration) {
    const ::clang::SourceLocation nowhere;
    if (auto* const function = llvm::dyn_cast<::clang::FunctionDecl>(&declaration)) {
        function->setInstantiationIsPending(false);
        if (auto* const info = function->getTemplateSpecializationInfo()) {
            info->setPointOfInstantiation(nowhere);
        } else if (auto* const member = function->getMemberSpecializationInfo()) {
            member->setPointOfInstantiation(nowhere);
        }
    } else if (auto* const variable = llvm::dyn_cast<::clang::VarDecl>(&declaration)) {
        if (auto* const instance =
                llvm::dyn_cast<::clang::VarTemplateSpecializationDecl>(variable)) {
            instance->setPointOfInstantiation(nowhere);
        } else if (auto* const member = variable->getMemberSpecializationInfo()) {
            member->setPointOfInstantiation(nowhere);
        }
    }
}

}  // namespace

void forget_pending_instances(::clang::Sema& sema) {
    for (const auto& [declaration, place] : sema.PendingInstantiations) forget_use(*declaration);
    for (const auto& [declaration, place] : sema.LateParsedInstantiations) {
        forget_use(*declaration);
    }
    for (const auto& [declaration, place] : sema.PendingLocalImplicitInstantiations) {
        forget_use(*declaration);
    }
    sema.PendingInstantiations.clear();
    sema.LateParsedInstantiations.clear();
    sema.PendingLocalImplicitInstantiations.clear();
    sema.VTableUses.clear();
}

void deliver_instances(::clang::CompilerInstance& compiler,
                       const std::vector<::clang::Decl*>& declarations) {
    for (auto* const declaration : declarations) {
        const auto* const function = llvm::dyn_cast<::clang::FunctionDecl>(declaration);
        const bool instance = function != nullptr && function->isTemplateInstantiation() &&
                              !function->isInvalidDecl() && function->hasBody();
        if (!instance && !declaration->isFromASTFile()) continue;
        compiler.getASTConsumer().HandleTopLevelDecl(::clang::DeclGroupRef(declaration));
    }
}

}  // namespace kernelwire::clang
