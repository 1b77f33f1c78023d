#include <kernelwire/replay.hpp>

#include <algorithm>
#include <functional>
#include <utility>

namespace kernelwire {
namespace {

constexpr std::size_t print_digits = 32;

// 16 hex digits as a number; false where one of them is none.
bool read_hex(Bytes digits, std::uint64_t& value) noexcept {
    value = 0;
    for (const char digit : digits) {
        const auto c = static_cast<unsigned char>(digit);
        const unsigned decimal = c - unsigned{'0'};
        const unsigned letter = (c | 0x20U) - unsigned{'a'};
        if (decimal > 9 && letter > 5) return false;
        value = value << 4 | (decimal <= 9 ? decimal : letter + 10);
    }
    return true;
}

}  // namespace

ReplayWindow::Print ReplayWindow::print_of(Bytes signature) noexcept {
    Print print;
    if (signature.size() >= print_digits && read_hex(signature.substr(0, 16), print[0]) &&
        read_hex(signature.substr(16, 16), print[1])) {
        return print;
    }
    return {std::hash<Bytes>{}(signature), signature.size()};  // no peer's: see insert()
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
    swept_ = oldest_ = next_ = 0;
    ring_.clear();
    std::fill(slots_.begin(), slots_.end(), 0U);
}

void ReplayWindow::resize(std::size_t capacity) {
    const ReplayWindow before = std::exchange(*this, ReplayWindow(capacity));
    const std::size_t kept = std::min(before.size(), capacity);
    for (std::size_t number = before.next_ - kept; number < before.next_; ++number) {
        append(before.ring_[before.entry_of(number)]);
    }
}

bool ReplayWindow::operator==(const ReplayWindow& other) const noexcept {
    if (size() != other.size()) return false;
    for (std::size_t number = oldest_; number < next_; ++number) {
        if (!other.contains(ring_[entry_of(number)])) return false;
    }
    return true;
}

std::size_t ReplayWindow::entry_of(std::size_t number) const noexcept {
    return number % (capacity_ + 1);
}

// Whether ring_[entry], which has a slot, is not forgotten yet.
bool ReplayWindow::remembered(std::size_t entry) const noexcept {
    const std::size_t last = entry_of(next_ - 1);
    const std::size_t age = last >= entry ? last - entry : last + capacity_ + 1 - entry;
    return age < next_ - oldest_;
}

// Where `print` is, or the empty slot where it belongs. Linear probing: digests are uniform.
std::size_t ReplayWindow::slot_of(const Print& print) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = print[0] & mask;
    while (slots_[slot] != 0 && ring_[slots_[slot] - 1] != print) slot = (slot + 1) & mask;
    return slot;
}

// Gives a print that is not remembered the next number.
void ReplayWindow::append(const Print& print) {
    // Two for each that comes: so a forgotten tenth is gone before the next one is, and the
    // entry taken here is free.
    sweep();
    sweep();
    const std::size_t entry = entry_of(next_);
    if (entry == ring_.size()) {
        ring_.push_back(print);
        if (ring_.size() > slots_.size() / 2 + slots_.size() / 8) grow();
    } else {
        ring_[entry] = print;
    }
    // A forgotten entry of the same print, if there is one, loses its slot to this one.
    slots_[slot_of(print)] = static_cast<std::uint32_t>(entry + 1);
    ++next_;
    if (size() > capacity_) oldest_ += std::max<std::size_t>(size() / 10, 1);
}

// Takes the oldest forgotten signature out of the table.
void ReplayWindow::sweep() {
    if (swept_ == oldest_) return;
    const std::size_t entry = entry_of(swept_++);
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
