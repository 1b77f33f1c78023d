#include "completeness.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tokens.hpp"

namespace kernelwire::clang {
namespace {

using Status = Completeness::Status;

constexpr std::size_t indent_width = 4;

// Nothing ends with one of these.
constexpr std::array<std::string_view, 44> unfinished_ends{
    "+",    "-",        "*",      "/",     "%",    "=",         "==",    "!=",      "<=",
    "&&",   "||",       "|",      "^",     "!",    "~",         "<<",    ">>",      "+=",
    "-=",   "*=",       "/=",     "%=",    "|=",   "&=",        "^=",    ",",       ".",
    "->",   "::",       "?",      ":",     "&",    "else",      "do",    "try",     "return",
    "case", "template", "struct", "class", "enum", "namespace", "using", "typename"};

bool is_opening(std::string_view text) {
    return text == "(" || text == "[" || text == "{";
}

bool closes(std::string_view closing, std::string_view opening) {
    return (closing == ")" && opening == "(") || (closing == "]" && opening == "[") ||
           (closing == "}" && opening == "{");
}

bool is_closing(std::string_view text) {
    return text == ")" || text == "]" || text == "}";
}

// `if (x)`, and its like, wait for what they are about.
bool is_header(const std::vector<Token>& tokens, std::size_t opened) {
    if (opened == 0) return false;
    const auto before = tokens[opened - 1].text;
    return before == "if" || before == "for" || before == "switch" || before == "constexpr" ||
           before == "catch" || before == "while";
}

// Whether this ends in the middle of a comment or raw string. The end of a comment is two operators
// where there is none.
bool ends_within(const std::string& code, const ::clang::LangOptions& language) {
    const std::string probed = code + "\n*/";
    const auto found = tokens(probed, language);
    return found.size() < 2 || found.back().text != "/" || found[found.size() - 2].text != "*";
}

std::string indent(std::size_t depth) {
    return std::string(depth * indent_width, ' ');
}

}  // namespace

Completeness completeness(std::string_view given, const ::clang::LangOptions& language) {
    const std::string code(given);
    if (ends_within(code, language)) return {Status::incomplete, {}};
    const auto found = tokens(code, language);
    std::vector<std::size_t> open;
    std::size_t last_opened = 0;
    int conditionals = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto& token = found[i];
        if (token.text == "#" && token.starts_line && i + 1 < found.size()) {
            const auto word = found[i + 1].text;
            if (word == "if" || word == "ifdef" || word == "ifndef") ++conditionals;
            if (word == "endif") --conditionals;
        } else if (is_opening(token.text)) {
            open.push_back(i);
        } else if (is_closing(token.text)) {
            if (open.empty() || !closes(token.text, found[open.back()].text)) {
                return {Status::invalid, {}};
            }
            last_opened = open.back();
            open.pop_back();
        }
    }
    if (conditionals < 0) return {Status::invalid, {}};
    const auto braces = static_cast<std::size_t>(std::count_if(
        open.begin(), open.end(), [&](std::size_t at) { return found[at].text == "{"; }));
    if (!open.empty() || conditionals > 0) return {Status::incomplete, indent(braces)};
    const auto last = code.find_last_not_of(" \t\r\n");
    if (last == std::string::npos) return {};
    if (code[last] == '\\') return {Status::incomplete, {}};
    if (found.empty()) return {};
    const auto end = found.rbegin();
    const bool waits = std::find(unfinished_ends.begin(), unfinished_ends.end(), end->text) !=
                       unfinished_ends.end();
    if (waits || (end->text == ")" && is_header(found, last_opened))) {
        return {Status::incomplete, indent(1)};
    }
    return {};
}

}  // namespace kernelwire::clang
