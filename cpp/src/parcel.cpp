#include <kernelwire/parcel.hpp>

#include <algorithm>
#include <cstring>

#include <kernelwire/frame.hpp>

namespace kernelwire {
namespace {

// What libzmq takes for each frame beside its bytes.
constexpr std::size_t frame_overhead = 64;

// How many parcels are kept.
constexpr int kept_limit = 256;

bool is_long(Bytes frame) noexcept {
    return frame.size() >= Parcel::lend_threshold;
}

bool is_lent(const Buffer& buffer) noexcept {
    return buffer.owner != nullptr && is_long(buffer.bytes);
}

}  // namespace

void Parcel::pack(const Frames& frames, std::string&& content, const Buffers& buffers) {
    const bool moves = is_long(content);
    std::size_t copied = 0;
    for (const Bytes frame : frames) copied += frame.size();
    if (moves) copied -= content.size();
    for (const Buffer& buffer : buffers) copied += is_lent(buffer) ? 0 : buffer.bytes.size();
    pieces_.clear();  // of the message before: here, since the memory is rather this thread's
    pieces_.reserve(frames.size() + buffers.size());
    bytes_ = 0;
    if (copied > block_.size()) large_block_.reset(new char[copied]);
    end_ = large_block_ ? large_block_.get() : block_.data();
    for (std::size_t i = 0; i + (moves ? 1 : 0) < frames.size(); ++i) copy(frames[i]);
    if (moves) {
        content_ = std::move(content);
        add(content_);
    }
    for (const Buffer& buffer : buffers) {
        if (is_lent(buffer)) {
            add(buffer.bytes);
            pieces_.back().owner = buffer.owner;
        } else {
            copy(buffer.bytes);
        }
    }
    pieces_.back().held = true;
    size_ = bytes_ + pieces_.size() * frame_overhead;
}

void Parcel::copy(Bytes frame) {
    if (!frame.empty()) std::memcpy(end_, frame.data(), frame.size());
    add({end_, frame.size()});
    end_ += frame.size();
}

void Parcel::add(Bytes bytes) {
    bytes_ += bytes.size();
    pieces_.push_back({this, bytes, is_long(bytes), nullptr});
}

int Parcel::send(const ZmqApi& api, void* socket) {
    home_->backlog_.entered(size_);
    shares_ = 1;  // this function's
    for (const Piece& piece : pieces_) {
        shares_ += piece.held ? 1 : 0;
        if (piece.owner != nullptr) home_->loans_->lent();
    }
    const std::size_t last = pieces_.size() - 1;
    for (std::size_t i = 0; i <= last; ++i) {
        Piece& piece = pieces_[i];
        const int flags = i < last ? zmq::sndmore : 0;
        const int code = piece.held ? send_lent(api, socket, piece.bytes, give_back, &piece, flags)
                                    : send_view(api, socket, piece.bytes, flags);
        if (code == 0) continue;
        for (std::size_t rest = i + 1; rest <= last; ++rest) {
            if (pieces_[rest].held) give_back(nullptr, &pieces_[rest]);
        }
        // Once a part of it was sent, the block must stay: libzmq cannot be told to forget it.
        if (i == 0) release();
        return code;
    }
    release();
    return 0;
}

void Parcel::give_back(void* /*data*/, void* piece) {
    auto& given = *static_cast<Piece*>(piece);
    Parcel& parcel = *given.parcel;
    if (given.owner != nullptr) {
        given.owner.reset();
        parcel.home_->loans_->returned(given.bytes.size());
    }
    parcel.release();
}

void Parcel::prefetch() const noexcept {
#if defined(__GNUC__)
    constexpr std::size_t line = 64;
    constexpr std::size_t usual = 768;  // bytes of a parcel that most messages fill
    const char* const start = reinterpret_cast<const char*>(this);
    for (std::size_t at = 0; at < usual; at += line) __builtin_prefetch(start + at, 1);
    const char* const pieces = reinterpret_cast<const char*>(pieces_.data());
    const std::size_t size = pieces_.size() * sizeof(Piece);
    for (std::size_t at = 0; at < size; at += line) __builtin_prefetch(pieces + at, 1);
#endif
}

void Parcel::release() noexcept {
    if (--shares_ > 0) return;
    home_->backlog_.left(size_);
    large_block_.reset();
    if (!content_.empty()) content_ = std::string();
    const std::shared_ptr<Parcels> home = std::move(home_);  // may go with its last parcel
    home->put(this);
}

Parcels::~Parcels() {
    for (Parcel* parcel : {ready_, returned_.load()}) {
        while (parcel != nullptr) delete std::exchange(parcel, parcel->next_);
    }
}

Parcel& Parcels::take(const std::shared_ptr<Parcels>& home) {
    Parcel*& ready = home->ready_;
    if (ready == nullptr) ready = home->returned_.exchange(nullptr, std::memory_order_acquire);
    Parcel* parcel = ready;
    if (parcel == nullptr) {
        parcel = new Parcel;
    } else {
        ready = parcel->next_;
        --home->kept_;
        if (ready != nullptr) ready->prefetch();
    }
    parcel->home_ = home;
    return *parcel;
}

void Parcels::put(Parcel* parcel) noexcept {
    if (++kept_ > kept_limit) {
        --kept_;
        delete parcel;
        return;
    }
    parcel->next_ = returned_.load(std::memory_order_relaxed);
    while (!returned_.compare_exchange_weak(parcel->next_, parcel, std::memory_order_release,
                                            std::memory_order_relaxed)) {
    }
}

}  // namespace kernelwire
