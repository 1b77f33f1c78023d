// An application's memory as a NumPy array, without a copy.
//
// Wants pybind11, as kernelwire::python has it, and NumPy. Used by: applications.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <pybind11/numpy.h>

namespace kernelwire {

/// An array that is the memory itself: it shows what the application writes, and what Python writes
/// to it the application has. Needs the GIL.
/// @param owner  keeps the memory alive, and in its place, for as long as an array or a view of it
///               lives, which a cell may keep. A std::vector that grows does not.
/// @param data   rows one after the other, as in C; where it is const, Python may not write to it.
/// @param shape  how many values in each dimension.
template <class Value, class Owner>
[[nodiscard]] pybind11::array live_array(std::shared_ptr<Owner> owner, Value* data,
                                         std::vector<pybind11::ssize_t> shape) {
    namespace py = pybind11;
    using Element = std::remove_const_t<Value>;
    static_assert(std::is_arithmetic_v<Element>, "NumPy knows numbers");
    const py::capsule base(new std::shared_ptr<Owner>(std::move(owner)),
                           [](void* held) { delete static_cast<std::shared_ptr<Owner>*>(held); });
    py::array_t<Element, py::array::c_style> array(std::move(shape), data, base);
    if (std::is_const_v<Value>) array.attr("setflags")(py::arg("write") = false);
    return array;
}

}  // namespace kernelwire
