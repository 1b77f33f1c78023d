// EmbeddedKernel: an interpreter on the thread of a loop that is there already.
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <kernelwire/embedded_kernel.hpp>

#include <pybind11/stl.h>

#include "interpreter.hpp"
#include "libzmq.hpp"
#include "logger.hpp"
#include "module.hpp"
#include "server_options.hpp"

using namespace kernelwire;

namespace {

// Where nobody can be told any more, since a function was posted and its caller has gone on.
void call_posted(const py::object& function) {
    const py::gil_scoped_acquire gil;
    try {
        function();
    } catch (py::error_already_set& raised) {
        raised.discard_as_unraisable(function);
    }
}

// A Python object that any thread may let go of.
std::shared_ptr<py::object> shared(py::object object) {
    return {new py::object(std::move(object)), [](py::object* held) {
                const py::gil_scoped_acquire gil;
                delete held;
            }};
}

// An EmbeddedKernel, and the interpreter it serves. Its methods may wait for threads that want the
// GIL, and are called without it.
class PythonEmbedded {
public:
    PythonEmbedded(Interpreter& interpreter, const std::string& connection_file,
                   unsigned requests_per_step, const py::object& libzmq,
                   const std::optional<std::string>& log_level, const py::object& logger,
                   std::size_t iopub_bytes, double iopub_patience)
        : interpreter_(PythonHosted::of(interpreter)) {
        const std::optional<Level> level = level_of(log_level);
        EmbeddedOptions options;
        options.connection_file = connection_file;
        options.requests_per_step = requests_per_step;
        options.iopub = budget_of(iopub_bytes, iopub_patience);
        const ZmqApi api = table_of(libzmq);
        if (!logger.is_none()) lines_ = std::make_unique<LoggerLines>(logger);
        options.log = lines_ ? lines_->log() : stderr_log(level);
        interpreter_.embed();
        const py::gil_scoped_release released;
        interpreter_.serving([&] {
            kernel_ = std::make_unique<EmbeddedKernel>(api, interpreter, std::move(options));
        });
        connection_file_ = kernel_->connection_file();
        if (lines_) lines_->start();
    }

    ~PythonEmbedded() {
        const py::gil_scoped_release released;
        if (kernel_ && !on_own_thread()) {
            // Garbage is collected on any thread, where the interpreter cannot be ended.
            kernel_->stop();
            (void)kernel_.release();
            if (lines_) lines_->stop();
            (void)lines_.release();
            return;
        }
        end();
    }

    PythonEmbedded(const PythonEmbedded&) = delete;
    PythonEmbedded& operator=(const PythonEmbedded&) = delete;

    [[nodiscard]] int fileno() const {
        if (!kernel_) throw py::value_error("the kernel is closed");
        return kernel_->fd();
    }

    // `self` is this object as Python has it.
    bool step(py::handle self) {
        check_thread("step");
        if (!kernel_) return false;
        interpreter_.called_by(self);
        bool goes_on = false;
        const py::gil_scoped_release released;
        interpreter_.serving([&] { goes_on = kernel_->step(); });
        return goes_on;
    }

    void post(py::object function) {
        if (PyCallable_Check(function.ptr()) == 0) throw py::type_error("want a function to call");
        if (!kernel_) throw py::value_error("the kernel is closed");
        auto held = shared(std::move(function));
        const py::gil_scoped_release released;
        kernel_->post([held = std::move(held)] { call_posted(*held); });
    }

    void stop() {
        if (kernel_) kernel_->stop();
    }

    void close() {
        check_thread("close");
        const py::gil_scoped_release released;
        end();
    }

    [[nodiscard]] bool running() const noexcept { return kernel_ && kernel_->running(); }

    [[nodiscard]] const std::string& connection_file() const noexcept { return connection_file_; }

private:
    [[nodiscard]] bool on_own_thread() const noexcept {
        return std::this_thread::get_id() == thread_;
    }

    void check_thread(const char* method) const {
        if (on_own_thread()) return;
        PyErr_Format(PyExc_RuntimeError, "%s() belongs to the thread that made the kernel", method);
        throw py::error_already_set();
    }

