// Server, which serves an interpreter over sockets, and Kernel, which needs none.
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <kernelwire/group.hpp>
#include <kernelwire/kernel.hpp>
#include <kernelwire/own_stderr.hpp>
#include <kernelwire/server.hpp>

#include <pybind11/stl.h>

#include "buffers.hpp"
#include "content.hpp"
#include "interpreter.hpp"
#include "libzmq.hpp"
#include "logger.hpp"
#include "module.hpp"
#include "server_options.hpp"

using namespace kernelwire;

namespace {

// What ends a wait of the kernel's, or an interpreter's method, as Python knows it.
void register_interruptions() {
    py::register_local_exception_translator([](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const Interrupted&) {
            PyErr_SetNone(PyExc_KeyboardInterrupt);
        } catch (const InterpreterError& error) {
            PyErr_SetString(PyExc_RuntimeError, (error.ename() + ": " + error.what()).c_str());
        }
    });
}

// A Server and the interpreter it serves. Whatever may wait for another of its threads does so
// without the GIL, since with pyzmq's methods as the table those threads take it too.
class PythonServer {
public:
    PythonServer(Interpreter& interpreter, const std::string& file, int parent_pid,
                 const py::object& libzmq, const std::optional<std::string>& log_level,
                 const py::object& logger, bool capture, std::size_t iopub_bytes,
                 double iopub_patience)
        : interpreter_(PythonHosted::of(interpreter)) {
        const std::optional<Level> level = level_of(log_level);
        if (!logger.is_none()) lines_ = std::make_unique<LoggerLines>(logger);
        const ZmqApi api = table_of(libzmq);
        ServerOptions options;
        options.log = lines_ ? lines_->log() : stderr_log(level);
        options.record = recording_file();
        options.span_file = span_file();
        options.parent_pid = parent_pid;
        options.capture = capture;
        options.iopub = budget_of(iopub_bytes, iopub_patience);
        const py::gil_scoped_release released;
        server_ = std::make_unique<Server>(api, read_connection(file), interpreter, options);
    }

    ~PythonServer() {
        const py::gil_scoped_release released;
        server_.reset();
    }

    PythonServer(const PythonServer&) = delete;
    PythonServer& operator=(const PythonServer&) = delete;

    // `self` is this object as Python has it.
    void run(py::handle self) {
        interpreter_.called_by(self);
        interpreter_.serve();
        const py::gil_scoped_release released;
        if (!lines_) return interpreter_.serving([this] { server_->run(); });
        struct Logging {
            LoggerLines& lines;
            ~Logging() { lines.stop(); }
        };
        lines_->start();
        const Logging logging{*lines_};
        interpreter_.serving([this] { server_->run(); });
    }

    void stop() { server_->stop(); }

    [[nodiscard]] std::string usage() const { return server_->usage(); }

private:
    PythonHosted& interpreter_;
    std::unique_ptr<LoggerLines> lines_;
    std::unique_ptr<Server> server_;
};

// Keeps what a kernel sends, as frames.
class Collector final : public Outlet {
public:
    explicit Collector(Bytes key) : sealer_(Signer(key), new_key()) {}

    void send(Outgoing message) override {
        const std::lock_guard lock(mutex_);
        sent_.emplace_back(std::chrono::system_clock::now(), std::move(message));
    }

    void stream(const std::string& parent, Stream stream, Bytes text) override {
        Outgoing message;
        message.msg_type = "stream";
        message.parent = parent;
        message.content = std::string(R"({"name":")") +
                          (stream == Stream::out ? "stdout" : "stderr") + R"(","text":)" +
                          json_string(text) + "}";
        send(std::move(message));
    }

    void flush() override {}

    [[nodiscard]] std::optional<std::string> input(Outgoing request,
                                                   const std::string& /*subshell_id*/) override {
        send(std::move(request));
        return std::nullopt;  // nobody is there to answer
    }

    void hold_back(const std::string& /*subshell_id*/) override {}

    void stop(bool /*restart*/) override {}

    [[nodiscard]] std::string usage() const override { return "{}"; }

    [[nodiscard]] py::list take() {
        std::unique_lock lock(mutex_);
        const auto sent = std::exchange(sent_, {});
        lock.unlock();
        py::list out;
        for (const auto& [when, message] : sent) {
            Sealed sealed;
            sealer_.seal(message, when, sealed);
            py::list frames;
            for (const Bytes frame : sealed.frames)
                frames.append(py::bytes(frame.data(), frame.size()));
            for (const Buffer& buffer : message.buffers) frames.append(view_of(buffer));
            out.append(py::make_tuple(name(message.channel), frames));
        }
        return out;
    }

private:
    Sealer sealer_;
    std::mutex mutex_;
    std::vector<std::pair<Timestamp, Outgoing>> sent_;
};

