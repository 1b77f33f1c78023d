// Output: what an interpreter publishes through.
#include <memory>
#include <optional>
#include <utility>

#include <kernelwire/output.hpp>

#include <pybind11/stl.h>

#include "buffers.hpp"
#include "content.hpp"
#include "module.hpp"

using namespace kernelwire;

namespace {

// Publishing may wait for a lock that another thread holds while it waits for the GIL.
template <class Function>
auto without_gil(Function&& function) {
    const py::gil_scoped_release released;
    return function();
}

std::string bundle(const py::object& data, const py::object& metadata) {
    return R"({"data":)" + to_json(data) + R"(,"metadata":)" + to_json(metadata);
}

std::string display(const py::object& data, const py::object& metadata,
                    const std::string& display_id) {
    std::string content = bundle(data, metadata) + R"(,"transient":{)";
    if (!display_id.empty()) content += R"("display_id":)" + json_string(display_id);
    return content + "}}";
}

std::string input(const Output& self, const py::str& prompt, bool password) {
    const std::string text = to_text(prompt);
    try {
        return without_gil([&] { return self.input(text, password); });
    } catch (const StdinRefused& refused) {
        const py::object type = py::module_::import("kernelwire.errors").attr("StdinRefused");
        PyErr_SetString(type.ptr(), refused.what());
        throw py::error_already_set();
    }
}

// Whoever gives a reply rings a bell, which takes the GIL where libzmq is called by pyzmq's
// methods, and under a lock: so it must not be given with the GIL, nor when the last handle goes.
class PythonReplyHandle {
public:
    explicit PythonReplyHandle(ReplyHandle handle) : handle_(std::move(handle)) {}
    ~PythonReplyHandle() {
        without_gil([this] { handle_.reset(); });
    }
    PythonReplyHandle(const PythonReplyHandle&) = delete;
    PythonReplyHandle& operator=(const PythonReplyHandle&) = delete;

    void send(const Reply& reply) const {
        without_gil([&] { handle_->send(reply); });
    }

private:
    std::optional<ReplyHandle> handle_;
};

}  // namespace

