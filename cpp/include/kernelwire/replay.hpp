// The signatures seen lately, so that a recorded message cannot be sent again.
//
// Layer 1. Depends on: bytes.hpp, signer.hpp. Used by: codec.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <kernelwire/bytes.hpp>
#include <kernelwire/signer.hpp>

namespace kernelwire {

/// A sliding window over the last `capacity` valid signatures of one socket.
///
/// Oldest first out, one at a time: there is no pause for culling, and memory is bounded
/// by 28 bytes for each remembered signature, taken only as they arrive. Remember only
/// verified signatures, or a peer without the key could push real ones out.
///
/// Confined to one thread.
class ReplayWindow {
public:
    /// @param capacity  how many signatures are remembered; 65536 is what
    ///                  jupyter_client's `digest_history_size` keeps. 0 remembers none.
    explicit ReplayWindow(std::size_t capacity = 65536) noexcept : capacity_(capacity) {}

    /// Remembers `signature`.
    /// @param signature  64 hex digits, already verified; anything shorter is not remembered.
    /// @returns false when it is in the window already: the message is a replay.
    [[nodiscard]] bool insert(Bytes signature);

    [[nodiscard]] std::size_t size() const noexcept { return count_; }

private:
    // Half of the digest: a forger would need 2^64 signed messages for a collision.
    using Print = std::array<std::uint64_t, 2>;

    [[nodiscard]] std::size_t slot_of(const Print& print) const noexcept;
    void forget(std::size_t entry);
    void grow();

    std::size_t capacity_;
    std::size_t count_ = 0;             // entries in use
    std::size_t oldest_ = 0;            // where the next one goes once the ring is full
    std::vector<Print> ring_;           // in order of arrival
    std::vector<std::uint32_t> slots_;  // open addressing: 0 is empty, else index into ring_ + 1
};

}  // namespace kernelwire
