#include "refusal.hpp"

#include <clang/Basic/Diagnostic.h>
#include <clang/Basic/DiagnosticIDs.h>
#include <clang/Basic/DiagnosticOptions.h>
#include <clang/Driver/Compilation.h>
#include <clang/Driver/Driver.h>
#include <clang/Frontend/CompilerInvocation.h>
#include <clang/Frontend/TextDiagnosticBuffer.h>

namespace kernelwire::clang {
namespace {

std::string errors_of(const ::clang::TextDiagnosticBuffer& buffer) {
    std::string text;
    for (auto error = buffer.err_begin(); error != buffer.err_end(); ++error) {
        if (!text.empty()) text += "; ";
        text += error->second;
    }
    return text;
}

}  // namespace

std::string refusal(const ::clang::driver::Compilation& compilation) {
    const auto& driver = compilation.getDriver().getDiags();
    if (driver.hasErrorOccurred()) {
        return errors_of(*static_cast<const ::clang::TextDiagnosticBuffer*>(driver.getClient()));
    }
    ::clang::TextDiagnosticBuffer buffer;
    ::clang::DiagnosticOptions options;
    ::clang::DiagnosticsEngine compiler(::clang::DiagnosticIDs::create(), options, &buffer, false);
    ::clang::CompilerInvocation invocation;
    for (const auto& job : compilation.getJobs()) {
        (void)::clang::CompilerInvocation::CreateFromArgs(invocation, job.getArguments(), compiler);
    }
    return errors_of(buffer);
}

}  // namespace kernelwire::clang
