// Messages as a kernel sees them: the one that came in, and those that go out.
//
// Layer 3. Depends on: channel.hpp, codec.hpp, header.hpp.
// Used by: output.hpp, kernel.hpp, server.hpp.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <kernelwire/channel.hpp>
#include <kernelwire/codec.hpp>
#include <kernelwire/header.hpp>

namespace kernelwire {

/// One verified request.
///
/// The views in `envelope` are valid for as long as `owner` is held; a Message may be
/// copied and kept, and so may each of its buffers().
struct Message {
    Channel channel = Channel::shell;   ///< where it came from
    Header header;                      ///< its fields that were read
    Envelope envelope;                  ///< its frames
    std::shared_ptr<const void> owner;  ///< the frames' memory; null where the caller keeps it
    std::chrono::steady_clock::time_point received{};  ///< when, where somebody has noted it

    /// The header, as it came.
    [[nodiscard]] Bytes header_json() const noexcept { return envelope.parts[0]; }
    /// The header of the request that it belongs to, as it came.
    [[nodiscard]] Bytes parent() const noexcept { return envelope.parts[1]; }
    /// The metadata, as JSON text.
    [[nodiscard]] Bytes metadata() const noexcept { return envelope.parts[2]; }
    /// The content, as JSON text that nobody has parsed yet.
    [[nodiscard]] Bytes content() const noexcept { return envelope.parts[3]; }

    /// The binary frames, each sharing `owner`: nothing is copied.
    [[nodiscard]] Buffers buffers() const;
};

/// One message to send, before it has a header and a signature. Owns all but its buffers.
struct Outgoing {
    Channel channel = Channel::iopub;     ///< where it goes
    std::vector<std::string> identities;  ///< whom to route it to; empty on iopub
    std::string msg_type;                 ///< such as "stream"
    std::string parent = "{}";            ///< the header of the request it belongs to, as it came
    std::string metadata = "{}";          ///< JSON text of an object
    std::string content = "{}";           ///< JSON text of an object
    Buffers buffers{};                    ///< binary frames, lent until they have left
    std::string updates{};                ///< the id of a display; only its last update counts
    bool waits = false;         ///< while iopub has no room, rather than to make memory grow
    bool soon = false;          ///< it may leave with what comes next, a little later
    bool late = false;          ///< it is to leave a little after what came before
    std::string subshell_id{};  ///< of a request: who is to answer it (JEP 91)
};

/// An Outgoing laid out for the wire: `frames` borrow from it, from the Outgoing, and hold
/// no buffers. Meant to be reused.
struct Sealed {
    std::string msg_id;     ///< of this message
    std::string header;     ///< JSON text
    std::string topic;      ///< what iopub's subscribers choose by
    Signature signature{};  ///< of the four parts
    Frames identities;      ///< whom it is routed to
    Frames frames;          ///< all, in wire order
};

/// Gives outgoing messages their header and topic, and signs them.
///
/// Thread-safe: everything but the message counter is constant, and that is atomic.
class Sealer {
public:
    /// @param session  names this run of the kernel; goes into every header.
    Sealer(const Signer& signer, std::string session, const std::string& username = "kernel");

    /// @param out  overwritten; valid as long as `message` and itself are left as they are.
    void seal(const Outgoing& message, Timestamp when, Sealed& out) const;

    /// The session that goes into every header.
    [[nodiscard]] const std::string& session() const noexcept { return session_; }

private:
    Signer signer_;
    std::string session_;
    std::string topic_prefix_;
    std::string id_prefix_;    // SESSION_PID_, as jupyter_client writes message ids
    std::string header_tail_;  // the fields that never change, as JSON text
    mutable std::atomic<std::uint64_t> count_{0};
};

}  // namespace kernelwire
