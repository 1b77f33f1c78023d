// Five ports around a Kernel, a thread for each of its shells, and one for the rest: the only code
// that blocks.
//
// Layer 7. Depends on: capture.hpp, connection.hpp, debug_thread.hpp, kernel.hpp, observer.hpp,
// publisher.hpp, questions.hpp, registration.hpp, resources.hpp, router.hpp, spans.hpp. Used by:
// main(), _host.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <kernelwire/capture.hpp>
#include <kernelwire/connection.hpp>
#include <kernelwire/debug_thread.hpp>
#include <kernelwire/kernel.hpp>
#include <kernelwire/log.hpp>
#include <kernelwire/observer.hpp>
#include <kernelwire/publisher.hpp>
#include <kernelwire/questions.hpp>
#include <kernelwire/registration.hpp>
#include <kernelwire/resources.hpp>
#include <kernelwire/router.hpp>
#include <kernelwire/spans.hpp>

namespace kernelwire {

struct Ports;  // private: ports.hpp

/// What a Server may be told beside the connection.
struct ServerOptions {
    Log log{};                ///< by default, nothing is logged
    std::string record{};     ///< a file that is to be made, for all messages; empty: none
    std::string span_file{};  ///< a file that each cell is appended to, see spans_to(); empty: none
    SpanSink spans{};         ///< gets each cell as a span, where no file does; null: nobody traces
    int parent_pid = 0;       ///< a process without which the kernel ends; 0: none
    IopubBudget iopub{};      ///< for clients that read slowly

    /// Whether what the process writes to file descriptors 1 and 2, past every Output, goes to the
    /// cell that was started last; see Capture. For processes that are a kernel and nothing else,
    /// and for one server of a process. Windows has it not.
    bool capture = false;

    /// How long the launcher of a registration file has to answer.
    std::chrono::milliseconds registration_patience{30'000};
};

/// Serves one interpreter over the sockets of one connection.
///
/// The thread that calls run() is the interpreter's: it receives shell requests, answers them
/// and publishes, with no hop in between. One service thread echoes heartbeats, answers control
/// requests, welcomes subscribers and sends stream text that has waited long enough. It runs
/// no interpreter code but Interpreter::interrupt(). Each subshell has a thread, and once there was
/// one the service thread also receives what comes on shell. Debug requests have a thread as well.
///
/// Several servers may live in one process. In a child that the interpreter's code forked, nothing
/// is sent, and the process ends when the code returns: the sockets are the parent's.
class Server final : public Outlet {
public:
    /// Binds the five sockets: clients may connect from here on, and wait for run(). Where the
    /// connection is a registration's, tells the launcher the ports, and waits for its answer.
    /// @throws TransportError  where an endpoint cannot be bound, or the launcher does not answer.
    Server(const ZmqApi& api, Connection connection, Interpreter& interpreter,
           ServerOptions options = {});
    ~Server() override;

    /// Serves until a shutdown request, stop(), or the parent's end. Call it once.
    void run();

    /// What run() does, in pieces, for a thread that has a loop of its own: begin(); then step()
    /// whenever one of fds() is readable, until it returns false; then end(). All of them on one
    /// thread, which is the interpreter's. Interpreter::wait() is not called: the loop does that.
    void begin();

    /// Answers what has come, `most` requests at most, and waits for none. Called from within a
    /// request, by a loop that this runs, it answers none: they wait for their turn.
    /// @returns whether the server goes on.
    [[nodiscard]] bool step(unsigned most);

    /// One of them is readable while step() has something to do, after the first step().
    [[nodiscard]] std::vector<int> fds() const { return router_.fds(nullptr); }

    /// Makes one of fds() readable until the next step(). Any thread.
    void call() { router_.call(""); }

    /// Lets the interpreter end, and has what was published leave: waits for clients that do not
    /// read it, a second at most.
    void end();

    /// Makes run() return, or step() return false, once the request at hand was answered. Any
    /// thread.
    void stop() { stop(false); }

    /// The connection as bound: every port is the real one.
    [[nodiscard]] const Connection& connection() const noexcept { return connection_; }

