#include "inspection.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <clang/AST/ASTContext.h>
#include <clang/AST/DeclCXX.h>
#include <clang/AST/DeclTemplate.h>
#include <clang/AST/PrettyPrinter.h>
#include <clang/AST/RawCommentList.h>
#include <clang/AST/RecordLayout.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Lex/Preprocessor.h>
#include <llvm/Support/raw_ostream.h>

#include "lookup.hpp"
#include "tokens.hpp"

namespace kernelwire::clang {
namespace {

using ::clang::NamedDecl;

constexpr std::size_t overloads_shown = 12;
constexpr std::size_t members_shown = 32;

std::size_t token_at(const std::vector<Token>& tokens, std::size_t offset) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const bool within = tokens[i].begin <= offset && offset <= tokens[i].end;
        if (within && tokens[i].kind == Token::Kind::word) return i;
    }
    // `name(`, with the cursor behind the parenthesis.
    for (std::size_t i = tokens.size(); i > 1; --i) {
        if (tokens[i - 1].end == offset && tokens[i - 1].text == "(" &&
            tokens[i - 2].kind == Token::Kind::word) {
            return i - 2;
        }
    }
    return tokens.size();
}

// Where the template arguments begin that end at `last`.
std::size_t angle_begin(const std::vector<Token>& tokens, std::size_t last) {
    int depth = 0;
    for (std::size_t i = last + 1; i > 0; --i) {
        if (tokens[i - 1].text == ">") ++depth;
        if (tokens[i - 1].text == ">>") depth += 2;
        if (tokens[i - 1].text == "<" && --depth == 0) return i - 1;
    }
    return 0;
}

std::vector<Step> path_to(const std::vector<Token>& tokens, std::size_t last) {
    std::vector<Step> steps;
    for (std::size_t at = last;;) {
        Step step{Step::By::nothing, std::string(tokens[at].text)};
        const auto before = at > 0 ? tokens[at - 1].text : std::string_view();
        if (before == "::") step.by = Step::By::scope;
        if (before == ".") step.by = Step::By::dot;
        if (before == "->") step.by = Step::By::arrow;
        const bool goes_on = step.by != Step::By::nothing && at > 1;
        std::size_t next = goes_on ? at - 2 : 0;
        if (goes_on && tokens[next].text.back() == '>' && tokens[next].text != "->") {
            next = angle_begin(tokens, next);  // of `vector<int>::size`
            if (next > 0) --next;
        }
        const bool named = goes_on && tokens[next].kind == Token::Kind::word;
        if (!named && step.by == Step::By::scope) step.by = Step::By::nothing;  // `::name`
        steps.push_back(step);
        if (!named) break;
        at = next;
    }
    std::reverse(steps.begin(), steps.end());
    return steps;
}

class Inspector {
public:
    explicit Inspector(::clang::CompilerInstance& compiler)
        : compiler_(compiler), policy_(compiler.getASTContext().getPrintingPolicy()) {
        policy_.TerseOutput = true;
        policy_.PolishForDeclaration = true;
    }

    Inspection tell(const std::vector<NamedDecl*>& found) {
        const NamedDecl& first = *found.front()->getUnderlyingDecl();
        Inspection inspection;
        inspection.name = first.getQualifiedNameAsString();
        for (const auto* const each : found) {
            if (inspection.declarations.size() == overloads_shown) {
                inspection.declarations.push_back(
                    "... and " + std::to_string(found.size() - overloads_shown) + " more");
                break;
            }
            inspection.declarations.push_back(declaration(*each->getUnderlyingDecl()));
            if (inspection.comment.empty()) inspection.comment = comment(*each);
        }
        inspection.location = location(first);
        if (const auto* const value = llvm::dyn_cast<::clang::ValueDecl>(&first)) {
            inspection.type = value->getType().getAsString(policy_);
            if (!llvm::isa<::clang::FunctionDecl>(value)) inspection.layout = size(*value);
        }
        if (const auto* const record = llvm::dyn_cast<::clang::CXXRecordDecl>(&first)) {
            inspection.layout = layout(*record);
        }
        if (first.isInStdNamespace()) inspection.reference = reference(inspection.name);
        return inspection;
    }

private:
    std::string declaration(const NamedDecl& declaration) {
        std::string text;
        llvm::raw_string_ostream stream(text);
        declaration.print(stream, policy_);
        return text;
    }

