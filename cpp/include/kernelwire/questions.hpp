// Asks clients for input over stdin, for several shells at once, and gives each its own answer.
//
// Layer 6. Depends on: codec.hpp, message.hpp, observer.hpp, port.hpp, replay.hpp. Used by:
// server.hpp. Spec:
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#messages-on-the-stdin-router-dealer-channel
#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>

#include <kernelwire/error.hpp>
#include <kernelwire/message.hpp>
#include <kernelwire/observer.hpp>
#include <kernelwire/port.hpp>
#include <kernelwire/replay.hpp>

namespace kernelwire {

/// The questions that wait for an answer. Thread-safe; what it is made of must outlive it.
class Questions {
public:
    /// All of these must outlive it.
    Questions(Port& port, const Signer& signer, const Sealer& sealer, Observer& observer)
        : port_(port), signer_(signer), sealer_(sealer), observer_(observer) {}

    /// Sends an `input_request`, as soon as the client is connected, and waits for its
    /// `input_reply`.
    /// @param subshell_id  of the shell that asks; empty: the main one.
    /// @param given_up  asked several times a second; true ends the wait.
    /// @returns the answer, or nothing where the wait was given up.
    [[nodiscard]] std::optional<std::string> ask(const Outgoing& request,
                                                 const std::string& subshell_id,
                                                 const std::function<bool()>& given_up);

    /// What there may still be to receive.
    enum class Left { nothing, more, answers };

    /// Receives what nobody waits for, `most` messages at most: else it would take memory, and so
    /// would clients that have left. Answers are left to those who wait for them.
    /// @returns whether nothing is left, so that the socket's fd() may be watched.
    [[nodiscard]] Left receive_unasked(unsigned most);

private:
    struct Question {
        const Outgoing& request;
        const std::string& subshell_id;
        std::string msg_id{};
        std::optional<std::string> answer{};
    };

    [[nodiscard]] bool send(const Frames& question);
    void receive();
    void take(const Frames& frames);
    [[nodiscard]] Question* find(const Envelope& answer, const std::string& subshell_id);

    Port& port_;
    const Signer& signer_;
    const Sealer& sealer_;
    Observer& observer_;
    std::mutex mutex_;
    ReplayWindow seen_;
    std::list<Question> open_;  // the oldest first
};

}  // namespace kernelwire
