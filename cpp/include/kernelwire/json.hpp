// JSON as text and as values: nlohmann's library under one name, a reader with a depth
// limit, and a writer of strings for contents that never need a DOM.
//
// Layer 0. Depends on: bytes.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <kernelwire/bytes.hpp>

namespace kernelwire {

/// A JSON value, for those who want contents as values rather than as text.
using Json = nlohmann::json;

/// The deepest nesting read_json() accepts. nlohmann's writer recurses, so what is read
/// without a limit could overflow the stack when it is written.
inline constexpr std::size_t json_depth_limit = 512;

/// Parses `text`, or returns nothing where it is not JSON or nests too deeply.
[[nodiscard]] std::optional<Json> read_json(Bytes text);

/// Names of members, and where their text goes.
using JsonStrings = std::initializer_list<std::pair<Bytes, std::string*>>;

/// Reads members of the object `text` that are strings, without building a DOM.
///
/// Members that are missing, or not strings, leave their target as it was.
/// @returns false where `text` is not a JSON object, or nests deeper than `depth_limit`; the
///          targets are unspecified then.
[[nodiscard]] bool read_json_strings(Bytes text, JsonStrings wanted,
                                     std::size_t depth_limit = SIZE_MAX);

/// The text of `value`. Invalid UTF-8 in strings becomes U+FFFD; NaN and infinities
/// become null, since JSON has neither.
/// @param name  what an error calls it.
/// @throws std::invalid_argument  where it nests deeper than json_depth_limit, or holds what a
///         parser has discarded.
[[nodiscard]] std::string write_json(const Json& value, Bytes name = "a value");

/// How much of `text`, from its beginning, is printable ASCII without a quote or backslash, and
/// so stands in a JSON string as it is.
[[nodiscard]] std::size_t plain_prefix(Bytes text) noexcept;

/// Copies the plain_prefix() of `text` to `out`, which has room for all of `text`, and returns
/// its length. What follows it in `out` is not touched.
std::size_t copy_plain(Bytes text, char* out) noexcept;

/// Appends `text` to `out` as a JSON string, quotes included; invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, Bytes text);

/// append_json_string() into a string of its own.
[[nodiscard]] std::string json_string(Bytes text);

}  // namespace kernelwire
