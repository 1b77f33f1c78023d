#include <kernelwire/publisher.hpp>

#include <kernelwire/json.hpp>

namespace kernelwire {

bool Publisher::send(const Outgoing& message) {
    const std::lock_guard lock(mutex_);
    const bool readable = send_text();
    return send_now(message) || readable;
}

bool Publisher::flush() {
    const std::lock_guard lock(mutex_);
    return send_text();
}

bool Publisher::stream(const std::string& parent, Stream stream, Bytes text, bool& wakes) {
    const std::lock_guard lock(mutex_);
    bool readable = false;
    if (!text_.empty() && (stream != stream_ || parent != parent_)) readable = send_text();
    if (text_.empty()) {
        parent_ = parent;
        stream_ = stream;
    }
    text_ += text;
    if (text_.size() >= text_limit) readable = send_text() || readable;
    wakes = !text_.empty() && !ticking_;
    if (wakes) ticking_ = true;
    return readable;
}

bool Publisher::tick(bool& idle) {
    const std::lock_guard lock(mutex_);
    idle = text_.empty();
    if (idle) ticking_ = false;
    return send_text();
}

bool Publisher::send_text() {
    if (text_.empty()) return false;
    Outgoing message;
    message.msg_type = "stream";
    message.parent = parent_;
    message.content =
        stream_ == Stream::out ? R"({"name":"stdout","text":)" : R"({"name":"stderr","text":)";
    append_json_string(message.content, text_);
    message.content += '}';
    text_.clear();
    return send_now(message);
}

bool Publisher::send_now(const Outgoing& message) {
    sealer_.seal(message, std::chrono::system_clock::now(), sealed_);
    return port_.send(sealed_.frames, message.buffers);
}

}  // namespace kernelwire
