// A kernel in an application that has a loop of its own.
//
// Layer 7. Depends on: connection.hpp, interpreter.hpp, log.hpp, publisher.hpp, zmq_api.hpp.
// Used by: applications, and the adapters in loops/.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <kernelwire/connection.hpp>
#include <kernelwire/interpreter.hpp>
#include <kernelwire/log.hpp>
#include <kernelwire/publisher.hpp>
#include <kernelwire/zmq_api.hpp>

namespace kernelwire {

/// What an EmbeddedKernel may be told.
struct EmbeddedOptions {
    /// Where it is to be. By default on free ports of this machine, with a fresh key; where the key
    /// is empty there is a fresh one in any case. With the transport "ipc" and the default ip, its
    /// sockets are beside the connection file.
    Connection connection{};

    /// Where the connection file is written, and replaced; removed when the kernel ends. Empty:
    /// `kernel-PID-XXXXXXXX.json` where Jupyter looks for it, so that `jupyter console --existing`
    /// finds it.
    std::string connection_file{};

    /// How many requests a step() answers: after so many, the loop has its turn.
    unsigned requests_per_step = 16;

    Log log{};             ///< by default, nothing is logged
    std::string record{};  ///< a file that is to be made, for all messages; empty: none
    IopubBudget iopub{};   ///< for clients that read slowly
};

/// Serves one interpreter on the thread of an application's loop.
///
/// The loop watches fd(), and calls step() when it is readable:
///
///     EmbeddedKernel kernel(linked_zmq(), interpreter);
///     pollfd watched[] = {{kernel.fd(), POLLIN, 0}, ...};
///     while (poll(watched, n, -1) >= 0) {
///         if (watched[0].revents != 0 && !kernel.step()) break;  // a client has shut it down
///         ...
///     }
///
/// The interpreter runs within step(), so that it may use what belongs to the loop's thread. While
/// it does, or the loop is busy with something else, a thread of the kernel's own answers
/// heartbeats and control requests, interrupts among them.
///
/// Threads: it belongs to the thread that makes it, the loop's, but for post() and stop(). Calling
/// another method elsewhere is an error, which an assertion tells where the library was built with
/// them; else the behaviour is undefined. No signal handler is installed, and the kernel's threads
/// take no signals. Several may live in one process, on one thread or several.
///
/// In a child that is forked the kernel is its parent's: step() does nothing there, and the
/// destructor leaves everything as it is.
class EmbeddedKernel {
public:
    /// What deadlines are measured by.
    using Clock = std::chrono::steady_clock;

    /// Binds the sockets, starts the interpreter, and writes the connection file.
    /// @param interpreter  must outlive the kernel.
    /// @throws std::invalid_argument  where `requests_per_step` is 0, or the connection is one to
    ///                                be registered.
    /// @throws TransportError       where an endpoint cannot be bound, or the system has neither
    ///                              epoll nor kqueue, as Windows.
    /// @throws ConnectionFileError  where the file cannot be written.
    EmbeddedKernel(const ZmqApi& api, Interpreter& interpreter, EmbeddedOptions options = {});

    /// Ends the kernel if it still runs: the interpreter's shutdown() is called. Waits a second at
    /// most for clients that do not read. Not from within step().
    ~EmbeddedKernel();
    EmbeddedKernel(const EmbeddedKernel&) = delete;
    EmbeddedKernel& operator=(const EmbeddedKernel&) = delete;

    /// Readable for as long as step() has something to do; unreadable, and free of cost, else. The
    /// same for the kernel's life. To be watched and nothing more; the kernel closes it.
    [[nodiscard]] int fd() const noexcept;

    /// Answers requests that have come, and calls what was given to post(); never waits for either.
    /// Where there is neither, it costs one system call.
    ///
    /// May be called from within a request, by a loop that this runs, for a dialog say: it then
    /// calls what was posted, and leaves requests to their turn. fd() stays unreadable for these.
    /// @returns whether the kernel goes on: false once a client has shut it down, or stop() was
    ///          called. The interpreter has ended then, and the connection file is gone; fd() need
    ///          not be watched any more.
    /// @throws TransportError  where libzmq refuses to send or receive.
    bool step();

    /// Steps, and sleeps in between, until `done` says true; it is asked before each sleep. Who
    /// makes that true on another thread posts something.
    /// @returns whether the kernel goes on.
    bool run_until(const std::function<bool()>& done);

    /// The same until a time.
    bool run_until(Clock::time_point deadline);

    /// Has a function called by a later step(), on the loop's thread, after those posted before.
    /// Any thread, and at any time in the kernel's life. What it throws is logged and goes no
    /// further. Those not called when the kernel goes are dropped.
    /// @throws std::invalid_argument  where there is no function in it.
    void post(std::function<void()> function);

    /// Interrupts what runs, and makes step() return false. Any thread.
    void stop();

    /// Whether the kernel goes on, as the last step() said.
    [[nodiscard]] bool running() const noexcept;

    /// The connection as bound: every port is the real one.
    [[nodiscard]] const Connection& connection() const noexcept;

    /// The path of the connection file, which is there while the kernel runs.
    [[nodiscard]] const std::string& connection_file() const noexcept;

private:
    struct State;

    std::unique_ptr<State> state_;
};

}  // namespace kernelwire
