#include "assembler.hpp"

namespace kernelwire::clang {

std::string Assembler::assemble(std::string_view code, const std::vector<Segment>& segments,
                                const std::string& cell, bool shows_value) {
    std::string source;
    for (const auto& segment : segments) {
        const std::string text = located(code, segment, cell);
        const bool shown = shows_value && segment.kind == Segment::Kind::expression;
        if (segment.kind != Segment::Kind::statement && !shown) {
            source += text;
            if (text.find("const") != std::string::npos) source += end_of_statements();
            continue;
        }
        const std::string function = new_name();
        source += "static void " + function + "() {";
        source += shown ? "::kernelwire_values::show(((" + text + "), ::kernelwire_values::End{}));"
                        : text;
        source += "}\n" + function + "();\n";
    }
    return source;
}

std::string Assembler::new_name() {
    return "kernelwire_cell_" + std::to_string(functions_++);
}

// Clang puts the statements before and behind a constant into one function, unless a variable is
// initialised in between that is none.
std::string Assembler::end_of_statements() {
    const std::string nothing = new_name();
    return "\nstatic volatile int " + nothing + " = 0; static int " + new_name() + " = " + nothing +
           ";\n";
}

}  // namespace kernelwire::clang
