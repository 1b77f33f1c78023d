// Brings each request on shell to the thread that is to answer it.
//
// Layer 6. Depends on: bell.hpp, inbox.hpp, kernel.hpp, observer.hpp. Used by: server.hpp.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <kernelwire/bell.hpp>
#include <kernelwire/inbox.hpp>
#include <kernelwire/kernel.hpp>
#include <kernelwire/observer.hpp>

namespace kernelwire {

/// Receives on shell.
///
/// As long as no subshell was ever opened, the main shell's thread receives what it answers, with
/// nothing in between. From then on whoever looks first receives, and puts each request into
/// the inbox of its shell: the main thread may be busy for long, and subshells must not wait for
/// it. All methods may be called from any thread, except where they say otherwise.
class Router {
public:
    /// All of these must outlive it.
    Router(const ZmqContext& context, Port& shell, Kernel& kernel, Observer& observer);

    /// The main shell's next request. Only on its thread.
    /// @returns nothing where there is none, or the wait was cut short by a signal or ring().
    [[nodiscard]] std::optional<Message> next(Port::Wait wait);

    /// Receives what is there, and never waits; of a flood of what is refused, a hundred messages,
    /// and then makes fd() readable for the rest. To be called whenever fd() is readable, and,
    /// since a message sent may take the edge that would have made it so, after every answer.
    void route();

    /// Whether somebody must watch fd(): a subshell was opened, and there is room for more.
    [[nodiscard]] bool watched() const;
    /// Readable when there may be something to route.
    [[nodiscard]] int fd() const { return shell_.fd(); }

    /// Has the requests of a subshell go to an inbox of their own.
    [[nodiscard]] std::shared_ptr<Inbox> open(const std::string& subshell_id);

    /// Ends that; the inbox is closed, and keeps what it holds.
    void close(const std::string& subshell_id);

    /// Takes the next message to a comm, ahead of the requests of the same shell. Never waits. Only
    /// on that shell's thread.
    /// @param inbox  of a subshell; null: the main shell.
    [[nodiscard]] std::optional<Message> next_comm(Inbox* inbox);

    /// Whether there is a request for a shell, or never will be. Never waits. Only on that shell's
    /// thread.
    /// @param inbox  of a subshell; null: the main shell.
    [[nodiscard]] bool ready(Inbox* inbox);

    /// What becomes readable when next_comm() or ready() may find something, once it has found
    /// nothing.
    [[nodiscard]] std::vector<int> fds(const Inbox* inbox) const;

    /// Whether next() may find something. If not, one of fds(nullptr) becomes readable when that
    /// changes. Unlike ready() it leaves messages where they are, so that it takes no longer where
    /// there are many. Only on the main shell's thread.
    [[nodiscard]] bool pending();

    /// Makes one of a shell's fds() readable until ready(), next_comm() or, for the main shell's,
    /// pending(). Any thread, also where a subshell was deleted and still answers.
    void call(const std::string& subshell_id);

    /// Whether no more is received until a shell has taken what waits for it.
    [[nodiscard]] bool full() const;

    /// Has take_woken() say so once, and cuts short a shell's wait. Any thread.
    void wake(const std::string& subshell_id);

    /// Whether a shell was woken since the last call, or this is the first. Only on its thread.
    /// @param inbox  as above.
    [[nodiscard]] bool take_woken(Inbox* inbox) noexcept { return of(inbox).take_woken(); }
    /// Has take_woken() say so once more. Only on that shell's thread.
    void keep_awake(Inbox* inbox) noexcept { of(inbox).keep_awake(); }

    /// Marks what now waits for a shell, where an abort is to end. Only on that shell's thread.
    void mark(const std::string& subshell_id);

    /// Whether the main shell's next request waited at its last mark(). Only on its thread.
    [[nodiscard]] bool marked() const noexcept { return main_.marked(); }

    /// How many requests were received and wait for their shell.
    [[nodiscard]] std::size_t waiting() const;

    /// Cuts all waits short, the subshells' as well.
    void ring();

private:
    [[nodiscard]] std::optional<Message> read(const std::shared_ptr<const Received>& received);
    void put(Message request);
    [[nodiscard]] Inbox& of(Inbox* inbox) noexcept { return inbox == nullptr ? main_ : *inbox; }
    [[nodiscard]] std::shared_ptr<Inbox> find(const std::string& subshell_id) const;

    const ZmqContext& context_;
    Port& shell_;
    Kernel& kernel_;
    Observer& observer_;
    Bell bell_;  // reaches the main thread where it waits on the socket itself
    Inbox main_;
    std::mutex reading_;  // held while a message goes from the socket to its inbox
    std::atomic<bool> routing_{false};
    mutable std::mutex opened_;  // of inboxes_ and closed_
    std::map<std::string, std::shared_ptr<Inbox>> inboxes_;
    std::map<std::string, std::weak_ptr<Inbox>> closed_;  // while a thread still serves them
};

}  // namespace kernelwire
