// Python inside an application in C++. Wants pybind11 and libpython: kernelwire::python has them.
//
// Used by: applications, with python_kernel.hpp and python_thread.hpp.
// Source: https://docs.python.org/3/c-api/init_config.html
#pragma once

#include <stdexcept>
#include <string>

#include <pybind11/embed.h>

namespace kernelwire {

/// How Python is started.
struct PythonOptions {
    /// The path of a `python`, whose environment is used: its packages, kernelwire among them. Of
    /// the version that the application is linked with. Empty: the first in the PATH, so that of a
    /// virtual environment which is active.
    std::string python{};
};

/// Starts Python, and ends it when it goes.
///
/// The GIL is free afterwards: who uses Python's objects takes it, by pybind11::gil_scoped_acquire.
/// No signal handler is installed, so Ctrl-C stays what it is to the application.
///
/// One at a time in a process. It belongs to one thread, and everything of Python's, kernels
/// included, has to go before it.
class EmbeddedPython {
public:
    /// @throws std::runtime_error  where Python cannot start, or runs already.
    explicit EmbeddedPython(const PythonOptions& options = {}) {
        if (Py_IsInitialized() != 0) throw std::runtime_error("Python runs already");
        PyConfig config;
        PyConfig_InitPythonConfig(&config);
        config.install_signal_handlers = 0;
        config.parse_argv = 0;
        if (!options.python.empty()) {
            const PyStatus set =
                PyConfig_SetBytesString(&config, &config.program_name, options.python.c_str());
            if (PyStatus_Exception(set) != 0) {
                PyConfig_Clear(&config);
                throw std::runtime_error("\"" + options.python + "\" is no path of a python");
            }
        }
        pybind11::initialize_interpreter(&config, 0, nullptr, false);
        thread_ = PyEval_SaveThread();
    }

    ~EmbeddedPython() {
        PyEval_RestoreThread(thread_);
        pybind11::finalize_interpreter();
    }
    EmbeddedPython(const EmbeddedPython&) = delete;
    EmbeddedPython& operator=(const EmbeddedPython&) = delete;

private:
    PyThreadState* thread_ = nullptr;
};

}  // namespace kernelwire
