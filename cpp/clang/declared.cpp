#include "declared.hpp"

#include <algorithm>

#include <clang/AST/ASTContext.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/Frontend/CompilerInstance.h>

namespace kernelwire::clang {
namespace {

using ::clang::NamedDecl;

bool is_visible(NamedDecl& declaration) {
    const auto found =
        declaration.getDeclContext()->getRedeclContext()->lookup(declaration.getDeclName());
    return std::find(found.begin(), found.end(), &declaration) != found.end();
}

// Of the user's making: neither an instance of a template, nor a function that we have added.
bool is_own(const NamedDecl& declaration) {
    if (declaration.isImplicit() || declaration.isFromASTFile() || !declaration.getDeclName()) {
        return false;
    }
    if (const auto* const function = llvm::dyn_cast<::clang::FunctionDecl>(&declaration)) {
        if (function->isTemplateInstantiation() || function->isCXXClassMember()) return false;
    }
    if (llvm::isa<::clang::ClassTemplateSpecializationDecl>(declaration)) return false;
    return declaration.getNameAsString().compare(0, 11, "kernelwire_") != 0;
}

}  // namespace

std::string kind_of(const NamedDecl& declaration) {
    using namespace ::clang;  // NOLINT(google-build-using-namespace): a list of its classes
    const NamedDecl* const at = declaration.getUnderlyingDecl();
    if (llvm::isa<FunctionDecl, FunctionTemplateDecl>(at)) return "function";
    if (llvm::isa<RecordDecl, ClassTemplateDecl>(at)) return "class";
    if (llvm::isa<EnumDecl>(at)) return "enum";
    if (llvm::isa<EnumConstantDecl>(at)) return "enumerator";
    if (llvm::isa<NamespaceDecl, NamespaceAliasDecl>(at)) return "namespace";
    if (llvm::isa<FieldDecl>(at)) return "field";
    if (llvm::isa<TypedefNameDecl, TypeAliasTemplateDecl>(at)) return "type";
    if (llvm::isa<ConceptDecl>(at)) return "concept";
    if (llvm::isa<ValueDecl, VarTemplateDecl>(at)) return "variable";
    return "name";
}

void describe(::clang::CompilerInstance& compiler, const std::vector<::clang::Decl*>& declarations,
              std::vector<Declared>& found) {
    const auto& policy = compiler.getASTContext().getPrintingPolicy();
    for (auto* const declaration : declarations) {
        auto* const named = llvm::dyn_cast<NamedDecl>(declaration);
        if (named == nullptr || !is_own(*named) || !is_visible(*named)) continue;
        Declared described;
        described.name = named->getNameAsString();
        described.kind = kind_of(*named);
        if (const auto* const value = llvm::dyn_cast<::clang::ValueDecl>(named)) {
            described.type = value->getType().getAsString(policy);
        }
        const bool known = std::any_of(found.begin(), found.end(), [&](const Declared& other) {
            return other.name == described.name && other.type == described.type;
        });
        if (!known) found.push_back(std::move(described));
    }
}

bool declares(const std::vector<::clang::Decl*>& declarations) {
    return std::any_of(declarations.begin(), declarations.end(), [](::clang::Decl* declaration) {
        if (llvm::isa<::clang::TopLevelStmtDecl>(declaration)) return false;
        const auto* const named = llvm::dyn_cast<NamedDecl>(declaration);
        if (named == nullptr || !named->getDeclName()) return !declaration->isFromASTFile();
        return is_own(*named);
    });
}

}  // namespace kernelwire::clang
