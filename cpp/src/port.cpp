#include <kernelwire/port.hpp>

#include <cerrno>
#include <new>
#include <utility>

namespace kernelwire {
namespace {

[[noreturn]] void fail(const ZmqApi& api, const std::string& what) {
    throw TransportError(what + ": " + api.strerror(api.errno_()));
}

}  // namespace

ZmqContext::ZmqContext(const ZmqApi& api) : api_(api), handle_(api.ctx_new()) {
    if (handle_ == nullptr) fail(api_, "cannot make a libzmq context");
}

ZmqContext::~ZmqContext() {
    while (api_.ctx_term(handle_) != 0 && api_.errno_() == EINTR) {
    }
}

Received::~Received() {
    for (ZmqMessage& part : parts_) api_.msg_close(&part);
}

Port::Port(const ZmqContext& context, int type, std::shared_ptr<Traffic> traffic)
    : api_(context.api()),
      socket_(api_.socket(context.handle(), type)),
      traffic_(std::move(traffic)),
      parcels_(std::make_shared<Parcels>(std::shared_ptr<Loans>(traffic_, &traffic_->loans))) {
    if (socket_ == nullptr) fail(api_, "cannot make a socket");
    set(zmq::linger,
        1000);  // ms: a reply to shutdown_request leaves, a dead client holds nobody up
}

Port::~Port() {
    api_.close(socket_);
}

void Port::bind(const std::string& endpoint) {
    if (api_.bind(socket_, endpoint.c_str()) != 0) fail(api_, "cannot bind " + endpoint);
}

void Port::connect(const std::string& endpoint) {
    if (api_.connect(socket_, endpoint.c_str()) != 0) fail(api_, "cannot connect to " + endpoint);
}

void Port::set(int option, int value) {
    set(option, Bytes(reinterpret_cast<const char*>(&value), sizeof value));
}

void Port::set(int option, Bytes value) {
    if (api_.setsockopt(socket_, option, value.data(), value.size()) != 0) {
        fail(api_, "cannot set socket option " + std::to_string(option));
    }
}

void Port::serve_curve(const CurveKeys& keys) {
    set(zmq::curve_publickey, keys.public_key);
    set(zmq::curve_secretkey, keys.secret_key);
    set(zmq::curve_server, 1);
}

void Port::use_curve(const std::string& server_key, const CurveKeys& keys) {
    set(zmq::curve_serverkey, server_key);
    set(zmq::curve_publickey, keys.public_key);
    set(zmq::curve_secretkey, keys.secret_key);
}

void Port::limit_frames(std::int64_t bytes) {
    if (api_.setsockopt(socket_, zmq::maxmsgsize, &bytes, sizeof bytes) != 0) {
        fail(api_, "cannot limit the size of frames");
    }
}

std::string Port::endpoint() const {
    char text[256];
    std::size_t size = sizeof text;
    if (api_.getsockopt(socket_, zmq::last_endpoint, text, &size) != 0) {
        fail(api_, "cannot read the bound endpoint");
    }
    return {text, size == 0 ? 0 : size - 1};  // without the closing NUL
}

int Port::fd() const {
    int fd = -1;
    std::size_t size = sizeof fd;
    if (api_.getsockopt(socket_, zmq::fd, &fd, &size) != 0)
        fail(api_, "cannot read the socket's fd");
    return fd;
}

bool Port::readable() {
    const std::lock_guard lock(mutex_);
    int events = 0;
    std::size_t size = sizeof events;
    (void)api_.getsockopt(socket_, zmq::events, &events, &size);  // takes the edge
    return (events & zmq::pollin) != 0;
}

void Port::wait_readable(long timeout_ms) const {
    ZmqPollItem item;
    item.fd = fd();
    item.events = zmq::pollin;
    api_.poll(&item, 1, timeout_ms);
}

void Port::send(const Frames& frames, const Buffers& buffers, std::string&& content) {
    if (frames.empty() && buffers.empty()) return;
    const std::lock_guard lock(mutex_);
    Parcel& parcel = Parcels::take(parcels_);
    parcel.pack(frames, std::move(content), buffers);
    const std::size_t bytes = parcel.bytes();
    check_sent(parcel.send(api_, socket_));
    traffic_->messages_sent.fetch_add(1, std::memory_order_relaxed);
    traffic_->bytes_sent.fetch_add(bytes, std::memory_order_relaxed);
}

void Port::check_sent(int code) const {
    if (code == ENOMEM) throw std::bad_alloc();
    if (code == EHOSTUNREACH) throw PeerNotConnected("the peer is not connected");
    if (code != 0) throw TransportError(std::string("cannot send: ") + api_.strerror(code));
}

std::shared_ptr<const Received> Port::recv(Wait wait) {
    const std::lock_guard lock(mutex_);
    const int flags = wait == Wait::no ? zmq::dontwait : 0;
    ZmqMessage first;
    while (recv_part(first, flags)) {
        auto message = std::make_shared<Received>(api_);
        if (recv_rest(first, *message)) return message;
    }
    return nullptr;
}

// Receives one part; false where there is none, or a signal came.
bool Port::recv_part(ZmqMessage& part, int flags) {
    api_.msg_init(&part);
    if (api_.msg_recv(&part, socket_, flags) >= 0) return true;
    const int code = api_.errno_();
    if (code == EAGAIN || code == EINTR) return false;
    throw TransportError(std::string("cannot receive: ") + api_.strerror(code));
}

// Receives what follows the first part; false where a message has too many.
bool Port::recv_rest(const ZmqMessage& first, Received& message) {
    message.parts_.reserve(8);  // what nearly every message has
    message.parts_.push_back(first);
    std::size_t bytes = api_.msg_size(&first);
    std::size_t count = 1;
    for (bool more = api_.msg_more(&first) != 0; more; ++count) {
        ZmqMessage part;
        // All parts of a message arrive together, so there is none to wait for: a wait could be
        // ended by a signal, and by pyzmq's methods it would be ended again and again.
        while (!recv_part(part, zmq::dontwait)) {
        }
        more = api_.msg_more(&part) != 0;
        bytes += api_.msg_size(&part);
        if (count < frame_limit) {
            message.parts_.push_back(part);
        } else {
            api_.msg_close(&part);
        }
    }
    traffic_->messages_received.fetch_add(1, std::memory_order_relaxed);
    traffic_->bytes_received.fetch_add(bytes, std::memory_order_relaxed);
    if (count > frame_limit) return false;

    // Only now: small parts hold their bytes inside ZmqMessage, and the vector may have moved them.
    message.frames_.reserve(count);
    for (ZmqMessage& part : message.parts_) {
        message.frames_.emplace_back(static_cast<const char*>(api_.msg_data(&part)),
                                     api_.msg_size(&part));
    }
    return true;
}

}  // namespace kernelwire
