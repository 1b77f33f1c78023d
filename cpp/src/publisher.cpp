#include <kernelwire/publisher.hpp>

#include <kernelwire/json.hpp>

namespace kernelwire {

void Publisher::send(const Outgoing& message) {
    const std::lock_guard lock(mutex_);
    send_text();
    send_now(message);
}

void Publisher::flush() {
    const std::lock_guard lock(mutex_);
    send_text();
}

bool Publisher::stream(const std::string& parent, Stream stream, Bytes text) {
    const std::lock_guard lock(mutex_);
    if (!text_.empty() && (stream != stream_ || parent != parent_)) send_text();
    if (text_.empty()) {
        parent_ = parent;
        stream_ = stream;
    }
    text_ += text;
    if (text_.size() >= text_limit) send_text();
    const bool wakes = !text_.empty() && !ticking_;
    if (wakes) ticking_ = true;
    return wakes;
}

void Publisher::tick() {
    const std::lock_guard lock(mutex_);
    ticking_ = !text_.empty();
    send_text();
}

void Publisher::send_text() {
    if (text_.empty()) return;
    Outgoing message;
    message.msg_type = "stream";
    message.parent = parent_;
    message.content =
        stream_ == Stream::out ? R"({"name":"stdout","text":)" : R"({"name":"stderr","text":)";
    append_json_string(message.content, text_);
    message.content += '}';
    text_.clear();
    send_now(message);
}

void Publisher::send_now(const Outgoing& message) {
    sealer_.seal(message, std::chrono::system_clock::now(), sealed_);
    port_.send(sealed_.frames, message.buffers);
}

}  // namespace kernelwire
