// What kernelwire-run executes: the code cells of a notebook, a script as one cell, or given code.
#pragma once

#include <string>
#include <vector>

struct Cells {
    std::vector<std::string> codes;
    std::string kernel_name;  // that the notebook names; empty: none
};

/// Reads a notebook (nbformat 4) or, where it does not end in .ipynb, a script.
/// @throws std::runtime_error  naming the file, and what is wrong with it.
[[nodiscard]] Cells read_cells(const std::string& path);
