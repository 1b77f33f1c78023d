// The libzmq that a C++ program is linked with, as a table.
//
// Layer 0. In kernelwire::server only.
#include <kernelwire/zmq_api.hpp>

#include <zmq.h>

namespace kernelwire {
namespace {

// The table's signatures differ from libzmq's only in the names of the struct types.
template <class To, class From>
void fill(To& entry, From function) noexcept {
    entry = reinterpret_cast<To>(function);
}

}  // namespace

ZmqApi linked_zmq() noexcept {
    static_assert(sizeof(ZmqMessage) == sizeof(zmq_msg_t), "zmq_msg_t has another size here");
    static_assert(sizeof(ZmqPollItem) == sizeof(zmq_pollitem_t), "zmq_pollitem_t has another size");
    ZmqApi api;
    fill(api.errno_, zmq_errno);
    fill(api.strerror, zmq_strerror);
    fill(api.version, zmq_version);
    fill(api.has, zmq_has);
    fill(api.curve_keypair, zmq_curve_keypair);
    fill(api.curve_public, zmq_curve_public);
    fill(api.ctx_new, zmq_ctx_new);
    fill(api.ctx_term, zmq_ctx_term);
    fill(api.socket, zmq_socket);
    fill(api.close, zmq_close);
    fill(api.setsockopt, zmq_setsockopt);
    fill(api.getsockopt, zmq_getsockopt);
    fill(api.bind, zmq_bind);
    fill(api.connect, zmq_connect);
    fill(api.poll, zmq_poll);
    fill(api.msg_init, zmq_msg_init);
    fill(api.msg_init_size, zmq_msg_init_size);
    fill(api.msg_init_data, zmq_msg_init_data);
    fill(api.msg_send, zmq_msg_send);
    fill(api.msg_recv, zmq_msg_recv);
    fill(api.msg_close, zmq_msg_close);
    fill(api.msg_more, zmq_msg_more);
    fill(api.msg_data, zmq_msg_data);
    fill(api.msg_size, zmq_msg_size);
    return api;
}

}  // namespace kernelwire
