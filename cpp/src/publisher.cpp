#include <kernelwire/publisher.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

#include <kernelwire/json.hpp>

namespace kernelwire {
namespace {

// Text without about its older half; what is left begins with a line, or at least a character.
std::size_t newer_half(const std::string& text) noexcept {
    const std::size_t half = text.size() / 2;
    const std::size_t line = text.find('\n', half);
    if (line != std::string::npos && line + 1 < text.size()) return line + 1;
    std::size_t at = half;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
    return at;
}

// Sends each message and forgets it. Where that throws, the others are still to be sent.
template <class Item, class Send>
void send_each(std::vector<Item>& items, Send send) {
    struct Forget {
        std::vector<Item>& sent;
        std::ptrdiff_t count = 0;
        ~Forget() { sent.erase(sent.begin(), sent.begin() + count); }
    } forget{items};
    for (Item& item : items) {
        ++forget.count;
        send(item);
    }
}

}  // namespace

bool Publisher::send(Outgoing&& message) {
    const std::lock_guard lock(mutex_);
    if (!message.updates.empty() && is_full()) {
        hold(std::move(message));
        return wakes();
    }
    send_waiting();  // which came before
    if (message.soon && !prompt_) {
        ready_size_ += message.content.size();
        ready_.push_back({std::move(message), std::chrono::system_clock::now()});
        if (ready_.size() >= ready_limit || ready_size_ >= ready_size_limit) send_ready();
        return wakes();
    }
    send_now(std::move(message));
    return false;
}

void Publisher::flush() {
    const std::lock_guard lock(mutex_);
    send_ready();
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
    const bool waiting = !ready_.empty() || !text_.empty() || !updates_.empty();
    return waiting && !ticking_.exchange(true);
}

void Publisher::tick() {
    const std::lock_guard lock(mutex_);
    const bool some = !ready_.empty();
    send_ready();
    if (is_full()) return;
    ticking_ = some || !text_.empty() || !updates_.empty();
    send_waiting();
}

void Publisher::wait(std::chrono::milliseconds patience) {
    port_.backlog().wait_below(has_room() ? full_mark : budget_.bytes, patience);
    flush();
}

void Publisher::wait_sent(std::chrono::milliseconds patience) {
    port_.backlog().wait_below(1, patience);
}

void Publisher::give_up() {
    const std::lock_guard lock(mutex_);
    if (!is_full()) return;
    given_up_ = true;
    if (text_.size() >= text_budget) drop_oldest();
}

bool Publisher::is_full() {
    const bool full = port_.backlog().bytes() >= full_mark;
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
    updates_size_ = 0;
    send_each(updates_, [this](Outgoing& update) { send_now(std::move(update)); });
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

void Publisher::send_ready() {
    ready_size_ = 0;
    send_each(ready_, [this](Ready& ready) { transmit(std::move(ready.message), ready.when); });
}

void Publisher::send_now(Outgoing&& message) {
    send_ready();
    transmit(std::move(message), std::chrono::system_clock::now());
}

void Publisher::transmit(Outgoing&& message, Timestamp when) {
    sealer_.seal(message, when, sealed_);
    observer_.sent(message, sealed_);
    port_.send(sealed_.frames, message.buffers, std::move(message.content));
}

}  // namespace kernelwire
