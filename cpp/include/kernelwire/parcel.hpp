// Messages on their way out, each in one block of memory that libzmq sends from.
//
// Layer 6. Depends on: backlog.hpp, bytes.hpp, loans.hpp, zmq_api.hpp. Used by: port.hpp.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <kernelwire/backlog.hpp>
#include <kernelwire/bytes.hpp>
#include <kernelwire/loans.hpp>
#include <kernelwire/zmq_api.hpp>

namespace kernelwire {

class Parcels;

/// One message: a copy of its short frames, and what its long ones are lent from.
///
/// libzmq is given views. It releases the frames of a message in the order in which it was given
/// them, so the last one, which gives the parcel back, stands for all. Long frames do so as well,
/// since pyzmq's methods copy short frames at once and may keep long ones.
///
/// Not for inproc endpoints, where the receiver chooses the order, unless the message is one frame.
class Parcel {
public:
    /// Buffers and contents at least this large, in bytes, are lent to libzmq rather than copied.
    static constexpr std::size_t lend_threshold = 16384;

    Parcel() = default;
    Parcel(const Parcel&) = delete;
    Parcel& operator=(const Parcel&) = delete;

    /// @param frames   with the buffers, at least one.
    /// @param content  owns the memory of the last of `frames`, and is moved where that is long;
    ///                 or is empty.
    void pack(const Frames& frames, std::string&& content, const Buffers& buffers);

    /// Sends what was packed. The parcel is libzmq's from now on, whatever is returned.
    /// @returns 0, or libzmq's error code.
    [[nodiscard]] int send(const ZmqApi& api, void* socket);

    /// The bytes of all frames.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    friend class Parcels;

    struct Piece {
        Parcel* parcel;
        Bytes bytes;
        bool held;                          // gives back its share of the parcel
        std::shared_ptr<const void> owner;  // of a buffer on loan
    };

    void copy(Bytes frame);
    void add(Bytes bytes);
    // Has this core fetch what another one has read: that takes as long as to fill it.
    void prefetch() const noexcept;
    void release() noexcept;
    static void give_back(void* data, void* piece);

    std::atomic<std::size_t> shares_{0};
    std::size_t size_ = 0;  // what libzmq holds: bytes_, and what it takes for each frame
    std::shared_ptr<Parcels> home_;
    Parcel* next_ = nullptr;
    char* end_ = nullptr;  // of what was copied
    std::unique_ptr<char[]> large_block_;
    std::string content_;
    std::vector<Piece> pieces_;
    std::size_t bytes_ = 0;
    std::array<char, 1024> block_;
};

/// Makes the parcels of one socket, and keeps some that came back to be used again: libzmq frees
/// memory on a thread of its own, and two threads at one heap wait for each other.
///
/// To be held by a shared_ptr, since parcels may outlive the socket.
class Parcels {
public:
    /// @param loans  is told of buffers.
    explicit Parcels(std::shared_ptr<Loans> loans) noexcept : loans_(std::move(loans)) {}
    ~Parcels();
    Parcels(const Parcels&) = delete;
    Parcels& operator=(const Parcels&) = delete;

    /// A parcel of `home`, to be packed and sent. By one thread at a time.
    [[nodiscard]] static Parcel& take(const std::shared_ptr<Parcels>& home);

    /// What libzmq holds of this socket's messages. Thread-safe.
    [[nodiscard]] Backlog& backlog() noexcept { return backlog_; }

private:
    friend class Parcel;

    void put(Parcel* parcel) noexcept;  // on any thread

    // What two threads change comes first, beside the count of the shared_ptr: in one cache line.
    std::atomic<Parcel*> returned_{nullptr};
    std::atomic<int> kept_{0};
    Backlog backlog_;
    Parcel* ready_ = nullptr;
    const std::shared_ptr<Loans> loans_;
};

}  // namespace kernelwire