    std::string comment(const NamedDecl& declaration) {
        const auto* const raw =
            compiler_.getASTContext().getRawCommentForAnyRedecl(declaration.getUnderlyingDecl());
        if (raw == nullptr) return {};
        const std::string text =
            raw->getFormattedText(compiler_.getSourceManager(), compiler_.getDiagnostics());
        return text.substr(0, text.find_last_not_of(" \n") + 1);
    }

    std::string location(const NamedDecl& declaration) {
        auto& sources = compiler_.getSourceManager();
        const auto place =
            sources.getPresumedLoc(sources.getExpansionLoc(declaration.getLocation()));
        if (place.isInvalid()) return {};
        return std::string(place.getFilename()) + ':' + std::to_string(place.getLine());
    }

    std::string size(const ::clang::ValueDecl& value) {
        const auto type = value.getType().getNonReferenceType();
        if (type->isDependentType() || type->isIncompleteType()) return {};
        const auto info = compiler_.getASTContext().getTypeInfoInChars(type);
        return sizes(info.Width.getQuantity(), info.Align.getQuantity());
    }

    static std::string sizes(std::int64_t size, std::int64_t align) {
        return "sizeof " + std::to_string(size) + ", alignof " + std::to_string(align);
    }

    std::string layout(const ::clang::CXXRecordDecl& declared) {
        const auto* const record = declared.getDefinition();
        if (record == nullptr || record->isDependentType() || record->isInvalidDecl()) return {};
        auto& context = compiler_.getASTContext();
        const auto& all = context.getASTRecordLayout(record);
        std::string text = sizes(all.getSize().getQuantity(), all.getAlignment().getQuantity());
        std::size_t shown = 0;
        for (const auto* const field : record->fields()) {
            if (++shown > members_shown) return text + "\n  ...";
            const auto offset = all.getFieldOffset(field->getFieldIndex());
            const auto byte = context.toCharUnitsFromBits(static_cast<std::int64_t>(offset));
            text += "\n  " + std::to_string(byte.getQuantity()) + ": " +
                    field->getType().getAsString(policy_) + ' ' + field->getNameAsString();
        }
        return text;
    }

    // Which page a name has depends on its header, and cppreference's own search knows that.
    static std::string reference(const std::string& name) {
        return "https://en.cppreference.com/mwiki/index.php?title=Special:Search&search=" + name;
    }

    ::clang::CompilerInstance& compiler_;
    ::clang::PrintingPolicy policy_;
};

std::optional<Inspection> macro(::clang::CompilerInstance& compiler, const std::string& name) {
    auto& preprocessor = compiler.getPreprocessor();
    const auto* const info = preprocessor.getMacroInfo(preprocessor.getIdentifierInfo(name));
    if (info == nullptr) return std::nullopt;
    Inspection inspection;
    inspection.name = name;
    std::string text = "#define " + name;
    if (info->isFunctionLike()) {
        text += '(';
        for (const auto* const parameter : info->params()) {
            text += (text.back() == '(' ? "" : ", ") + parameter->getName().str();
        }
        text += ')';
    }
    for (const auto& token : info->tokens()) text += ' ' + preprocessor.getSpelling(token);
    inspection.declarations.push_back(text);
    auto& sources = compiler.getSourceManager();
    const auto place = sources.getPresumedLoc(info->getDefinitionLoc());
    if (place.isValid()) {
        inspection.location =
            std::string(place.getFilename()) + ':' + std::to_string(place.getLine());
    }
    return inspection;
}

}  // namespace

std::optional<Inspection> inspect_name(::clang::CompilerInstance& compiler, std::string_view given,
                                       std::size_t offset) {
    const std::string code(given);
    const auto found = tokens(code, compiler.getLangOpts());
    const std::size_t at = token_at(found, std::min(offset, code.size()));
    if (at == found.size()) return std::nullopt;
    const auto declarations = look_up(compiler, path_to(found, at));
    if (declarations.empty()) return macro(compiler, std::string(found[at].text));
    return Inspector(compiler).tell(declarations);
}

}  // namespace kernelwire::clang
