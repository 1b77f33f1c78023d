#include <kernelwire/observer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

#include <kernelwire/json.hpp>

namespace kernelwire {
namespace {

// The longest type or id that a line shows, in bytes.
constexpr std::size_t shown = 120;

// Names of a peer's choice in a line of the log: they must not look like another line of it.
std::string plain(Bytes text) {
    std::string out(text.substr(0, shown));
    std::replace_if(
        out.begin(), out.end(), [](char letter) { return letter <= ' ' || letter > '~'; }, '?');
    return text.size() > shown ? out + "..." : out;
}

// The id of the request that a message belongs to; empty where there is none.
std::string parent_id(Bytes parent) {
    Header header;
    return read_header(parent, header) == Errc::ok ? header.msg_id : std::string();
}

}  // namespace

void Observer::refused(Channel channel, Errc code) {
    counters_.refused(code);
    if (!log_.takes(Level::warning)) return;
    const int refusals = refusals_this_minute();
    if (refusals > refusals_told) return;
    std::string line = std::string("dropped a message on ") + name(channel) + ": " + message(code);
    if (refusals == refusals_told) line += "; more of this minute are counted and not told";
    log_.write(Level::warning, line);
}

// With the one that calls.
int Observer::refusals_this_minute() {
    const auto now = Counters::Clock::now();
    const std::lock_guard lock(refusing_);
    if (now - minute_began_ >= std::chrono::minutes(1)) {
        minute_began_ = now;
        refusals_ = 0;
    }
    return refusals_ > refusals_told ? refusals_ : ++refusals_;
}

void Observer::log_received(const Message& message) const {
    std::size_t bytes = 0;
    for (const Bytes part : message.envelope.parts) bytes += part.size();
    for (const Bytes buffer : message.envelope.buffers) bytes += buffer.size();
    std::string line = std::string(name(message.channel)) + ": received ";
    line += plain(message.header.msg_type) + " " + plain(message.header.msg_id);
    line += ", " + std::to_string(bytes) + " bytes, ";
    line += std::to_string(message.envelope.buffers.size()) + " buffers";
    if (!message.header.subshell_id.empty()) {
        line += ", for subshell " + plain(message.header.subshell_id);
    }
    log_.write(Level::debug, line);
}

void Observer::log_sent(const Outgoing& message, const Sealed& sealed) const {
    std::size_t bytes = sealed.header.size() + message.parent.size() + message.metadata.size() +
                        message.content.size();
    for (const Buffer& buffer : message.buffers) bytes += buffer.bytes.size();
    std::string line = std::string(name(message.channel)) + ": sent ";
    line += plain(message.msg_type) + " " + plain(sealed.msg_id);
    line += ", " + std::to_string(bytes) + " bytes, ";
    line += std::to_string(message.buffers.size()) + " buffers";
    if (const std::string parent = parent_id(message.parent); !parent.empty()) {
        line += ", for " + plain(parent);
    }
    log_.write(Level::debug, line);
}

}  // namespace kernelwire
