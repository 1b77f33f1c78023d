// One request of a client's, and what came of it so far.
//
// Layer 6. Depends on: message.hpp. Used by: client.hpp.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <kernelwire/json.hpp>
#include <kernelwire/message.hpp>

namespace kernelwire {

/// What a client has called when something comes for a request of its. Called in the client's
/// wait() and step(), on their thread; what they throw leaves those.
struct Callbacks {
    /// A message on iopub for this request, but for its status. It may be copied and kept.
    std::function<void(const Message&)> output;

    /// The kernel asks the user. Without it, or question(), input is refused.
    /// @returns what the user has typed.
    std::function<std::string(const std::string& prompt, bool password)> input;

    /// In place of input(), where the answer takes its time: the kernel waits for Client::answer().
    std::function<void(const Message& question)> question;
};

/// One request. Made by a client, and confined to its thread.
class Exchange {
public:
    /// Made by Client::request().
    Exchange(std::string msg_id, std::string msg_type, Channel channel, Callbacks callbacks)
        : msg_id_(std::move(msg_id)),
          msg_type_(std::move(msg_type)),
          channel_(channel),
          callbacks_(std::move(callbacks)) {}

    /// Its id, which what belongs to it has in its parent header.
    [[nodiscard]] const std::string& msg_id() const noexcept { return msg_id_; }
    /// Its type, such as "execute_request".
    [[nodiscard]] const std::string& msg_type() const noexcept { return msg_type_; }

    /// Whether all has come that will: the reply, where there is one, and on shell the idle status,
    /// behind which there is no more output.
    [[nodiscard]] bool done() const noexcept {
        if (channel_ == Channel::control) return reply_.has_value();
        return idle_ && (reply_.has_value() || is_comm(msg_type_));
    }

    /// Whether it never will be done: the kernel was started anew.
    [[nodiscard]] bool lost() const noexcept { return lost_; }

    /// The reply; nothing while there is none.
    [[nodiscard]] const std::optional<Message>& reply() const noexcept { return reply_; }

    /// The content of the reply.
    /// @throws WireError  where there is none yet, or it is no JSON object.
    [[nodiscard]] Json content() const;

private:
    friend class Client;

    std::string msg_id_;
    std::string msg_type_;
    Channel channel_;
    Callbacks callbacks_;
    std::optional<Message> reply_;
    bool idle_ = false;
    bool lost_ = false;
};

}  // namespace kernelwire
