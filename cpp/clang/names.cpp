#include "names.hpp"

#include <algorithm>

#include <clang/AST/ASTContext.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclContextInternals.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Sema/IdentifierResolver.h>
#include <clang/Sema/Scope.h>
#include <clang/Sema/Sema.h>

namespace kernelwire::clang {
namespace {

bool at_top(const ::clang::NamedDecl& declaration) {
    return declaration.getDeclContext()->getRedeclContext()->isTranslationUnit();
}

bool in_resolver(::clang::Sema& sema, ::clang::NamedDecl& declaration) {
    const auto name = declaration.getDeclName();
    const auto end = sema.IdResolver.end();
    return std::find(sema.IdResolver.begin(name), end, &declaration) != end;
}

// Clang has a list of C's functions and variables besides, since those of one name are the same
// thing in every namespace.
bool is_of_c(const ::clang::NamedDecl& declaration) {
    if (const auto* const function = llvm::dyn_cast<::clang::FunctionDecl>(&declaration)) {
        return function->isExternC();
    }
    const auto* const variable = llvm::dyn_cast<::clang::VarDecl>(&declaration);
    return variable != nullptr && variable->isExternC();
}

// Takes a declaration out of the names of a context. The name itself must remain where it may also
// be in the prelude: clang would look for it there again.
void drop(::clang::DeclContext& context, ::clang::Decl& declaration) {
    auto* const named = llvm::cast<::clang::NamedDecl>(&declaration);
    const auto found = context.lookup(named->getDeclName());
    auto* const table = context.getLookupPtr();
    if (table == nullptr || std::find(found.begin(), found.end(), named) == found.end()) return;
    const auto entry = table->find(named->getDeclName());
    entry->second.remove(named);
    if (entry->second.isNull() && !context.hasExternalVisibleStorage()) table->erase(entry);
}

// Instances of templates are not the cell's: whoever needs one next is to find it.
bool is_instance(const ::clang::NamedDecl& declaration) {
    if (const auto* const function = llvm::dyn_cast<::clang::FunctionDecl>(&declaration)) {
        return function->isTemplateInstantiation();
    }
    if (const auto* const variable = llvm::dyn_cast<::clang::VarDecl>(&declaration)) {
        return ::clang::isTemplateInstantiation(variable->getTemplateSpecializationKind());
    }
    if (const auto* const record =
            llvm::dyn_cast<::clang::ClassTemplateSpecializationDecl>(&declaration)) {
        return ::clang::isTemplateInstantiation(record->getSpecializationKind());
    }
    return false;
}

// The link between the declarations of one thing, which is for subclasses to see.
template <typename Declaration>
struct Linked : Declaration {
    static auto link() { return &Linked::RedeclLink; }
};

// Makes it as if `declaration` had never been one more of what was declared before. Returns that.
template <typename Declaration>
::clang::NamedDecl* detach_as(::clang::Decl& declaration) {
    auto* const at = llvm::dyn_cast<Declaration>(&declaration);
    if (at == nullptr) return nullptr;
    auto* const before = at->getPreviousDecl();
    if (before == nullptr) return nullptr;
    (at->getFirstDecl()->*Linked<Declaration>::link()).setLatest(before);
    return before;
}

::clang::NamedDecl* detach(::clang::Decl& declaration) {
    if (auto* const pattern = llvm::dyn_cast<::clang::RedeclarableTemplateDecl>(&declaration)) {
        if (pattern->getTemplatedDecl() != nullptr) (void)detach(*pattern->getTemplatedDecl());
        return detach_as<::clang::RedeclarableTemplateDecl>(declaration);
    }
    if (auto* const before = detach_as<::clang::FunctionDecl>(declaration)) return before;
    if (auto* const before = detach_as<::clang::VarDecl>(declaration)) return before;
    if (auto* const before = detach_as<::clang::TagDecl>(declaration)) return before;
    return detach_as<::clang::TypedefNameDecl>(declaration);
}

}  // namespace

std::vector<::clang::NamedDecl*> Names::hide(
    const std::vector<::clang::SourceLocation>& locations) {
    std::vector<::clang::NamedDecl*> hidden;
    auto* const top = compiler_.getASTContext().getTranslationUnitDecl()->getPrimaryContext();
    const auto look_in = [&](::clang::DeclContext* context, const auto& self) -> void {
        auto* const table = context->getPrimaryContext()->getLookupPtr();
        if (table == nullptr) return;
        std::vector<::clang::NamedDecl*> found;
        for (auto& entry : *table) {
            for (auto* const declaration : entry.second.getLookupResult()) {
                found.push_back(declaration);
            }
        }
        for (auto* const declaration : found) {
            const bool wanted = std::find(locations.begin(), locations.end(),
                                          declaration->getLocation()) != locations.end();
            if (wanted) {
                hide(*declaration);
                hidden.push_back(declaration);
            } else if (auto* const space = llvm::dyn_cast<::clang::NamespaceDecl>(declaration)) {
                if (!space->isStdNamespace()) self(space, self);
            }
        }
    };
    look_in(top, look_in);
    return hidden;
}

void Names::hide(::clang::NamedDecl& declaration) {
    drop(*declaration.getDeclContext()->getRedeclContext()->getPrimaryContext(), declaration);
    if (is_of_c(declaration)) {
        drop(*compiler_.getASTContext().getExternCContextDecl(), *declaration.getCanonicalDecl());
    }
    auto& sema = compiler_.getSema();
    if (at_top(declaration)) {
        if (in_resolver(sema, declaration)) sema.IdResolver.RemoveDecl(&declaration);
        if (sema.TUScope != nullptr) sema.TUScope->RemoveDecl(&declaration);
    }
}

void Names::show(::clang::NamedDecl& declaration) {
    auto* const context = declaration.getDeclContext()->getRedeclContext();
    context->getPrimaryContext()->makeDeclVisibleInContext(&declaration);
    if (is_of_c(declaration)) {
        auto* const first = llvm::cast<::clang::NamedDecl>(declaration.getCanonicalDecl());
        compiler_.getASTContext().getExternCContextDecl()->makeDeclVisibleInContext(first);
    }
    auto& sema = compiler_.getSema();
    if (at_top(declaration) && sema.TUScope != nullptr && !in_resolver(sema, declaration)) {
        sema.IdResolver.AddDecl(&declaration);
        sema.TUScope->AddDecl(&declaration);
    }
}

void Names::forget(const std::vector<::clang::Decl*>& declarations) {
    for (auto each = declarations.rbegin(); each != declarations.rend(); ++each) {
        auto* const declaration = *each;
        if (declaration->isFromASTFile()) continue;  // the prelude's, seen for the first time
        if (llvm::isa<::clang::NamespaceDecl, ::clang::LinkageSpecDecl>(declaration)) {
            const auto inner = llvm::cast<::clang::DeclContext>(declaration)->decls();
            forget({inner.begin(), inner.end()});
        } else if (auto* const named = llvm::dyn_cast<::clang::NamedDecl>(declaration)) {
            if (named->isImplicit() || !named->getDeclName() || is_instance(*named)) continue;
            if (llvm::isa<::clang::UsingDirectiveDecl>(named)) continue;
            const bool member = named->getDeclContext()->isRecord();
            if (!member) hide(*named);
            auto* const before = detach(*named);
            if (before != nullptr && !member) show(*before);
        }
    }
}

std::vector<::clang::NamespaceDecl*> Names::namespaces() const {
    std::vector<::clang::NamespaceDecl*> found;
    auto* const top = compiler_.getASTContext().getTranslationUnitDecl()->getPrimaryContext();
    auto* const table = top->getLookupPtr();
    if (table == nullptr) return found;
    for (auto& entry : *table) {
        for (auto* const declaration : entry.second.getLookupResult()) {
            if (auto* const space = llvm::dyn_cast<::clang::NamespaceDecl>(declaration)) {
                found.push_back(space);
            }
        }
    }
    return found;
}

void Names::restore(const std::vector<::clang::NamespaceDecl*>& namespaces) {
    auto* const top = compiler_.getASTContext().getTranslationUnitDecl()->getPrimaryContext();
    for (auto* const space : namespaces) {
        if (top->lookup(space->getDeclName()).empty()) top->makeDeclVisibleInContext(space);
    }
}

}  // namespace kernelwire::clang
