// An interpreter in Python as the core calls it: with the GIL, and interrupted as Python is.
#include "interpreter.hpp"

#include <csignal>

#include <pybind11/stl.h>

#include "buffers.hpp"
#include "content.hpp"
#include "shell_thread.hpp"

using namespace kernelwire;

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

// One that came too late for what it was to end. Needs the GIL.
void forget_interrupt() {
    if (ShellThread* const shell = ShellThread::here()) {
        shell->take_interrupt();
    } else if (PyErr_CheckSignals() != 0) {
        PyErr_Clear();
    }
}

// Calls into Python: with the GIL, with no interrupt left over from before, and with the buffers
// released that were sent meanwhile.
template <class Function>
auto in_python(Function&& function) {
    const py::gil_scoped_acquire gil;
    release_returned_buffers();
    forget_interrupt();
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

void PythonHosted::serve() {
    const py::module_ threading = py::module_::import("threading");
    thread_ = threading.attr("get_ident")().cast<unsigned long>();
    by_signal_ = threading.attr("main_thread")().attr("ident").cast<unsigned long>() == thread_;
    if (by_signal_ && PyOS_getsig(SIGINT) == SIG_IGN) {
        // Inherited from a shell that put the frontend into the background: it would make
        // interrupts do nothing.
        const py::module_ signals = py::module_::import("_signal");
        signals.attr("signal")(SIGINT, signals.attr("default_int_handler"));
    }
    by_signal_ ? note_overrides() : embed();
}

void PythonHosted::embed() {
    note_overrides();
    const auto thread = std::make_shared<ShellThread>();
    const std::lock_guard lock(mutex_);
    shells_[""] = thread;
}

void PythonHosted::called_by(py::handle host) {
    if (host_.ptr() != host.ptr()) host_ = host;
}

void PythonHosted::note_overrides() {
    const auto overrides = [this](const char* method) {
        return static_cast<bool>(py::get_override(static_cast<Interpreter*>(this), method));
    };
    own_interrupt_ = overrides("interrupt");
    own_subshell_interrupt_ = overrides("interrupt_subshell");
    own_wait_ = overrides("wait");
}

void PythonHosted::serving(const std::function<void()>& function) {
    std::shared_ptr<ShellThread> thread;
    {
        const std::lock_guard lock(mutex_);
        const auto found = shells_.find("");
        if (found != shells_.end()) thread = found->second;
    }
    const ShellThread::Serving here(thread.get());
    function();
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
    if (by_signal_) {
        signal_sent_ = true;
        pthread_kill(reinterpret_cast<pthread_t>(thread_), SIGINT);
        return;
    }
#endif
    interrupt_subshell("");
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
    const auto found = shells_.find(subshell_id);
    if (found != shells_.end()) found->second->interrupt();
}

// One that runs nothing forgets it when its next request comes.
void PythonHosted::interrupt_subshells() {
    if (signal_sent_.exchange(false)) return;  // the kernel interrupts the subshells then
    std::vector<std::string> ids;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, thread] : shells_) ids.push_back(id);
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
    ShellThread* const shell = ShellThread::here();
    if (shell != nullptr && shell->take_interrupt()) return true;
    if (PyErr_CheckSignals() == 0) return false;
    PyErr_Clear();  // Output.input raises KeyboardInterrupt in its place
    return true;
}

// An interrupt that comes while nothing runs ends the wait at most.
bool PythonHosted::wait(const std::string& subshell_id, const std::vector<int>& fds) {
    if (!own_wait_) return false;
    return in_python([&] {
        try {
            return self().attr("wait")(subshell_id, fds).cast<bool>();
        } catch (const py::error_already_set& raised) {
            if (!raised.matches(PyExc_KeyboardInterrupt)) throw;
            return true;
        }
    });
}

// The GIL is taken once more than is needed, so that one thread state lasts as long as the thread,
// and with it what Python keeps for a thread: threading.local, context variables, event loops.
void PythonHosted::host_subshell(const std::string& subshell_id,
                                 const std::function<void()>& serve) {
    const py::gil_scoped_acquire gil;
    const auto thread = std::make_shared<ShellThread>();
    const ShellThread::Serving here(thread.get());
    const auto locked = [this](auto&& change) {
        const std::lock_guard lock(mutex_);
        change();
    };
    locked([&] { shells_[subshell_id] = thread; });
    self().attr("enter_subshell")(subshell_id);
    {
        const py::gil_scoped_release released;
        serve();
    }
    locked([&] { shells_.erase(subshell_id); });
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
    forget_interrupt();  // stop() has interrupted whatever ran
    self().attr("shutdown")(restart);
}
