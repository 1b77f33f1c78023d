// Borrowed bytes: the one type every frame, part and buffer is passed as.
//
// Layer 0. Depends on nothing of ours.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace kernelwire {

/// A borrowed run of bytes. Never owns; whoever lends it keeps the memory alive.
using Bytes = std::string_view;

/// The four signed JSON parts, in wire order: header, parent_header, metadata, content.
using Parts = std::array<Bytes, 4>;

/// One multipart message, each frame borrowed from whoever received or made it.
using Frames = std::vector<Bytes>;

/// A binary frame that travels after the content, with whatever keeps its memory alive.
///
/// On receipt `owner` is the received message, so a copy of the Buffer may be kept for as
/// long as it is wanted. On sending, `owner` is dropped once the last byte has left, and
/// that happens **on libzmq's I/O thread**: its deleter must be quick and must not lock
/// anything that is held while a message is sent (the GIL among them).
struct Buffer {
    Bytes bytes;                        ///< what is sent, or was received
    std::shared_ptr<const void> owner;  ///< keeps `bytes` alive; null where something else does
};

/// The buffers of one message, in wire order.
using Buffers = std::vector<Buffer>;

}  // namespace kernelwire
