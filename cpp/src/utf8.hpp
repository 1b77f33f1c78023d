// Well-formed UTF-8, one sequence at a time.
//
// Layer 0, private. Depends on: bytes.hpp. Used by: json.cpp, json_members.cpp, kernel.cpp.
// Source: Unicode 15, table 3-7.
#pragma once

#include <cstddef>

#include <kernelwire/bytes.hpp>

namespace kernelwire {

/// The length of the well-formed sequence at the start of `text`, which is not ASCII; 0 where there
/// is none.
inline std::size_t utf8_length(Bytes text) noexcept {
    const auto continues = [text](std::size_t at, unsigned char low, unsigned char high) {
        if (at >= text.size()) return false;
        const auto c = static_cast<unsigned char>(text[at]);
        return c >= low && c <= high;
    };
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead >= 0xC2 && lead <= 0xDF) return continues(1, 0x80, 0xBF) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const unsigned char low = lead == 0xE0 ? 0xA0 : 0x80;
        const unsigned char high = lead == 0xED ? 0x9F : 0xBF;
        return continues(1, low, high) && continues(2, 0x80, 0xBF) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const unsigned char low = lead == 0xF0 ? 0x90 : 0x80;
        const unsigned char high = lead == 0xF4 ? 0x8F : 0xBF;
        const bool whole =
            continues(1, low, high) && continues(2, 0x80, 0xBF) && continues(3, 0x80, 0xBF);
        return whole ? 4 : 0;
    }
    return 0;
}

/// Whether all of `text` is well-formed.
inline bool is_utf8(Bytes text) noexcept {
    while (!text.empty()) {
        const bool ascii = static_cast<unsigned char>(text[0]) < 0x80;
        const std::size_t length = ascii ? 1 : utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace kernelwire
