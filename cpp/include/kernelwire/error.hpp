// Every way in which a peer's message can be wrong, as one enum, and the exceptions for
// mistakes of our own caller. The core answers a peer with codes and never throws at it.
//
// Layer 0. Depends on nothing of ours.
#pragma once

#include <array>
#include <stdexcept>
#include <string>

namespace kernelwire {

/// Why a message was refused. The Python layer maps each to one exception class.
enum class Errc {
    ok = 0,
    no_delimiter,   ///< no `<IDS|MSG>` frame
    too_few_parts,  ///< fewer than a signature and four parts follow the delimiter
    bad_signature,  ///< the HMAC does not match, or has the wrong length
    replayed,       ///< the signature is right, and was seen before
    bad_header,     ///< the header is not a JSON object with a `msg_id` and a `msg_type`
    bad_content,    ///< the content is not JSON, or a field of it has the wrong type
};

/// All of them, in the order of the enum.
inline constexpr std::array<Errc, 7> error_codes{
    Errc::ok,       Errc::no_delimiter, Errc::too_few_parts, Errc::bad_signature,
    Errc::replayed, Errc::bad_header,   Errc::bad_content};

/// @returns the enumerator's name.
[[nodiscard]] const char* name(Errc code) noexcept;

/// @returns a static, lower-case sentence without a full stop.
[[nodiscard]] const char* message(Errc code) noexcept;

/// What check() throws: the code for a switch, the text for a log.
class WireError : public std::runtime_error {
public:
    /// Its text is message().
    explicit WireError(Errc code) : std::runtime_error(message(code)), code_(code) {}
    /// Why it was refused.
    [[nodiscard]] Errc code() const noexcept { return code_; }

private:
    Errc code_;
};

/// @throws WireError  unless `code` is Errc::ok.
inline void check(Errc code) {
    if (code != Errc::ok) throw WireError(code);
}

/// The connection file cannot be read, lacks a field, or has one of the wrong type.
class ConnectionFileError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A socket cannot be made, bound or used; the text names the call and libzmq's reason.
class TransportError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A message is for a peer that is not connected, or not yet; it was not sent.
class PeerNotConnected : public TransportError {
    using TransportError::TransportError;
};

}  // namespace kernelwire
