// Lines that begin with %, ! or ?: told from the C++ around them, and listed.
//
// Layer 8. Depends on nothing of ours. Used by: magic_commands.hpp, cpp_kernel.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kernelwire::cpp {

/// One magic, as it was written.
struct Magic {
    std::string name;       ///< without % or %%; "!" and "?" for lines that begin or end so
    std::string arguments;  ///< the rest of its line
    std::optional<std::string> body;  ///< of a cell magic: the cell after its first line
};

/// A cell, taken apart.
struct MagicCell {
    std::vector<Magic> magics;  ///< to be run in this order, before the code
    std::string code;           ///< the rest; each line of a magic is an empty one in it, so that
                                ///< lines keep their numbers
};

/// Takes a cell apart. Magics stand at its top: below the first line of code, `%` and `!` are
/// operators of C++.
[[nodiscard]] MagicCell take_magics(std::string_view cell);

/// Cuts a magic's line into words, as a shell does: at blanks, unless they are quoted.
[[nodiscard]] std::vector<std::string> split_words(std::string_view line);

/// Options at the beginning of a line, such as `-n 10`, and what follows them.
class MagicOptions {
public:
    /// @param flags   letters of options without a value.
    /// @param values  letters of options with one.
    /// @throws std::invalid_argument  naming an option that is neither.
    MagicOptions(std::string_view line, std::string_view flags, std::string_view values);

    /// Whether the option was given.
    [[nodiscard]] bool has(char letter) const noexcept;
    /// The number given to an option; nothing where it was not given.
    /// @throws std::invalid_argument  where it is no number from 1 on.
    [[nodiscard]] std::optional<long long> number(char letter) const;
    /// What follows the options.
    [[nodiscard]] const std::string& rest() const noexcept { return rest_; }

private:
    std::vector<std::pair<char, std::string>> given_;
    std::string rest_;
};

}  // namespace kernelwire::cpp
