#include "symbols.hpp"

#include <dlfcn.h>

#include <utility>

#include "exceptions.hpp"

namespace kernelwire::clang {

void Symbols::add(std::uintptr_t address, std::uintptr_t size, std::string name) {
    const std::lock_guard lock(mutex_);
    functions_[address] = {size, std::move(name)};
}

std::string Symbols::name_at(std::uintptr_t address) const {
    {
        const std::lock_guard lock(mutex_);
        auto after = functions_.upper_bound(address);
        if (after != functions_.begin()) {
            const auto& [begin, function] = *--after;
            if (address < begin + function.size) return demangled(function.name.c_str());
        }
    }
    Dl_info library{};
    const bool known = dladdr(reinterpret_cast<void*>(address), &library) != 0;
    return known && library.dli_sname != nullptr ? demangled(library.dli_sname) : "";
}

}  // namespace kernelwire::clang
