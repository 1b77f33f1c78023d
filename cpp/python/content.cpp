#include "content.hpp"

#include <pybind11/gil_safe_call_once.h>

#include <cstdint>

namespace {

// A function of kernelwire.content, looked up once: orjson is imported when first needed.
template <int Which>
const py::object& content_function(const char* name) {
    static py::gil_safe_call_once_and_store<py::object> storage;
    return storage
        .call_once_and_store_result(
            [&] { return py::object(py::module_::import("kernelwire.content").attr(name)); })
        .get_stored();
}

}  // namespace

std::string to_json(py::handle value) {
    if (value.is_none()) return "{}";
    return content_function<0>("dumps")(value).cast<std::string>();
}

py::object from_json(kernelwire::Bytes text) {
    if (text == "{}") return py::dict();  // as most metadata is
    return content_function<1>("loads")(py::bytes(text.data(), text.size()));
}

kernelwire::Json to_json_value(py::handle value, std::size_t depth) {
    if (depth > kernelwire::json_depth_limit) throw py::value_error("it contains itself");
    if (value.is_none()) return nullptr;
    if (py::isinstance<py::bool_>(value)) return value.cast<bool>();
    if (py::isinstance<py::int_>(value)) return value.cast<std::int64_t>();
    if (py::isinstance<py::str>(value)) return to_text(value);
    if (py::isinstance<py::dict>(value)) {
        kernelwire::Json object = kernelwire::Json::object();
        for (const auto& [key, member] : value.cast<py::dict>()) {
            object[to_text(key)] = to_json_value(member, depth + 1);
        }
        return object;
    }
    throw py::type_error(std::string("no member of type ") + Py_TYPE(value.ptr())->tp_name +
                         " is wanted here");
}

std::string to_text(py::handle text) {
    if (!PyUnicode_Check(text.ptr())) {
        throw py::type_error(std::string("text is ") + Py_TYPE(text.ptr())->tp_name + ", want str");
    }
    Py_ssize_t size = 0;
    if (const char* utf8 = PyUnicode_AsUTF8AndSize(text.ptr(), &size)) {
        return {utf8, static_cast<std::size_t>(size)};
    }
    PyErr_Clear();
    const auto escaped = py::reinterpret_steal<py::bytes>(
        PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace"));
    if (!escaped) throw py::error_already_set();
    return escaped;
}
