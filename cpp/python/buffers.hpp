// Buffers in and out of Python without a copy.
//
// Every function needs the GIL.
#pragma once

#include <kernelwire/bytes.hpp>

#include "module.hpp"

/// Binds the type behind the memoryviews of received buffers.
void register_buffers(py::module_& m);

/// Borrows the memory of every object in `objects`, a sequence or None, until libzmq has sent it.
/// @throws py::error_already_set  TypeError or BufferError for what has no contiguous buffer.
[[nodiscard]] kernelwire::Buffers borrow_buffers(py::handle objects);

/// A read-only memoryview of `buffer`, which keeps the received message alive.
[[nodiscard]] py::object view_of(const kernelwire::Buffer& buffer);

/// A list of view_of() each.
[[nodiscard]] py::list views_of(const kernelwire::Buffers& buffers);

/// Releases the Python buffers that libzmq has given back since the last call.
void release_returned_buffers();
