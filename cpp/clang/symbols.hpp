// The names of compiled functions by their addresses, for backtraces.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace kernelwire::clang {

/// Filled as code is linked; asked when it has crashed. Any thread may do either.
class Symbols {
public:
    void add(std::uintptr_t address, std::uintptr_t size, std::string name);

    /// What `address` is in, in C++: compiled here, or in a library. Nothing where it is not known.
    [[nodiscard]] std::string name_at(std::uintptr_t address) const;

private:
    struct Function {
        std::uintptr_t size;
        std::string name;  // as the linker knows it
    };
    mutable std::mutex mutex_;
    std::map<std::uintptr_t, Function> functions_;
};

}  // namespace kernelwire::clang
