#ifndef _WIN32
#include "last_words.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>

namespace kernelwire {
namespace {

constexpr std::array<int, 5> signals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

// How long the reader has to write what it has read, in milliseconds.
constexpr int patience = 100;

// A handler finds its things by no other way.
std::array<std::atomic<Redirection*>, 2> redirections{};
std::atomic<pid_t> process{0};
std::array<struct sigaction, signals.size()> before{};

void empty(Redirection& redirection) noexcept {
    redirection.restore();
    std::array<char, 4096> buffer{};
    while (!redirection.take(buffer.data(), buffer.size()).empty()) {
    }
}

// In a forked child the pipes' contents are the parent's.
void speak() noexcept {
    if (getpid() != process) return;
    for (auto& redirection : redirections) {
        Redirection* const at = redirection.exchange(nullptr);
        if (at == nullptr) continue;
        for (int i = 0; i < patience && at->taking(); ++i) (void)poll(nullptr, 0, 1);
        empty(*at);
    }
}

void handle(int number, siginfo_t* info, void* /*context*/) {
    const int error = errno;
    speak();
    for (std::size_t i = 0; i < signals.size(); ++i) {
        if (signals[i] == number) (void)sigaction(number, &before[i], nullptr);
    }
    errno = error;
    // A fault comes again when this returns, and meets the handler that was there before; what
    // somebody has sent, such as abort(), does not.
    if (info == nullptr || info->si_code <= 0) (void)raise(number);
}

}  // namespace

LastWords::LastWords(Redirection& out, Redirection& err) noexcept {
    redirections[0] = &out;
    redirections[1] = &err;
    process = getpid();
    struct sigaction action{};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < signals.size(); ++i) {
        (void)sigaction(signals[i], &action, &before[i]);
    }
}

// Somebody's handler that came later may still call ours, which then does nothing.
LastWords::~LastWords() {
    for (auto& redirection : redirections) redirection = nullptr;
    for (std::size_t i = 0; i < signals.size(); ++i) {
        struct sigaction now{};
        (void)sigaction(signals[i], nullptr, &now);
        const bool ours = (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == handle;
        if (ours) (void)sigaction(signals[i], &before[i], nullptr);
    }
}

}  // namespace kernelwire
#endif
