// The signatures seen lately, so that a recorded message cannot be sent again.
//
// Layer 1. Depends on: bytes.hpp, signer.hpp. Used by: codec.hpp, _history.pyx.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <kernelwire/bytes.hpp>
#include <kernelwire/signer.hpp>

namespace kernelwire {

/// The last valid signatures of one socket: `capacity` of them, or at least nine tenths.
///
/// When there are more, the oldest tenth is forgotten at once, as jupyter_client's
/// `digest_history` does with a random one. That costs no pause: what is forgotten leaves the
/// table little by little, with the signatures that come after. Memory is bounded by 32 bytes
/// for each remembered signature, taken only as they arrive. Remember only verified
/// signatures, or a peer without the key could push real ones out.
///
/// A value type, confined to one thread.
class ReplayWindow {
public:
    /// @param capacity  how many signatures are remembered; 65536 is what
    ///                  jupyter_client's `digest_history_size` keeps. 0 remembers none.
    explicit ReplayWindow(std::size_t capacity = 65536) noexcept : capacity_(capacity) {}

    /// Remembers `signature`.
    /// @param signature  already verified: hex digits, of which the first 32 count. Of anything
    ///                   shorter a hash is kept.
    /// @returns false when it is in the window already: the message is a replay.
    [[nodiscard]] bool insert(Bytes signature);

    /// Whether a signature was seen, and is remembered.
    [[nodiscard]] bool contains(Bytes signature) const noexcept;

    /// Forgets everything.
    void clear() noexcept;

    /// Changes the capacity; the newest signatures are kept. Costs nothing where it is the same.
    void resize(std::size_t capacity);

    /// How many are remembered.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// How many can be.
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    /// Whether both remember the same signatures, in whatever order.
    [[nodiscard]] bool operator==(const ReplayWindow& other) const noexcept;

private:
    // Half of the digest: a forger would need 2^64 signed messages for a collision.
    using Print = std::array<std::uint64_t, 2>;

    static Print print_of(Bytes signature) noexcept;
    [[nodiscard]] bool contains(const Print& print) const noexcept;
    [[nodiscard]] std::size_t before(std::size_t entry, std::size_t steps) const noexcept;
    [[nodiscard]] bool remembered(std::size_t entry) const noexcept;
    [[nodiscard]] std::size_t slot_of(const Print& print) const noexcept;
    void append(const Print& print);
    void sweep();
    void empty_slot(std::size_t gap);
    void grow();

    std::size_t capacity_;
    // In the ring, before next_ stand size_ signatures that are remembered, and before those
    // forgotten_ ones that still have their place in the table.
    std::size_t next_ = 0;
    std::size_t size_ = 0;
    std::size_t forgotten_ = 0;
    std::vector<Print> ring_;           // in order of arrival; grows up to capacity_ + 1
    std::vector<std::uint32_t> slots_;  // open addressing: 0 is empty, else index into ring_ + 1
};

}  // namespace kernelwire
