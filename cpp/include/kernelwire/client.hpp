// A client of one kernel: requests, outputs, questions and comms, over the five channels.
//
// Layer 7. Depends on: connection.hpp, exchange.hpp, port.hpp, replay.hpp.
// Spec: https://jupyter-client.readthedocs.io/en/stable/messaging.html
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include <kernelwire/connection.hpp>
#include <kernelwire/exchange.hpp>
#include <kernelwire/port.hpp>
#include <kernelwire/replay.hpp>
#include <kernelwire/signer.hpp>

namespace kernelwire {

/// A kernel has not answered in time; it may do so yet.
class KernelSilent : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A kernel has ended, and will not answer any more.
class KernelEnded : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// How code is to be executed.
struct ExecuteOptions {
    bool silent = false;        ///< nothing is published, and nothing counted
    bool store_history = true;  ///< it is to stand in the history
    bool stop_on_error = true;  ///< an error has the requests behind it aborted
    /// Evaluated afterwards; their values are in the reply.
    Json user_expressions = Json::object();
    std::string subshell_id;  ///< JEP 91; empty: the main shell
};

/// A client of a kernel that is reached by its connection file.
///
/// Nothing goes on behind its user's back: messages are received, and callbacks called, while
/// wait() or step() runs. So a client has no thread and no lock, its callbacks may use it, and it
/// is confined to one thread. In a loop of the application's own, watch fds() and call step().
///
/// Messages are never dropped here, whatever the kernel sends; it holds what is not received.
class Client {
public:
    /// How long something may take.
    using Milliseconds = std::chrono::milliseconds;

    /// Connects; the kernel need not be there yet.
    /// @throws TransportError  where libzmq refuses, or was built without CURVE and the connection
    ///                         is encrypted.
    Client(const ZmqApi& api, Connection connection, const std::string& username = "client");
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Waits until the kernel answers, and what it publishes and asks comes here: before that,
    /// output of a request may be missed, and so may its questions.
    /// @returns the content of its kernel_info_reply.
    /// @throws KernelSilent, KernelEnded
    Json wait_ready(Milliseconds patience);

    /// A request that was sent. It may outlive the client.
    using Handle = std::shared_ptr<const Exchange>;

    /// Sends a request for `code` to be executed. Its input() is asked where the callbacks have
    /// one.
    /// @throws std::invalid_argument  where the user expressions are no object.
    Handle execute(const std::string& code, Callbacks callbacks = {},
                   const ExecuteOptions& options = {});

    /// @param cursor_pos  in code points.
    Handle complete(const std::string& code, std::size_t cursor_pos);
    /// Asks what the name at `cursor_pos` is; with `detail_level` 1, for its source.
    Handle inspect(const std::string& code, std::size_t cursor_pos, int detail_level = 0);
    /// Asks whether `code` is ready to be executed, or wants another line.
    Handle is_complete(const std::string& code);

    /// Interrupts by message. Where the kernelspec's interrupt_mode is "signal", send SIGINT.
    Handle interrupt();
    /// Asks the kernel to end; with `restart`, says that another will be started.
    Handle shutdown(bool restart = false);

    /// Opens a comm. What comes on it is given to on_comm().
    /// @returns its id.
    std::string open_comm(const std::string& target_name, const Json& data = Json::object(),
                          Buffers buffers = {});
    /// Sends a message on a comm. Buffers are lent until they have left.
    Handle send_comm(const std::string& comm_id, const Json& data, Buffers buffers = {});
    /// Closes a comm: nothing comes on it any more.
    Handle close_comm(const std::string& comm_id, const Json& data = Json::object());

    /// Sends any request on shell or control. Buffers are lent until they have left.
    /// @throws std::invalid_argument  on another channel, or where the content is no object, or
    ///                                cannot be written.
    Handle request(Channel channel, const std::string& msg_type, const Json& content,
                   Callbacks callbacks = {}, Buffers buffers = {},
                   const std::string& subshell_id = "");

    /// The same, where the content is JSON text already.
    Handle request_text(Channel channel, const std::string& msg_type, std::string content,
                        Callbacks callbacks = {}, Buffers buffers = {},
                        const std::string& subshell_id = "");

