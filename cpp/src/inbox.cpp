#include <kernelwire/inbox.hpp>

#include <utility>

namespace kernelwire {

Inbox::Inbox(const ZmqContext& context, const std::string& name)
    : door_(context, zmq::dealer, std::make_shared<Traffic>()),
      bell_(context, door_, "inbox-" + name) {}

void Inbox::put(Message request) {
    std::unique_lock lock(mutex_);
    const bool waits = requests_.empty();
    requests_.push_back(std::move(request));
    lock.unlock();
    if (waits) ring();
}

std::optional<Message> Inbox::take(Port::Wait wait) {
    std::optional<Message> request = pop();
    if (request || wait == Port::Wait::no) return request;
    (void)door_.recv(Port::Wait::yes);
    return pop();
}

void Inbox::ring() {
    bell_.ring();
}

void Inbox::close() {
    closed_ = true;
    ring();
}

std::size_t Inbox::size() const {
    const std::lock_guard lock(mutex_);
    return requests_.size();
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
