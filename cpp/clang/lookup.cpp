#include "lookup.hpp"

#include <clang/AST/ASTContext.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Sema/Lookup.h>
#include <clang/Sema/Sema.h>

namespace kernelwire::clang {
namespace {

using ::clang::NamedDecl;
using Found = std::vector<NamedDecl*>;

Found found_by(const ::clang::LookupResult& result) {
    return {result.begin(), result.end()};
}

::clang::LookupResult search(::clang::Sema& sema, const std::string& name) {
    ::clang::LookupResult result(sema, &sema.getASTContext().Idents.get(name),
                                 ::clang::SourceLocation(), ::clang::Sema::LookupOrdinaryName);
    result.suppressDiagnostics();
    return result;
}

Found look_up_first(::clang::Sema& sema, const std::string& name) {
    auto result = search(sema, name);
    sema.LookupName(result, sema.TUScope);
    return found_by(result);
}

Found look_up_in(::clang::Sema& sema, const std::string& name, ::clang::DeclContext& context) {
    auto result = search(sema, name);
    sema.LookupQualifiedName(result, &context);
    return found_by(result);
}

::clang::DeclContext* record_of(::clang::QualType type) {
    if (type.isNull()) return nullptr;
    type = type.getNonReferenceType();
    if (auto* const record = type->getAsCXXRecordDecl()) {
        return record->getDefinition() != nullptr ? record->getDefinition() : record;
    }
    // A template's own members, where it is not yet known of what.
    if (const auto* const instance = type->getAs<::clang::TemplateSpecializationType>()) {
        auto* const pattern = llvm::dyn_cast_or_null<::clang::ClassTemplateDecl>(
            instance->getTemplateName().getAsTemplateDecl());
        return pattern != nullptr ? pattern->getTemplatedDecl() : nullptr;
    }
    return nullptr;
}

// What `::` looks into.
::clang::DeclContext* scope_of(NamedDecl& declaration) {
    NamedDecl* const at = declaration.getUnderlyingDecl();
    if (auto* const space = llvm::dyn_cast<::clang::NamespaceDecl>(at)) {
        return space->getPrimaryContext();
    }
    if (auto* const alias = llvm::dyn_cast<::clang::NamespaceAliasDecl>(at)) {
        return alias->getNamespace()->getPrimaryContext();
    }
    if (auto* const pattern = llvm::dyn_cast<::clang::ClassTemplateDecl>(at)) {
        auto* const record = pattern->getTemplatedDecl();
        return record->getDefinition() != nullptr ? record->getDefinition() : record;
    }
    if (const auto* const type = llvm::dyn_cast<::clang::TypedefNameDecl>(at)) {
        return record_of(type->getUnderlyingType());
    }
    if (auto* const tag = llvm::dyn_cast<::clang::TagDecl>(at)) {
        return tag->getDefinition() != nullptr ? tag->getDefinition() : tag;
    }
    return nullptr;
}

::clang::QualType type_of(const NamedDecl& declaration) {
    const auto* const value = llvm::dyn_cast<::clang::ValueDecl>(&declaration);
    if (value == nullptr) return {};
    if (const auto* const function = llvm::dyn_cast<::clang::FunctionDecl>(value)) {
        return function->getReturnType();
    }
    return value->getType();
}

// What `.` and `->` look into.
::clang::DeclContext* members_of(::clang::Sema& sema, NamedDecl& declaration, Step::By by) {
    auto type = type_of(*declaration.getUnderlyingDecl());
    if (type.isNull() || by == Step::By::dot) return record_of(type);
    type = type.getNonReferenceType();
    if (type->isPointerType()) return record_of(type->getPointeeType());
    auto* const smart = record_of(type);
    if (smart == nullptr) return nullptr;
    const auto name = sema.getASTContext().DeclarationNames.getCXXOperatorName(::clang::OO_Arrow);
    ::clang::LookupResult result(sema, name, ::clang::SourceLocation(),
                                 ::clang::Sema::LookupMemberName);
    result.suppressDiagnostics();
    sema.LookupQualifiedName(result, smart);
    for (auto* const found : result) {
        const auto given = type_of(*found->getUnderlyingDecl());
        if (!given.isNull() && given->isPointerType()) return record_of(given->getPointeeType());
    }
    return nullptr;
}

std::vector<Step> steps_of(const std::string& qualified) {
    std::vector<Step> steps;
    for (std::size_t at = 0; at < qualified.size();) {
        const auto end = std::min(qualified.find("::", at), qualified.size());
        steps.push_back(
            {steps.empty() ? Step::By::nothing : Step::By::scope, qualified.substr(at, end - at)});
        at = end + 2;
    }
    return steps;
}

}  // namespace

std::vector<NamedDecl*> look_up(::clang::CompilerInstance& compiler,
                                const std::vector<Step>& steps) {
    auto& sema = compiler.getSema();
    Found found;
    for (const auto& step : steps) {
        if (step.by == Step::By::nothing) {
            found = look_up_first(sema, step.name);
        } else {
            if (found.empty()) return {};
            auto* const context = step.by == Step::By::scope
                                      ? scope_of(*found.front())
                                      : members_of(sema, *found.front(), step.by);
            if (context == nullptr) return {};
            found = look_up_in(sema, step.name, *context);
        }
    }
    return found;
}

std::string enumerator_name(::clang::CompilerInstance& compiler, const std::string& type,
                            long long value) {
    for (auto* const found : look_up(compiler, steps_of(type))) {
        const auto* enumeration = llvm::dyn_cast<::clang::EnumDecl>(found->getUnderlyingDecl());
        if (enumeration == nullptr) continue;
        if (enumeration->getDefinition() != nullptr) enumeration = enumeration->getDefinition();
        for (const auto* const enumerator : enumeration->enumerators()) {
            if (enumerator->getInitVal().getExtValue() != value) continue;
            const auto name = enumerator->getNameAsString();
            return enumeration->isScoped() ? enumerator->getQualifiedNameAsString() : name;
        }
    }
    return {};
}

}  // namespace kernelwire::clang
