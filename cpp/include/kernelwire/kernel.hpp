// The kernel, sans-IO: requests in, messages out. No socket, no thread, no clock of its own.
//
// Layer 5. Depends on: interpreter.hpp, codec.hpp, message.hpp. Used by: server.hpp, _host.
// Spec: https://jupyter-client.readthedocs.io/en/stable/messaging.html
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include <kernelwire/codec.hpp>
#include <kernelwire/interpreter.hpp>
#include <kernelwire/message.hpp>
#include <kernelwire/outlet.hpp>

namespace kernelwire {

/// Answers the requests of one kernel, through one interpreter.
///
/// For every request that verifies it sends exactly one `busy`, one reply where the type has
/// one, and one `idle`, in that order, whatever the interpreter does.
///
/// Threads: receive(shell) belongs to the interpreter's thread, and so do start(), drained() and
/// finish(). receive(control) and subscribed() may be called from one other thread at the
/// same time. Interpreter and Outlet must outlive the kernel.
class Kernel {
public:
    /// @param key    the connection's; empty: messages are neither signed nor checked.
    /// @param clock  what time it is; tests pass their own.
    Kernel(Interpreter& interpreter, Outlet& outlet, Bytes key,
           std::function<Timestamp()> clock = &std::chrono::system_clock::now);

    /// Publishes `status: starting`, then lets the interpreter start.
    void start();

    /// Takes one multipart message from `channel`, which is shell or control, and answers it.
    ///
    /// @param frames  valid for as long as `owner` is held, or, where that is null, for
    ///                the length of the call.
    /// @returns why the message was refused; nothing was sent then, and nothing parsed that was
    ///          not signed.
    Errc receive(Channel channel, const Frames& frames, std::shared_ptr<const void> owner = {});

    /// Says that whatever Outlet::hold_back() held was received: an abort ends here.
    void drained() noexcept { aborting_ = false; }

    /// Interrupts execute(), where it runs. Any thread.
    void interrupt();

    /// Takes what came in on iopub's XPUB: 1 and a topic is a subscription, and is welcomed (JEP
    /// 65).
    void subscribed(Bytes frame);

    /// Lets the interpreter end.
    void finish(bool restart);

private:
    struct Answer;
    struct Route;

    [[nodiscard]] static const Route* find_route(Channel channel, Bytes msg_type) noexcept;
    [[nodiscard]] Answer answer(const Message& request);

    Answer kernel_info(const Message& request);
    Answer execute(const Message& request);
    Answer complete(const Message& request);
    Answer inspect(const Message& request);
    Answer is_complete(const Message& request);
    Answer history(const Message& request);
    Answer comm_info(const Message& request);
    Answer comm(const Message& request);
    Answer interrupt_request(const Message& request);
    Answer usage(const Message& request);
    Answer connect(const Message& request);
    Answer shutdown(const Message& request);

    void publish(const Message& request, const char* msg_type, std::string content);
    void status(Bytes parent, const char* state);

    Interpreter& interpreter_;
    Outlet& outlet_;
    Signer signer_;
    std::function<Timestamp()> clock_;
    Reply info_;  // to kernel_info_request
    // One window a channel, so that each belongs to one thread. A recording replayed on another
    // channel than its own is answered, but control executes nothing.
    std::array<ReplayWindow, channels.size()> seen_;
    int execution_count_ = 0;
    std::atomic<int> executions_{0};
    std::atomic<bool> executing_{false};
    bool aborting_ = false;
};

}  // namespace kernelwire
