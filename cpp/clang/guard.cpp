#include "guard.hpp"

#include <cxxabi.h>
#include <execinfo.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <exception>
#include <typeinfo>

#include "exceptions.hpp"

namespace kernelwire::clang {

std::atomic<int> interrupt_flag{0};

namespace {

constexpr std::array<int, 5> crashes{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
// Wakes the thread from a system call, and takes it away where it does not end by itself.
constexpr int wake = SIGURG;

constexpr int frames_kept = 48;
// Fewer of an exception: code that throws often should not be slow.
constexpr int thrown_frames_kept = 12;
// Room for a handler that walks the stack, where the stack itself is used up.
constexpr std::size_t handler_stack_size = std::size_t{256} << 10U;

// Not an exception of std's, so that cells which catch those do not catch it.
struct Interrupted {};

// The guarded call that is running. Handlers find it by no other way.
struct Call {
    sigjmp_buf back{};
    pthread_t thread{};
    Leave leave = Leave::never;
    Stop::Cause cause = Stop::Cause::signal;
    int number = 0;
    void* address = nullptr;
    std::array<void*, frames_kept> frames{};
    int frame_count = 0;
    Thrown thrown;
    timer_t timer{};
};

// How often a thread that was interrupted is woken until it has noticed, in nanoseconds: it may
// have been just about to enter the system call that it should leave.
constexpr long wake_interval = 20'000'000;

std::atomic<Call*> running{nullptr};
std::array<struct sigaction, crashes.size()> before{};
struct sigaction before_wake{};

// Where the last exception of a cell was thrown.
thread_local std::array<void*, thrown_frames_kept> thrown_frames{};
thread_local int thrown_frame_count = 0;

Call* own_call() noexcept {
    Call* const call = running.load();
    return call != nullptr && pthread_equal(call->thread, pthread_self()) != 0 ? call : nullptr;
}

[[noreturn]] void leave(Call& call, Stop::Cause cause, int number) noexcept {
    call.cause = cause;
    call.number = number;
    running = nullptr;
    siglongjmp(call.back, 1);
}

void handle_crash(int number, siginfo_t* info, void* /*context*/) {
    if (Call* const call = own_call()) {
        call->address = info->si_addr;
        call->frame_count = backtrace(call->frames.data(), frames_kept);
        leave(*call, Stop::Cause::signal, number);
    }
    // Not ours: whoever handled crashes before does so now. A fault comes again on return.
    for (std::size_t i = 0; i < crashes.size(); ++i) {
        if (crashes[i] == number) (void)sigaction(number, &before[i], nullptr);
    }
    if (info->si_code <= 0) (void)raise(number);
}

void handle_wake(int /*number*/) {
    Call* const call = own_call();
    if (call != nullptr && interrupt_flag > 0) {
        itimerspec again{};
        again.it_value.tv_nsec = wake_interval;
        (void)timer_settime(call->timer, 0, &again, nullptr);
    }
    if (call != nullptr && call->leave == Leave::on_second_interrupt && interrupt_flag > 1) {
        call->frame_count = backtrace(call->frames.data(), frames_kept);
        leave(*call, Stop::Cause::interrupt, 0);
    }
}

[[noreturn]] void handle_terminate() {
    Call* const call = own_call();
    if (call == nullptr) std::abort();
    if (interrupt_flag > 0) leave(*call, Stop::Cause::interrupt, 0);
    call->thrown = thrown_now();
    call->frame_count = backtrace(call->frames.data(), frames_kept);
    leave(*call, Stop::Cause::terminate, 0);
}

// Handlers are in place only while a cell runs: those of the process, which were set before or will
// be set between two cells, come after them.
class Handlers {
public:
    Handlers() : terminate_(std::set_terminate(handle_terminate)) {
        static std::array<std::byte, handler_stack_size> stack;
        stack_t mine{};
        mine.ss_sp = stack.data();
        mine.ss_size = stack.size();
        (void)sigaltstack(&mine, &stack_);
        struct sigaction action{};
        action.sa_sigaction = handle_crash;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
        sigemptyset(&action.sa_mask);
        for (std::size_t i = 0; i < crashes.size(); ++i) {
            (void)sigaction(crashes[i], &action, &before[i]);
        }
        struct sigaction waking{};
        waking.sa_handler = handle_wake;
        waking.sa_flags = SA_ONSTACK;  // and not SA_RESTART: system calls are to return
        sigemptyset(&waking.sa_mask);
        (void)sigaction(wake, &waking, &before_wake);
    }
    ~Handlers() {
        (void)sigaction(wake, &before_wake, nullptr);
        for (std::size_t i = 0; i < crashes.size(); ++i) {
            (void)sigaction(crashes[i], &before[i], nullptr);
        }
        (void)sigaltstack(&stack_, nullptr);
        std::set_terminate(terminate_);
    }
    Handlers(const Handlers&) = delete;
    Handlers& operator=(const Handlers&) = delete;

private:
    std::terminate_handler terminate_;
    stack_t stack_{};
};

// Wakes the thread that runs guarded code; set where that was interrupted.
class Timer {
public:
    explicit Timer(Call& call) : call_(call) {
        sigevent event{};
        event.sigev_notify = SIGEV_THREAD_ID;
        event.sigev_signo = wake;
        event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
        (void)timer_create(CLOCK_MONOTONIC, &event, &call_.timer);
    }
    ~Timer() { (void)timer_delete(call_.timer); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

private:
    Call& call_;
};

std::optional<Stop> call_catching(void (*function)(void*), void* argument) {
    Stop stop;
    try {
        function(argument);
        running = nullptr;
        return std::nullopt;
    } catch (const Interrupted&) {
        stop.cause = Stop::Cause::interrupt;
    } catch (...) {
        running = nullptr;
        const Thrown thrown = thrown_now();
        stop.type = thrown.type;
        stop.what = thrown.what;
        stop.frames.assign(thrown_frames.begin(), thrown_frames.begin() + thrown_frame_count);
    }
    running = nullptr;
    return stop;
}

Stop stop_of(const Call& call) {
    Stop stop;
    stop.cause = call.cause;
    stop.number = call.number;
    stop.address = call.address;
    stop.type = call.thrown.type;
    stop.what = call.thrown.what;
    stop.frames.assign(call.frames.begin(), call.frames.begin() + call.frame_count);
    stop.skipped = true;
    return stop;
}

}  // namespace

std::optional<Stop> guarded(void (*function)(void*), void* argument, Leave leave) {
    const Handlers handlers;
    Call call;
    const Timer timer(call);
    call.thread = pthread_self();
    call.leave = leave;
    thrown_frame_count = 0;
    if (sigsetjmp(call.back, 1) != 0) return stop_of(call);
    running = &call;
    return call_catching(function, argument);
}

void interrupt_point() {
    if (own_call() != nullptr) throw Interrupted{};  // NOLINT(bugprone-std-exception-baseclass)
}

void interrupt_guarded() noexcept {
    Call* const call = running.load();
    if (call == nullptr) return;
    ++interrupt_flag;
    (void)pthread_kill(call->thread, wake);
}

void exit_cell(int status) {
    if (Call* const call = own_call()) leave(*call, Stop::Cause::exit, status);
    while (true) pause();  // a thread of the cell's has no say over the process
}

void throw_in_cell(void* object, void* type, void (*destroy)(void*)) {
    thrown_frame_count = backtrace(thrown_frames.data(), thrown_frames_kept);
    abi::__cxa_throw(object, static_cast<std::type_info*>(type), destroy);
}

}  // namespace kernelwire::clang
