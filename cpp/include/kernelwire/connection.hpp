// The connection file: where the five channels are, and with which key messages are signed. And the
// registration file: where to say which ports a kernel has chosen (JEP 66).
//
// Layer 3. Depends on: channel.hpp, curve.hpp, error.hpp, json.hpp.
// Spec: https://jupyter-client.readthedocs.io/en/stable/kernels.html#connection-files
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include <kernelwire/channel.hpp>
#include <kernelwire/curve.hpp>

namespace kernelwire {

/// Where the launcher waits to be told the ports. A value type.
struct Registration {
    std::string ip;              ///< with ipc, the path before "-PORT"
    int port = 0;                ///< of the socket that waits
    std::string kernel_id;       ///< tells the launcher which kernel it is
    bool whole_message = false;  ///< for launchers that want a handshake_request with a header
};

/// What a connection file says. A value type.
struct Connection {
    std::string transport = "tcp";  ///< "tcp" or "ipc"
    std::string ip = "127.0.0.1";   ///< an address to bind; with ipc, the path before "-PORT"
    std::array<int, 5> ports{};     ///< in Channel's order; 0 lets the system choose (tcp)
    std::string signature_scheme = "hmac-sha256";  ///< the only one there is
    std::string key;          ///< empty: messages are neither signed nor checked
    std::string kernel_name;  ///< the kernelspec's name, where the launcher wrote it
    CurveKeys curve;          ///< absent: nothing is encrypted
    std::optional<Registration> registration;  ///< of a registration file: ports may be 0

    /// What to say of a file that others than its owner may read or change; empty: it is as it
    /// should be. The key lets whoever has it run code as the kernel's user.
    std::string exposure;

    /// @returns a channel's port.
    [[nodiscard]] int port(Channel channel) const noexcept {
        return ports[static_cast<std::size_t>(channel)];
    }

    /// @returns what libzmq binds for `channel`: `tcp://IP:PORT` or `ipc://IP-PORT`; a port of 0 is
    ///          written `*`, which libzmq reads as any free one.
    [[nodiscard]] std::string endpoint(Channel channel) const;

    /// @returns what libzmq connects to in order to register; only where there is a registration.
    [[nodiscard]] std::string registration_endpoint() const;
};

/// Reads a connection file, or a registration file.
/// @throws ConnectionFileError  naming the file, and the field that is missing or wrong.
[[nodiscard]] Connection read_connection(const std::string& path);

/// Reads the text of a connection file; `origin` names it in errors.
/// @throws ConnectionFileError  as read_connection() does.
[[nodiscard]] Connection parse_connection(const std::string& text, const std::string& origin);

/// Writes `connection` for clients to read, with mode 0600, since it holds the keys.
/// The file appears whole or not at all.
/// @throws ConnectionFileError  where the file cannot be written.
void write_connection(const Connection& connection, const std::string& path);

/// A number for an ipc endpoint below `ip` that no file has: with ipc, what port 0 stands for.
[[nodiscard]] int unused_ipc_port(const std::string& ip);

/// The port of each channel, under the names that connection files and connect_reply have for them:
/// the JSON text of an object.
[[nodiscard]] std::string write_ports(const Connection& connection);

/// A fresh key: 128 random bits as a UUID in text, as jupyter_client makes them.
[[nodiscard]] std::string new_key();

}  // namespace kernelwire
