// The five channels of a kernel.
//
// Layer 3. Depends on nothing of ours.
// Spec: https://jupyter-client.readthedocs.io/en/stable/messaging.html#introduction
#pragma once

#include <array>
#include <cstddef>

namespace kernelwire {

/// A channel, in the order in which a connection file lists the ports.
enum class Channel {
    shell,      ///< requests, one after the other (ROUTER)
    iopub,      ///< everything the kernel tells all of its clients (XPUB)
    stdin_,     ///< the kernel asks, the client answers (ROUTER)
    control,    ///< requests that must not wait for shell (ROUTER)
    heartbeat,  ///< whatever comes in goes back (ROUTER)
};

/// Every channel, in the order of the enum.
inline constexpr std::array<Channel, 5> channels{Channel::shell, Channel::iopub, Channel::stdin_,
                                                 Channel::control, Channel::heartbeat};

/// @returns the name the specification uses: "shell", "iopub", "stdin", "control", "hb".
[[nodiscard]] constexpr const char* name(Channel channel) noexcept {
    constexpr std::array<const char*, 5> names{"shell", "iopub", "stdin", "control", "hb"};
    return names[static_cast<std::size_t>(channel)];
}

}  // namespace kernelwire