    /// Waits until a request is done.
    /// @throws KernelSilent  after `patience`: the request stays open, and may be waited for again.
    /// @throws KernelEnded   where the kernel has ended before.
    /// @throws std::invalid_argument  where there is no request.
    void wait(const Handle& exchange, Milliseconds patience);

    /// Waits until `condition` holds, which is asked after each step().
    /// @returns whether it does; false after `patience`.
    /// @throws KernelEnded  where the kernel has ended before.
    [[nodiscard]] bool wait_until(const std::function<bool()>& condition, Milliseconds patience);

    /// Answers a question that Callbacks::question was called with.
    void answer(const Message& question, const std::string& value);

    /// Connects anew, for a kernel that is started again: call it between KernelProcess::kill() and
    /// restart(). Requests that are open are lost; none of them reaches the new kernel. fds() are
    /// others from now on.
    void reconnect();

    /// Lets go of a request that nobody waits for any more: what comes for it is another's.
    void forget(const Handle& exchange) {
        if (exchange != nullptr) open_.erase(exchange->msg_id());
    }

    /// The content of the reply, once the request is done: as wait().
    Json result(const Handle& exchange, Milliseconds patience) {
        wait(exchange, patience);
        return exchange->content();
    }

    /// Handles what has come; where nothing has, waits for it no longer than `patience`.
    /// @returns whether anything had come.
    bool step(Milliseconds patience = Milliseconds{0});

    /// Readable when something may have come: then call step() until it returns false. Sending may
    /// take the edge, so call it after each request too.
    [[nodiscard]] std::vector<int> fds() const;

    /// Comm messages of the kernel's, whichever request they belong to.
    void on_comm(std::function<void(const Message&)> call) { on_comm_ = std::move(call); }

    /// Messages on iopub that belong to no open request of this client: other clients' outputs.
    void on_other(std::function<void(const Message&)> call) { on_other_ = std::move(call); }

    /// Asked while something is waited for: whether the kernel has ended. By default, nobody knows.
    void ended_when(std::function<bool()> call) { ended_ = std::move(call); }

    /// How many there were. One is on its way at a time.
    struct Heartbeats {
        std::uint64_t sent = 0;      ///< by this client
        std::uint64_t answered = 0;  ///< by the kernel
    };

    /// Takes what was answered, and sends the next heartbeat where none is on its way.
    const Heartbeats& beat();

    /// How long ago the kernel last answered a heartbeat, or this client was made. Sends the next
    /// one, where the last was answered.
    /// A kernel that is busy answers; one that is stopped does not.
    Milliseconds heartbeat();

    /// Sends a heartbeat, and waits for its answer: that of an earlier one says nothing of now.
    /// @returns whether the kernel's process gives a sign of life within `patience`.
    [[nodiscard]] bool beats(Milliseconds patience);

    /// Messages that were dropped, since they were not signed with the key, or no messages.
    [[nodiscard]] std::size_t refused() const noexcept { return refused_; }

    /// Where the kernel is.
    [[nodiscard]] const Connection& connection() const noexcept { return connection_; }

private:
    void connect();
    [[nodiscard]] std::unique_ptr<Port> port(Channel channel);
    [[nodiscard]] bool hears_questions(Milliseconds patience) const;
    bool receive(Port& port, Channel channel);
    void take(Channel channel, std::shared_ptr<const Received> received);
    void take_published(const Message& message, const std::shared_ptr<Exchange>& exchange);
    void ask(const Message& question, const std::shared_ptr<Exchange>& exchange);
    void settle(const std::shared_ptr<Exchange>& exchange);

    Connection connection_;
    Signer signer_;
    Sealer sealer_;
    ReplayWindow seen_;
    ZmqContext context_;
    std::shared_ptr<Traffic> traffic_ = std::make_shared<Traffic>();
    std::unique_ptr<Port> shell_;
    std::unique_ptr<Port> iopub_;
    std::unique_ptr<Port> stdin_;
    std::unique_ptr<Port> control_;
    std::unique_ptr<Port> heartbeat_;
    std::unordered_map<std::string, std::shared_ptr<Exchange>> open_;
    std::function<void(const Message&)> on_comm_;
    std::function<void(const Message&)> on_other_;
    std::function<bool()> ended_;
    std::chrono::steady_clock::time_point last_beat_;
    Heartbeats beats_;
    std::size_t refused_ = 0;
    unsigned welcomes_ = 0;
};

}  // namespace kernelwire
