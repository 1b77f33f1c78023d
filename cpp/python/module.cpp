// kernelwire._host: interpreters written in Python, hosted by the C++ core.
//
// A table of contents; each register_*.cpp binds one topic. Used by: src/kernelwire.
#include "module.hpp"

PYBIND11_MODULE(_host, m, py::mod_gil_not_used()) {
    m.doc() =
        "Interpreters to subclass, outputs to publish through, and the server that hosts them.";
    register_errors();
    register_requests(m);
    register_output(m);
    register_interpreter(m);
    register_kernel(m);
    register_embedded(m);
}
