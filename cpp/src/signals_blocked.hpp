// Signals are for the interpreter's thread: only there do they cut a wait short.
//
// Layer 0, private. Used by: capture.cpp, server.cpp.
#pragma once

#ifndef _WIN32
#include <csignal>
#endif

namespace kernelwire {

// What a thread is made under that is to get no signals.
class SignalsBlocked {
public:
#ifdef _WIN32
    SignalsBlocked() = default;
#else
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
#endif
};

}  // namespace kernelwire
