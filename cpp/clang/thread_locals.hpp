// Thread-local variables of the C++ library that compiled cells use.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace kernelwire::clang {

/// What makes them known to cells, by linker names.
///
/// Cells are compiled with emulated thread-local storage: a variable is known by a control block,
/// which __emutls_get_address() turns into the thread's own copy. Those of libstdc++ have none, as
/// it is compiled otherwise. So std::call_once(), and with it std::async(), could not be linked.
[[nodiscard]] std::vector<std::pair<std::string, void*>> thread_local_symbols();

}  // namespace kernelwire::clang
