#include "captures.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Lex/Lexer.h>

namespace kernelwire::clang {
namespace {

struct Edit {
    std::size_t offset = 0;
    std::size_t length = 0;
    std::string text;
};

// Where that is in `source`, if it is there, and no macro has made it.
std::optional<std::size_t> offset_in(const std::string& source, ::clang::SourceLocation place,
                                     const ::clang::SourceManager& files) {
    if (!place.isFileID()) return std::nullopt;
    const auto [file, offset] = files.getDecomposedLoc(place);
    const auto text = files.getBufferData(file);
    const bool here = text.substr(0, source.size()) == source && offset < source.size();
    return here ? std::optional<std::size_t>(offset) : std::nullopt;
}

bool is_array(const ::clang::Decl* declaration) {
    const auto* const variable = llvm::dyn_cast_or_null<::clang::VarDecl>(declaration);
    return variable != nullptr && variable->getType().getNonReferenceType()->isArrayType();
}

// Whether what stands at `place` is an array: of this text, or of an earlier cell.
bool is_array(::clang::SourceLocation place, const std::string& name, ::clang::ASTContext& context,
              const std::vector<::clang::Decl*>& declarations) {
    const auto stands_there = [&](const ::clang::Decl* declaration) {
        return declaration->getLocation() == place && is_array(declaration);
    };
    const auto earlier = context.getTranslationUnitDecl()->lookup(&context.Idents.get(name));
    return std::any_of(declarations.begin(), declarations.end(), stands_there) ||
           std::any_of(earlier.begin(), earlier.end(), stands_there);
}

// `[&, a]` loses its comma as well; all else keeps its column.
Edit without_default(const std::string& source, std::size_t offset) {
    std::size_t end = offset + 1;
    const auto next = source.find_first_not_of(" \t\r\n", end);
    if (next != std::string::npos && source[next] == ',') end = next + 1;
    std::string blank = source.substr(offset, end - offset);
    std::replace_if(blank.begin(), blank.end(), [](char c) { return c == '&' || c == ','; }, ' ');
    return {offset, end - offset, blank};
}

}  // namespace

bool rewrite_captures(std::string& source, const std::vector<RefusedCapture>& captures,
                      ::clang::CompilerInstance& compiler,
                      const std::vector<::clang::Decl*>& declarations) {
    std::vector<Edit> edits;
    for (const auto& capture : captures) {
        const auto offset = offset_in(source, capture.place, compiler.getSourceManager());
        if (!offset || source[*offset] == '=') continue;
        if (source[*offset] == '&') {
            edits.push_back(without_default(source, *offset));
            continue;
        }
        const auto name = source.substr(
            *offset, ::clang::Lexer::MeasureTokenLength(capture.place, compiler.getSourceManager(),
                                                        compiler.getLangOpts()));
        const auto before = source.find_last_not_of(" \t\r\n", *offset - 1);
        const bool copies = before == std::string::npos || source[before] != '&';
        if (copies && is_array(capture.variable, name, compiler.getASTContext(), declarations)) {
            continue;
        }
        edits.push_back({*offset + name.size(), 0, " = " + name});
    }
    // From behind, so that the offsets of those before stay right.
    std::sort(edits.begin(), edits.end(),
              [](const Edit& a, const Edit& b) { return a.offset > b.offset; });
    for (const auto& edit : edits) source.replace(edit.offset, edit.length, edit.text);
    return !edits.empty();
}

}  // namespace kernelwire::clang
