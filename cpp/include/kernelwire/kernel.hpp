// The kernel, sans-IO: requests in, messages out. No socket, no thread, no clock of its own.
//
// Layer 5. Depends on: interpreter.hpp, codec.hpp, message.hpp, shells.hpp. Used by: server.hpp,
// _host.
// Spec: https://jupyter-client.readthedocs.io/en/stable/messaging.html
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <kernelwire/codec.hpp>
#include <kernelwire/interpreter.hpp>
#include <kernelwire/message.hpp>
#include <kernelwire/outlet.hpp>
#include <kernelwire/shells.hpp>

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

    /// Answers what read() has read.
    void answer(const Message& request);

    /// Both of them.
    Errc receive(Channel channel, const Frames& frames, std::shared_ptr<const void> owner = {});

    /// Says that whatever Outlet::hold_back() held was answered: an abort ends here.
    void drained(const std::string& subshell_id = "");

    /// Interrupts execute() in all shells where it runs. Any thread.
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

    /// Lets the interpreter end.
    void finish(bool restart);

private:
    struct Answer;
    struct Route;

    [[nodiscard]] static const Route* find_route(Channel channel, Bytes msg_type) noexcept;
    [[nodiscard]] bool is_new(Bytes signature);
    [[nodiscard]] Answer handle(const Route* route, const Message& request);
    void interrupt(const Shell& shell);
    void reply(const Message& request, const std::string& reply_type, const Answer& answer);

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

    void publish(const Message& request, const char* msg_type, std::string content);
    void status(Bytes parent, const char* content);

    Interpreter& interpreter_;
    Outlet& outlet_;
    Signer signer_;
    std::function<Timestamp()> clock_;
    Reply info_;  // to kernel_info_request
    bool has_subshells_ = false;
    bool has_debugger_ = false;
    // One window for all channels, or what was recorded on control could be executed on shell.
    std::mutex seen_mutex_;
    ReplayWindow seen_;
    Shells shells_;
    std::atomic<int> executions_{0};
};

}  // namespace kernelwire
