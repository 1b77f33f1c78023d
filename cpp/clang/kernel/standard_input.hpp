// std::cin and C's stdin of the cells: each line is asked of the frontend.
//
// Layer 8. Depends on nothing of ours. Used by: cpp_kernel.hpp.
#pragma once

#include <cstdio>
#include <exception>
#include <functional>
#include <streambuf>
#include <string>

namespace kernelwire::cpp {

/// Takes the place of C's stdin, and of std::cin's buffer, which reads from that, as libstdc++'s
/// does: `std::cin` goes on where `scanf` has stopped. One of a process, for as long as it lives.
class StandardInput final : private std::streambuf {
public:
    /// @param ask  gets a line from the frontend, without its end. What it throws leaves std::cin's
    ///             operators; C's functions are told of an error, and failure() keeps it.
    explicit StandardInput(std::function<std::string()> ask);
    ~StandardInput() override;
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;

    /// Forgets what was left unread, and earlier errors: a cell begins.
    void reset();

    /// What kept C's functions from reading; null: nothing.
    [[nodiscard]] std::exception_ptr failure() const noexcept { return failure_; }

private:
    int_type underflow() override;
    int_type uflow() override;
    int_type pbackfail(int_type character) override;
    [[nodiscard]] long read(char* into, std::size_t size) noexcept;

    const std::function<std::string()> ask_;
    std::string line_;     // what is left of it
    int_type last_ = EOF;  // character that was taken
    std::exception_ptr failure_;
    std::streambuf* const former_buffer_;
    std::FILE* const former_file_;
    std::FILE* file_ = nullptr;
};

}  // namespace kernelwire::cpp
