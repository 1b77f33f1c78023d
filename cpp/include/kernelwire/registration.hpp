// The handshake of JEP 66: a kernel that has chosen its ports itself tells its launcher.
//
// Layer 6. Depends on: connection.hpp, port.hpp. Used by: server.hpp.
// Spec: https://jupyter-client.readthedocs.io/en/latest/messaging.html#kernel-startup-handshake
#pragma once

#include <chrono>
#include <memory>

#include <kernelwire/connection.hpp>
#include <kernelwire/port.hpp>

namespace kernelwire {

/// Sends the ports of `connection`, all of them bound, to the launcher that its registration names,
/// signed with its key, and waits for a signed answer. Repeats the request while none comes.
///
/// The registration socket is not encrypted, with CURVE neither: it carries nothing but the ports,
/// and no launcher or kernel expects it to be.
///
/// @param patience  how long to wait for the answer.
/// @throws TransportError  naming the endpoint, where the launcher does not answer or refuses.
void register_ports(const ZmqContext& context, const Connection& connection,
                    const std::shared_ptr<Traffic>& traffic, std::chrono::milliseconds patience);

}  // namespace kernelwire
