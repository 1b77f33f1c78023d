#include "buffers.hpp"

#include <memory>

#include "returned_views.hpp"

namespace {

// A Py_buffer taken from Python, until its message has left.
struct Borrowed {
    ReturnedView* returned = new ReturnedView;
    ~Borrowed() { returned_views().add(returned); }
};

kernelwire::Buffer borrow(py::handle object) {
    auto borrowed = std::make_shared<Borrowed>();
    Py_buffer& view = borrowed->returned->view;
    if (PyObject_GetBuffer(object.ptr(), &view, PyBUF_SIMPLE) != 0) throw py::error_already_set();
    const kernelwire::Bytes bytes(static_cast<const char*>(view.buf),
                                  static_cast<std::size_t>(view.len));
    return {bytes, std::move(borrowed)};
}

}  // namespace

void register_buffers(py::module_& m) {
    // Each extension module has this type: they share the names, and nothing else.
    py::class_<kernelwire::Buffer>(m, "_ReceivedBuffer", py::buffer_protocol(), py::module_local())
        .def_buffer([](const kernelwire::Buffer& buffer) {
            return py::buffer_info(reinterpret_cast<const unsigned char*>(buffer.bytes.data()),
                                   static_cast<py::ssize_t>(buffer.bytes.size()));
        });
}

kernelwire::Buffers borrow_buffers(py::handle objects) {
    release_returned_buffers();
    kernelwire::Buffers out;
    if (objects.is_none()) return out;
    for (const py::handle object : objects) out.push_back(borrow(object));
    return out;
}

py::object view_of(const kernelwire::Buffer& buffer) {
    const py::object holder = py::cast(buffer);
    auto view = py::reinterpret_steal<py::object>(PyMemoryView_FromObject(holder.ptr()));
    if (!view) throw py::error_already_set();
    return view;
}

py::list views_of(const kernelwire::Buffers& buffers) {
    py::list out;
    for (const kernelwire::Buffer& buffer : buffers) out.append(view_of(buffer));
    return out;
}

void release_returned_buffers() {
    returned_views().release();
}