void register_output(py::module_& m) {
    py::class_<PythonReplyHandle>(m, "ReplyHandle", R"(Answers one execute_request, at any time.

Made by Output.defer(). Any thread may use it, also when the kernel has gone, which nothing comes
of. One that goes without a reply answers by an error.)")
        .def("send", &PythonReplyHandle::send, py::arg("reply"),
             "Gives the reply, as execute() would return it. Only the first counts.");

    py::class_<Output>(m, "Output", R"(Publishes on behalf of one request.

Everything it sends carries that request's header as its parent, so that frontends show it
in the right cell. May be kept and used by any thread for as long as the server runs.

Whatever publishes waits while clients have 64 MiB, or 4 MiB of text, still to read, at most ten
seconds; on the interpreter's thread an interrupt ends that with a KeyboardInterrupt.)")
        .def(
            "stdout",
            [](const Output& self, const py::str& text) {
                const std::string utf8 = to_text(text);
                without_gil([&] { self.out(utf8); });
            },
            py::arg("text"), "Writes to the frontend's stdout; may be joined with what follows.")
        .def(
            "stderr",
            [](const Output& self, const py::str& text) {
                const std::string utf8 = to_text(text);
                without_gil([&] { self.err(utf8); });
            },
            py::arg("text"), "Writes to the frontend's stderr; may be joined with what follows.")
        .def("flush", &Output::flush, py::call_guard<py::gil_scoped_release>(),
             "Sends text that waits to be joined with more.")
        .def(
            "execute_result",
            [](const Output& self, const py::object& data, const py::object& metadata) {
                if (self.terms().silent) return;
                std::string content = bundle(data, metadata) + R"(,"execution_count":)" +
                                      std::to_string(self.terms().execution_count) + "}";
                without_gil([&] { self.publish("execute_result", std::move(content)); });
            },
            py::arg("data"), py::arg("metadata") = py::none(),
            "Publishes the value of the code as a MIME bundle; a silent request has none.")
        .def(
            "display_data",
            [](const Output& self, const py::object& data, const py::object& metadata,
               const py::object& display_id) {
                std::string content =
                    display(data, metadata, display_id.is_none() ? "" : to_text(display_id));
                without_gil([&] { self.publish("display_data", std::move(content)); });
            },
            py::arg("data"), py::arg("metadata") = py::none(), py::kw_only(),
            py::arg("display_id") = py::none(),
            "Shows a MIME bundle; with a `display_id` it can be updated later.")
        .def(
            "update_display_data",
            [](const Output& self, const py::object& data, const py::object& metadata,
               const py::object& display_id) {
                const std::string id = to_text(display_id);
                std::string content = display(data, metadata, id);
                without_gil([&] { self.update_display(id, std::move(content)); });
            },
            py::arg("data"), py::arg("metadata") = py::none(), py::kw_only(), py::arg("display_id"),
            R"(Replaces every display published under `display_id`.

While clients read more slowly than is published, only the last update of a display is sent.)")
        .def("clear_output", &Output::clear_output, py::arg("wait") = false,
             py::call_guard<py::gil_scoped_release>(),
             "Removes the cell's output; with `wait`, once the next output comes.")
        .def(
            "error",
            [](const Output& self, const py::str& ename, const py::str& evalue,
               const py::iterable& traceback) {
                std::vector<std::string> lines;
                for (const py::handle line : traceback) lines.push_back(to_text(line));
                const std::string name = to_text(ename);
                const std::string value = to_text(evalue);
                without_gil([&] { self.error(name, value, lines); });
            },
            py::arg("ename"), py::arg("evalue"), py::arg("traceback"),
            "Shows an error. One that execute() returns is shown by the kernel itself.")
        .def("note_error_shown", &Output::note_error_shown,
             "Says that the error that execute() is going to return was shown by other means, or\n"
             "is to be shown nowhere: it will be in the reply only.")
        .def(
            "publish",
            [](const Output& self, const std::string& msg_type, const py::object& content,
               const py::object& metadata, const py::object& buffers) {
                std::string text = to_json(content);
                std::string meta = to_json(metadata);
                Buffers borrowed = borrow_buffers(buffers);
                without_gil([&] {
                    self.publish(msg_type, std::move(text), std::move(meta), std::move(borrowed));
                });
            },
            py::arg("msg_type"), py::arg("content"), py::arg("metadata") = py::none(),
            py::arg("buffers") = py::none(), R"(Publishes any message on iopub.

Args:
    msg_type: such as "comm_msg".
    content: an object with a JSON form.
    metadata: likewise.
    buffers: objects with a contiguous buffer. Those of 16 KiB and more are sent from where
        they are: do not write to them until they were sent.

Raises:
    TypeError, ValueError: the content has no JSON form.
    BufferError: a buffer is not contiguous.)")
        .def("input", &input, py::arg("prompt") = "", py::arg("password") = false,
             R"(Asks the frontend for a line of text, and waits. Several threads may ask at a time.

Raises:
    StdinRefused: this request does not allow it.
    KeyboardInterrupt: the kernel ends, or the wait was interrupted, which it is only on the thread
        that answers the request.)")
        .def("answer_comms", &Output::answer_comms, py::call_guard<py::gil_scoped_release>(),
             R"(Answers comm messages that have come meanwhile, ahead of the requests that wait.

For code that waits itself, say for what a widget is to tell it. Never waits, and answers no more
than a hundred; their handlers are called from here. Only on the thread that answers the request.

Returns:
    Whether there may be more: call it again soon.

Raises:
    RuntimeError: on any other thread.)")
        .def("comm_fds", &Output::comm_fds, py::call_guard<py::gil_scoped_release>(),
             R"(Returns the file descriptors to watch while waiting for comm messages.

One is readable when there may be some. Call answer_comms() once before you wait, and whenever one
is readable, until it returns False. The list is empty where there are no sockets.)")
        .def("wake", &Output::wake, py::call_guard<py::gil_scoped_release>(),
             R"(Says that the interpreter's event loop has something to do.

Interpreter.wait() is asked before the shell of this request waits again, at once where it waits
already. Any thread, also after the reply.)")
        .def(
            "defer",
            [](const Output& self) {
                try {
                    return std::make_unique<PythonReplyHandle>(self.defer());
                } catch (const std::logic_error& mistake) {
                    PyErr_SetString(PyExc_RuntimeError, mistake.what());
                    throw py::error_already_set();
                }
            },
            R"(Has execute() be answered later: what it returns is left aside, unless that is an error.

The shell then waits for the reply, so that a loop turns, and answers comm messages but no other
request. The cell counts as running, and is interrupted, until then.

Returns:
    A ReplyHandle.

Raises:
    RuntimeError: outside of execute(), or the second time.)")
        .def("stop", &Output::stop, py::call_guard<py::gil_scoped_release>(),
             "Ends the kernel once the request at hand was answered, as `exit` does.")
        .def_property_readonly("silent", [](const Output& self) { return self.terms().silent; })
        .def_property_readonly("allow_stdin",
                               [](const Output& self) { return self.terms().allow_stdin; })
        .def_property_readonly("execution_count",
                               [](const Output& self) { return self.terms().execution_count; });
}