// A Kernel with its Collector. Messages stay in the process: a kernel without sockets.
class CollectingKernel {
public:
    CollectingKernel(Interpreter& interpreter, const std::string& key)
        : collector_(key), kernel_(interpreter, collector_, key) {}

    py::list receive(const std::string& channel, const py::iterable& objects) {
        if (channel != "shell" && channel != "control") {
            throw py::value_error("channel is \"" + channel + "\", want \"shell\" or \"control\"");
        }
        auto buffers = std::make_shared<Buffers>();
        *buffers = borrow_buffers(objects);
        Frames frames;
        for (const Buffer& buffer : *buffers) frames.push_back(buffer.bytes);
        check(kernel_.receive(channel == "shell" ? Channel::shell : Channel::control, frames,
                              buffers));
        return collector_.take();
    }

    py::list drained() {
        kernel_.drained();
        return collector_.take();
    }

private:
    Collector collector_;
    Kernel kernel_;
};

}  // namespace

void register_kernel(py::module_& m) {
    register_interruptions();

    m.def("end_group", &end_group,
          "Ask all other processes of this one's group to end, where a launcher made it for us.");

    m.def(
        "write_own_stderr", [](const std::string& text) { write_own_stderr(text); },
        py::arg("text"), py::call_guard<py::gil_scoped_release>(),
        "Write text to the stderr that the process was started with, which no cell gets.");

    py::class_<CollectingKernel>(m, "Kernel", R"(A kernel without sockets: frames in, frames out.

Args:
    interpreter: what answers.
    key: the connection's, bytes; empty: messages are neither signed nor checked.)")
        .def(py::init([](Interpreter& interpreter, const py::bytes& key) {
                 (void)PythonHosted::of(interpreter);
                 return std::make_unique<CollectingKernel>(interpreter, key);
             }),
             py::arg("interpreter"), py::arg("key") = py::bytes(""), py::keep_alive<1, 2>())
        .def("receive", &CollectingKernel::receive, py::arg("channel"), py::arg("frames"),
             R"(Takes one multipart message and answers it.

Args:
    channel: "shell" or "control".
    frames: objects with the buffer protocol, in wire order; borrowed, not copied.

Returns:
    What the kernel sends, in order: pairs of channel and list of frames.

Raises:
    MalformedMessage, BadSignature, ReplayedMessage: it is refused, and nothing was sent.)")
        .def("drained", &CollectingKernel::drained,
             "Says that nothing more is queued: an abort after an error ends here.");

    py::class_<PythonServer>(m, "Server",
                             R"(Serves an interpreter over the sockets of a connection file.

The sockets are bound at once; requests are answered while run() runs.

Args:
    interpreter: what answers.
    connection_file: a path.
    parent_pid: a process without which the kernel ends; 0: none.
    libzmq: one of kernelwire._libzmq; by default, what its open() finds.
    log_level: of the log on stderr: "error", "warning", "info" or "debug"; by default what
        KERNELWIRE_LOG says, and else "warning".
    logger: where the log goes instead, of the level which the logger has now.
    capture: show in the cell what the process writes to file descriptors 1 and 2, from now
        to the end of run(). For processes that are a kernel; Windows has it not.
    iopub_bytes: how much is held for clients that read slowly, before writers wait for them.
    iopub_patience: how long they wait, in seconds; then text is dropped.

Raises:
    ConnectionFileError: the file cannot be read, or a field is wrong.
    TransportError: an endpoint cannot be bound.
    ValueError: another server of this process captures already, or an argument is out of
        its range.)")
        .def(py::init<Interpreter&, const std::string&, int, const py::object&,
                      const std::optional<std::string>&, const py::object&, bool, std::size_t,
                      double>(),
             py::arg("interpreter"), py::arg("connection_file"), py::kw_only(),
             py::arg("parent_pid") = 0, py::arg("libzmq") = py::none(),
             py::arg("log_level") = py::none(), py::arg("logger") = py::none(),
             py::arg("capture") = false, py::arg("iopub_bytes") = IopubBudget().bytes,
             py::arg("iopub_patience") =
                 std::chrono::duration<double>(IopubBudget().patience).count(),
             py::keep_alive<1, 2>())
        .def(
            "run", [](const py::object& self) { self.cast<PythonServer&>().run(self); },
            R"(Serves until a shutdown request, stop(), or the parent's end. Call it once.

This thread is the interpreter's: requests are handled on it. Interrupts raise
KeyboardInterrupt in execute(); on the main thread they also end a sleep.)")
        .def("stop", &PythonServer::stop, py::call_guard<py::gil_scoped_release>(),
             "Makes run() return once the request at hand was answered. Any thread.")
        .def_property_readonly(
            "usage", [](const PythonServer& self) { return from_json(self.usage()); },
            "What went through the sockets so far, a dict: messages, bytes, seconds.");
}
