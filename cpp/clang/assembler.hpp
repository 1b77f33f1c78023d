// From the segments of a cell to what is compiled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "segments.hpp"

namespace kernelwire::clang {

/// Puts cells together. Functions that are made for their statements have names of their own for as
/// long as it lives.
class Assembler {
public:
    /// @param code         the cell, of which `segments` are parts.
    /// @param cell         what diagnostics call it.
    /// @param shows_value  whether the last expression is the cell's value.
    [[nodiscard]] std::string assemble(std::string_view code, const std::vector<Segment>& segments,
                                       const std::string& cell, bool shows_value);

private:
    std::string new_name();
    std::string end_of_statements();

    unsigned functions_ = 0;
};

}  // namespace kernelwire::clang
