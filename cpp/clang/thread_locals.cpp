#include "thread_locals.hpp"

#include <array>
#include <cstddef>
#include <mutex>

extern "C" void* __emutls_get_address(void* control);

namespace kernelwire::clang {
namespace {

// As large as what __emutls_get_address() expects, though it never sees these.
using Control = std::array<void*, 4>;
Control once_callable{};
Control once_call{};

void* address_of(void* control) {
    if (control == &once_callable) return static_cast<void*>(&std::__once_callable);
    if (control == &once_call) return static_cast<void*>(&std::__once_call);
    return __emutls_get_address(control);
}

}  // namespace

std::vector<std::pair<std::string, void*>> thread_local_symbols() {
    return {{"__emutls_v._ZSt15__once_callable", &once_callable},
            {"__emutls_v._ZSt11__once_call", &once_call},
            {"__emutls_get_address", reinterpret_cast<void*>(&address_of)}};
}

}  // namespace kernelwire::clang