    void end() {
        if (!kernel_) return;
        interpreter_.serving([this] { kernel_.reset(); });
        if (lines_) lines_->stop();
    }

    PythonHosted& interpreter_;
    const std::thread::id thread_ = std::this_thread::get_id();
    std::unique_ptr<LoggerLines> lines_;
    std::unique_ptr<EmbeddedKernel> kernel_;  // null: closed
    std::string connection_file_;
};

}  // namespace

void register_embedded(py::module_& m) {
    py::class_<PythonEmbedded>(m, "EmbeddedKernel",
                               R"(Serves an interpreter on the thread of a program's own loop.

The loop watches the kernel, which has a fileno(), and calls step() when it is readable. Requests
are answered within step(), so that the interpreter may use what belongs to the loop's thread.
While the loop is busy, hearts beat, and control requests are answered.

It belongs to the thread that makes it, but for post() and stop(). Close it there, or use it in a
`with` statement. No signal handler is changed; an interrupt raises KeyboardInterrupt in
execute(), as soon as Python runs there. In a child that is forked it does nothing.

Args:
    interpreter: what answers.
    connection_file: the path of the file to be written; by default a new one where `jupyter
        console --existing` finds it. It is removed when the kernel ends.
    requests_per_step: how many are answered before the loop has its turn.
    libzmq: one of kernelwire._libzmq; by default, what its open() finds.
    log_level: of the log on stderr; as Server has it.
    logger: where the log goes instead, of the level which the logger has now.
    iopub_bytes: how much is held for clients that read slowly, before writers wait for them.
    iopub_patience: how long they wait, in seconds; then text is dropped.

Raises:
    ConnectionFileError: the file cannot be written.
    TransportError: an endpoint cannot be bound, or the system has neither epoll nor kqueue.
    ValueError: an argument is out of its range.)")
        .def(py::init<Interpreter&, const std::string&, unsigned, const py::object&,
                      const std::optional<std::string>&, const py::object&, std::size_t, double>(),
             py::arg("interpreter"), py::kw_only(), py::arg("connection_file") = "",
             py::arg("requests_per_step") = EmbeddedOptions().requests_per_step,
             py::arg("libzmq") = py::none(), py::arg("log_level") = py::none(),
             py::arg("logger") = py::none(), py::arg("iopub_bytes") = IopubBudget().bytes,
             py::arg("iopub_patience") =
                 std::chrono::duration<double>(IopubBudget().patience).count(),
             py::keep_alive<1, 2>())
        .def("fileno", &PythonEmbedded::fileno,
             R"(Returns a descriptor that is readable while step() has something to do.

Raises:
    ValueError: the kernel is closed.)")
        .def(
            "step", [](const py::object& self) { return self.cast<PythonEmbedded&>().step(self); },
            R"(Answers what has come, calls what was posted, and waits for neither.

Called from within a request, by a loop that this runs, it leaves other requests to their turn.

Returns:
    Whether the kernel goes on: false once a client has shut it down, or stop() or close() was
    called.

Raises:
    RuntimeError: on a thread other than the kernel's.
    TransportError: libzmq refuses to send or receive.)")
        .def("post", &PythonEmbedded::post, py::arg("function"),
             R"(Has a function called by a later step(), in the order of posting. Any thread.

What it raises goes to sys.unraisablehook. What was not called when the kernel ends is dropped.

Raises:
    TypeError: it cannot be called.
    ValueError: the kernel is closed.)")
        .def("stop", &PythonEmbedded::stop, py::call_guard<py::gil_scoped_release>(),
             "Interrupts what runs, and makes step() return False. Any thread.")
        .def("close", &PythonEmbedded::close,
             R"(Ends the kernel, and waits a second at most for clients that do not read.

It may be called again; not from within step().

Raises:
    RuntimeError: on a thread other than the kernel's.)")
        .def("__enter__", [](const py::object& self) { return self; })
        .def("__exit__", [](PythonEmbedded& self, const py::args&) { self.close(); })
        .def_property_readonly("running", &PythonEmbedded::running,
                               "Whether the kernel goes on, as the last step() said.")
        .def_property_readonly("connection_file", &PythonEmbedded::connection_file,
                               "The path of the file, which is there while the kernel runs.");
}
