// The table of libzmq's functions that kernelwire._libzmq has made.
//
// Needs the GIL.
#pragma once

#include <kernelwire/zmq_api.hpp>

#include "module.hpp"

/// @param libzmq  an object of kernelwire._libzmq's, or None: what its open() finds.
[[nodiscard]] inline kernelwire::ZmqApi table_of(const py::object& libzmq) {
    const py::object found =
        libzmq.is_none() ? py::module_::import("kernelwire._libzmq").attr("open")() : libzmq;
    const py::capsule table = found.attr("table");
    return *static_cast<const kernelwire::ZmqApi*>(
        PyCapsule_GetPointer(table.ptr(), "kernelwire.ZmqApi"));
}
