// Interpreter: what an author of a kernel subclasses in Python.
#include "interpreter.hpp"

#include <atomic>
#include <csignal>

#include <pybind11/stl.h>

#include "buffers.hpp"
#include "content.hpp"

using namespace kernelwire;

// The thread of a subshell as interrupts see it. Signals reach the main thread alone, so it is sent
// an exception, and in waits of the core, where no Python runs, it looks at a flag.
class SubshellThread {
public:
    // Makes the calling thread a subshell's, for as long as this lives. Needs the GIL, as all here.
    SubshellThread() { here_ = this; }
    ~SubshellThread() { here_ = nullptr; }
    SubshellThread(const SubshellThread&) = delete;
    SubshellThread& operator=(const SubshellThread&) = delete;

    // The subshell whose thread calls; null elsewhere.
    [[nodiscard]] static SubshellThread* here() noexcept { return here_; }

    void interrupt() {
        interrupted_ = true;
        PyThreadState_SetAsyncExc(thread_, PyExc_KeyboardInterrupt);
    }

    // Whether it was interrupted, which is forgotten.
    bool take_interrupt() {
        PyThreadState_SetAsyncExc(thread_, nullptr);
        return interrupted_.exchange(false);
    }

private:
    static inline thread_local SubshellThread* here_ = nullptr;

    const unsigned long thread_ = PyThread_get_thread_ident();
    std::atomic<bool> interrupted_{false};
};

namespace {

// What Python raised, as the error reply that the kernel sends. Needs the GIL.
InterpreterError to_error(const py::error_already_set& raised) {
    const std::string ename = to_text(raised.type().attr("__name__"));
    std::string evalue;
    std::vector<std::string> traceback;
    // What C++ raised, with no Python in between, has no traceback.
    const py::object trace = raised.trace() ? raised.trace() : py::none();
    try {
        evalue = to_text(py::str(raised.value()));
        const py::object lines =
            py::module_::import("traceback")
                .attr("format_exception")(raised.type(), raised.value(), trace);
        for (const py::handle line : lines) traceback.push_back(to_text(line));
    } catch (const py::error_already_set&) {
        evalue = "(its text cannot be had: __str__ raises)";
    }
    return {ename, evalue, std::move(traceback)};
}

// Calls into Python: with the GIL, with no interrupt left over from before, and with the buffers
// released that were sent meanwhile.
template <class Function>
auto in_python(Function&& function) {
    const py::gil_scoped_acquire gil;
    release_returned_buffers();
    if (PyErr_CheckSignals() != 0) PyErr_Clear();
    if (SubshellThread* const subshell = SubshellThread::here()) subshell->take_interrupt();
    try {
        return function();
    } catch (const py::error_already_set& raised) {
        throw to_error(raised);
    } catch (const py::builtin_exception&) {  // of casts: the only ones that reach this place
        throw InterpreterError("TypeError",
                               "an interpreter's method returned no reply; return ok() or error()");
    }
}

template <class Value>
Value attribute(const py::object& self, const char* name) {
    try {
        return self.attr(name).cast<Value>();
    } catch (const py::cast_error&) {
        throw py::type_error(std::string("the interpreter's `") + name + "` has the wrong type");
    }
}

}  // namespace

PythonHosted& PythonHosted::of(Interpreter& interpreter) {
    auto* const python = dynamic_cast<PythonHosted*>(&interpreter);
    if (python == nullptr)
        throw py::type_error("the interpreter's __init__ did not call super().__init__()");
    return *python;
}

py::object PythonHosted::self() const {
    return py::cast(this);
}

// An Output that Python may keep: it keeps the server alive, on which it depends.
py::object PythonHosted::lend(const Output& output) const {
    py::object out = py::cast(output);
    if (host_) py::detail::keep_alive_impl(out, host_);
    return out;
}

void PythonHosted::serve(py::handle host) {
    host_ = host;
    const py::module_ threading = py::module_::import("threading");
    thread_ = threading.attr("get_ident")().cast<unsigned long>();
    main_thread_ = threading.attr("main_thread")().attr("ident").cast<unsigned long>() == thread_;
    if (main_thread_ && PyOS_getsig(SIGINT) == SIG_IGN) {
        // Inherited from a shell that put the frontend into the background: it would make
        // interrupts do nothing.
        const py::module_ signals = py::module_::import("_signal");
        signals.attr("signal")(SIGINT, signals.attr("default_int_handler"));
    }
    own_interrupt_ =
        static_cast<bool>(py::get_override(static_cast<Interpreter*>(this), "interrupt"));
    own_subshell_interrupt_ =
        static_cast<bool>(py::get_override(static_cast<Interpreter*>(this), "interrupt_subshell"));
}

KernelInfo PythonHosted::info() const {
    const py::gil_scoped_acquire gil;
    const py::object self = this->self();
    if (!py::hasattr(self, "language")) {
        throw py::type_error(
            to_text(py::type::of(self).attr("__name__")) +
            " has no `language`; set it in the class: language = Language(\"name\")");
    }
    KernelInfo info;
    info.language = attribute<Language>(self, "language");
    info.implementation = attribute<std::string>(self, "implementation");
    info.implementation_version = attribute<std::string>(self, "implementation_version");
    info.banner = attribute<std::string>(self, "banner");
    for (const auto& [text, url] :
         attribute<std::vector<std::pair<std::string, std::string>>>(self, "help_links")) {
        info.help_links.push_back({text, url});
    }
    info.supported_features = attribute<std::vector<std::string>>(self, "supported_features");
    return info;
}

