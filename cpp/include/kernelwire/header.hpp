// Message headers: reading the few fields a kernel acts upon, and writing whole ones.
//
// Layer 3. Depends on: bytes.hpp, calendar.hpp, error.hpp. Used by: message.hpp, kernel.hpp.
// Spec: https://jupyter-client.readthedocs.io/en/stable/messaging.html#message-header
#pragma once

#include <cstddef>
#include <string>

#include <kernelwire/bytes.hpp>
#include <kernelwire/calendar.hpp>
#include <kernelwire/error.hpp>

namespace kernelwire {

/// The protocol version announced in every header. A feature is never gated on the peer's:
/// `supported_features` decides (JEP 92).
inline constexpr Bytes protocol_version = "5.5";

/// The largest header that is read, in bytes: every answer carries it back as its parent, to all
/// clients, so that a larger one would be sent several times over.
inline constexpr std::size_t header_limit = 65536;

/// What a kernel needs to know of a request's header. A value type.
struct Header {
    std::string msg_id;       ///< of this message
    std::string msg_type;     ///< such as "execute_request"
    std::string subshell_id;  ///< which subshell is to answer (JEP 91); empty: the main shell
};

/// Reads a header without building a DOM; fields other than Header's are skipped.
///
/// @param out  overwritten on Errc::ok; unspecified otherwise.
/// @returns Errc::bad_header where `json` is not an object in which `msg_id` and `msg_type`
///          are non-empty strings, or is larger than header_limit, or nests too deeply.
[[nodiscard]] Errc read_header(Bytes json, Header& out);

/// Whether a message of this type goes to a comm: it has no reply, and no place among the requests
/// that wait for one.
[[nodiscard]] bool is_comm(Bytes msg_type) noexcept;

/// Appends `when` as ISO 8601 in UTC with microseconds: 2026-11-23T12:00:00.000001Z.
void append_timestamp(std::string& out, Timestamp when);

}  // namespace kernelwire
