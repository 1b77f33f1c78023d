#include <kernelwire/message.hpp>

#include <kernelwire/json.hpp>
#include <kernelwire/process_id.hpp>

namespace kernelwire {
namespace {

// What a header takes beside the id, the type and the tail: the date, and three names.
constexpr std::size_t header_rest = 80;

}  // namespace

Buffers Message::buffers() const {
    Buffers out;
    out.reserve(envelope.buffers.size());
    for (const Bytes bytes : envelope.buffers) out.push_back({bytes, owner});
    return out;
}

Sealer::Sealer(const Signer& signer, std::string session, const std::string& username)
    : signer_(signer), session_(std::move(session)) {
    topic_prefix_ = "kernel." + session_ + ".";
    id_prefix_ = session_ + "_" + std::to_string(process_id()) + "_";
    header_tail_ = R"(,"session":)" + json_string(session_) + R"(,"username":)" +
                   json_string(username) + R"(,"version":")" + std::string(protocol_version) +
                   R"("})";
}

void Sealer::seal(const Outgoing& message, Timestamp when, Sealed& out) const {
    out.msg_id = id_prefix_;
    out.msg_id += std::to_string(count_.fetch_add(1, std::memory_order_relaxed));
    out.header.reserve(out.msg_id.size() + message.msg_type.size() + header_tail_.size() +
                       header_rest);
    out.header = R"({"msg_id":")";
    out.header += out.msg_id;
    out.header += R"(","msg_type":)";
    append_json_string(out.header, message.msg_type);  // a client may have named an odd request
    out.header += R"(,"date":")";
    append_timestamp(out.header, when);
    out.header += '"';
    if (!message.subshell_id.empty()) {
        out.header += R"(,"subshell_id":)";
        append_json_string(out.header, message.subshell_id);
    }
    out.header += header_tail_;

    out.identities.assign(message.identities.begin(), message.identities.end());
    if (message.channel == Channel::iopub && out.identities.empty()) {
        out.topic = topic_prefix_;
        out.topic += message.msg_type;
        out.identities.emplace_back(out.topic);
    }
    const Parts parts{out.header, message.parent, message.metadata, message.content};
    encode(out.identities, parts, signer_, out.signature, out.frames);
}

}  // namespace kernelwire
