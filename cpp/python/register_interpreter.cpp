// Interpreter: what an author of a kernel subclasses in Python.
#include <pybind11/stl.h>

#include "content.hpp"
#include "interpreter.hpp"

using namespace kernelwire;

// The methods below call the defaults by their full name: a plain call would be virtual, and
// super().complete() in a subclass would call itself.
void register_interpreter(py::module_& m) {
    py::class_<Interpreter, PythonHosted> type(m, "Interpreter",
                                               R"(An interpreter hosted as a kernel.

Subclass it, set `language` and override execute(); everything else has a default. The methods
run on the server's thread, one at a time, except interrupt() and debug(). What they raise becomes
an error reply; the kernel lives on. With "kernel subshells" among its features (JEP 91), what
answers requests runs on the thread of each subshell as well, at the same time.

Attributes:
    language: a Language; required.
    implementation, implementation_version: the kernel's own name and version.
    banner: what a console shows when it starts.
    help_links: pairs of text and URL, for the frontend's help menu.
    supported_features: optional parts of the protocol that it has (JEP 92).)");
    type.def(py::init<>())
        .def(
            "start", [](Interpreter& self) { self.Interpreter::start(); },
            "Is called once, when clients can connect already and before the first request.")
        .def(
            "execute",
            [](Interpreter&, const ExecuteRequest&, const Output&) -> Reply {
                PyErr_SetString(PyExc_NotImplementedError, "override execute(request, output)");
                throw py::error_already_set();
            },
            py::arg("request"), py::arg("output"),
            "Runs `request.code`, shows what it has to by `output`; returns ok() or error().")
        .def(
            "complete",
            [](Interpreter& self, const std::string& code, std::size_t cursor_pos) {
                return self.Interpreter::complete(code, cursor_pos);
            },
            py::arg("code"), py::arg("cursor_pos"),
            "Returns matches() for the cursor, in code points; by default none.")
        .def(
            "inspect",
            [](Interpreter& self, const std::string& code, std::size_t cursor_pos, int level) {
                return self.Interpreter::inspect(code, cursor_pos, level);
            },
            py::arg("code"), py::arg("cursor_pos"), py::arg("detail_level"),
            "Returns documentation() of what is at the cursor; by default none.")
        .def(
            "is_complete",
            [](Interpreter& self, const std::string& code) {
                return self.Interpreter::is_complete(code);
            },
            py::arg("code"),
            "Returns complete(), incomplete(), invalid() or, by default, unknown().")
        .def(
            "history",
            [](Interpreter& self, const HistoryRequest& request) {
                return self.Interpreter::history(request);
            },
            py::arg("request"), "Returns ok(history=[(session, line, input), ...]).")
        .def(
            "comm_open",
            [](Interpreter& self, const CommMessage& message, Output& output) {
                self.Interpreter::comm_open(message, output);
            },
            py::arg("message"), py::arg("output"),
            "Takes a comm that a frontend opens; by default closes it: there are no targets.")
        .def(
            "comm_msg",
            [](Interpreter& self, const CommMessage& message, Output& output) {
                self.Interpreter::comm_msg(message, output);
            },
            py::arg("message"), py::arg("output"), "Takes a message on an open comm.")
        .def(
            "comm_close",
            [](Interpreter& self, const CommMessage& message, Output& output) {
                self.Interpreter::comm_close(message, output);
            },
            py::arg("message"), py::arg("output"), "Takes the end of a comm.")
        .def(
            "comm_info", [](Interpreter&, const std::string&) { return py::dict(); },
            py::arg("target_name"), "Returns the open comms: id to {\"target_name\": ...}.")
        .def(
            "interrupt", [](Interpreter& self) { self.interrupt(); },
            "Makes a running execute() give up; called on another thread. By default it raises\n"
            "KeyboardInterrupt on the server's thread.")
        .def(
            "interrupt_subshell",
            [](Interpreter& self, const std::string& id) {
                PythonHosted::of(self).raise_in_subshell(id);
            },
            py::arg("subshell_id"),
            "Makes an execute() of a subshell give up; called on another thread. By default it\n"
            "raises KeyboardInterrupt on the subshell's thread, once Python runs there. In a "
            "larger\n"
            "program the main shell's, whose id is empty, is interrupted this way too.")
        .def(
            "interrupt_subshells",
            [](Interpreter& self) { PythonHosted::of(self).interrupt_subshells(); },
            "Interrupts all subshells; for a handler of SIGINT, which reaches the main thread\n"
            "alone. Does nothing where the signal came from an interrupt_request, which is for "
            "all.")
        .def(
            "wait",
            [](Interpreter& self, const std::string& id, const std::vector<int>& fds) {
                return self.Interpreter::wait(id, fds);
            },
            py::arg("subshell_id"), py::arg("fds"),
            R"(Waits for a shell's next request in the server's place.

For an interpreter whose event loop has tasks, timers or windows that live on between requests.
Called on the shell's thread where there is nothing to answer: once before the first request, and
whenever Output.wake() has asked for it.

Args:
    subshell_id: whose; empty: the main shell's.
    fds: file descriptors, a list. Return soon after one has become readable, and read none of
        them; returning earlier does no harm. The same ones at every call for one shell.

Returns:
    Whether to be asked again instead of the next wait; false, the default, hands the waiting to
    the server until Output.wake(), and says at once that there is nothing to wait for.)")
        .def(
            "enter_subshell", [](Interpreter&, const std::string&) {}, py::arg("subshell_id"),
            "Is called on the thread of a subshell before its first request (JEP 91).")
        .def(
            "leave_subshell", [](Interpreter&, const std::string&) {}, py::arg("subshell_id"),
            "Is called on the thread of a subshell after its last request.")
        .def(
            "debug",
            [](Interpreter& self, const py::dict& request, Output& output) {
                return self.Interpreter::debug(to_json_value(request), output);
            },
            py::arg("request"), py::arg("output"),
            "Answers a request to the debugger, where \"debugger\" is among the features; called "
            "on\n"
            "another thread than execute(), also while that runs. Returns ok() with the response.")
        .def(
            "shutdown",
            [](Interpreter& self, bool restart) { self.Interpreter::shutdown(restart); },
            py::arg("restart"), "Is called last, when the server stops.");
    type.attr("implementation") = "kernelwire";
    type.attr("implementation_version") = "";
    type.attr("banner") = "";
    type.attr("help_links") = py::tuple();
    type.attr("supported_features") = py::tuple();
}
