// The compiler's diagnostics as text, and what they say of names that were there before.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <clang/Basic/DiagnosticOptions.h>
#include <clang/Basic/SourceLocation.h>
#include <clang/Frontend/TextDiagnosticPrinter.h>
#include <llvm/Support/raw_ostream.h>

#include "captures.hpp"

namespace kernelwire::clang {

/// Collects what the compiler says. The compiler owns it; it lives as long as that.
class Diagnostics final : public ::clang::DiagnosticConsumer {
public:
    explicit Diagnostics(bool colors);
    ~Diagnostics() override;

    void BeginSourceFile(const ::clang::LangOptions& language,
                         const ::clang::Preprocessor* preprocessor) override;
    void HandleDiagnostic(::clang::DiagnosticsEngine::Level level,
                          const ::clang::Diagnostic& diagnostic) override;

    /// Called where the compiler gives up a cell, with its errors still in place.
    void on_failure(std::function<void()> function) { on_failure_ = std::move(function); }
    void clear() override;

    /// What was said since the last call, without what is only of our making.
    std::string take();

    /// Where the declarations stand that a cell has declared again, since the last call.
    std::vector<::clang::SourceLocation> take_redeclared();

    /// Captures that were refused since variables of cells are global, since the last call.
    std::vector<RefusedCapture> take_captures();

    /// The first error's text alone, since the last take().
    [[nodiscard]] const std::string& first_error() const { return first_error_; }

private:
    std::string text_;
    llvm::raw_string_ostream stream_{text_};
    ::clang::DiagnosticOptions options_;
    ::clang::TextDiagnosticPrinter printer_;
    std::function<void()> on_failure_;
    bool redeclares_ = false;
    std::vector<::clang::SourceLocation> redeclared_;
    bool captures_ = false;
    std::vector<RefusedCapture> refused_captures_;
    std::string first_error_;
};

}  // namespace kernelwire::clang
