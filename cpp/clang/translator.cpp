#include "translator.hpp"

#include <cstring>
#include <utility>

#include <clang/AST/Decl.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Interpreter/PartialTranslationUnit.h>
#include <llvm/IR/Module.h>

#include "captures.hpp"
#include "diagnostics.hpp"
#include "failure.hpp"
#include "guard.hpp"
#include "instances.hpp"
#include "witness.hpp"

namespace kernelwire::clang {
namespace {

// A text that declares one thing after another again is parsed as often.
constexpr int most_redeclarations = 32;

constexpr const char* about_captures =
    "variables of cells are global: [] sees them all, and [name = name] copies one";

Failure compiler_crash(int signal) {
    Failure failure;
    failure.name = "CompilerCrashed";
    failure.value =
        std::string("the compiler has crashed (") + strsignal(signal) + "): restart the kernel";
    failure.damaged = true;
    failure.lost = true;
    return failure;
}

}  // namespace

Translator::Translator(Engine& engine)
    : engine_(engine),
      names_(*engine.getCompilerInstance()),
      macros_(engine.getCompilerInstance()->getPreprocessor()) {
    engine.diagnostics().on_failure(
        [&engine] { forget_pending_instances(engine.getCompilerInstance()->getSema()); });
}

Translation Translator::translate(const std::string& given) {
    std::string source = given;
    std::vector<::clang::NamedDecl*> hidden;
    for (int i = 0;; ++i) {
        Translation translation = parse(source);
        if (!translation.failure || lost_) {
            translation.hidden = std::move(hidden);
            return translation;
        }
        const auto captures = engine_.diagnostics().take_captures();
        const bool rewritten = rewrite_captures(source, captures, *engine_.getCompilerInstance(),
                                                translation.declarations);
        const auto again = names_.hide(engine_.diagnostics().take_redeclared());
        if ((again.empty() && !rewritten) || i == most_redeclarations) {
            for (auto* const declaration : hidden) names_.show(*declaration);
            if (!captures.empty()) translation.failure->lines.emplace_back(about_captures);
            return translation;
        }
        for (auto* const declaration : again) {
            engine_.witness().tag(declaration->getQualifiedNameAsString());
            hidden.push_back(declaration);
        }
    }
}

Translation Translator::parse(const std::string& source) {
    Translation translation;
    const auto namespaces = names_.namespaces();
    engine_.witness().take_declarations();
    engine_.diagnostics().take_redeclared();
    engine_.diagnostics().take_captures();
    macros_.keep();
    std::string error;
    const auto stop = guarded(Leave::never, [&] {
        if (auto unit = engine_.Parse(source)) {
            translation.unit = &*unit;
        } else {
            error = llvm::toString(unit.takeError());
        }
    });
    const std::string first = engine_.diagnostics().first_error();
    const std::string text = engine_.diagnostics().take();
    translation.declarations = engine_.witness().take_declarations();
    if (stop) {
        lost_ = true;
        translation.failure = compiler_crash(stop->number);
    } else if (translation.unit == nullptr) {
        names_.restore(namespaces);
        clean_up(translation.declarations);
        translation.failure = compile_failure(first.empty() ? error : first, text);
    } else {
        translation.warnings = text;
    }
    return translation;
}

void Translator::take_back(const Translation& translation) {
    if (translation.unit != nullptr) translation.unit->TheModule.reset();
    for (auto* const declaration : translation.declarations) {
        const auto* const named = llvm::dyn_cast<::clang::NamedDecl>(declaration);
        if (named != nullptr) engine_.witness().tag(named->getQualifiedNameAsString());
    }
    clean_up(translation.declarations);
    for (auto* const declaration : translation.hidden) names_.show(*declaration);
}

// Leaves no names, no macros and no code. What was generated before an error would else be a part
// of the next cell.
void Translator::clean_up(const std::vector<::clang::Decl*>& declarations) {
    names_.forget(declarations);
    macros_.take_back();
    deliver_instances(*engine_.getCompilerInstance(), declarations);
    engine_.witness().take_declarations();
    if (auto unit = engine_.Parse("")) {
        unit->TheModule.reset();
    } else {
        llvm::consumeError(unit.takeError());
    }
    engine_.diagnostics().take();
}

}  // namespace kernelwire::clang
