// What the handlers of a kernel's requests give back.
//
// Layer 5, private. Depends on: kernel.hpp. Used by: kernel.cpp, execute.cpp.
#pragma once

#include <exception>
#include <optional>
#include <string>

#include <kernelwire/kernel.hpp>

namespace kernelwire {

// What a handler answers, and what is to happen once that was sent.
struct Kernel::Answer {
    Reply reply;
    std::string metadata = "{}";
    std::optional<bool> shutdown = std::nullopt;  // to end, and whether to be restarted
    bool late = false;
    bool comes_later = false;  // and nothing is sent now
};

// What a handler throws becomes an error reply: a request is answered whatever happens.
template <class Function>
Reply guarded(Function&& function) {
    try {
        return function();
    } catch (const InterpreterError& error) {
        return kernelwire::error(error.ename(), error.what(), error.traceback());
    } catch (const Interrupted& error) {
        return kernelwire::error("Interrupted", error.what());
    } catch (const std::exception& error) {
        return kernelwire::error("std::exception", error.what());
    } catch (...) {
        return kernelwire::error("UnknownError", "the interpreter threw what is no std::exception");
    }
}

}  // namespace kernelwire
