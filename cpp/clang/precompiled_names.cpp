#include "precompiled_names.hpp"

#include <memory>

#include <clang/Lex/Preprocessor.h>
#include <clang/Sema/CodeCompleteConsumer.h>
#include <clang/Sema/Lookup.h>
#include <clang/Sema/Sema.h>

namespace kernelwire::clang {
namespace {

using ::clang::CodeCompletionResult;

void add_declarations(::clang::Sema& sema, ::clang::IdentifierInfo& name,
                      ::clang::DeclContext* scope, std::vector<CodeCompletionResult>& results) {
    ::clang::LookupResult found(sema, &name, ::clang::SourceLocation(),
                                ::clang::Sema::LookupOrdinaryName);
    found.suppressDiagnostics();
    if (scope != nullptr) {
        sema.LookupQualifiedName(found, scope);
    } else {
        sema.LookupName(found, sema.TUScope);
    }
    for (const auto* const declaration : found) {
        results.emplace_back(declaration->getUnderlyingDecl(), ::clang::CCP_Declaration);
    }
}

}  // namespace

std::vector<CodeCompletionResult> precompiled_names(::clang::Sema& sema, llvm::StringRef typed,
                                                    ::clang::DeclContext* scope) {
    std::vector<CodeCompletionResult> results;
    auto& preprocessor = sema.getPreprocessor();
    auto& table = preprocessor.getIdentifierTable();
    auto* const precompiled = table.getExternalIdentifierLookup();
    if (precompiled == nullptr) return results;
    const std::unique_ptr<::clang::IdentifierIterator> names(precompiled->getIdentifiers());
    for (llvm::StringRef name = names->Next(); !name.empty(); name = names->Next()) {
        if (!name.starts_with(typed)) continue;
        auto& identifier = table.get(name);
        const auto* const macro = preprocessor.getMacroInfo(&identifier);
        if (macro == nullptr) {
            add_declarations(sema, identifier, scope, results);
        } else if (scope == nullptr) {
            results.emplace_back(&identifier, macro);
        }
    }
    return results;
}

}  // namespace kernelwire::clang
