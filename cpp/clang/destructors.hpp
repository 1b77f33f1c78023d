// The destructors of what cells have made at the top level, and what they gave to atexit().
//
// The C library would call them when the process ends, when the code that they are may be gone.
#pragma once

#include <cstddef>

namespace kernelwire::clang {

/// What cells get in place of the C library's function.
int destroy_at_exit(void (*function)(void*), void* argument, void* library);
int call_at_exit(void (*function)());

/// How many are waiting.
[[nodiscard]] std::size_t destructors_waiting();

/// Calls those that came after the first `kept`, the last first. Code of the user's: guarded().
void run_destructors(std::size_t kept);

/// Forgets them, without a call.
void forget_destructors(std::size_t kept);

}  // namespace kernelwire::clang
