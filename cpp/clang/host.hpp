// The functions of ours that cells call, and what they have told us.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kernelwire/json.hpp>

namespace kernelwire::clang {

/// Takes what the running cell shows. One at a time in a process; the cell's own thread uses it.
class Shown {
public:
    Shown();
    ~Shown();
    Shown(const Shown&) = delete;
    Shown& operator=(const Shown&) = delete;

    std::optional<Json> bundle;
};

/// Finds the name of an enumerator by the name of its type and its value.
using NameEnumerator = std::function<std::string(const std::string& type, long long value)>;
void set_name_enumerator(NameEnumerator name);

/// Functions for cells, by their linker names.
[[nodiscard]] std::vector<std::pair<std::string, void*>> host_functions();

}  // namespace kernelwire::clang
