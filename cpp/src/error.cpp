#include <kernelwire/error.hpp>

namespace kernelwire {

const char* name(Errc code) noexcept {
    constexpr std::array<const char*, error_codes.size()> names{
        "ok",       "no_delimiter", "too_few_parts", "bad_signature",
        "replayed", "bad_header",   "bad_content"};
    return names[static_cast<std::size_t>(code)];
}

const char* message(Errc code) noexcept {
    switch (code) {
        case Errc::ok: return "no error";
        case Errc::no_delimiter: return "no <IDS|MSG> delimiter frame";
        case Errc::too_few_parts: return "fewer than five frames after the delimiter";
        case Errc::bad_signature: return "signature does not match the message";
        case Errc::replayed: return "signature was seen before: a replayed message";
        case Errc::bad_header: return "header is not a small object with a msg_id and a msg_type";
        case Errc::bad_content: return "content is not what the message type asks for";
    }
    return "unknown wire error";
}

}  // namespace kernelwire
