#include <kernelwire/publisher.hpp>

#include <algorithm>
#include <utility>

#include <kernelwire/json.hpp>

namespace kernelwire {
namespace {

// What libzmq takes for each frame beside its bytes.
constexpr std::size_t frame_overhead = 64;

std::size_t size_of(const Frames& frames, const Buffers& buffers) noexcept {
    std::size_t size = (frames.size() + buffers.size()) * frame_overhead;
    for (const Bytes frame : frames) size += frame.size();
    for (const Buffer& buffer : buffers) size += buffer.bytes.size();
    return size;
}

// Text without about its older half; what is left begins with a line, or at least a character.
std::size_t newer_half(const std::string& text) noexcept {
    const std::size_t half = text.size() / 2;
    const std::size_t line = text.find('\n', half);
    if (line != std::string::npos && line + 1 < text.size()) return line + 1;
    std::size_t at = half;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
    return at;
}

}  // namespace

// What a message at libzmq borrows from. Destroyed on its thread, when the last byte has left.
struct Publisher::Parcel {
    Parcel(std::string text, std::size_t bytes, std::shared_ptr<Backlog> counted)
        : content(std::move(text)), size(bytes), backlog(std::move(counted)) {}
    ~Parcel() { backlog->left(size); }
    Parcel(const Parcel&) = delete;
    Parcel& operator=(const Parcel&) = delete;

    const std::string content;
    const std::size_t size;  // of the whole message
    const std::shared_ptr<Backlog> backlog;
};

bool Publisher::send(Outgoing&& message) {
    const std::lock_guard lock(mutex_);
    if (!message.updates.empty() && is_full()) {
        hold(std::move(message));
        return wakes();
    }
    send_waiting();
    send_now(std::move(message));
    return false;
}

void Publisher::flush() {
    const std::lock_guard lock(mutex_);
    if (!is_full()) send_waiting();
}

bool Publisher::stream(const std::string& parent, Stream stream, Bytes text) {
    const std::lock_guard lock(mutex_);
    if (!text_.empty() && (stream != stream_ || parent != parent_)) send_waiting();
    if (text_.empty()) {
        parent_ = parent;
        stream_ = stream;
    }
    text_ += text;
    waiting_text_ = text_.size();
    if (text_.size() >= text_limit && !is_full()) send_waiting();
    if (text_.size() >= text_budget && given_up_) drop_oldest();
    return wakes();
}

// Whether something waits that nobody looks after yet; from now on, somebody does.
bool Publisher::wakes() {
    const bool waiting = !text_.empty() || !updates_.empty();
    return waiting && !ticking_.exchange(true);
}

void Publisher::tick() {
    const std::lock_guard lock(mutex_);
    if (is_full()) return;
    ticking_ = !text_.empty() || !updates_.empty();
    send_waiting();
}

void Publisher::wait(std::chrono::milliseconds patience) {
    backlog_->wait_below(has_room() ? full_mark : budget_.bytes, patience);
    flush();
}

void Publisher::wait_sent(std::chrono::milliseconds patience) {
    backlog_->wait_below(1, patience);
}

void Publisher::give_up() {
    const std::lock_guard lock(mutex_);
    if (!is_full()) return;
    given_up_ = true;
    if (text_.size() >= text_budget) drop_oldest();
}

bool Publisher::is_full() {
    const bool full = backlog_->bytes() >= full_mark;
    if (!full) given_up_ = false;
    return full;
}

void Publisher::drop_oldest() {
    const std::size_t kept_from = newer_half(text_);
    text_.erase(0, kept_from);
    missing_ += kept_from;
    dropped_ += kept_from;
    waiting_text_ = text_.size();
}

// Keeps an update in the place of an earlier one of the same display.
void Publisher::hold(Outgoing&& update) {
    if (!text_.empty() || updates_size_ >= text_budget) send_waiting();
    updates_size_ += update.content.size();
    const auto earlier = std::find_if(updates_.begin(), updates_.end(), [&](const Outgoing& other) {
        return other.updates == update.updates;
    });
    if (earlier == updates_.end()) {
        updates_.push_back(std::move(update));
    } else {
        updates_size_ -= earlier->content.size();
        *earlier = std::move(update);
    }
}

void Publisher::send_waiting() {
    for (Outgoing& update : updates_) send_now(std::move(update));
    updates_.clear();
    updates_size_ = 0;
    send_text();
}

void Publisher::send_text() {
    if (text_.empty()) return;
    Outgoing message;
    message.msg_type = "stream";
    message.parent = parent_;
    if (missing_ > 0) {
        text_.insert(0, "[kernelwire: " + std::to_string(missing_) +
                            " bytes of output are missing here, because nobody read them]\n");
        missing_ = 0;
    }
    message.content =
        stream_ == Stream::out ? R"({"name":"stdout","text":)" : R"({"name":"stderr","text":)";
    append_json_string(message.content, text_);
    message.content += '}';
    text_.clear();
    waiting_text_ = 0;
    send_now(std::move(message));
}

void Publisher::send_now(Outgoing&& message) {
    sealer_.seal(message, std::chrono::system_clock::now(), sealed_);
    observer_.sent(message, sealed_);
    const std::size_t size = size_of(sealed_.frames, message.buffers);
    backlog_->entered(size);
    const auto parcel = std::make_shared<const Parcel>(std::move(message.content), size, backlog_);
    sealed_.frames.back() = parcel->content;
    port_.send(sealed_.frames, message.buffers, parcel);
}

}  // namespace kernelwire
