// Which threads answer the requests of a server, and of which shell.
//
// Layer 7, private. Depends on: inbox.hpp. Used by: server.cpp.
#pragma once

#include <stdexcept>
#include <string>

#include <kernelwire/inbox.hpp>

namespace kernelwire {

class Server;

// Notes, for as long as it lives, that this thread answers the requests of a server. May be nested:
// what runs in one kernel may have a loop that serves another.
class Serving {
public:
    /// @param inbox  of the subshell; null: it is the main shell.
    Serving(const Server& server, const std::string& subshell_id, Inbox* inbox)
        : server_(server), subshell_id_(subshell_id), inbox_(inbox), outer_(here_) {
        here_ = this;
    }
    ~Serving() { here_ = outer_; }
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

    [[nodiscard]] static bool on_this_thread(const Server& server) noexcept {
        return of(server) != nullptr;
    }

    // The inbox of the shell, which must be this thread's. It is there also where a request goes on
    // after its subshell was deleted.
    [[nodiscard]] static Inbox* inbox(const Server& server, const std::string& subshell_id) {
        const Serving* const here = of(server);
        if (here == nullptr || here->subshell_id_ != subshell_id) {
            throw std::logic_error("comm messages are answered on the thread of their shell only");
        }
        return here->inbox_;
    }

private:
    [[nodiscard]] static const Serving* of(const Server& server) noexcept {
        const Serving* each = here_;
        while (each != nullptr && &each->server_ != &server) each = each->outer_;
        return each;
    }

    static inline thread_local const Serving* here_ = nullptr;

    const Server& server_;
    const std::string subshell_id_;
    Inbox* const inbox_;
    const Serving* const outer_;
};

}  // namespace kernelwire
