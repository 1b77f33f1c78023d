// Cursor positions: in code points on the wire, in bytes for the compiler.
//
// Layer 8. Depends on nothing of ours. Used by: cpp_kernel.cpp.
#pragma once

#include <cstddef>
#include <string_view>

namespace kernelwire::cpp {

inline bool begins_code_point(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

/// The byte at which the code point of this number begins; the end, where there are fewer.
inline std::size_t byte_of(std::string_view text, std::size_t code_point) noexcept {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        if (begins_code_point(text[at]) && code_point-- == 0) break;
    }
    return at;
}

/// How many code points begin before this byte.
inline std::size_t code_point_of(std::string_view text, std::size_t byte) noexcept {
    std::size_t count = 0;
    for (const char character : text.substr(0, byte)) count += begins_code_point(character) ? 1 : 0;
    return count;
}

}  // namespace kernelwire::cpp
