#include "diagnostics.hpp"

#include <string_view>

#include <clang/AST/Decl.h>
#include <clang/Basic/DiagnosticParse.h>
#include <clang/Basic/DiagnosticSema.h>
#include <llvm/ADT/SmallString.h>

namespace kernelwire::clang {
namespace {

namespace diag = ::clang::diag;

// Errors that go away where the earlier declaration is not seen. The note that follows says where
// that one is.
bool is_redeclaration(unsigned id) {
    switch (id) {
        case diag::err_redefinition:
        case diag::err_redefinition_different_kind:
        case diag::err_redefinition_different_type:
        case diag::err_redefinition_different_typedef:
        case diag::err_redefinition_different_concept:
        case diag::err_redefinition_different_namespace_alias:
        case diag::err_redefinition_of_enumerator:
        case diag::err_redefinition_of_label:
        case diag::err_ovl_diff_return_type:
        case diag::err_use_with_wrong_tag:
        case diag::err_tag_reference_conflict:
        case diag::err_conflicting_types:
        case diag::err_static_non_static:
        case diag::err_non_static_static:
        case diag::err_thread_non_thread:
        case diag::err_non_thread_thread:
        case diag::err_inline_declaration_block_scope:
        case diag::err_constexpr_redecl_mismatch:
        case diag::err_template_param_list_different_arity:
        case diag::err_template_param_different_kind:
        case diag::err_template_nontype_parm_different_type:
        case diag::err_template_param_default_arg_redefinition:
        case diag::err_param_default_argument_redefinition:
        case diag::err_enum_redeclare_type_mismatch:
        case diag::err_enum_redeclare_scoped_mismatch:
        case diag::err_enum_redeclare_fixed_mismatch:
        case diag::err_template_different_requires_clause:
        case diag::err_template_template_parm_no_parms:
        case diag::err_using_decl_conflict:
        case diag::err_different_language_linkage:
        case diag::err_mismatched_exception_spec: return true;
        default: return false;
    }
}

bool is_capture(unsigned id) {
    return id == diag::err_capture_default_non_local ||
           id == diag::err_capture_non_automatic_variable;
}

// Without the name of the buffer that a cell's text is in, which is of nobody's interest: as a file
// that includes the cell, and as the place where a cell ends too early.
std::string without_buffer(const std::string& text) {
    std::string kept;
    for (std::size_t at = 0; at < text.size();) {
        auto end = text.find('\n', at);
        end = end == std::string::npos ? text.size() : end + 1;
        auto line = text.substr(at, end - at);
        constexpr std::string_view place = "<<< inputs >>>:1:1: ";
        if (const auto found = line.find(place); found != std::string::npos) {
            line.replace(found, place.size(), "at the end of the cell: ");
        }
        if (line.find("In file included from <<< inputs >>>") == std::string::npos) kept += line;
        at = end;
    }
    return kept;
}

::clang::DiagnosticOptions shown(bool colors) {
    ::clang::DiagnosticOptions options;
    options.ShowColors = colors;
    options.ShowPresumedLoc = true;  // or #line would say nothing
    return options;
}

}  // namespace

Diagnostics::Diagnostics(bool colors) : options_(shown(colors)), printer_(stream_, options_) {
    stream_.enable_colors(colors);
}

Diagnostics::~Diagnostics() = default;

void Diagnostics::BeginSourceFile(const ::clang::LangOptions& language,
                                  const ::clang::Preprocessor* preprocessor) {
    printer_.BeginSourceFile(language, preprocessor);
}

void Diagnostics::HandleDiagnostic(::clang::DiagnosticsEngine::Level level,
                                   const ::clang::Diagnostic& diagnostic) {
    DiagnosticConsumer::HandleDiagnostic(level, diagnostic);
    printer_.HandleDiagnostic(level, diagnostic);
    if (level >= ::clang::DiagnosticsEngine::Error) {
        redeclares_ = is_redeclaration(diagnostic.getID());
        captures_ = is_capture(diagnostic.getID());
        if (captures_) refused_captures_.push_back({diagnostic.getLocation(), {}});
        if (first_error_.empty()) {
            llvm::SmallString<128> text;
            diagnostic.FormatDiagnostic(text);
            first_error_ = text.str().str();
        }
    } else if (level == ::clang::DiagnosticsEngine::Note && redeclares_) {
        redeclared_.push_back(diagnostic.getLocation());
    } else if (level == ::clang::DiagnosticsEngine::Note && captures_) {
        refused_captures_.back().variable = diagnostic.getLocation();
    }
}

void Diagnostics::clear() {
    DiagnosticConsumer::clear();
    if (on_failure_) on_failure_();
}

std::string Diagnostics::take() {
    std::string text = without_buffer(stream_.str());
    text_.clear();
    first_error_.clear();
    return text;
}

std::vector<RefusedCapture> Diagnostics::take_captures() {
    captures_ = false;
    return std::exchange(refused_captures_, {});
}

std::vector<::clang::SourceLocation> Diagnostics::take_redeclared() {
    redeclares_ = false;
    return std::exchange(redeclared_, {});
}

}  // namespace kernelwire::clang