void PythonHosted::start() {
    const py::gil_scoped_acquire gil;
    self().attr("start")();
}

Reply PythonHosted::execute(const ExecuteRequest& request, Output& output) {
    return in_python([&] { return self().attr("execute")(request, lend(output)).cast<Reply>(); });
}

Reply PythonHosted::complete(const std::string& code, std::size_t cursor_pos) {
    return in_python([&] { return self().attr("complete")(code, cursor_pos).cast<Reply>(); });
}

Reply PythonHosted::inspect(const std::string& code, std::size_t cursor_pos, int detail_level) {
    return in_python(
        [&] { return self().attr("inspect")(code, cursor_pos, detail_level).cast<Reply>(); });
}

Reply PythonHosted::is_complete(const std::string& code) {
    return in_python([&] { return self().attr("is_complete")(code).cast<Reply>(); });
}

Reply PythonHosted::history(const HistoryRequest& request) {
    return in_python([&] { return self().attr("history")(request).cast<Reply>(); });
}

void PythonHosted::comm_open(const CommMessage& message, Output& output) {
    comm("comm_open", message, output);
}

void PythonHosted::comm_msg(const CommMessage& message, Output& output) {
    comm("comm_msg", message, output);
}

void PythonHosted::comm_close(const CommMessage& message, Output& output) {
    comm("comm_close", message, output);
}

void PythonHosted::comm(const char* method, const CommMessage& message, const Output& output) {
    in_python([&] { self().attr(method)(message, lend(output)); });
}

Json PythonHosted::comm_info(const std::string& target_name) {
    return in_python([&] { return to_json_value(self().attr("comm_info")(target_name)); });
}

// Called on the service thread. A signal needs no GIL, so it works while C code holds that.
void PythonHosted::interrupt() {
    if (own_interrupt_) {
        in_python([&] { self().attr("interrupt")(); });
        return;
    }
#ifndef _WIN32
    if (main_thread_) {
        signal_sent_ = true;
        pthread_kill(reinterpret_cast<pthread_t>(thread_), SIGINT);
        return;
    }
#endif
    const py::gil_scoped_acquire gil;
    PyThreadState_SetAsyncExc(thread_, PyExc_KeyboardInterrupt);
}

void PythonHosted::interrupt_subshell(const std::string& subshell_id) {
    if (own_subshell_interrupt_) {
        in_python([&] { self().attr("interrupt_subshell")(subshell_id); });
        return;
    }
    const py::gil_scoped_acquire gil;
    raise_in_subshell(subshell_id);
}

void PythonHosted::raise_in_subshell(const std::string& subshell_id) {
    const std::lock_guard lock(mutex_);
    const auto found = subshells_.find(subshell_id);
    if (found != subshells_.end()) found->second->interrupt();
}

// One that runs nothing forgets it when its next request comes.
void PythonHosted::interrupt_subshells() {
    if (signal_sent_.exchange(false)) return;  // the kernel interrupts the subshells then
    std::vector<std::string> ids;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, thread] : subshells_) ids.push_back(id);
    }
    for (const std::string& id : ids) self().attr("interrupt_subshell")(id);
}

void PythonHosted::signalled() {
    const py::gil_scoped_acquire gil;
    release_returned_buffers();
    if (PyErr_CheckSignals() == 0) return;
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) == 0) throw py::error_already_set();
    PyErr_Clear();  // nothing runs that could be interrupted
}

bool PythonHosted::interrupted() {
    const py::gil_scoped_acquire gil;
    if (SubshellThread* const subshell = SubshellThread::here()) return subshell->take_interrupt();
    if (PyErr_CheckSignals() == 0) return false;
    PyErr_Clear();  // Output.input raises KeyboardInterrupt in its place
    return true;
}

// The GIL is taken once more than is needed, so that one thread state lasts as long as the thread,
// and with it what Python keeps for a thread: threading.local, context variables, event loops.
void PythonHosted::host_subshell(const std::string& subshell_id,
                                 const std::function<void()>& serve) {
    const py::gil_scoped_acquire gil;
    const auto thread = std::make_shared<SubshellThread>();
    const auto locked = [this](auto&& change) {
        const std::lock_guard lock(mutex_);
        change();
    };
    locked([&] { subshells_[subshell_id] = thread; });
    self().attr("enter_subshell")(subshell_id);
    {
        const py::gil_scoped_release released;
        serve();
    }
    locked([&] { subshells_.erase(subshell_id); });
    thread->take_interrupt();
    self().attr("leave_subshell")(subshell_id);
}

Reply PythonHosted::debug(const Json& request, Output& output) {
    return in_python([&] {
        return self().attr("debug")(from_json(write_json(request)), lend(output)).cast<Reply>();
    });
}

void PythonHosted::shutdown(bool restart) {
    const py::gil_scoped_acquire gil;
    self().attr("shutdown")(restart);
}

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
            "raises KeyboardInterrupt on the subshell's thread, once Python runs there.")
        .def(
            "interrupt_subshells",
            [](Interpreter& self) { PythonHosted::of(self).interrupt_subshells(); },
            "Interrupts all subshells; for a handler of SIGINT, which reaches the main thread\n"
            "alone. Does nothing where the signal came from an interrupt_request, which is for "
            "all.")
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
