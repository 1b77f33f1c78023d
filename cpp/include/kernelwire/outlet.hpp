// Where a kernel's messages leave: the one door between the sans-IO kernel and the world.
//
// Layer 4. Depends on: message.hpp. Implemented by: Server, and by tests in memory.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <kernelwire/message.hpp>

namespace kernelwire {

/// The two streams of text a frontend shows.
enum class Stream { out, err };

/// A wait, for input or for clients to read, was given up because of an interrupt.
class Interrupted : public std::runtime_error {
public:
    Interrupted() : std::runtime_error("interrupted while waiting for a client") {}
};

/// Takes what a kernel sends. Every method but input() may be called from any thread.
class Outlet {
public:
    Outlet() = default;
    Outlet(const Outlet&) = delete;
    Outlet& operator=(const Outlet&) = delete;
    virtual ~Outlet() = default;

    /// Sends one message; on iopub, after all stream text that came before it.
    /// @throws Interrupted  where it `waits` for room, and then is not sent.
    virtual void send(Outgoing message) = 0;

    /// Takes stream text of the request whose header is `parent`. Text may wait a little for
    /// more of the same, but is never reordered, and not lost as long as clients read.
    /// @throws Interrupted  while it waits for room; the text may have been taken.
    virtual void stream(const std::string& parent, Stream stream, Bytes text) = 0;

    /// Sends the stream text that waits.
    virtual void flush() = 0;

    /// The same before a request's reply: also what was written past every Output.
    virtual void settle() { flush(); }

    /// Sends an `input_request` and waits for its answer. Only on the thread that answers the
    /// request which it belongs to.
    /// @param subshell_id  of that request; empty: the main shell.
    /// @returns the answer, or nothing when the wait was interrupted or the kernel stops.
    [[nodiscard]] virtual std::optional<std::string> input(Outgoing request,
                                                           const std::string& subshell_id) = 0;

    /// Receives what clients have sent so far to a shell, to be handed over after the request at
    /// hand: an abort ends behind it. Only on the thread of that shell.
    /// @param subshell_id  empty: the main shell.
    virtual void hold_back(const std::string& subshell_id) = 0;

    /// Answers comm messages that have come to a shell while a request of it is at hand, ahead of
    /// the other requests, which go on waiting in their order. Never waits for a message. Only on
    /// the thread of that shell.
    /// @param subshell_id  empty: the main shell.
    /// @returns whether there may be more, since many came: to be called again soon.
    virtual bool answer_comms([[maybe_unused]] const std::string& subshell_id) { return false; }

    /// File descriptors of which one is readable when there may be comm messages to answer,
    /// provided that answer_comms() was called before, and again whenever one was readable. Valid
    /// while the request runs. None where there are no sockets. Only on the same thread.
    [[nodiscard]] virtual std::vector<int> comm_fds(const std::string& /*subshell_id*/) const {
        return {};
    }

    /// Has Interpreter::wait() asked in place of the shell's next wait, and cuts one short that
    /// goes on. Any thread, at any time.
    /// @param subshell_id  empty: the main shell; nothing happens where it is not open.
    virtual void wake([[maybe_unused]] const std::string& subshell_id) {}

    /// Says that a reply which a shell waits for is there: Kernel::answer_late() is to be called on
    /// its thread. Any thread, at any time.
    /// @param subshell_id  empty: the main shell.
    virtual void late_reply([[maybe_unused]] const std::string& subshell_id) {}

    /// Has the requests of a subshell answered on a thread of its own, until it is closed. Does
    /// nothing where there are no threads: whoever receives for the main shell answers them then.
    virtual void open_subshell(const std::string& /*id*/) {}
    /// Closes a subshell, once what waits for it was answered.
    virtual void close_subshell(const std::string& /*id*/) {}

    /// Ends the kernel once the request at hand was answered.
    virtual void stop(bool restart) = 0;

    /// The port of each channel, as connect_reply has them: the JSON text of an object. Empty where
    /// there are no sockets.
    [[nodiscard]] virtual std::string ports() const { return "{}"; }

    /// What was measured of the messages so far, as the JSON text of an object.
    [[nodiscard]] virtual std::string usage() const = 0;

    /// What the kernel and its machine use, likewise: the members of usage_reply that frontends
    /// know. Only on the thread that answers control.
    [[nodiscard]] virtual std::string resources() { return "{}"; }
};

}  // namespace kernelwire
