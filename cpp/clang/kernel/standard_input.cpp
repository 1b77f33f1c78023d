#include "standard_input.hpp"

#include <stdio_ext.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <system_error>

namespace kernelwire::cpp {

StandardInput::StandardInput(std::function<std::string()> ask)
    : ask_(std::move(ask)), former_buffer_(std::cin.rdbuf(this)), former_file_(stdin) {
    cookie_io_functions_t functions{};
    functions.read = [](void* self, char* into, std::size_t size) -> ssize_t {
        return static_cast<StandardInput*>(self)->read(into, size);
    };
    file_ = fopencookie(this, "r", functions);
    if (file_ == nullptr) throw std::system_error(errno, std::generic_category(), "fopencookie");
    stdin = file_;
    reset();
}

StandardInput::~StandardInput() {
    std::cin.rdbuf(former_buffer_);
    stdin = former_file_;
    (void)std::fclose(file_);
}

void StandardInput::reset() {
    line_.clear();
    __fpurge(file_);
    failure_ = nullptr;
    std::clearerr(file_);
    std::cin.clear();
    std::cin.rdbuf(this);  // a cell may have set another one
    // Operators of streams swallow what their buffer throws, unless they are told not to.
    std::cin.exceptions(std::ios::badbit);
}

StandardInput::int_type StandardInput::uflow() {
    last_ = std::getc(file_);
    if (last_ == EOF && failure_) std::rethrow_exception(failure_);
    return last_;
}

StandardInput::int_type StandardInput::underflow() {
    return std::ungetc(uflow(), file_);
}

StandardInput::int_type StandardInput::pbackfail(int_type character) {
    return std::ungetc(character == EOF ? last_ : character, file_);
}

// C code is on the stack: nothing may be thrown through it.
long StandardInput::read(char* into, std::size_t size) noexcept {
    try {
        if (line_.empty()) line_ = ask_() + "\n";
    } catch (...) {
        failure_ = std::current_exception();
        errno = EIO;
        return -1;
    }
    const std::size_t count = std::min(size, line_.size());
    line_.copy(into, count);
    line_.erase(0, count);
    return static_cast<long>(count);
}

}  // namespace kernelwire::cpp
