// std::cerr and std::clog of the cells, in their order with everything else.
//
// Layer 8. Depends on: output.hpp. Used by: cpp_kernel.hpp.
#pragma once

#include <functional>
#include <iostream>
#include <streambuf>
#include <string_view>

namespace kernelwire::cpp {

/// Takes the place of the buffers of std::cerr and std::clog. What is written to file descriptors
/// reaches the kernel through two pipes, one beside the other, and loses its order; what is handed
/// over here does not. std::cout stays with C's stdout, so that printf and it keep theirs.
class ErrorStream final : private std::streambuf {
public:
    /// @param write  takes text; may be called by any thread.
    explicit ErrorStream(std::function<void(std::string_view)> write)
        : write_(std::move(write)),
          former_cerr_(std::cerr.rdbuf(this)),
          former_clog_(std::clog.rdbuf(this)) {}
    ~ErrorStream() override {
        std::cerr.rdbuf(former_cerr_);
        std::clog.rdbuf(former_clog_);
    }
    ErrorStream(const ErrorStream&) = delete;
    ErrorStream& operator=(const ErrorStream&) = delete;

private:
    int_type overflow(int_type character) override {
        if (traits_type::eq_int_type(character, traits_type::eof())) return 0;
        const char byte = traits_type::to_char_type(character);
        write_({&byte, 1});
        return character;
    }
    std::streamsize xsputn(const char* text, std::streamsize size) override {
        write_({text, static_cast<std::size_t>(size)});
        return size;
    }

    const std::function<void(std::string_view)> write_;
    std::streambuf* const former_cerr_;
    std::streambuf* const former_clog_;
};

}  // namespace kernelwire::cpp
