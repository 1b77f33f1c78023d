#include "destructors.hpp"

#include <mutex>
#include <vector>

namespace kernelwire::clang {
namespace {

struct Waiting {
    void (*function)(void*);
    void* argument;
};

// Of the process, as the C library's are: cells' threads add to it too.
std::mutex mutex;
std::vector<Waiting> waiting;

void call_plain(void* function) {
    reinterpret_cast<void (*)()>(function)();
}

}  // namespace

int destroy_at_exit(void (*function)(void*), void* argument, void* /*library*/) {
    const std::lock_guard lock(mutex);
    waiting.push_back({function, argument});
    return 0;
}

int call_at_exit(void (*function)()) {
    return destroy_at_exit(call_plain, reinterpret_cast<void*>(function), nullptr);
}

std::size_t destructors_waiting() {
    const std::lock_guard lock(mutex);
    return waiting.size();
}

void run_destructors(std::size_t kept) {
    while (true) {
        Waiting next{};
        {
            const std::lock_guard lock(mutex);
            if (waiting.size() <= kept) return;
            next = waiting.back();
            waiting.pop_back();
        }
        next.function(next.argument);
    }
}

void forget_destructors(std::size_t kept) {
    const std::lock_guard lock(mutex);
    if (waiting.size() > kept) waiting.resize(kept);
}

}  // namespace kernelwire::clang
