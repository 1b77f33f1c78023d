#include "buffers.hpp"

#include <mutex>
#include <utility>
#include <vector>

namespace {

// Py_buffers that libzmq is done with. Its I/O thread puts them here, since it must never wait
// for the GIL; whoever holds the GIL next releases them.
class Returned {
public:
    void add(Py_buffer view) {
        const std::lock_guard lock(mutex_);
        views_.push_back(view);
    }

    [[nodiscard]] std::vector<Py_buffer> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(views_, {});
    }

private:
    std::mutex mutex_;
    std::vector<Py_buffer> views_;
};

// Never destroyed: libzmq may give a buffer back while the process ends.
Returned& returned() {
    static auto* const list = new Returned;
    return *list;
}

// Py_buffers taken from Python, each until its message has left.
struct Borrowed {
    Py_buffer view{};
    ~Borrowed() {
        if (view.obj != nullptr) returned().add(view);
    }
};

kernelwire::Buffer borrow(py::handle object) {
    auto borrowed = std::make_shared<Borrowed>();
    if (PyObject_GetBuffer(object.ptr(), &borrowed->view, PyBUF_SIMPLE) != 0) {
        throw py::error_already_set();
    }
    const kernelwire::Bytes bytes(static_cast<const char*>(borrowed->view.buf),
                                  static_cast<std::size_t>(borrowed->view.len));
    return {bytes, std::move(borrowed)};
}

}  // namespace

void register_buffers(py::module_& m) {
    py::class_<kernelwire::Buffer>(m, "_ReceivedBuffer", py::buffer_protocol())
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
    for (Py_buffer& view : returned().take()) PyBuffer_Release(&view);
}
