// Comms with a function for each thing that happens, for interpreters that have some.
//
// Layer 5. Depends on: interpreter.hpp. Used by: authors of kernels.
// Spec: https://jupyter-client.readthedocs.io/en/stable/messaging.html#custom-messages
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <kernelwire/interpreter.hpp>

namespace kernelwire {

/// One comm: a line between a frontend and the kernel, by which both send at any time.
///
/// A handle that may be copied and kept, and used on any thread for as long as the kernel lives,
/// also once the comm was closed. What is sent belongs, for frontends, to the request that opened
/// it or, since then, to the last message that came on it or was sent for a request.
class Comm {
public:
    /// Called with what has come.
    using Handler = std::function<void(Comm& comm, const CommMessage& message)>;

    /// What names it in every message.
    [[nodiscard]] const std::string& id() const noexcept { return state_->id; }
    /// What it is for.
    [[nodiscard]] const std::string& target_name() const noexcept { return state_->target_name; }

    /// Whether neither side has closed it.
    [[nodiscard]] bool is_open() const;

    /// Sends a message. Waits as all publishing does; see Output.
    /// @param buffers  sent without a copy; see Buffer for when their owners are let go.
    /// @returns false where the comm is closed, and nothing was sent: the frontend may do that at
    ///          any time.
    /// @throws std::invalid_argument  where `data` or `metadata` cannot be written as JSON.
    bool send(const Json& data, Buffers buffers = {}, const Json& metadata = Json::object()) const;

    /// The same on behalf of a request that is at hand, to which it belongs and all that is sent
    /// from now on.
    bool send(const Output& output, const Json& data, Buffers buffers = {},
              const Json& metadata = Json::object()) const;

    /// Closes it, and lets go of its handlers. Does nothing where it is closed.
    /// @throws std::invalid_argument  where `data` cannot be written as JSON.
    void close(const Json& data = Json::object()) const;

    /// Has a function called for each message, on the thread of the shell that it comes to. The
    /// handler is given the comm, so that it need not hold a copy.
    void on_message(Handler call) const;

    /// Has a function called when the frontend closes it, likewise.
    void on_close(Handler call) const;

private:
    friend class Comms;

    struct State {
        State(std::string with_id, std::string target, Output output)
            : id(std::move(with_id)), target_name(std::move(target)), latest(std::move(output)) {}

        const std::string id;
        const std::string target_name;
        std::mutex mutex;  // of all below
        Output latest;
        bool open = true;
        Handler on_message;
        Handler on_close;
    };

    explicit Comm(std::shared_ptr<State> state) : state_(std::move(state)) {}
    void publish(const Output& output, const char* msg_type, const std::string& fields,
                 const Json& data, const Json& metadata, Buffers buffers) const;

    std::shared_ptr<State> state_;
};

/// The comms of an interpreter, and what it does when a frontend opens one.
///
///     Doubling() {
///         comms().on_open("doubler", [](Comm& comm, const CommMessage&) {
///             comm.on_message([](Comm& comm, const CommMessage& message) {
///                 comm.send({{"twice", 2 * message.data().get<int>()}});
///             });
///         });
///     }
///
/// Interpreters with no base of their own derive from InterpreterWithComms; others call the four
/// functions at the end from their own. Thread-safe. Handlers are called without a lock, so they
/// may open and close comms; what they throw is shown as an error.
class Comms {
public:
    Comms() = default;
    Comms(const Comms&) = delete;
    Comms& operator=(const Comms&) = delete;

    /// Has a function called for each comm that a frontend opens for this target, instead of the
    /// one that was given before. A comm whose function throws is closed.
    /// @throws std::invalid_argument  where there is no function in it.
    void on_open(const std::string& target_name, Comm::Handler call);

    /// Forgets a target: what is open stays so, what is opened from now on is closed at once.
    void forget(const std::string& target_name);

    /// Opens a comm from the kernel's side.
    /// @param output  of the request that it belongs to.
    /// @throws std::invalid_argument  where `data` or `metadata` cannot be written as JSON.
    Comm open(const Output& output, const std::string& target_name,
              const Json& data = Json::object(), Buffers buffers = {},
              const Json& metadata = Json::object());

    /// How many are open.
    [[nodiscard]] std::size_t size() const;

    /// Interpreter::comm_open(): a comm for which there is no function is closed at once.
    /// @throws InterpreterError  where one of the same id is open, which stays so.
    void comm_open(const CommMessage& message, const Output& output);
    /// Interpreter::comm_msg(): a message on no comm is left alone.
    void comm_msg(const CommMessage& message, const Output& output);
    /// Interpreter::comm_close().
    void comm_close(const CommMessage& message, const Output& output);
    /// Interpreter::comm_info().
    [[nodiscard]] Json comm_info(const std::string& target_name) const;

private:
    static constexpr std::size_t few = 16;

    [[nodiscard]] std::shared_ptr<Comm::State> find(const std::string& id) const;
    [[nodiscard]] bool add(const std::shared_ptr<Comm::State>& comm);
    void remove_closed();

    mutable std::mutex mutex_;  // of all below
    std::map<std::string, std::shared_ptr<const Comm::Handler>> targets_;
    std::map<std::string, std::shared_ptr<Comm::State>> comms_;
    std::size_t sweep_at_ = few;  // so many have to be there before closed ones are looked for
};

/// An interpreter whose comms are those of a Comms.
class InterpreterWithComms : public Interpreter {
public:
    void comm_open(const CommMessage& message, Output& output) override {
        comms_.comm_open(message, output);
    }
    void comm_msg(const CommMessage& message, Output& output) override {
        comms_.comm_msg(message, output);
    }
    void comm_close(const CommMessage& message, Output& output) override {
        comms_.comm_close(message, output);
    }
    Json comm_info(const std::string& target_name) override {
        return comms_.comm_info(target_name);
    }

    /// They may be used on any thread.
    [[nodiscard]] Comms& comms() noexcept { return comms_; }

private:
    Comms comms_;
};

}  // namespace kernelwire
