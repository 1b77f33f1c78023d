// JSON objects that an author gives, where a message has to have one.
//
// Layer 4, private. Depends on: json.hpp. Used by: client.cpp, output.cpp, reply.cpp.
#pragma once

#include <stdexcept>
#include <string>

#include <kernelwire/json.hpp>

namespace kernelwire {

// Throws where `value` is no object: `{"text/plain", text}`, with a pair of braces too few, is a
// list of two, which frontends would leave out or fail at.
inline void want_object(const Json& value, const char* name) {
    if (value.is_object()) return;
    throw std::invalid_argument(std::string(name) + " is " + value.type_name() +
                                ", want an object, such as {{\"key\", value}}");
}

// The JSON text of an object.
inline std::string object_text(const Json& value, const char* name) {
    std::string text = write_json(value, name);  // which says so where it nests too deeply
    want_object(value, name);
    return text;
}

}  // namespace kernelwire
