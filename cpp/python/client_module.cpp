// kernelwire._client: clients of kernels, over the C++ core.
//
// A table of contents; each register_*.cpp binds one topic. Used by: src/kernelwire/client. A
// module of its own, so that kernels do not load it.
#include "buffers.hpp"
#include "module.hpp"

PYBIND11_MODULE(_client, m, py::mod_gil_not_used()) {
    m.doc() = "A kernel's process, the five channels to it, and what comes on them.";
    register_errors();
    register_buffers(m);
    register_messages(m);
#ifndef _WIN32
    register_process(m);
#endif
    register_client(m);
}
