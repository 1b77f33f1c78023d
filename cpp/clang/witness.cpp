#include "witness.hpp"

#include <dlfcn.h>

#include <utility>

#include <clang/AST/ASTContext.h>
#include <clang/AST/Attr.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclGroup.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/Stmt.h>
#include <clang/Basic/SourceManager.h>

namespace kernelwire::clang {

void Witness::Initialize(::clang::ASTContext& context) {
    context_ = &context;
}

bool Witness::HandleTopLevelDecl(::clang::DeclGroupRef group) {
    for (::clang::Decl* const declaration : group) {
        declarations_.push_back(declaration);
        if (skips_statements_) skip(*declaration);
        mark_variables(*declaration);
        if (!versions_.empty()) tag_declaration(*declaration);
    }
    return true;
}

void Witness::tag(const std::string& name) {
    ++versions_[name];
}

std::vector<::clang::Decl*> Witness::take_declarations() {
    return std::exchange(declarations_, {});
}

void Witness::skip(::clang::Decl& declaration) {
    auto* const statement = llvm::dyn_cast<::clang::TopLevelStmtDecl>(&declaration);
    if (statement == nullptr) return;
    statement->setStmt(new (*context_)::clang::NullStmt(statement->getLocation()));
}

// Clang would make constants and static variables when they are first used, which may be in a later
// cell, from what their initialisers find then.
void Witness::mark_variables(::clang::Decl& declaration) {
    if (context_->getSourceManager().isInSystemHeader(declaration.getLocation())) return;
    if (auto* const space = llvm::dyn_cast<::clang::NamespaceDecl>(&declaration)) {
        for (auto* const inner : space->decls()) mark_variables(*inner);
        return;
    }
    auto* const variable = llvm::dyn_cast<::clang::VarDecl>(&declaration);
    if (variable == nullptr || variable->isInline() || variable->hasAttr<::clang::UsedAttr>()) {
        return;
    }
    if (llvm::isa<::clang::VarTemplateSpecializationDecl>(variable) ||
        variable->getDescribedVarTemplate() != nullptr || variable->isInvalidDecl() ||
        variable->isThisDeclarationADefinition() != ::clang::VarDecl::Definition) {
        return;
    }
    variable->addAttr(::clang::UsedAttr::CreateImplicit(*context_));
    tag_beside_library(*variable);
}

// A global variable has its plain name for a symbol. Where a library has a function of that name,
// those who call it would from now on end in the variable.
void Witness::tag_beside_library(::clang::VarDecl& variable) {
    if (variable.isExternC() || !variable.isFirstDecl() || !variable.getIdentifier()) return;
    if (!variable.getDeclContext()->getRedeclContext()->isTranslationUnit()) return;
    const std::string name = variable.getNameAsString();
    if (versions_.count(name) > 0 || dlsym(RTLD_DEFAULT, name.c_str()) == nullptr) return;
    add_tag(variable, 0);
}

// The names of GCC's ABI tags are a part of the symbol, and of that of all which is made with it.
void Witness::tag_declaration(::clang::Decl& declaration) {
    if (auto* const space = llvm::dyn_cast<::clang::NamespaceDecl>(&declaration)) {
        for (auto* const inner : space->decls()) tag_declaration(*inner);
        return;
    }
    auto* const named = llvm::dyn_cast<::clang::NamedDecl>(&declaration);
    // What is precompiled may be delivered more than once, and keeps its name.
    if (named == nullptr || named->isImplicit() || named->isFromASTFile()) return;
    if (const auto* function = llvm::dyn_cast<::clang::FunctionDecl>(named)) {
        if (function->isTemplateInstantiation() || function->isCXXClassMember()) return;
    }
    const auto version = versions_.find(named->getQualifiedNameAsString());
    if (version == versions_.end() || named->hasAttr<::clang::AbiTagAttr>()) return;
    add_tag(*named, version->second);
    if (auto* const pattern = llvm::dyn_cast<::clang::TemplateDecl>(named)) {
        if (pattern->getTemplatedDecl() != nullptr) {
            add_tag(*pattern->getTemplatedDecl(), version->second);
        }
    }
}

void Witness::add_tag(::clang::Decl& declaration, int version) {
    const std::string tag = "kw" + std::to_string(version);
    llvm::StringRef tags[] = {tag};
    declaration.addAttr(::clang::AbiTagAttr::CreateImplicit(*context_, tags, 1));
}

}  // namespace kernelwire::clang
