// The libzmq calls we make, as a table: filled by the linker in a C++ application, and
// from the libzmq that pyzmq has loaded when we live inside Python.
//
// Layer 0. Depends on nothing of ours; no zmq.h, so a wheel needs no libzmq to build.
// Source of every signature and constant: libzmq 4.x, zmq.h.
#pragma once

#include <cstddef>

namespace kernelwire {

/// A `zmq_msg_t`: 64 opaque bytes in every libzmq 4.x.
struct ZmqMessage {
    alignas(void*) unsigned char bytes[64];  ///< libzmq's own
};

/// A `zmq_pollitem_t`: a socket, or a file descriptor where `socket` is null.
struct ZmqPollItem {
    void* socket = nullptr;  ///< of libzmq's
    /// @{
    /// What is waited for where there is no socket.
#ifdef _WIN64
    unsigned long long fd = 0;
#else
    int fd = 0;
#endif
    /// @}
    short events = 0;   ///< what to wait for
    short revents = 0;  ///< what has come
};

/// Releases memory lent to libzmq; called on one of its I/O threads.
using ZmqFree = void (*)(void* data, void* hint);

/// Entry points of one libzmq. Sockets and messages must not cross from one to another.
struct ZmqApi {
    /// @{
    /// libzmq's function of that name, which begins with `zmq_` there.
    int (*errno_)() = nullptr;
    const char* (*strerror)(int code) = nullptr;
    void (*version)(int* major, int* minor, int* patch) = nullptr;
    int (*has)(const char* capability) = nullptr;
    int (*curve_keypair)(char* public_key, char* secret_key) = nullptr;
    int (*curve_public)(char* public_key, const char* secret_key) = nullptr;
    void* (*ctx_new)() = nullptr;
    int (*ctx_term)(void* context) = nullptr;
    void* (*socket)(void* context, int type) = nullptr;
    int (*close)(void* socket) = nullptr;
    int (*setsockopt)(void* socket, int option, const void* value, std::size_t size) = nullptr;
    int (*getsockopt)(void* socket, int option, void* value, std::size_t* size) = nullptr;
    int (*bind)(void* socket, const char* endpoint) = nullptr;
    int (*connect)(void* socket, const char* endpoint) = nullptr;
    int (*poll)(ZmqPollItem* items, int count, long timeout_ms) = nullptr;
    int (*msg_init)(ZmqMessage*) = nullptr;
    int (*msg_init_size)(ZmqMessage*, std::size_t) = nullptr;
    int (*msg_init_data)(ZmqMessage*, void* data, std::size_t, ZmqFree, void* hint) = nullptr;
    int (*msg_send)(ZmqMessage*, void* socket, int flags) = nullptr;
    int (*msg_recv)(ZmqMessage*, void* socket, int flags) = nullptr;
    int (*msg_close)(ZmqMessage*) = nullptr;
    int (*msg_more)(const ZmqMessage*) = nullptr;
    void* (*msg_data)(ZmqMessage*) = nullptr;
    std::size_t (*msg_size)(const ZmqMessage*) = nullptr;
    /// @}

    /// Whether a call may have to wait for code that the interpreter runs: for a lock of its own.
    bool waits_for_code = false;
};

/// The constants of zmq.h that we use, under their own names in lower case.
namespace zmq {
/// @{
/// zmq.h's constant of that name.
inline constexpr int sub = 2;
inline constexpr int dealer = 5;
inline constexpr int routing_id = 5;
inline constexpr int subscribe = 6;
inline constexpr int router = 6;
inline constexpr int xpub = 9;
inline constexpr int fd = 14;
inline constexpr int events = 15;
inline constexpr int linger = 17;
inline constexpr int maxmsgsize = 22;
inline constexpr int sndhwm = 23;
inline constexpr int rcvhwm = 24;
inline constexpr int last_endpoint = 32;
inline constexpr int router_mandatory = 33;
inline constexpr int immediate = 39;
inline constexpr int xpub_verbose = 40;
inline constexpr int curve_server = 47;
inline constexpr int curve_publickey = 48;
inline constexpr int curve_secretkey = 49;
inline constexpr int curve_serverkey = 50;
inline constexpr int router_handover = 56;
inline constexpr int dontwait = 1;
inline constexpr int sndmore = 2;
inline constexpr int pollin = 1;
inline constexpr int pollout = 2;
/// @}
}  // namespace zmq

/// The libzmq this program is linked with; only in kernelwire::server.
[[nodiscard]] ZmqApi linked_zmq() noexcept;

}  // namespace kernelwire
