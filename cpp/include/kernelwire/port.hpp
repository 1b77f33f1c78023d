// One socket: its lock, its readiness, and multipart messages through it without copies.
//
// Layer 6. Depends on: bytes.hpp, curve.hpp, error.hpp, loans.hpp, parcel.hpp. Used by: server.hpp.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <kernelwire/bytes.hpp>
#include <kernelwire/curve.hpp>
#include <kernelwire/error.hpp>
#include <kernelwire/loans.hpp>
#include <kernelwire/parcel.hpp>
#include <kernelwire/zmq_api.hpp>

namespace kernelwire {

/// What went through the ports of one server. Thread-safe; shared with memory lent to libzmq,
/// which may outlive both.
struct Traffic {
    std::atomic<std::uint64_t> messages_received{0};  ///< since it was made
    std::atomic<std::uint64_t> messages_sent{0};      ///< since it was made
    std::atomic<std::uint64_t> bytes_received{0};     ///< in all frames
    std::atomic<std::uint64_t> bytes_sent{0};         ///< in all frames
    Loans loans;                                      ///< of buffers that are sent
};

/// Owns a libzmq context; ends it, waiting for the sockets' linger, when it goes.
class ZmqContext {
public:
    /// @throws TransportError  where libzmq makes none.
    explicit ZmqContext(const ZmqApi& api);
    ~ZmqContext();
    ZmqContext(const ZmqContext&) = delete;
    ZmqContext& operator=(const ZmqContext&) = delete;

    /// The libzmq that it belongs to.
    [[nodiscard]] const ZmqApi& api() const noexcept { return api_; }
    /// libzmq's own.
    [[nodiscard]] void* handle() const noexcept { return handle_; }

private:
    ZmqApi api_;
    void* handle_;
};

/// One received multipart message; closes its parts when it goes.
class Received {
public:
    /// Made by Port::recv().
    explicit Received(const ZmqApi& api) noexcept : api_(api) {}
    ~Received();
    Received(const Received&) = delete;
    Received& operator=(const Received&) = delete;

    /// The frames as views, valid as long as this object.
    [[nodiscard]] const Frames& frames() const noexcept { return frames_; }

private:
    friend class Port;

    ZmqApi api_;
    std::vector<ZmqMessage> parts_;
    Frames frames_;
};

/// One libzmq socket.
///
/// Any thread may send(). One thread receives; where that is a thread of its own beside the
/// senders, it waits on fd() and receives without blocking, because a blocking receive would
/// hold the lock.
class Port {
public:
    /// Frames a peer may put into one message; what has more is received and dropped.
    static constexpr std::size_t frame_limit = 16384;

    /// How long a closed socket may go on to send what was given to it.
    static constexpr std::chrono::milliseconds linger{1000};

    /// @param type  zmq::router, zmq::xpub or zmq::dealer.
    /// @throws TransportError  where libzmq makes no socket.
    Port(const ZmqContext& context, int type, std::shared_ptr<Traffic> traffic);
    ~Port();
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;

    /// @throws TransportError  naming the endpoint and libzmq's reason.
    void bind(const std::string& endpoint);
    /// @throws TransportError  naming the endpoint and libzmq's reason.
    void connect(const std::string& endpoint);
    /// @throws TransportError  where libzmq refuses the option's value.
    void set(int option, int value);
    /// @throws TransportError  where libzmq refuses the option's value.
    void set(int option, Bytes value);

    /// Has libzmq close the connection of a peer that sends a frame of more than `bytes`.
    void limit_frames(std::int64_t bytes);

    /// Lets only clients that know the public key connect, and encrypts what they exchange with
    /// this socket. Before bind(); inproc endpoints stay as they are.
    void serve_curve(const CurveKeys& keys);

    /// Encrypts what is exchanged with a server, which must have this public key. Before connect().
    /// @param keys  this side's own.
    void use_curve(const std::string& server_key, const CurveKeys& keys);

    /// @returns the endpoint last bound, with the port that was chosen.
    [[nodiscard]] std::string endpoint() const;

    /// Readable when the socket *may* have something: then receive until there is nothing. A
    /// send() may take the edge that would have made it readable, so where others send, look
    /// again after they have.
    [[nodiscard]] int fd() const;

    /// Looks whether there is something to receive, and receives nothing.
    /// @returns whether there is; if not, fd() is unreadable until something comes.
    bool readable();

    /// Waits until fd() is readable or a signal comes, no longer than `timeout_ms`.
    void wait_readable(long timeout_ms) const;

    /// The socket itself, for ZmqApi::poll.
    [[nodiscard]] void* handle() const noexcept { return socket_; }

    /// Sends `frames` and then `buffers` as one message, whole or not at all; of none of them,
    /// none.
    /// @param content  owns the memory of the last frame, which is not copied where it is long.
    /// @throws PeerNotConnected  where the socket has zmq::router_mandatory.
    /// @throws TransportError  where libzmq refuses.
    void send(const Frames& frames, const Buffers& buffers, std::string&& content);
    /// Sends frames, which are copied.
    void send(const Frames& frames) { send(frames, {}, {}); }

    /// What libzmq holds of the messages sent here.
    [[nodiscard]] Backlog& backlog() noexcept { return parcels_->backlog(); }

    /// Whether to wait for a message where there is none.
    enum class Wait { no, yes };

    /// Receives one message.
    /// @returns null where there is none (Wait::no) or a signal came (Wait::yes).
    [[nodiscard]] std::shared_ptr<const Received> recv(Wait wait);

private:
    void check_sent(int code) const;
    [[nodiscard]] bool recv_part(ZmqMessage& part, int flags);
    [[nodiscard]] bool recv_rest(const ZmqMessage& first, Received& message);

    const ZmqApi& api_;
    void* socket_;
    std::shared_ptr<Traffic> traffic_;
    const std::shared_ptr<Parcels> parcels_;
    std::mutex mutex_;
};

}  // namespace kernelwire
