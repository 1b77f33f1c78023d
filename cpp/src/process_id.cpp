#include <kernelwire/process_id.hpp>

#include <atomic>

#ifdef _WIN32
#include <process.h>
#else
#include <pthread.h>
#include <unistd.h>
#endif

namespace kernelwire {
namespace {

std::atomic<long>& noted() noexcept;

long watched() noexcept {
#ifdef _WIN32
    return _getpid();
#else
    pthread_atfork(nullptr, nullptr, [] { noted() = getpid(); });
    return getpid();
#endif
}

std::atomic<long>& noted() noexcept {
    static std::atomic<long> id{watched()};
    return id;
}

}  // namespace

long process_id() noexcept {
    return noted().load(std::memory_order_relaxed);
}

}  // namespace kernelwire
