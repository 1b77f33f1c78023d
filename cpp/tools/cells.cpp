#include "cells.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <kernelwire/json.hpp>

namespace {

using kernelwire::Json;

// A multi-line text, which notebooks may have as a list of lines.
std::string joined(const Json& text) {
    if (text.is_string()) return text.get<std::string>();
    std::string out;
    for (const Json& line : text) out += line.get<std::string>();
    return out;
}

Cells cells_of(const Json& notebook) {
    Cells out;
    for (const Json& cell : notebook.at("cells")) {
        if (cell.at("cell_type") == "code") out.codes.push_back(joined(cell.at("source")));
    }
    const Json& metadata = notebook.at("metadata");
    if (const auto spec = metadata.find("kernelspec"); spec != metadata.end()) {
        out.kernel_name = spec->value("name", "");
    }
    return out;
}

}  // namespace

Cells read_cells(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file || file.bad()) throw std::runtime_error(path + ": cannot be read");
    constexpr kernelwire::Bytes notebook_suffix = ".ipynb";
    const bool is_notebook =
        path.size() >= notebook_suffix.size() &&
        path.compare(path.size() - notebook_suffix.size(), path.npos, notebook_suffix) == 0;
    if (!is_notebook) return {{text.str()}, ""};
    try {
        return cells_of(kernelwire::read_json(text.str()).value_or(Json()));
    } catch (const Json::exception&) {
        throw std::runtime_error(path + ": is no notebook of format 4");
    }
}
