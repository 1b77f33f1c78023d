// Frames to messages and back, with no sockets: the sans-IO heart of kernelwire.
//
//   identity* | <IDS|MSG> | signature | header | parent_header | metadata | content | buffer*
//
// Layer 2. Depends on: bytes.hpp, error.hpp, signer.hpp, replay.hpp.
// Used by: message.hpp, kernel.hpp, _wire.pyx.
// Spec: https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol
#pragma once

#include <kernelwire/bytes.hpp>
#include <kernelwire/error.hpp>
#include <kernelwire/replay.hpp>
#include <kernelwire/signer.hpp>

namespace kernelwire {

inline constexpr Bytes delimiter = "<IDS|MSG>";

/// A verified message, as views into the frames it was decoded from.
///
/// Valid only while those frames are: nothing is copied and no JSON is parsed.
/// Meant to be reused, so that steady traffic allocates nothing.
struct Envelope {
    Frames identities;  ///< routing prefix; on iopub, the topic
    Bytes signature;    ///< verified; whatever stood there where there is no key
    Parts parts;        ///< JSON text, still encoded
    Frames buffers;     ///< raw frames after the content; not covered by the signature
};

/// Splits `frames`, checks the signature and then the replay window; parses nothing.
///
/// @param window  remembers the signature, once it was found right; null to allow replays.
///                Unsigned messages (an empty key) are never replays.
/// @param out     overwritten on Errc::ok, left as it was otherwise.
/// @returns Errc::ok, or why the frames are not a fresh message from a holder of the key.
[[nodiscard]] Errc decode(const Frames& frames, const Signer& signer, ReplayWindow* window,
                          Envelope& out);

/// Signs `parts` and lays out identities, delimiter, signature and parts, in that order.
///
/// @param signature  receives the digest, which a view in `out` then borrows.
/// @param out        overwritten; the caller sends it, and then its own buffers.
void encode(const Frames& identities, const Parts& parts, const Signer& signer,
            Signature& signature, Frames& out);

}  // namespace kernelwire
