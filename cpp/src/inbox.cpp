#include <kernelwire/inbox.hpp>

#include <algorithm>
#include <utility>

namespace kernelwire {

Inbox::Inbox(const ZmqContext& context, const std::string& name)
    : door_(context, zmq::dealer, std::make_shared<Traffic>()),
      bell_(context, door_, "inbox-" + name) {}

void Inbox::put(Message request) {
    bool awaited = false;
    {
        const std::lock_guard lock(mutex_);
        // Who takes comm messages alone waits for them also where there are requests.
        awaited = requests_.empty() || is_comm(request.header.msg_type);
        requests_.push_back(std::move(request));
    }
    if (awaited) call();
}

std::optional<Message> Inbox::take(Port::Wait wait) {
    std::optional<Message> request = pop();
    if (request || wait == Port::Wait::no) return request;
    (void)door_.recv(Port::Wait::yes);
    open_door();
    return pop();
}

std::optional<Message> Inbox::take_comm() {
    open_door();
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(requests_.begin(), requests_.end(), [](const Message& request) {
        return is_comm(request.header.msg_type);
    });
    if (found == requests_.end()) return std::nullopt;
    const auto before = static_cast<std::size_t>(found - requests_.begin());
    std::optional<Message> out = std::move(*found);
    requests_.erase(found);
    if (before < marked_) --marked_;
    return out;
}

bool Inbox::ready() {
    open_door();
    return size() > 0 || closed_;
}

void Inbox::ring() {
    bell_.ring();
}

bool Inbox::wake() {
    if (woken_.exchange(true)) return false;
    call();
    return true;
}

void Inbox::close() {
    closed_ = true;
    ring();
}

std::size_t Inbox::size() const {
    const std::lock_guard lock(mutex_);
    return requests_.size();
}

// One ring at a time: more than the door has room for, and the caller would wait.
void Inbox::call() {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(called_, true)) return;
    }
    ring();
}

// Takes in the rings, before it is looked what they were for: what comes later rings again.
void Inbox::open_door() {
    while (door_.recv(Port::Wait::no) != nullptr) {
    }
    const std::lock_guard lock(mutex_);
    called_ = false;
}

std::optional<Message> Inbox::pop() {
    const std::lock_guard lock(mutex_);
    if (requests_.empty()) return std::nullopt;
    std::optional<Message> out = std::move(requests_.front());
    requests_.pop_front();
    if (marked_ > 0) --marked_;
    return out;
}

}  // namespace kernelwire
