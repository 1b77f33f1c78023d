// Patterns with `*` and `?`, as requests for history have them.
//
// Layer 4, private. Depends on: bytes.hpp. Used by: history.cpp, sqlite_history.cpp.
#pragma once

#include <cstddef>

#include <kernelwire/bytes.hpp>

namespace kernelwire {

// Whether a byte goes on with a code point that another one has begun.
inline bool continues_code_point(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// Where the code point at `at` ends.
inline std::size_t next_code_point(Bytes text, std::size_t at) noexcept {
    ++at;
    while (at < text.size() && continues_code_point(text[at])) ++at;
    return at;
}

// Whether all of `text` is what a pattern with `*` and `?` stands for. A `*` that was too short is
// tried one longer, and only the last: so no pattern takes longer than the product of both lengths.
inline bool matches_glob(Bytes pattern, Bytes text) noexcept {
    std::size_t p = 0;
    std::size_t t = 0;
    std::size_t star = Bytes::npos;
    std::size_t tried = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            tried = t;
        } else if (p < pattern.size() && pattern[p] == '?') {
            ++p;
            t = next_code_point(text, t);
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != Bytes::npos) {
            p = star + 1;
            t = tried = next_code_point(text, tried);
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == Bytes::npos;
}

}  // namespace kernelwire
