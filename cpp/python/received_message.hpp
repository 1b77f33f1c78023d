// A message that a client has received, as Python has it.
#pragma once

#include <kernelwire/message.hpp>

#include "module.hpp"

/// Keeps the frames for as long as it lives; each JSON part is parsed when it is first asked for.
struct ReceivedMessage {
    kernelwire::Message message;
    py::object content{};  ///< once it was parsed
};
