// What an author subclasses to have a kernel: execute(), and whatever else the language has.
//
// Layer 4. Depends on: output.hpp, reply.hpp. Used by: kernel.hpp.
// Spec:
// https://jupyter-client.readthedocs.io/en/stable/messaging.html#messages-on-the-shell-router-dealer-channel
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <kernelwire/output.hpp>
#include <kernelwire/reply.hpp>

namespace kernelwire {

/// `language_info`: how frontends highlight, name and export what the kernel runs.
struct Language {
    std::string name;                     ///< such as "python"
    std::string version = "";             ///< of the language
    std::string mimetype = "text/plain";  ///< of source code
    std::string file_extension = ".txt";  ///< with the dot
    std::string pygments_lexer = "";      ///< left out where empty, as all below
    Json codemirror_mode = nullptr;       ///< a name or an object
    std::string nbconvert_exporter = "";  ///< empty: "script"
};

/// A link in the frontend's help menu.
struct HelpLink {
    std::string text;  ///< what the user reads
    std::string url;   ///< where it leads
};

/// What kernel_info_reply says. Asked for once, before the first request.
struct KernelInfo {
    Language language;                              ///< that it executes
    std::string implementation = "kernelwire";      ///< the kernel's name
    std::string implementation_version = "";        ///< and its version
    std::string banner = "";                        ///< what a console shows when it starts
    std::vector<HelpLink> help_links{};             ///< shown in the help menu
    std::vector<std::string> supported_features{};  ///< JEP 92
};

/// The fields of an `execute_request`.
struct ExecuteRequest {
    std::string code;                     ///< what is to be executed
    bool silent = false;                  ///< no count, no history, no result
    bool store_history = true;            ///< never true where `silent` is
    bool allow_stdin = true;              ///< the frontend answers Output::input()
    bool stop_on_error = true;            ///< an error aborts the requests queued behind this one
    int execution_count = 0;              ///< the number of this execution
    std::string user_expressions = "{}";  ///< JSON text: name to expression
    std::string cell_id = "";             ///< JupyterLab's `metadata.cellId`
    Message message{};                    ///< the request itself
};

/// The fields of a `history_request`.
struct HistoryRequest {
    std::string subshell_id = "";  ///< whose; empty: the main shell's
    bool output = false;           ///< with results
    bool raw = true;               ///< as typed, not as transformed
    std::string access = "tail";   ///< "range", "tail" or "search"
    int session = 0;               ///< range: 0 is this one, negative counts back
    int start = 0;                 ///< range: first line
    std::optional<int> stop{};     ///< range: one past the last line; none: to the end
    int n = 10;                    ///< tail, search: how many
    std::string pattern = "*";     ///< search: a glob
    bool unique = false;           ///< search: each line once
};

/// A `comm_open`, `comm_msg` or `comm_close` from the frontend.
struct CommMessage {
    std::string comm_id;      ///< of the comm
    std::string target_name;  ///< in comm_open only
    Message message{};        ///< the message itself, with metadata() and buffers()

    /// The frontend's payload, parsed at each call; null where there is none.
    [[nodiscard]] Json data() const;
};

/// An interpreter hosted as a kernel.
///
/// All methods run on the interpreter's thread, one at a time, except where they say otherwise.
/// An exception that leaves one becomes an error reply; the kernel lives on. Its object must
/// outlive the kernel.
///
/// An interpreter whose info() has "kernel subshells" among its `supported_features` (JEP 91) may
/// be asked on several threads at the same time: what handles shell's requests, from execute() to
/// comm_info(), and interrupted(), then run on the thread of each subshell as well.
class Interpreter {
public:
    Interpreter() = default;
    Interpreter(const Interpreter&) = delete;
    Interpreter& operator=(const Interpreter&) = delete;
    virtual ~Interpreter() = default;

    /// Who we are. Called once, on the thread that makes the kernel.
    [[nodiscard]] virtual KernelInfo info() const = 0;

    /// Called once on the interpreter's thread, when clients can connect already.
    virtual void start() {}

