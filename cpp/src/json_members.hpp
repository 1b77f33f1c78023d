// The members of a JSON object as text, for those who look at a few of them.
//
// Layer 0, private. Depends on: json.hpp. Used by: json.cpp, request.hpp.
// Source: RFC 8259.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <kernelwire/bytes.hpp>

namespace kernelwire {

/// The members of one JSON object: views into its text, which must outlive this.
///
/// All of the text is checked, and nothing is built from it: that takes a tenth of the time of a
/// DOM, and no stack, however deep the text nests.
class JsonMembers {
public:
    /// @returns nothing where `text` is not a JSON object.
    [[nodiscard]] static std::optional<JsonMembers> read(Bytes text);

    /// The text of a member's value, or nothing of it where there is no such member. Of several
    /// with the same name, it is the last that counts.
    [[nodiscard]] Bytes find(Bytes name) const;

    /// How deep the object nests, itself included.
    [[nodiscard]] std::size_t depth() const noexcept { return depth_; }

private:
    struct Member {
        Bytes name;  // as it is written, without the quotes
        Bytes value;
    };

    std::vector<Member> members_;
    std::size_t depth_ = 0;
};

/// Whether the text of a value is that of a string.
[[nodiscard]] inline bool is_json_string(Bytes value) noexcept {
    return !value.empty() && value.front() == '"';
}

/// What stands in the JSON string `value`, which was found by a JsonMembers.
[[nodiscard]] std::string read_json_string(Bytes value);

}  // namespace kernelwire
