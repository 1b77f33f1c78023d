// Layer 6, private.
#include "ports.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace kernelwire {
namespace {

// Beats and subscriptions are a few bytes, and need no key: larger ones would take memory.
constexpr std::int64_t small_frame = 4096;

int port_of(const std::string& endpoint) {
    const std::size_t colon = endpoint.rfind(':');
    return colon == std::string::npos
               ? 0
               : static_cast<int>(std::strtol(endpoint.c_str() + colon + 1, nullptr, 10));
}

}  // namespace

Ports::Ports(const ZmqContext& context, const std::shared_ptr<Traffic>& traffic)
    : shell(context, zmq::router, traffic),
      iopub(context, zmq::xpub, traffic),
      stdin_(context, zmq::router, traffic),
      control(context, zmq::router, traffic),
      heartbeat(context, zmq::router, traffic),
      control_bell(context, control, "control", traffic) {}

Port& Ports::operator[](Channel channel) {
    const std::array<Port*, channels.size()> all{&shell, &iopub, &stdin_, &control, &heartbeat};
    return *all[static_cast<std::size_t>(channel)];
}

void Ports::bind(const ZmqApi& api, Connection& connection) {
    const bool encrypted = connection.curve.present();
    if (encrypted) check_curve(api, connection.curve);
    iopub.set(zmq::xpub_verbose, 1);  // every subscriber is welcomed, not the first only
    for (const Channel channel : channels) {
        Port& port = (*this)[channel];
        // No limit, or libzmq would drop what a slow client has not read. Beats may be dropped:
        // who sends them and does not read would have them take memory without an end.
        if (channel != Channel::heartbeat) port.set(zmq::sndhwm, 0);
        const bool takes_requests = channel != Channel::heartbeat && channel != Channel::iopub;
        if (!takes_requests) port.limit_frames(small_frame);
        // A client that reconnects under its old identity takes over from its dead connection.
        if (channel != Channel::iopub) port.set(zmq::router_handover, 1);
        // A question must not be dropped because the client's stdin is a moment behind its shell.
        if (channel == Channel::stdin_) port.set(zmq::router_mandatory, 1);
        if (encrypted) port.serve_curve(connection.curve);
        int& number = connection.ports[static_cast<std::size_t>(channel)];
        const bool tcp = connection.transport == "tcp";
        if (!tcp && number == 0) number = unused_ipc_port(connection.ip);
        port.bind(connection.endpoint(channel));
        if (tcp) number = port_of(port.endpoint());
    }
}

}  // namespace kernelwire
