#include <kernelwire/replay.hpp>

#include <algorithm>

namespace kernelwire {
namespace {

// 16 hex digits as a number; the caller has checked that they are hex digits.
std::uint64_t read_hex(Bytes digits) noexcept {
    std::uint64_t value = 0;
    for (const char digit : digits) {
        const auto c = static_cast<unsigned char>(digit);
        value = value << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10U);
    }
    return value;
}

}  // namespace

bool ReplayWindow::insert(Bytes signature) {
    if (capacity_ == 0 || signature.size() < 32) return true;
    const Print print{read_hex(signature.substr(0, 16)), read_hex(signature.substr(16, 16))};
    if (2 * (count_ + 1) > slots_.size()) grow();
    if (slots_[slot_of(print)] != 0) return false;

    std::size_t entry = ring_.size();
    if (count_ < capacity_) {
        ring_.push_back(print);
        ++count_;
    } else {
        entry = oldest_;
        oldest_ = (oldest_ + 1) % capacity_;
        forget(entry);
        ring_[entry] = print;
    }
    slots_[slot_of(print)] = static_cast<std::uint32_t>(entry + 1);  // forget() may have moved it
    return true;
}

// Where `print` is, or the empty slot where it belongs. Linear probing: digests are uniform.
std::size_t ReplayWindow::slot_of(const Print& print) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = print[0] & mask;
    while (slots_[slot] != 0 && ring_[slots_[slot] - 1] != print) slot = (slot + 1) & mask;
    return slot;
}

// Empties the slot of ring_[entry], and closes the gap (Knuth, volume 3, 6.4, algorithm R).
void ReplayWindow::forget(std::size_t entry) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t gap = slot_of(ring_[entry]);
    for (std::size_t slot = (gap + 1) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
        const std::size_t home = ring_[slots_[slot] - 1][0] & mask;
        const bool reachable = ((slot - home) & mask) < ((slot - gap) & mask);
        if (reachable) continue;
        slots_[gap] = slots_[slot];
        gap = slot;
    }
    slots_[gap] = 0;
}

void ReplayWindow::grow() {
    const std::size_t wanted = std::max<std::size_t>(64, slots_.size() * 2);
    slots_.assign(wanted, 0);
    for (std::size_t entry = 0; entry < ring_.size(); ++entry) {
        slots_[slot_of(ring_[entry])] = static_cast<std::uint32_t>(entry + 1);
    }
}

}  // namespace kernelwire
