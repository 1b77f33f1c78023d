// Message: what a client receives.
#include <kernelwire/error.hpp>

#include "buffers.hpp"
#include "content.hpp"
#include "module.hpp"
#include "received_message.hpp"

using namespace kernelwire;

namespace {

// What the key has signed may yet be no JSON.
py::object parsed(Bytes part) {
    try {
        return from_json(part);
    } catch (const py::error_already_set& error) {
        if (!error.matches(PyExc_ValueError)) throw;
        throw WireError(Errc::bad_content);
    }
}

py::object content_of(ReceivedMessage& self) {
    if (!self.content) self.content = parsed(self.message.content());
    return self.content;
}

}  // namespace

void register_messages(py::module_& m) {
    py::class_<ReceivedMessage>(m, "Message", R"(A message from a kernel.

Its JSON is parsed when it is asked for; its buffers are views of what was received, which
is kept as long as one of them is.)")
        .def_property_readonly(
            "channel", [](const ReceivedMessage& self) { return name(self.message.channel); },
            R"("shell", "control", "iopub" or "stdin".)")
        .def_property_readonly(
            "msg_id", [](const ReceivedMessage& self) { return self.message.header.msg_id; })
        .def_property_readonly(
            "msg_type", [](const ReceivedMessage& self) { return self.message.header.msg_type; })
        .def_property_readonly(
            "header",
            [](const ReceivedMessage& self) { return parsed(self.message.header_json()); },
            "A dict, parsed at each call, as the two below.")
        .def_property_readonly(
            "parent_header",
            [](const ReceivedMessage& self) { return parsed(self.message.parent()); },
            "The header of the request that it belongs to.")
        .def_property_readonly(
            "metadata", [](const ReceivedMessage& self) { return parsed(self.message.metadata()); })
        .def_property_readonly("content", &content_of, R"(A dict, parsed once.

Raises:
    MalformedMessage: it is signed, and no JSON.)")
        .def_property_readonly(
            "buffers", [](const ReceivedMessage& self) { return views_of(self.message.buffers()); },
            "Read-only memoryviews of the binary frames: nothing is copied.")
        .def("__repr__", [](const ReceivedMessage& self) {
            return "<Message " + self.message.header.msg_type + " on " +
                   name(self.message.channel) + ">";
        });
}