    /// Runs code; what it shows goes through `output`.
    /// @returns ok() or error(); `user_expressions` and `payload` are added where not set. For a
    ///          reply that comes later see Output::defer().
    virtual Reply execute(const ExecuteRequest& request, Output& output) = 0;

    /// @param cursor_pos  in Unicode code points from the start of `code`.
    /// @returns matches(); by default, none.
    virtual Reply complete(const std::string& code, std::size_t cursor_pos);

    /// @param cursor_pos  in Unicode code points from the start of `code`.
    /// @param detail_level  0, or 1 for more, such as the source.
    /// @returns documentation(); by default, none.
    virtual Reply inspect(const std::string& code, std::size_t cursor_pos, int detail_level);

    /// @returns complete(), incomplete(), invalid() or, by default, unknown().
    virtual Reply is_complete(const std::string& code);

    /// @returns ok() with `history`: a list of [session, line, input]; by default, empty.
    virtual Reply history(const HistoryRequest& request);

    /// A frontend opens a comm. By default there are no targets, and it is closed at once.
    virtual void comm_open(const CommMessage& message, Output& output);
    /// A message on a comm that is open.
    virtual void comm_msg(const CommMessage& message, Output& output);
    /// The client has closed a comm.
    virtual void comm_close(const CommMessage& message, Output& output);

    /// @param target_name  only its comms; empty: all.
    /// @returns an object: comm id to {"target_name": ...}; by default, empty.
    virtual Json comm_info(const std::string& target_name);

    /// Makes a running execute(), or handler of a comm, give up. **Called from another thread**,
    /// also when nothing runs; must be quick. By default nothing happens.
    virtual void interrupt() {}

    /// The same for what a subshell runs. By default nothing happens.
    virtual void interrupt_subshell(const std::string& /*subshell_id*/) {}

    /// Called when a signal cut a wait short, with nothing running.
    virtual void signalled() {}

    /// Asked several times a second while input is awaited, or clients that read slowly: true gives
    /// up the wait.
    virtual bool interrupted() { return false; }

    /// Waits for a shell's next request in the server's place: for an interpreter whose event loop
    /// has tasks, timers or windows that live on between requests. Called on the shell's thread
    /// where there is nothing to answer. interrupt() reaches it.
    /// @param fds  return soon after one of them has become readable, and read none of them;
    ///             returning earlier does no harm. The same ones at every call for one shell.
    /// @returns whether to be asked again instead of the next wait. False hands the waiting to the
    ///          server until Output::wake(), and says, at once, that there is nothing to wait for.
    virtual bool wait([[maybe_unused]] const std::string& subshell_id,
                      [[maybe_unused]] const std::vector<int>& fds) {
        return false;
    }

    /// The thread of a subshell; overridden to prepare it, and to clean up.
    /// @param serve  answers the subshell's requests until it is deleted; to be called once.
    virtual void host_subshell(const std::string& subshell_id, const std::function<void()>& serve);

    /// Answers a request to the debugger, where "debugger" is among the `supported_features`.
    /// **Called on a thread of its own**, also while execute() runs; may take long. Events go
    /// through `output`, as `debug_event`.
    /// @param request  of the Debug Adapter Protocol, or of Jupyter's additions to it.
    /// @returns ok() with the response's fields.
    virtual Reply debug(const Json& request, Output& output);

    /// The kernel is about to end: the last call on the interpreter's thread.
    virtual void shutdown(bool /*restart*/) {}
};

/// Thrown by an interpreter's method to answer with a particular error.
class InterpreterError : public std::runtime_error {
public:
    /// @param traceback  lines, which may have ANSI colours.
    InterpreterError(std::string ename, const std::string& evalue,
                     std::vector<std::string> traceback = {})
        : std::runtime_error(evalue), ename_(std::move(ename)), traceback_(std::move(traceback)) {}
    /// The error's name.
    [[nodiscard]] const std::string& ename() const noexcept { return ename_; }
    /// Its lines.
    [[nodiscard]] const std::vector<std::string>& traceback() const noexcept { return traceback_; }

private:
    std::string ename_;
    std::vector<std::string> traceback_;
};

}  // namespace kernelwire
