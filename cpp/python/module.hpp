// What the binding's translation units share: their entry points and the namespace's short name.
#pragma once

#include <pybind11/pybind11.h>

namespace py = pybind11;

void register_errors();
void register_requests(py::module_& m);
void register_output(py::module_& m);
void register_interpreter(py::module_& m);
void register_kernel(py::module_& m);
void register_embedded(py::module_& m);
void register_client(py::module_& m);
void register_messages(py::module_& m);
void register_process(py::module_& m);
