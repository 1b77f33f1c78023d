#include <kernelwire/replay.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace kernelwire {
namespace {

constexpr std::size_t print_digits = 32;

// Eight hex digits as 32 bits, in an order of their own: all at once, one in each byte.
std::uint64_t read_hex(const char* digits) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    std::uint64_t x = 0;
    std::memcpy(&x, digits, sizeof x);
    x = (x & 0x0f * ones) + 9 * (x >> 6 & ones);  // letters of both cases have bit 6
    x = (x | x >> 4) & 0x00ff00ff00ff00ff;
    x = (x | x >> 8) & 0x0000ffff0000ffff;
    return (x | x >> 16) & 0xffffffff;
}

}  // namespace

ReplayWindow::Print ReplayWindow::print_of(Bytes signature) noexcept {
    if (signature.size() < print_digits) {
        return {std::hash<Bytes>{}(signature), signature.size()};
    }
    const char* digits = signature.data();
    return {read_hex(digits) << 32 | read_hex(digits + 8),
            read_hex(digits + 16) << 32 | read_hex(digits + 24)};
}

bool ReplayWindow::insert(Bytes signature) {
    if (capacity_ == 0) return true;
    const Print print = print_of(signature);
    if (contains(print)) return false;
    append(print);
    return true;
}

bool ReplayWindow::contains(Bytes signature) const noexcept {
    return contains(print_of(signature));
}

bool ReplayWindow::contains(const Print& print) const noexcept {
    if (slots_.empty()) return false;
    const std::uint32_t found = slots_[slot_of(print)];
    return found != 0 && remembered(found - 1);
}

void ReplayWindow::clear() noexcept {
    next_ = size_ = forgotten_ = 0;
    ring_.clear();
    std::fill(slots_.begin(), slots_.end(), 0U);
}

void ReplayWindow::resize(std::size_t capacity) {
    if (capacity == capacity_) return;
    const ReplayWindow old = std::exchange(*this, ReplayWindow(capacity));
    for (std::size_t age = std::min(old.size_, capacity); age > 0; --age) {
        append(old.ring_[old.before(old.next_, age)]);
    }
}

bool ReplayWindow::operator==(const ReplayWindow& other) const noexcept {
    if (size_ != other.size_) return false;
    for (std::size_t age = size_; age > 0; --age) {
        if (!other.contains(ring_[before(next_, age)])) return false;
    }
    return true;
}

// The entry of the ring that is `steps` before another.
std::size_t ReplayWindow::before(std::size_t entry, std::size_t steps) const noexcept {
    return entry >= steps ? entry - steps : entry + capacity_ + 1 - steps;
}

// Whether ring_[entry], which has a slot, is not forgotten yet.
bool ReplayWindow::remembered(std::size_t entry) const noexcept {
    const std::size_t age = next_ > entry ? next_ - entry : next_ + capacity_ + 1 - entry;
    return age <= size_;
}

// Where `print` is, or the empty slot where it belongs. Linear probing: digests are uniform.
std::size_t ReplayWindow::slot_of(const Print& print) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = print[0] & mask;
    while (slots_[slot] != 0 && ring_[slots_[slot] - 1] != print) slot = (slot + 1) & mask;
    return slot;
}

// Gives a print that is not remembered the next place.
void ReplayWindow::append(const Print& print) {
    // Two for each that comes: so a forgotten tenth is gone before the next one is, and the
    // entry taken here is free.
    sweep();
    sweep();
    if (next_ == ring_.size()) {
        ring_.push_back(print);
        if (ring_.size() > slots_.size() / 2 + slots_.size() / 8) grow();
    } else {
        ring_[next_] = print;
    }
    // A forgotten entry of the same print, if there is one, loses its slot to this one.
    slots_[slot_of(print)] = static_cast<std::uint32_t>(next_ + 1);
    next_ = next_ == capacity_ ? 0 : next_ + 1;
    if (++size_ <= capacity_) return;
    const std::size_t tenth = std::max<std::size_t>(size_ / 10, 1);
    size_ -= tenth;
    forgotten_ += tenth;
}

// Takes the oldest forgotten signature out of the table.
void ReplayWindow::sweep() {
    if (forgotten_ == 0) return;
    const std::size_t entry = before(next_, size_ + forgotten_--);
    const std::size_t slot = slot_of(ring_[entry]);
    if (slots_[slot] == entry + 1) empty_slot(slot);  // or its print has come again since
}

// Empties a slot and closes the gap (Knuth, volume 3, 6.4, algorithm R).
void ReplayWindow::empty_slot(std::size_t gap) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t slot = (gap + 1) & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
        const std::size_t home = ring_[slots_[slot] - 1][0] & mask;
        const bool reachable = ((slot - home) & mask) < ((slot - gap) & mask);
        if (reachable) continue;
        slots_[gap] = slots_[slot];
        gap = slot;
    }
    slots_[gap] = 0;
}

// Doubles the table; only while the ring grows, when nothing was forgotten yet.
void ReplayWindow::grow() {
    slots_.assign(std::max<std::size_t>(64, slots_.size() * 2), 0);
    for (std::size_t entry = 0; entry < ring_.size(); ++entry) {
        slots_[slot_of(ring_[entry])] = static_cast<std::uint32_t>(entry + 1);
    }
}

}  // namespace kernelwire
