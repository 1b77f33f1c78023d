// Runs code that may crash, exit or never end, and comes back from it.
//
// Signals belong to the process, and so does what is declared here: one thread at a time runs
// guarded code. No header of LLVM is needed.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

namespace kernelwire::clang {

/// How guarded code ended, where it did not return.
struct Stop {
    enum class Cause { exception, signal, exit, terminate, interrupt };
    Cause cause = Cause::exception;
    int number = 0;             ///< of the signal, or the status given to exit()
    void* address = nullptr;    ///< the memory that could not be reached
    std::string type;           ///< of the exception
    std::string what;           ///< its what(), or its value
    std::vector<void*> frames;  ///< return addresses, innermost first
    bool skipped = false;       ///< destructors on the stack did not run
};

/// Whether guarded code may be left where it is: the compiler may not.
enum class Leave { on_second_interrupt, never };

/// Calls `function(argument)`; returns nothing where that returns.
std::optional<Stop> guarded(void (*function)(void*), void* argument, Leave leave);

/// guarded() for a callable.
template <typename Callable>
std::optional<Stop> guarded(Leave leave, Callable callable) {
    return guarded([](void* argument) { (*static_cast<Callable*>(argument))(); }, &callable, leave);
}

/// What compiled loops look at: not zero when they should stop.
extern std::atomic<int> interrupt_flag;

/// What they call then. Throws in the thread that runs guarded code.
void interrupt_point();

/// Asks guarded code to stop; asked again, leaves it where it is. For signal handlers too.
void interrupt_guarded() noexcept;

/// What cells get in place of exit() and its like.
[[noreturn]] void exit_cell(int status);

/// What cells get in place of __cxa_throw(): remembers from where, then throws.
[[noreturn]] void throw_in_cell(void* object, void* type, void (*destroy)(void*));

}  // namespace kernelwire::clang
