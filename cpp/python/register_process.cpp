// Process: a kernel that was started by its kernelspec. POSIX only.
#ifndef _WIN32

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include <pybind11/stl.h>

#include <kernelwire/curve.hpp>

#include "content.hpp"
#include "libzmq.hpp"
#include "module.hpp"
#include "process.hpp"

using namespace kernelwire;

namespace {

// As jupyter_client reads it: a kernelspec that says "python" means the one that is asked.
bool means_this_python(const std::string& program) {
    const std::string name = "python";
    return program.compare(0, name.size(), name) == 0 &&
           program.find_first_not_of("0123456789.", name.size()) == std::string::npos;
}

// JEP 145: a name, or a list of names.
bool can_encrypt(const KernelSpec& spec) {
    const auto found = spec.metadata.find("supported_encryption");
    if (found == spec.metadata.end()) return false;
    if (!found->is_array()) return *found == "curve";
    return std::find(found->begin(), found->end(), "curve") != found->end();
}

std::unique_ptr<PythonProcess> start(const std::string& name, const std::string& directory,
                                     std::map<std::string, std::string> env,
                                     const std::string& transport, bool encrypt,
                                     const std::string& python, const py::object& libzmq) {
    if (transport != "tcp" && transport != "ipc") {
        throw py::value_error("transport is \"" + transport + "\", want \"tcp\" or \"ipc\"");
    }
    KernelSpec spec = find_kernelspec(name);
    if (!python.empty() && means_this_python(spec.argv.front())) spec.argv.front() = python;
    LaunchOptions options;
    options.directory = directory;
    options.env = std::move(env);
    options.transport = transport;
    if (encrypt) {
        // Others ignore the keys, and never answer.
        if (!can_encrypt(spec)) {
            throw py::value_error("the kernelspec of " + spec.name +
                                  " does not say that it can encrypt");
        }
        options.curve = new_curve_keys(table_of(libzmq));
    }
    const py::gil_scoped_release released;
    return std::make_unique<PythonProcess>(std::move(spec), std::move(options));
}

std::chrono::milliseconds milliseconds(double seconds) {
    if (!(seconds >= 0 && seconds < 1e9)) throw py::value_error("want a number of seconds");
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

// A property that is read without the GIL: another thread may be in the process's wait().
template <class Function>
py::cpp_function read(Function function) {
    return py::cpp_function([function](PythonProcess& self) { return self.with(function); },
                            py::call_guard<py::gil_scoped_release>());
}

// In slices, so that a signal and other threads have their turn.
bool wait(PythonProcess& self, double seconds) {
    constexpr std::chrono::milliseconds slice{50};
    const auto end = std::chrono::steady_clock::now() + milliseconds(seconds);
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        const auto patience = std::clamp(left, std::chrono::milliseconds{0}, slice);
        {
            const py::gil_scoped_release released;
            const bool over =
                self.with([patience](KernelProcess& process) { return process.wait(patience); });
            if (over || left <= slice) return over;
        }
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    }
}

}  // namespace

void register_process(py::module_& m) {
    py::class_<PythonProcess, std::shared_ptr<PythonProcess>>(m, "Process",
                                                              R"(A running kernel of ours.

It ends when this object goes, with what it has started. Any thread may use it.

Args:
    name: of a kernelspec, in any case; or the path of a directory that has a kernel.json.
    directory: where it runs; empty: here.
    env: variables, beside this process's and the kernelspec's.
    transport: "tcp" or "ipc".
    encrypt: by CURVE.
    python: what a kernelspec means by `python`; empty: what the PATH has.
    libzmq: one of kernelwire._libzmq, asked for keys.

Raises:
    KernelSpecError: there is no such kernelspec.
    LaunchError: its program cannot be run.
    ValueError: the kernelspec does not say that it can encrypt.)")
        .def(py::init(&start), py::arg("name"), py::kw_only(), py::arg("directory") = "",
             py::arg("env") = std::map<std::string, std::string>(), py::arg("transport") = "tcp",
             py::arg("encrypt") = false, py::arg("python") = "", py::arg("libzmq") = py::none())
        .def_property_readonly("pid", read([](KernelProcess& process) { return process.pid(); }))
        .def_property_readonly(
            "connection_file",
            [](const PythonProcess& self) { return self.fixed().connection_file(); })
        .def_property_readonly(
            "interrupted_by_message",
            [](const PythonProcess& self) { return self.fixed().spec().interrupted_by_message(); })
        .def_property_readonly("running",
                               read([](KernelProcess& process) { return process.running(); }))
        .def_property_readonly(
            "exit_code", read([](KernelProcess& process) { return process.exit_code(); }),
            "Its exit code, or minus the signal that has ended it; None while it runs.")
        .def(
            "interrupt",
            [](PythonProcess& self) {
                self.with([](KernelProcess& process) { process.interrupt(); });
            },
            py::call_guard<py::gil_scoped_release>(), "Sends SIGINT to it and what it has started.")
        .def("wait", &wait, py::arg("seconds"),
             "Waits until it has ended; returns whether it has, within that time.")
        .def(
            "kill",
            [](PythonProcess& self) { self.with([](KernelProcess& process) { process.kill(); }); },
            py::call_guard<py::gil_scoped_release>(), "Ends it at once, and what it has started.")
        .def(
            "restart",
            [](PythonProcess& self) {
                self.with([](KernelProcess& process) { process.restart(); });
            },
            py::call_guard<py::gil_scoped_release>(),
            "Kills it and starts it anew, with the same ports and key.");
}

#endif
