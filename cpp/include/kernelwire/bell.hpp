// Calls a thread that waits on a socket, so that it looks around.
//
// Layer 6. Depends on: port.hpp. Used by: inbox.hpp, router.hpp, server.hpp.
#pragma once

#include <memory>
#include <string>

#include <kernelwire/bytes.hpp>
#include <kernelwire/port.hpp>

namespace kernelwire {

/// A way over inproc to one port, the door, which must outlive it. Thread-safe.
class Bell {
public:
    /// Binds the door to an inproc name too. Such names are known to one context only, so each
    /// server of a process may use the same.
    /// @param traffic  counts the rings.
    Bell(const ZmqContext& context, Port& door, const std::string& name,
         std::shared_ptr<Traffic> traffic = std::make_shared<Traffic>())
        : port_(context, zmq::dealer, std::move(traffic)) {
        door.bind("inproc://" + name);
        port_.connect("inproc://" + name);
    }

    /// Rings. Any thread.
    void ring() { port_.send({call}); }

    /// Whether what came in at a door, a ROUTER socket, is a ring and no message.
    [[nodiscard]] static bool is_ring(const Frames& frames) noexcept {
        return frames.size() == 2 && frames[1] == call;
    }

private:
    static constexpr Bytes call = "wake";

    Port port_;
};

}  // namespace kernelwire
