// The Python kernel in an application in C++, on the thread of its loop or on one of its own.
//
// Wants pybind11: kernelwire::python has it, and kernelwire for Python. Used by: applications.
#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/functional.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace kernelwire {

/// What a Python kernel of an application's may be told.
struct PythonKernelOptions {
    /// Where the connection file is written; removed when the kernel ends. Empty: where Jupyter
    /// looks for it, so that `jupyter console --existing` finds it.
    std::string connection_file{};

    /// IPython's options, such as `--matplotlib=inline`.
    std::vector<std::string> settings{};

    /// "error", "warning", "info" or "debug", of the log on stderr. Empty: what KERNELWIRE_LOG
    /// says, and else "warning".
    std::string log_level{};
};

/// Puts what cells are to see into their namespace. Called once, with the GIL.
using PythonNames = std::function<void(pybind11::dict& names)>;

namespace detail {

// A kernel as kernelwire.python.cpp_application has it; null where it was closed. A plain pointer,
// since a type that holds one of pybind11's, which are hidden, would have to be hidden too.
class PythonObject {
public:
    PythonObject(const char* type, const PythonNames& fill, const PythonKernelOptions& options) {
        namespace py = pybind11;
        const py::gil_scoped_acquire gil;
        py::dict names;
        if (fill) fill(names);
        py::dict fields;
        fields["connection_file"] = options.connection_file;
        fields["settings"] = options.settings;
        if (!options.log_level.empty()) fields["log_level"] = options.log_level;
        const py::module_ home = py::module_::import("kernelwire.python.cpp_application");
        object_ = home.attr(type)(names, **fields).release().ptr();
    }
    ~PythonObject() { close(); }
    PythonObject(const PythonObject&) = delete;
    PythonObject& operator=(const PythonObject&) = delete;

    void close() noexcept {
        if (object_ == nullptr) return;
        namespace py = pybind11;
        const py::gil_scoped_acquire gil;
        const auto kernel = py::reinterpret_steal<py::object>(std::exchange(object_, nullptr));
        try {
            kernel.attr("close")();
        } catch (py::error_already_set& raised) {
            raised.discard_as_unraisable("the end of a kernel");
        }
    }

    // Needs the GIL; the object is there.
    [[nodiscard]] pybind11::object get() const {
        return pybind11::reinterpret_borrow<pybind11::object>(object_);
    }

    [[nodiscard]] bool closed() const noexcept { return object_ == nullptr; }

private:
    PyObject* object_ = nullptr;
};

}  // namespace detail

/// Serves a Python kernel on the thread of an application's loop, as EmbeddedKernel serves an
/// interpreter of its own.
///
///     EmbeddedPython python;
///     PythonKernel kernel([&](pybind11::dict& names) { names["scene"] = &scene; });
///     pollfd watched{kernel.fd(), POLLIN, 0};
///     while (kernel.running()) {
///         if (poll(&watched, 1, 10) > 0) kernel.step();
///         scene.advance();
///     }
///
/// Cells run within step(), so that they may use what belongs to the loop's thread. What they raise
/// is an error for the client, `sys.exit()` included. An interrupt, which is taken while a cell
/// runs, raises KeyboardInterrupt as soon as Python is executed: a call into C or C++ first comes
/// to its end. Where it takes long it should release the GIL, without which hearts do not beat.
///
/// Tasks of asyncio's go on while a cell awaits, and take a step after each.
///
/// Threads: it belongs to the thread that makes it, which needs the GIL for no method, but for
/// post() and stop(). Calling another one elsewhere is an error, which Python tells by an
/// exception. One Python kernel at a time in a process, since IPython has one shell.
class PythonKernel {
public:
    /// What deadlines are measured by.
    using Clock = std::chrono::steady_clock;

    /// Binds the sockets, and writes the connection file. Python has to run: see EmbeddedPython.
    /// @throws pybind11::error_already_set  ModuleNotFoundError where its environment has no
    ///         kernelwire; RuntimeError where there is an IPython shell already;
    ///         ConnectionFileError or TransportError; and what `names` throws.
    explicit PythonKernel(const PythonNames& names, const PythonKernelOptions& options = {})
        : kernel_("KernelInLoop", names, options) {
        const pybind11::gil_scoped_acquire gil;
        const pybind11::object embedded = kernel_.get().attr("kernel");
        fd_ = embedded.attr("fileno")().cast<int>();
        connection_file_ = embedded.attr("connection_file").cast<std::string>();
    }

