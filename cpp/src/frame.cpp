#include <kernelwire/frame.hpp>

#include <cerrno>
#include <cstring>

namespace kernelwire {
namespace {

int send_message(const ZmqApi& api, void* socket, ZmqMessage& message, int flags) {
    while (api.msg_send(&message, socket, flags) < 0) {
        const int code = api.errno_();
        if (code == EINTR) continue;
        api.msg_close(&message);
        return code;
    }
    return 0;
}

}  // namespace

int send_copy(const ZmqApi& api, void* socket, Bytes bytes, int flags) {
    ZmqMessage message;
    if (api.msg_init_size(&message, bytes.size()) != 0) return ENOMEM;
    if (!bytes.empty()) std::memcpy(api.msg_data(&message), bytes.data(), bytes.size());
    return send_message(api, socket, message, flags);
}

int send_view(const ZmqApi& api, void* socket, Bytes bytes, int flags) {
    return send_lent(api, socket, bytes, nullptr, nullptr, flags);
}

int send_lent(const ZmqApi& api, void* socket, Bytes bytes, ZmqFree free, void* hint, int flags) {
    // libzmq reads what it sends and never writes to it.
    auto* data = const_cast<char*>(bytes.data());
    ZmqMessage message;
    if (api.msg_init_data(&message, data, bytes.size(), free, hint) != 0) {
        if (free != nullptr) free(data, hint);
        return ENOMEM;
    }
    return send_message(api, socket, message, flags);
}

}  // namespace kernelwire
