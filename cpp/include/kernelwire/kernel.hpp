// The kernel, sans-IO: requests in, messages out. No socket, no thread, no clock of its own.
//
// Layer 5. Depends on: interpreter.hpp, codec.hpp, message.hpp, shells.hpp, spans.hpp. Used by:
// server.hpp, _host.
// Spec: https://jupyter-client.readthedocs.io/en/stable/messaging.html
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kernelwire/codec.hpp>
#include <kernelwire/interpreter.hpp>
#include <kernelwire/message.hpp>
#include <kernelwire/outlet.hpp>
#include <kernelwire/shells.hpp>
#include <kernelwire/spans.hpp>

namespace kernelwire {

/// Answers the requests of one kernel, through one interpreter.
///
/// For every request that verifies it sends exactly one `busy`, one reply where the type has
/// one, and one `idle`, in that order, whatever the interpreter does.
///
/// Threads: start() and finish() belong to the interpreter's thread, and answer() to the thread of
/// the request's shell. Of each channel, one thread at a time reads; control and iopub may have
/// one that is not the interpreter's. Interpreter and Outlet must outlive the kernel.
class Kernel {
public:
    /// @param key    the connection's; empty: messages are neither signed nor checked.
    /// @param clock  what time it is; tests pass their own.
    Kernel(Interpreter& interpreter, Outlet& outlet, Bytes key,
           std::function<Timestamp()> clock = &std::chrono::system_clock::now);

    ~Kernel() { drop_late(); }
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;

    /// The interpreter's name for itself.
    [[nodiscard]] const std::string& implementation() const noexcept { return implementation_; }

    /// Has each cell told as a span. Before start().
    void trace(SpanSink spans) { spans_ = std::move(spans); }

    /// Publishes `status: starting`, then lets the interpreter start.
    void start();

    /// Verifies one multipart message from `channel`, which is shell or control.
    ///
    /// @param frames  valid for as long as `owner` is held, or, where that is null, for
    ///                as long as `out` is used.
    /// @param out  overwritten.
    /// @returns why the message is refused; nothing was parsed then that was not signed.
    Errc read(Channel channel, const Frames& frames, std::shared_ptr<const void> owner,
              Message& out);

    /// Answers what read() has read. Its owner is held where the reply comes later.
    /// @returns false where it does, see Output::defer(): only comm messages are to be answered for
    ///          this shell while awaits_reply().
    bool answer(const Message& request);

    /// Whether a shell has a request whose reply comes later. Only on that shell's thread, as all
    /// that follows.
    [[nodiscard]] bool awaits_reply(const std::string& subshell_id = "") const;

    /// Sends that reply if it was given.
    /// @returns the request that was answered; nothing while there is no reply.
    std::optional<Message> answer_late(const std::string& subshell_id = "");

    /// Sends an error in its place, since the kernel is to end.
    std::optional<Message> give_up_late(const std::string& subshell_id = "");

    /// Has the outlet not be called any more for replies that come later, as when it is to go.
    void drop_late();

    /// Both of them.
    Errc receive(Channel channel, const Frames& frames, std::shared_ptr<const void> owner = {});

    /// Says that whatever Outlet::hold_back() held was answered: an abort ends here.
    void drained(const std::string& subshell_id = "");

    /// Interrupts what runs, or waits in the interpreter, in all shells. Any thread.
    void interrupt();

    /// The same, but for the shell where it calls this.
    void interrupt_others();

    /// Whether answering a request takes as long as a debugger likes. Any thread.
    [[nodiscard]] bool is_for_debugger(const Message& request) const noexcept {
        return has_debugger_ && request.header.msg_type == "debug_request";
    }

    /// Takes what came in on iopub's XPUB: 1 and a topic is a subscription, and is welcomed (JEP
    /// 65).
    void subscribed(Bytes frame);

    /// Has the interpreter wait for a shell's next request, see Interpreter::wait(). Only on that
    /// shell's thread. Throws what the interpreter does.
    [[nodiscard]] bool wait(const std::string& subshell_id, const std::vector<int>& fds);

    /// Lets the interpreter end.
    void finish(bool restart);

private:
    struct Answer;
    struct Route;
    struct Execution;

    [[nodiscard]] static const Route* find_route(Channel channel, Bytes msg_type) noexcept;
    [[nodiscard]] bool is_new(Bytes signature);
    [[nodiscard]] Answer handle(const Route* route, const Message& request);
    void interrupt(const Shell& shell);
    void finish(const Message& request, const std::string& reply_type, Answer answer);
    void reply(const Message& request, const std::string& reply_type, Answer answer);
    Answer executed(Execution& run, Reply reply);
    [[nodiscard]] std::shared_ptr<Execution> late(const std::string& subshell_id) const;
    std::optional<Message> answer_late(Execution& run, Reply reply);

    // One for each type of request; `shell` is the main one where the channel is control.
    Answer kernel_info(const Message& request, Shell& shell);
    Answer execute(const Message& request, Shell& shell);
    Answer complete(const Message& request, Shell& shell);
    Answer inspect(const Message& request, Shell& shell);
    Answer is_complete(const Message& request, Shell& shell);
    Answer history(const Message& request, Shell& shell);
    Answer comm_info(const Message& request, Shell& shell);
    Answer comm(const Message& request, Shell& shell);
    Answer interrupt_request(const Message& request, Shell& shell);
    Answer create_subshell(const Message& request, Shell& shell);
    Answer delete_subshell(const Message& request, Shell& shell);
    Answer list_subshell(const Message& request, Shell& shell);
    Answer debug(const Message& request, Shell& shell);
    Answer usage(const Message& request, Shell& shell);
    Answer connect(const Message& request, Shell& shell);
    Answer shutdown(const Message& request, Shell& shell);

    void publish(const Message& request, const char* msg_type, std::string content,
                 bool soon = false);
    void status(Bytes parent, const char* content, bool soon = false);

    Interpreter& interpreter_;
    Outlet& outlet_;
    Signer signer_;
    std::function<Timestamp()> clock_;
    SpanSink spans_;  // null: nobody traces
    std::string implementation_;
    Reply info_;  // to kernel_info_request
    bool has_subshells_ = false;
    bool has_debugger_ = false;
    // One window for all channels, or what was recorded on control could be executed on shell.
    std::mutex seen_mutex_;
    ReplayWindow seen_;
    Shells shells_;
    std::atomic<int> executions_{0};
    std::atomic<int> late_count_{0};  // of late_, to be read without the lock
    mutable std::mutex late_mutex_;   // of late_
    std::map<std::string, std::shared_ptr<Execution>> late_;  // by subshell
};

}  // namespace kernelwire
