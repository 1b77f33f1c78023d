// Python objects and JSON text: kernelwire.content does the work, here it is called.
//
// Every function needs the GIL.
#pragma once

#include <string>

#include <kernelwire/bytes.hpp>
#include <kernelwire/json.hpp>

#include "module.hpp"

/// The JSON text of `value`; `{}` for None.
/// @throws py::error_already_set  TypeError or ValueError, where it has none.
[[nodiscard]] std::string to_json(py::handle value);

/// The object that JSON text stands for.
/// @throws py::error_already_set  ValueError, where it is not JSON.
[[nodiscard]] py::object from_json(kernelwire::Bytes text);

/// The value of dicts of strings, numbers and dicts, without importing a JSON library.
/// @throws py::type_error, py::value_error  for anything else in it, and where it contains itself.
[[nodiscard]] kernelwire::Json to_json_value(py::handle value, std::size_t depth = 0);

/// The UTF-8 of a str; surrogates that have no UTF-8 are written as escapes, `\udc80`.
[[nodiscard]] std::string to_text(py::handle text);
