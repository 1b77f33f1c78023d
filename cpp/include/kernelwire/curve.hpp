// CurveZMQ: the pair of keys by which a kernel's sockets are encrypted.
//
// Layer 1. Depends on: bytes.hpp, error.hpp, zmq_api.hpp. Used by: connection.hpp, port.hpp.
// Spec: https://rfc.zeromq.org/spec/26/; Jupyter: JEP 145, and
// https://jupyter-client.readthedocs.io/en/stable/security.html
#pragma once

#include <cstddef>
#include <string>

#include <kernelwire/bytes.hpp>
#include <kernelwire/zmq_api.hpp>

namespace kernelwire {

/// The kernel's pair, as text in Z85. Clients are told both by the connection file and check the
/// public one. A value type; two empty strings where nothing is encrypted.
struct CurveKeys {
    static constexpr std::size_t key_size = 40;  ///< characters

    std::string public_key;  ///< which the other side knows as well
    std::string secret_key;  ///< which only this side knows, and its connection file

    /// Whether there is a pair.
    [[nodiscard]] bool present() const noexcept { return !secret_key.empty(); }
};

/// Whether `text` can be a key: 40 characters of Z85's alphabet.
[[nodiscard]] bool is_curve_key(Bytes text) noexcept;

/// Whether this libzmq was built with CURVE.
[[nodiscard]] bool has_curve(const ZmqApi& api) noexcept;

/// Makes a fresh pair.
/// @throws TransportError  where libzmq was built without CURVE.
[[nodiscard]] CurveKeys new_curve_keys(const ZmqApi& api);

/// Checks that sockets can be encrypted with `keys`; what it throws shows neither of them.
/// @throws TransportError  where libzmq was built without CURVE, or the keys are no pair: libzmq
///                         itself would then let clients wait without an end.
void check_curve(const ZmqApi& api, const CurveKeys& keys);

}  // namespace kernelwire
