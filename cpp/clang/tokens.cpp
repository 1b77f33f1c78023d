#include "tokens.hpp"

#include <clang/Basic/LangOptions.h>
#include <clang/Lex/Lexer.h>

namespace kernelwire::clang {
namespace {

Token::Kind kind_of(const ::clang::Token& token) {
    namespace tok = ::clang::tok;
    if (token.is(tok::raw_identifier)) return Token::Kind::word;
    if (tok::isLiteral(token.getKind())) return Token::Kind::literal;
    if (token.is(tok::unknown)) return Token::Kind::unterminated;
    return Token::Kind::punctuation;
}

}  // namespace

std::vector<Token> tokens(std::string_view code, const ::clang::LangOptions& language) {
    const char* begin = code.data();
    ::clang::Lexer lexer(::clang::SourceLocation(), language, begin, begin, begin + code.size());
    std::vector<Token> found;
    while (true) {
        ::clang::Token token;
        lexer.LexFromRawLexer(token);
        if (token.is(::clang::tok::eof)) return found;
        const auto end = static_cast<std::size_t>(lexer.getBufferLocation() - begin);
        const std::size_t start = end - token.getLength();
        found.push_back(
            {kind_of(token), start, end, code.substr(start, end - start), token.isAtStartOfLine()});
    }
}

}  // namespace kernelwire::clang
