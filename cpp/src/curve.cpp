#include <kernelwire/curve.hpp>

#include <algorithm>

#include <kernelwire/error.hpp>

namespace kernelwire {
namespace {

[[noreturn]] void fail_without_curve(const ZmqApi& api) {
    int major = 0;
    int minor = 0;
    int patch = 0;
    api.version(&major, &minor, &patch);
    throw TransportError("cannot encrypt: this libzmq (" + std::to_string(major) + "." +
                         std::to_string(minor) + "." + std::to_string(patch) +
                         ") was built without CURVE; use one built with libsodium, as pyzmq's "
                         "wheels have it, or start the kernel with transport_encryption=disabled");
}

}  // namespace

bool is_curve_key(Bytes text) noexcept {
    constexpr Bytes alphabet =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
    return text.size() == CurveKeys::key_size && text.find_first_not_of(alphabet) == Bytes::npos;
}

bool has_curve(const ZmqApi& api) noexcept {
    return api.has("curve") != 0;
}

CurveKeys new_curve_keys(const ZmqApi& api) {
    if (!has_curve(api)) fail_without_curve(api);
    char public_key[CurveKeys::key_size + 1] = {};
    char secret_key[CurveKeys::key_size + 1] = {};
    if (api.curve_keypair(public_key, secret_key) != 0) fail_without_curve(api);
    return {public_key, secret_key};
}

void check_curve(const ZmqApi& api, const CurveKeys& keys) {
    if (!has_curve(api)) fail_without_curve(api);
    char derived[CurveKeys::key_size + 1] = {};
    if (api.curve_public(derived, keys.secret_key.c_str()) != 0 || keys.public_key != derived) {
        throw TransportError(
            "cannot encrypt: curve_publickey does not belong to curve_secretkey; make a new pair, "
            "by zmq.curve_keypair() for example");
    }
}

}  // namespace kernelwire
