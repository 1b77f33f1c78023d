// The sockets of a server: one for each channel, and a bell at control's.
//
// Layer 6, private. Depends on: bell.hpp, connection.hpp. Used by: server.cpp.
#pragma once

#include <memory>

#include <kernelwire/bell.hpp>
#include <kernelwire/connection.hpp>

namespace kernelwire {

/// The ports of the five channels.
struct Ports {
    Ports(const ZmqContext& context, const std::shared_ptr<Traffic>& traffic);

    /// Sets the options of each, and binds it where `connection` says. A port of 0 there becomes
    /// the one that was chosen.
    /// @throws TransportError  where an endpoint cannot be bound, or cannot be encrypted.
    void bind(const ZmqApi& api, Connection& connection);

    Port& operator[](Channel channel);

    Port shell;
    Port iopub;
    Port stdin_;
    Port control;
    Port heartbeat;
    Bell control_bell;
};

}  // namespace kernelwire
