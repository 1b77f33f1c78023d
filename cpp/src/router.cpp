#include <kernelwire/router.hpp>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace kernelwire {

namespace {

// Anybody may send what is refused, as fast as it is read: there must be an end to it.
constexpr unsigned refusals_at_once = 100;

}  // namespace

Router::Router(const ZmqContext& context, Port& shell, Kernel& kernel, Observer& observer)
    : context_(context),
      shell_(shell),
      kernel_(kernel),
      observer_(observer),
      bell_(context, shell, "shell"),
      main_(context, "main") {}

std::optional<Message> Router::next(Port::Wait wait) {
    if (auto request = main_.take(Port::Wait::no)) return request;
    if (routing_) return main_.take(wait);
    const std::lock_guard lock(reading_);
    const auto received = shell_.recv(wait);
    auto request = received == nullptr ? std::nullopt : read(received);
    if (!request || !routing_) return request;
    // The first subshell was opened during the wait, and this may be for it.
    put(*std::move(request));
    return main_.take(Port::Wait::no);
}

void Router::route() {
    const std::lock_guard lock(reading_);
    for (unsigned refused = 0; !full();) {
        const auto received = shell_.recv(Port::Wait::no);
        if (received == nullptr) return;
        if (auto request = read(received)) {
            put(*std::move(request));
        } else if (++refused == refusals_at_once) {
            return bell_.ring();  // to be called again, once the other channels had their turn
        }
    }
    (void)shell_.readable();  // or who watches fd() would be called over and over
}

bool Router::watched() const {
    return routing_ && !full();
}

std::shared_ptr<Inbox> Router::open(const std::string& subshell_id) {
    auto inbox = std::make_shared<Inbox>(context_, subshell_id);
    {
        const std::lock_guard lock(opened_);
        inboxes_.emplace(subshell_id, inbox);
    }
    if (!routing_.exchange(true)) bell_.ring();
    return inbox;
}

// Nothing is put into an inbox after it was closed, or it would never be answered.
void Router::close(const std::string& subshell_id) {
    const std::lock_guard reading(reading_);
    const std::lock_guard lock(opened_);
    const auto found = inboxes_.find(subshell_id);
    if (found == inboxes_.end()) return;
    found->second->close();
    for (auto other = closed_.begin(); other != closed_.end();) {
        other = other->second.expired() ? closed_.erase(other) : std::next(other);
    }
    closed_.emplace(subshell_id, found->second);
    inboxes_.erase(found);
}

std::optional<Message> Router::next_comm(Inbox* inbox) {
    route();
    return of(inbox).take_comm();
}

bool Router::ready(Inbox* inbox) {
    route();
    return of(inbox).ready();
}

bool Router::pending() {
    if (watched()) route();
    return main_.ready() || (!routing_ && shell_.readable());
}

void Router::call(const std::string& subshell_id) {
    if (subshell_id.empty()) return main_.call();
    std::shared_ptr<Inbox> inbox = find(subshell_id);
    if (inbox == nullptr) {
        const std::lock_guard lock(opened_);
        const auto found = closed_.find(subshell_id);
        if (found != closed_.end()) inbox = found->second.lock();
    }
    if (inbox != nullptr) inbox->call();
}

void Router::wake(const std::string& subshell_id) {
    if (subshell_id.empty()) {
        // The main thread waits at its inbox or at the socket, and may change from one to the other
        // now.
        if (main_.wake() && !routing_) bell_.ring();
    } else if (const auto inbox = find(subshell_id)) {
        inbox->wake();
    }
}

// The main shell's messages come in at the socket, or, once there were subshells, in its inbox.
std::vector<int> Router::fds(const Inbox* inbox) const {
    if (inbox != nullptr) return {inbox->fd()};
    return {shell_.fd(), main_.fd()};
}

void Router::mark(const std::string& subshell_id) {
    route();
    if (subshell_id.empty()) {
        main_.mark();
    } else if (const auto inbox = find(subshell_id)) {
        inbox->mark();
    }
}

void Router::ring() {
    bell_.ring();
    main_.ring();
    const std::lock_guard lock(opened_);
    for (const auto& [id, inbox] : inboxes_) inbox->ring();
}

std::optional<Message> Router::read(const std::shared_ptr<const Received>& received) {
    Message request;
    const Frames& frames = received->frames();
    if (Bell::is_ring(frames)) return std::nullopt;
    const Errc code = kernel_.read(Channel::shell, frames, received, request);
    if (code != Errc::ok) {
        observer_.refused(Channel::shell, code);
        return std::nullopt;
    }
    observer_.received(request);
    return request;
}

void Router::put(Message request) {
    const std::string& id = request.header.subshell_id;
    if (id.empty()) {
        main_.put(std::move(request));
    } else if (const auto inbox = find(id)) {
        inbox->put(std::move(request));
    } else {
        kernel_.answer(request);  // that there is no such subshell; it need not wait for one
        observer_.answered(request);
    }
}

std::size_t Router::waiting() const {
    const std::lock_guard lock(opened_);
    return std::accumulate(
        inboxes_.begin(), inboxes_.end(), main_.size(),
        [](std::size_t sum, const auto& entry) { return sum + entry.second->size(); });
}

bool Router::full() const {
    const std::lock_guard lock(opened_);
    return main_.full() || std::any_of(inboxes_.begin(), inboxes_.end(),
                                       [](const auto& entry) { return entry.second->full(); });
}

std::shared_ptr<Inbox> Router::find(const std::string& subshell_id) const {
    const std::lock_guard lock(opened_);
    const auto found = inboxes_.find(subshell_id);
    return found == inboxes_.end() ? nullptr : found->second;
}

}  // namespace kernelwire
