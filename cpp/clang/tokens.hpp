// The tokens of a cell, by clang's raw lexer: no macros are expanded, no names looked up.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace clang {
class LangOptions;
}

namespace kernelwire::clang {

struct Token {
    enum class Kind { word, literal, unterminated, punctuation };
    Kind kind = Kind::punctuation;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view text;
    bool starts_line = false;
};

/// `code` is followed by a null character, and outlives what is returned.
[[nodiscard]] std::vector<Token> tokens(std::string_view code,
                                        const ::clang::LangOptions& language);

}  // namespace kernelwire::clang