    /// Readable for as long as step() has something to do.
    [[nodiscard]] int fd() const noexcept { return fd_; }

    /// Answers requests that have come, and calls what was posted; never waits for either. Where
    /// there is neither it costs a system call, and does not take the GIL.
    /// @returns whether the kernel goes on: false once a client has shut it down, or stop() was
    ///          called. What it has changed in the process, as sys.stdout, is put back then.
    /// @throws pybind11::error_already_set  TransportError, where libzmq refuses to send or
    /// receive.
    bool step() {
        if (kernel_.closed()) return false;
        pollfd watched{fd_, POLLIN, 0};
        if (poll(&watched, 1, 0) == 0) return true;
        if (!step_in_python()) kernel_.close();
        return running();
    }

    /// Steps, and sleeps in between, until `done` says true; it is asked before each sleep.
    /// @returns whether the kernel goes on.
    template <class Done>
    bool run_until(const Done& done) {
        while (step() && !done()) sleep_until(Clock::time_point::max());
        return running();
    }

    /// The same until a time.
    bool run_until(Clock::time_point deadline) {
        while (step() && Clock::now() < deadline) sleep_until(deadline);
        return running();
    }

    /// Has a function called by a later step(), with the GIL. Any thread. What it throws goes to
    /// sys.unraisablehook. Not once the kernel has ended.
    void post(std::function<void()> function) {
        const pybind11::gil_scoped_acquire gil;
        kernel_.get().attr("kernel").attr("post")(pybind11::cpp_function(std::move(function)));
    }

    /// Interrupts what runs, and makes step() return false. Any thread; not once it has ended.
    void stop() {
        const pybind11::gil_scoped_acquire gil;
        kernel_.get().attr("kernel").attr("stop")();
    }

    /// Whether the kernel goes on, as the last step() said.
    [[nodiscard]] bool running() const noexcept { return !kernel_.closed(); }

    /// The path of the connection file, which is there while the kernel runs.
    [[nodiscard]] const std::string& connection_file() const noexcept { return connection_file_; }

private:
    [[nodiscard]] bool step_in_python() {
        const pybind11::gil_scoped_acquire gil;
        return kernel_.get().attr("kernel").attr("step")().cast<bool>();
    }

    void sleep_until(Clock::time_point deadline) const {
        using std::chrono::milliseconds;
        int timeout_ms = -1;
        if (deadline != Clock::time_point::max()) {
            const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
            const std::int64_t longest = std::numeric_limits<int>::max();
            timeout_ms = static_cast<int>(std::clamp<std::int64_t>(left, 0, longest));
        }
        pollfd watched{fd_, POLLIN, 0};
        (void)poll(&watched, 1, timeout_ms);
    }

    detail::PythonObject kernel_;
    int fd_ = -1;
    std::string connection_file_;
};

/// Serves a Python kernel on a thread of its own, from the constructor on.
///
/// Cells run beside the application: what both use needs a lock, which cells can hold where the
/// application gives it to them. See PythonKernel for what a cell may do, and for interrupts; tasks
/// of asyncio's go on between cells as well.
///
/// It belongs to the thread that makes it, which holds the GIL for no method.
class PythonKernelThread {
public:
    /// Returns when clients can connect.
    /// @throws pybind11::error_already_set  as PythonKernel; OSError for the connection file.
    explicit PythonKernelThread(const PythonNames& names, const PythonKernelOptions& options = {})
        : kernel_("KernelOnThread", names, options) {
        const pybind11::gil_scoped_acquire gil;
        connection_file_ = kernel_.get().attr("connection_file").cast<std::string>();
    }

    /// Whether the kernel goes on. False once a client has shut it down.
    [[nodiscard]] bool running() const {
        if (kernel_.closed()) return false;
        const pybind11::gil_scoped_acquire gil;
        return kernel_.get().attr("running").cast<bool>();
    }

    /// Interrupts what runs, ends the kernel, and waits for its thread. So does the destructor.
    void close() noexcept { kernel_.close(); }

    /// The path of the connection file, which is there while the kernel runs.
    [[nodiscard]] const std::string& connection_file() const noexcept { return connection_file_; }

private:
    detail::PythonObject kernel_;
    std::string connection_file_;
};

}  // namespace kernelwire
