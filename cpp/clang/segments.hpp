// Splits a cell into what clang hosts at the top level and what needs help.
//
// Clang takes declarations and simple statements at the top level of its incremental input. Control
// statements, statements with a lambda (the mangler crashes on them) and the expression whose value
// is shown have to stand in a function. Which is which is told from the tokens alone.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace clang {
class LangOptions;
}

namespace kernelwire::clang {

struct Segment {
    enum class Kind {
        include,      ///< a directive that brings in a file
        pragma,       ///< one that is meant for us
        directive,    ///< any other, and whole conditional blocks
        declaration,  ///< or a statement that clang hosts itself
        statement,    ///< runs in a function
        expression    ///< the last one, without a semicolon
    };
    Kind kind = Kind::declaration;
    std::size_t begin = 0;
    std::size_t end = 0;
    bool at_top = false;  ///< an unfinished one that cannot be in a function, such as `struct A {`
};

[[nodiscard]] std::vector<Segment> split_cell(std::string_view code,
                                              const ::clang::LangOptions& language);

/// The text of one segment as the compiler gets it: named by the cell, at its own line and column.
[[nodiscard]] std::string located(std::string_view code, const Segment& segment,
                                  std::string_view cell);

/// The code without all but `segments`, which keep their lines and columns.
[[nodiscard]] std::string only(std::string_view code, const std::vector<Segment>& segments);

}  // namespace kernelwire::clang
