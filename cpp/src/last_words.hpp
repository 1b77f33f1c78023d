// What a process says about its own crash, which no client would get any more.
//
// Layer 5, private. Depends on: redirection.hpp. Used by: capture.cpp.
#pragma once

#include "redirection.hpp"

namespace kernelwire {

// For as long as it lives, a signal of a crash restores both redirections, has what is in their
// pipes come out where they were, and then takes its course. A process has one at a time.
class LastWords {
public:
    LastWords(Redirection& out, Redirection& err) noexcept;
    ~LastWords();
    LastWords(const LastWords&) = delete;
    LastWords& operator=(const LastWords&) = delete;
};

}  // namespace kernelwire
