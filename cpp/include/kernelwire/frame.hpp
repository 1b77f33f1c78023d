// One frame onto a socket, copied or lent.
//
// Layer 1. Depends on: bytes.hpp, zmq_api.hpp. Used by: parcel.hpp, _socket.pyx.
#pragma once

#include <kernelwire/bytes.hpp>
#include <kernelwire/zmq_api.hpp>

namespace kernelwire {

/// Sends a copy of `bytes` as one frame. A signal does not end the call.
/// @param flags  of zmq::dontwait and zmq::sndmore.
/// @returns 0, or libzmq's error code; then nothing was sent.
[[nodiscard]] int send_copy(const ZmqApi& api, void* socket, Bytes bytes, int flags);

/// Sends `bytes` from where they are, and says nothing when they have left.
/// @returns 0, or libzmq's error code; then nothing was sent.
[[nodiscard]] int send_view(const ZmqApi& api, void* socket, Bytes bytes, int flags);

/// Sends `bytes` from where they are.
/// @param free   called with `hint` once the last byte has left, on libzmq's thread, or at once
///               where nothing could be sent: once, whatever happens.
/// @returns 0, or libzmq's error code; then nothing was sent.
[[nodiscard]] int send_lent(const ZmqApi& api, void* socket, Bytes bytes, ZmqFree free, void* hint,
                            int flags);

}  // namespace kernelwire
