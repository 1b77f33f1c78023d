// What an interpreter publishes through while it answers one request, and afterwards.
//
// Layer 4. Depends on: json.hpp, message.hpp, outlet.hpp, reply_handle.hpp. Used by:
// interpreter.hpp.
// Spec:
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#messages-on-the-iopub-pub-sub-channel
#pragma once

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <kernelwire/json.hpp>
#include <kernelwire/outlet.hpp>
#include <kernelwire/reply_handle.hpp>

namespace kernelwire {

/// The frontend that sent the request cannot be asked: `allow_stdin` was false.
class StdinRefused : public std::runtime_error {
public:
    StdinRefused() : std::runtime_error("this frontend does not take input requests") {}
};

/// Publishes on behalf of one request: everything it sends carries that request's header as
/// its parent, so that frontends show it in the right cell.
///
/// A handle that may be copied and kept, by threads that go on after the reply as well, for
/// as long as the kernel lives. Thread-safe, but for answer_comms().
class Output {
public:
    /// What the request allows, and its number.
    struct Terms {
        bool silent = false;       ///< results are not published
        bool allow_stdin = false;  ///< the frontend answers input()
        int execution_count = 0;   ///< goes into execute_result
        bool deferrable = false;   ///< defer() may be called
    };

    /// Made by a kernel for `request`.
    Output(Outlet& outlet, const Message& request, Terms terms);

    // All that publishes waits while too much is unread; see Publisher. An interrupt then throws
    // Interrupted. Data and metadata that are no objects, or cannot be written as JSON, throw
    // std::invalid_argument; in text, bytes that are no UTF-8 become U+FFFD.

    /// Writes text to the frontend's stdout or stderr. (`stdout` is a macro in C; in Python
    /// these are called stdout() and stderr().)
    void out(Bytes text) const;
    /// Writes text to stderr; as out().
    void err(Bytes text) const;

    /// Sends text that waits to be joined with more.
    void flush() const;

    /// Publishes the value of the request's code.
    /// @param data  MIME type to content; `text/plain` should be there.
    void execute_result(const Json& data, const Json& metadata = Json::object()) const;

    /// Shows something rich. With a `display_id` it can be updated later.
    void display_data(const Json& data, const Json& metadata = Json::object(),
                      const std::string& display_id = "") const;

    /// Replaces every display that was published under `display_id`.
    /// @throws std::invalid_argument  also where that is empty.
    void update_display_data(const Json& data, const Json& metadata,
                             const std::string& display_id) const;

    /// The same, from JSON text that names the id in its `transient`.
    void update_display(const std::string& display_id, std::string content) const;

    /// Removes the cell's output; with `wait`, only once the next output comes.
    void clear_output(bool wait = false) const;

    /// Shows an error. An error that execute() returns is shown by the kernel itself.
    void error(const std::string& ename, const std::string& evalue,
               const std::vector<std::string>& traceback) const;

    /// Publishes any message on iopub.
    /// @param content, metadata  JSON text of an object each; not checked.
    /// @param buffers  sent without a copy; see Buffer for when their owners are let go.
    void publish(const std::string& msg_type, std::string content, std::string metadata = "{}",
                 Buffers buffers = {}) const;

    /// Asks the frontend for a line of text, and waits. Several threads may ask at a time.
    /// @param password  do not show what is typed.
    /// @throws StdinRefused  where the request does not allow it.
    /// @throws Interrupted   where the kernel is to end, or the wait was interrupted, which it is
    ///                       only on the thread that answers the request.
    [[nodiscard]] std::string input(const std::string& prompt, bool password = false) const;

    /// Answers comm messages that have come meanwhile, ahead of the requests that wait: for code
    /// that waits itself, say for what a widget is to tell it. Never waits, and answers no more
    /// than a hundred. Their handlers are called from here. Only on the thread that answers the
    /// request.
    /// @returns whether there may be more.
    bool answer_comms() const { return shared_->outlet.answer_comms(shared_->subshell_id); }

    /// What to watch while waiting: one is readable when there may be comm messages. Call
    /// answer_comms() once before you wait, and whenever one is readable, until it returns false.
    /// On the same thread, and valid while the request runs.
    [[nodiscard]] std::vector<int> comm_fds() const {
        return shared_->outlet.comm_fds(shared_->subshell_id);
    }

    /// Says that the interpreter's event loop has something to do: Interpreter::wait() is asked
    /// before the shell of this request waits again, at once where it waits already. Any thread,
    /// also after the reply; cheap where it was said before.
    void wake() const { shared_->outlet.wake(shared_->subshell_id); }

    /// Has execute() be answered later: what it returns is left aside, unless that is an error. The
    /// shell then goes on to wait, so that an application's loop turns, and answers comm messages,
    /// but no other request until the reply has been given. It counts as running, and is
    /// interrupted, until then.
    ///
    /// Only within execute(), on its thread, and once.
    /// @returns what the reply is given by, on any thread.
    /// @throws std::logic_error  where the request is not one to be executed, or this was called
    ///                           before.
    [[nodiscard]] ReplyHandle defer() const;

    /// Ends the kernel once the request at hand was answered, as a language's `exit` does.
    void stop() const { shared_->outlet.stop(false); }

    /// What the request allows, and its number.
    [[nodiscard]] const Terms& terms() const noexcept { return shared_->terms; }

    /// Says that the error that execute() is going to return was shown by other means, such as a
    /// display of its own, or is to be shown nowhere: it will be in the reply only.
    void note_error_shown() const noexcept { shared_->showed_error = true; }

    /// Whether an error was shown through this output: the kernel shows none a second time.
    [[nodiscard]] bool showed_error() const noexcept { return shared_->showed_error; }

    /// Whether a comm message was published through this output.
    [[nodiscard]] bool published_comms() const noexcept { return shared_->published_comms; }

    /// What defer() has made; null: nothing. For the kernel, on the same thread.
    [[nodiscard]] const std::shared_ptr<PendingReply>& pending() const noexcept {
        return shared_->pending;
    }

private:
    void send(Outgoing message) const;

    struct Shared {
        Shared(Outlet& to, const Message& request, Terms on);

        Outlet& outlet;
        std::string parent;
        std::vector<std::string> identities;
        std::string subshell_id;
        Terms terms;
        std::atomic<bool> showed_error{false};
        std::atomic<bool> published_comms{false};
        std::shared_ptr<PendingReply> pending;  // confined to the request's thread
    };

    std::shared_ptr<Shared> shared_;
};

}  // namespace kernelwire
