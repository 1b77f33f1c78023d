#include <kernelwire/recording.hpp>

#include <cstdlib>
#include <utility>

#include <kernelwire/json.hpp>
#include <kernelwire/signer.hpp>

namespace kernelwire {
namespace {

constexpr const char* not_recorded = "(not recorded)";

// JSON text of a peer's, without the line ends that it may have between its tokens.
std::string one_line(Bytes json) {
    const std::optional<Json> value = read_json(json);
    return value ? write_json(*value) : "null";
}

std::string without_value(Bytes content) {
    std::optional<Json> value = read_json(content);
    if (!value || !value->is_object()) return "null";
    (*value)["value"] = not_recorded;
    return write_json(*value);
}

// RFC 4648, section 4.
std::string base64(Bytes bytes) {
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve(4 * ((bytes.size() + 2) / 3));
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const Bytes group = bytes.substr(at, 3);
        unsigned bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            out += i <= group.size() ? digits[bits >> (18 - 6 * i) & 63] : '=';
        }
    }
    return out;
}

Json json_of(Bytes buffer) {
    Json out{{"size", buffer.size()}};
    if (buffer.size() <= Recording::buffer_limit) {
        out["base64"] = base64(buffer);
    } else {
        const Signature digest = sha256(buffer);
        out["sha256"] = std::string(digest.data(), digest.size());
    }
    return out;
}

}  // namespace

std::string recording_file() {
    const char* const path = std::getenv("KERNELWIRE_RECORD");
    return path == nullptr ? "" : path;
}

Recording::Recording(const std::string& path, const Log& log)
    : file_("the recording", path, LineFile::Opens::fresh, log) {}

void Recording::append(const char* direction, Channel channel, const Parts& parts,
                       const std::string& buffers) {
    const auto time = std::chrono::duration<double>(std::chrono::steady_clock::now() - since_);
    std::string line = R"({"time":)" + std::to_string(time.count());
    line += std::string(R"(,"direction":")") + direction + R"(","channel":")" + name(channel);
    line += R"(","header":)" + one_line(parts[0]) + R"(,"parent_header":)" + one_line(parts[1]);
    line += R"(,"metadata":)" + one_line(parts[2]) + R"(,"content":)" + one_line(parts[3]);
    line += R"(,"buffers":)" + buffers + "}";
    file_.append(std::move(line));
}

void Recording::received(const Message& message, bool secret) {
    Parts parts = message.envelope.parts;
    const std::string content = secret ? without_value(message.content()) : "";
    if (secret) parts[3] = content;
    Json buffers = Json::array();
    for (const Bytes buffer : message.envelope.buffers) buffers.push_back(json_of(buffer));
    append("received", message.channel, parts, write_json(buffers));
}

void Recording::sent(const Outgoing& message, const Sealed& sealed) {
    Json buffers = Json::array();
    for (const Buffer& buffer : message.buffers) buffers.push_back(json_of(buffer.bytes));
    append("sent", message.channel,
           {sealed.header, message.parent, message.metadata, message.content}, write_json(buffers));
}

}  // namespace kernelwire
