// A file of all messages that a kernel verifies and sends, with their content and without the key.
//
// Layer 4. Depends on: line_file.hpp, log.hpp, message.hpp. Used by: observer.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include <kernelwire/line_file.hpp>
#include <kernelwire/log.hpp>
#include <kernelwire/message.hpp>

namespace kernelwire {

/// The file that the environment's KERNELWIRE_RECORD names; empty where it does not.
[[nodiscard]] std::string recording_file();

/// Appends a line of JSON for each message, before it is answered or sent on. What goes wrong with
/// the file ends the recording with one warning, and never the kernel. Thread-safe.
class Recording {
public:
    /// Buffers up to this size, in bytes, are kept; of larger ones the size and the SHA-256 are.
    static constexpr std::size_t buffer_limit = 1 << 20;

    /// Makes the file, for its owner only. A file that exists is left as it is.
    Recording(const std::string& path, const Log& log);

    /// @param secret  an answer that is not to be kept: a password.
    void received(const Message& message, bool secret);
    /// Records a message that was sent. Any thread.
    void sent(const Outgoing& message, const Sealed& sealed);

private:
    void append(const char* direction, Channel channel, const Parts& parts,
                const std::string& buffers);

    const std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
    LineFile file_;
};

}  // namespace kernelwire
