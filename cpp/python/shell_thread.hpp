// Interrupts of a shell whose thread gets no signals.
#pragma once

#include <atomic>
#include <utility>

#include <pybind11/eval.h>

#include "module.hpp"

// The thread of a shell as interrupts see it, where no signal reaches it: a subshell's, or the main
// shell's in a larger program. It is sent an exception, and in waits of the core, where no Python
// runs, it looks at a flag.
class ShellThread {
public:
    // Serves on the calling thread, for as long as this lives.
    class Serving {
    public:
        explicit Serving(ShellThread* thread) : before_(std::exchange(here_, thread)) {}
        ~Serving() { here_ = before_; }
        Serving(const Serving&) = delete;
        Serving& operator=(const Serving&) = delete;

    private:
        ShellThread* before_;
    };

    // Of the calling thread. Needs the GIL, as all below.
    ShellThread() = default;

    // The one that serves on the calling thread; null elsewhere. Needs no GIL.
    [[nodiscard]] static ShellThread* here() noexcept { return here_; }

    void interrupt() {
        interrupted_ = true;
        PyThreadState_SetAsyncExc(thread_, PyExc_KeyboardInterrupt);
    }

    // Whether it was interrupted, which is forgotten: the exception, if it still waits, is raised
    // here. To take it back by PyThreadState_SetAsyncExc(thread_, nullptr) leaves Python 3.11 and
    // 3.12 with a mark that a thread has one, for good: all code then runs more slowly, and 3.11
    // never gets past a line that is traced.
    bool take_interrupt() {
        if (!interrupted_.exchange(false)) return false;
        try {
            py::exec("pass", py::dict());
        } catch (const py::error_already_set&) {  // KeyboardInterrupt
        }
        return true;
    }

private:
    static inline thread_local ShellThread* here_ = nullptr;

    const unsigned long thread_ = PyThread_get_thread_ident();
    std::atomic<bool> interrupted_{false};
};