    void send(Outgoing message) override;
    void stream(const std::string& parent, Stream stream, Bytes text) override;
    void flush() override;
    void settle() override;
    [[nodiscard]] std::optional<std::string> input(Outgoing request,
                                                   const std::string& subshell_id) override;
    void hold_back(const std::string& subshell_id) override;
    bool answer_comms(const std::string& subshell_id) override;
    [[nodiscard]] std::vector<int> comm_fds(const std::string& subshell_id) const override;
    void wake(const std::string& subshell_id) override;
    void late_reply(const std::string& subshell_id) override;
    void open_subshell(const std::string& id) override;
    /// As Outlet has it.
    void close_subshell(const std::string& id) override;
    void stop(bool restart) override;
    [[nodiscard]] std::string ports() const override { return write_ports(connection_); }
    [[nodiscard]] std::string usage() const override;
    [[nodiscard]] std::string resources() override { return write_json(resources_.measure()); }

private:
    struct Subshell;

    // How many messages of one socket are taken before the others get their turn. Anybody may send
    // them: without an end to it, a flood on one would stop the hearts.
    static constexpr unsigned turn = 100;

    void tell_start() const;
    void serve_shell();
    template <class Take>
    bool answer_next(Take take);
    void serve_subshell(const std::string& id, Inbox& inbox);
    void join();
    void serve_others();
    template <class Take>
    [[nodiscard]] std::optional<Message> next(const std::string& subshell_id, Inbox* inbox,
                                              Take take);
    void wait_in_interpreter(const std::string& subshell_id, Inbox* inbox);
    void answer(const Message& request);
    bool answer_late(const std::string& subshell_id);
    void wait_for_reply(const std::string& subshell_id, Inbox* inbox);
    void answer_counted(const Message& request);
    void or_stop(const char* failure, const std::function<void()>& work);
    void echo_heartbeats();
    void receive_control();
    void receive_subscriptions();
    template <class HasRoom>
    void wait_for_room(HasRoom has_room);
    [[nodiscard]] long service_timeout() const noexcept;
    void end_orphan();
    [[nodiscard]] bool orphaned() const noexcept;
    [[nodiscard]] bool forked() const noexcept;
    void exit_if_forked() const;
    void look_after(bool wakes);
    void hand_on_captured();
    [[nodiscard]] bool on_service_thread() const noexcept {
        return std::this_thread::get_id() == service_id_;
    }
    [[nodiscard]] bool drains_here() const noexcept;
    void publish_captured();
    template <class Drain>
    void or_give_up(Drain drain);
    void tick();
    [[nodiscard]] const Log& log() const noexcept { return observer_.log(); }

    Connection connection_;
    Interpreter& interpreter_;
    ServerOptions options_;
    Observer observer_;
    // Made before anything is opened that could get 1 or 2 for its number, where these were closed.
    std::unique_ptr<Capture> capture_;  // null: nothing is captured
    Resources resources_;
    long process_;   // the one that made the sockets
    bool is_child_;  // of the parent that is looked for
    ZmqContext context_;
    std::shared_ptr<Traffic> traffic_;
    Signer signer_;
    Sealer sealer_;
    std::unique_ptr<Ports> ports_;
    Publisher publisher_;
    Kernel kernel_;
    Router router_;
    Questions questions_;
    std::atomic<unsigned> answered_{0};
    std::atomic<bool> stopping_{false};
    std::atomic<bool> restart_{false};
    // Whether run() is through; outlives the server, for the thread that ends an orphan.
    const std::shared_ptr<std::atomic<bool>> served_ = std::make_shared<std::atomic<bool>>(false);
    std::atomic<std::chrono::steady_clock::time_point> next_tick_{};
    DebugThread debug_thread_{[this](const Message& request) {
        or_stop("the debugger's thread failed", [&] { answer_counted(request); });
    }};
    std::thread service_;
    std::atomic<std::thread::id> service_id_{};  // which it may ask for before service_ is set
    std::map<std::string, Subshell> subshells_;  // also those that were closed and still run
};

/// The main() of a kernel: `NAME -f CONNECTION_FILE [--log-level LEVEL] [--no-capture]`. The log
/// goes to stderr; its level is Level::warning where neither the option nor KERNELWIRE_LOG says
/// another. What the process prints goes to the cell, see ServerOptions::capture, unless the option
/// or KERNELWIRE_CAPTURE=off says not to.
/// @returns the exit code; errors go to stderr in one line. Only in kernelwire::server.
int run(int argc, char** argv, Interpreter& interpreter);

}  // namespace kernelwire
