#include "inspection.hpp"

namespace kernelwire::cpp {
namespace {

void add(std::string& out, const char* label, const std::string& text) {
    if (!text.empty()) out.append(label).append(text).append(1, '\n');
}

}  // namespace

std::string described(const clang::Inspection& inspection) {
    std::string out = inspection.name + "\n";
    for (const std::string& declaration : inspection.declarations) out += "\n" + declaration + "\n";
    add(out, "\n", inspection.comment);
    out += '\n';
    add(out, "type:      ", inspection.type);
    add(out, "layout:    ", inspection.layout);
    add(out, "defined:   ", inspection.location);
    add(out, "reference: ", inspection.reference);
    return out;
}

std::string described_in_markdown(const clang::Inspection& inspection) {
    std::string out = "**`" + inspection.name + "`**\n";
    if (!inspection.declarations.empty()) {
        out += "\n```cpp\n";
        for (const std::string& declaration : inspection.declarations) out += declaration + "\n";
        out += "```\n";
    }
    add(out, "\n", inspection.comment);
    if (!inspection.type.empty()) out += "\ntype: `" + inspection.type + "`\n";
    if (!inspection.layout.empty()) out += "\n```\n" + inspection.layout + "\n```\n";
    if (!inspection.location.empty()) out += "\ndefined: `" + inspection.location + "`\n";
    if (!inspection.reference.empty()) out += "\n<" + inspection.reference + ">\n";
    return out;
}

}  // namespace kernelwire::cpp
