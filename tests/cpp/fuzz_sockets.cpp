// Invariant: whatever comes in on the five sockets, the kernel lives, answers, and runs nothing for
// those who do not hold the key.
//
//   fuzz_sockets [--messages N] [--seed S] [--batch N]
//
// A server runs in a child process; this one sends it messages in batches, in turn without the key
// and with it. After each batch: kernel_info is answered on shell and control; what was signed and
// had a sound header got one busy, one reply and one idle; every message of the kernel's verifies
// and consists of JSON; nothing was executed that was not signed; the child's resident memory has
// not grown past a bound. At the end the child shuts down, and must not have leaked.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <kernelwire/kernelwire.hpp>

#include "fuzz_messages.hpp"

using namespace kernelwire;

// Read by the sanitizers, where the program has them. A quarantine of the usual 256 MB would hide
// what grows; a frame of 2^63 bytes must fail as it does elsewhere.
extern "C" [[gnu::visibility("default")]] const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
    return "quarantine_size_mb=8:allocator_may_return_null=1";
}

// Where the program has a sanitizer of leaks.
extern "C" [[gnu::weak]] void __lsan_disable();
extern "C" [[gnu::weak]] void __lsan_enable();

namespace {

constexpr Bytes key = "the key";
constexpr std::size_t memory_bound = 64 << 20;  // what resident memory may grow by, in bytes
constexpr std::chrono::seconds patience{60};    // far more than any answer takes
constexpr int xsub = 10;
constexpr int routing_id = 5;

[[noreturn]] void fail(const std::string& why) {
    std::fprintf(stderr, "fuzz_sockets: %s\n", why.c_str());
    std::exit(1);
}

void expect(bool condition, const std::string& what) {
    if (!condition) fail(what);
}

// Shows everything that it is given, so that what came in goes out again.
class Echo final : public Interpreter {
public:
    KernelInfo info() const override { return {{"echo"}}; }

    Reply execute(const ExecuteRequest& request, Output& output) override {
        output.out(request.code);
        output.display_data({{"text/plain", request.code}}, Json::object(), request.cell_id);
        output.execute_result({{"text/plain", request.code}});
        // A question throws away what has come in on stdin, which nothing else reads.
        if (request.allow_stdin) (void)output.input("?");
        return ok({{"user_expressions", read_json(request.user_expressions).value()}});
    }
    bool interrupted() override { return true; }  // nobody answers the question
    Reply complete(const std::string& code, std::size_t cursor_pos) override {
        return matches({code}, 0, cursor_pos);
    }
    Reply inspect(const std::string& code, std::size_t, int) override {
        return documentation({{"text/plain", code}});
    }
    Reply history(const HistoryRequest& request) override {
        return ok({{"history", {request.pattern, request.access}}});
    }
    void comm_msg(const CommMessage& message, Output& output) override {
        output.publish("comm_msg", write_json({{"data", message.data()}}), "{}",
                       message.message.buffers());
    }
};

// The child: serves until it is shut down.
int serve(const Connection& connection) {
    Echo echo;
    ServerOptions options;
    options.parent_pid = getppid();
    Server server(linked_zmq(), connection, echo, options);
    server.run();
    return 0;
}

// Five ports that are free now.
Connection free_ports() {
    Connection connection;
    connection.key = key;
    std::vector<int> held;
    for (int& port : connection.ports) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
        held.push_back(descriptor);
        expect(bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                   getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0,
               "there is no free port");
        port = ntohs(address.sin_port);
    }
    for (const int descriptor : held) close(descriptor);
    return connection;
}

// A message of the kernel's that was found to be sound.
struct Heard {
    std::string msg_type;
    std::string parent;  // the msg_id of its request
    std::string state;   // of a status
    std::string content;
};

Heard understood(const Frames& frames, const Signer& signer) {
    Envelope envelope;
    const Errc code = decode(frames, signer, nullptr, envelope);
    expect(code == Errc::ok, std::string("the kernel sent what is no message: ") + message(code));
    for (const Bytes part : envelope.parts) {
        expect(Json::accept(part),
               "the kernel sent what is not JSON: " + std::string(part.substr(0, 200)));
    }
    Heard heard;
    (void)read_json_strings(envelope.parts[0], {{"msg_type", &heard.msg_type}});
    (void)read_json_strings(envelope.parts[1], {{"msg_id", &heard.parent}});
    (void)read_json_strings(envelope.parts[3], {{"execution_state", &heard.state}});
    heard.content = envelope.parts[3];
    return heard;
}

// What came for one request.
struct Count {
    std::string msg_type;
    int busy = 0;
    int replies = 0;
    int idle = 0;
};

// Leaks of what is allocated on this thread, for as long as this lives, are not reported.
class Unwatched {
public:
    Unwatched() {
        if (__lsan_disable != nullptr) __lsan_disable();
    }
    ~Unwatched() {
        if (__lsan_enable != nullptr) __lsan_enable();
    }
    Unwatched(const Unwatched&) = delete;
    Unwatched& operator=(const Unwatched&) = delete;
};

// All sockets of one attacker, who is also the one to check what comes back.
class Attacker {
public:
    Attacker(const Connection& connection, std::uint64_t seed, pid_t kernel)
        : connection_(connection), kernel_(kernel), forge_(seed, key) {
        for (Port* port : {&shell_, &control_, &stdin_, &heartbeat_, &iopub_, &watch_}) {
            port->set(zmq::linger, 0);
            port->set(zmq::rcvhwm, 0);
        }
        shell_.connect(connection.endpoint(Channel::shell));
        control_.connect(connection.endpoint(Channel::control));
        stdin_.connect(connection.endpoint(Channel::stdin_));
        heartbeat_.connect(connection.endpoint(Channel::heartbeat));
        iopub_.connect(connection.endpoint(Channel::iopub));
        watch_.connect(connection.endpoint(Channel::iopub));
        watch_.send({"\x01"});
        while (true) {
            wait(watch_);
            const auto welcome = watch_.recv(Port::Wait::no);
            if (welcome && understood(welcome->frames(), signer_).msg_type == "iopub_welcome") {
                return;
            }
        }
    }

    void batch(std::size_t size, bool with_key) {
        for (std::size_t i = 0; i < size; ++i) {
            send(with_key ? forge_.signed_shot() : forge_.unsigned_shot());
            if (i % 64 == 63) read_all();
        }
        send(forge_.huge_shot(with_key));
        impersonate();
        knock();
    }

    // Asks on the same connections, so that what was sent before is done once this returns.
    void settle() {
        const std::string last = ask(shell_, "kernel_info_request");
        (void)ask(control_, "kernel_info_request");
        counts_[last].msg_type = "kernel_info_request";
        while (counts_[last].idle == 0) {
            wait(watch_);
            read_all();
        }
        counts_.erase(last);
        for (const auto& [msg_id, count] : counts_) {
            const bool comm =
                count.msg_type.rfind("comm_", 0) == 0 && count.msg_type != "comm_info_request";
            const int replies = comm || count.msg_type == "nonsense" ? 0 : 1;
            expect(count.busy == 1 && count.idle == 1 && count.replies == replies,
                   msg_id + ", a " + count.msg_type + ", got " + std::to_string(count.busy) +
                       " busy, " + std::to_string(count.replies) + " replies and " +
                       std::to_string(count.idle) + " idle");
        }
        answered_ += counts_.size();
        counts_.clear();
        forge_.received();
    }

    // How long kernel_info takes now, on shell and on control, the longer of both.
    std::chrono::duration<double> time_kernel_info() {
        std::chrono::duration<double> longest{};
        for (Port* port : {&shell_, &control_}) {
            const auto begin = std::chrono::steady_clock::now();
            (void)ask(*port, "kernel_info_request");
            longest = std::max<std::chrono::duration<double>>(
                longest, std::chrono::steady_clock::now() - begin);
        }
        return longest;
    }

    std::int64_t executions() {
        (void)ask(control_, "usage_request");
        return read_json(reply_).value().at("kernelwire").at("executions");
    }

    void shut_down() { (void)ask(control_, "shutdown_request"); }

    [[nodiscard]] std::size_t sent() const noexcept { return sent_; }
    [[nodiscard]] std::size_t answered() const noexcept { return answered_; }

private:
    Port& port_of(Channel channel) {
        switch (channel) {
            case Channel::shell: return shell_;
            case Channel::control: return control_;
            case Channel::stdin_: return stdin_;
            case Channel::heartbeat: return heartbeat_;
            default: return iopub_;
        }
    }

    void send(const Shot& shot) {
        if (!shot.msg_id.empty()) counts_[shot.msg_id].msg_type = shot.msg_type;
        const Frames frames(shot.frames.begin(), shot.frames.end());
        if (shot.channel == Channel::iopub) {
            send_on_iopub(frames);
        } else {
            port_of(shot.channel).send(frames);
        }
        ++sent_;
    }

    // The kernel disconnects this socket for what it sends. libzmq (to 4.3.5) then replaces the
    // XSUB's pipe, and where that comes between two parts of a message, pipe_t::process_hiccup
    // frees the old one with the parts that were written and not yet flushed: a few hundred bytes
    // of the attacker's, in every second run. The kernel binds, and so never replaces a pipe.
    void send_on_iopub(const Frames& frames) {
        const Unwatched parts;
        iopub_.send(frames);
    }

    // Two clients with one identity, as long as an identity can be; both leave at once.
    void impersonate() {
        const std::string identity(255, 'i');
        for (int i = 0; i < 2; ++i) {
            Port port(context_, zmq::dealer, traffic_);
            port.set(zmq::linger, 0);
            context_.api().setsockopt(port.handle(), routing_id, identity.data(), identity.size());
            port.connect(connection_.endpoint(Channel::shell));
            const Shot shot = forge_.unsigned_shot();
            port.send(Frames(shot.frames.begin(), shot.frames.end()));
        }
    }

    // A connection that does not speak ZMTP, or breaks off.
    void knock() {
        const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port =
            htons(static_cast<std::uint16_t>(connection_.ports[forge_.below(channels.size())]));
        expect(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
               "the kernel takes no connections any more");
        const std::string text = forge_.greeting();
        (void)!::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
        close(descriptor);
    }

    void wait(Port& port) {
        ZmqPollItem item;
        item.socket = port.handle();
        item.events = zmq::pollin;
        const auto until = std::chrono::steady_clock::now() + patience;
        while (context_.api().poll(&item, 1, 1000) == 0) {
            expect(waitpid(kernel_, nullptr, WNOHANG) == 0,
                   "the kernel has died; " + std::to_string(sent_) + " messages were sent");
            expect(std::chrono::steady_clock::now() < until,
                   "the kernel is silent; " + std::to_string(sent_) + " messages were sent");
        }
    }

    void read_all() {
        while (const auto received = watch_.recv(Port::Wait::no)) {
            const Heard heard = understood(received->frames(), signer_);
            const auto count = counts_.find(heard.parent);
            if (count == counts_.end()) continue;
            if (heard.state == "busy") ++count->second.busy;
            if (heard.state == "idle") ++count->second.idle;
        }
        for (Port* port : {&shell_, &control_}) {
            while (const auto received = port->recv(Port::Wait::no)) note_reply(received->frames());
        }
        for (Port* port : {&stdin_, &heartbeat_, &iopub_}) {
            while (port->recv(Port::Wait::no)) {
            }
        }
    }

    Heard note_reply(const Frames& frames) {
        Heard heard = understood(frames, signer_);
        const auto count = counts_.find(heard.parent);
        if (count != counts_.end()) ++count->second.replies;
        return heard;
    }

    // Asks, and keeps the answer in reply_. @returns the id of the question.
    std::string ask(Port& port, const std::string& msg_type) {
        std::string msg_id = "ask-" + std::to_string(++asked_);
        const std::string header = Json{{"msg_id", msg_id}, {"msg_type", msg_type}}.dump();
        Signature signature{};
        Frames frames;
        encode({}, {header, "{}", "{}", "{}"}, signer_, signature, frames);
        port.send(frames);
        while (true) {
            wait(port);
            while (const auto received = port.recv(Port::Wait::no)) {
                const Heard heard = note_reply(received->frames());
                if (heard.parent != msg_id) continue;
                reply_ = heard.content;
                return msg_id;
            }
        }
    }

    const Connection& connection_;
    pid_t kernel_;
    Forge forge_;
    Signer signer_{key};
    ZmqContext context_{linked_zmq()};
    std::shared_ptr<Traffic> traffic_ = std::make_shared<Traffic>();
    Port shell_{context_, zmq::dealer, traffic_};
    Port control_{context_, zmq::dealer, traffic_};
    Port stdin_{context_, zmq::dealer, traffic_};
    Port heartbeat_{context_, zmq::dealer, traffic_};
    Port iopub_{context_, xsub, traffic_};
    Port watch_{context_, xsub, traffic_};  // the other is disconnected for what it sends
    std::map<std::string, Count> counts_;   // by msg_id
    std::string reply_;
    std::size_t sent_ = 0;
    std::size_t answered_ = 0;
    std::size_t asked_ = 0;
};

std::size_t resident(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/statm");
    std::size_t pages = 0;
    file >> pages >> pages;
    return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

double megabytes(std::size_t bytes) {
    return static_cast<double>(bytes) / 1e6;
}

struct Options {
    std::size_t messages = 20'000;
    std::size_t batch = 1'000;
    std::uint64_t seed = 1;
};

Options read_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
        if (name == "--messages") options.messages = value;
        if (name == "--batch") options.batch = std::max<std::uint64_t>(value, 1);
        if (name == "--seed") options.seed = value;
    }
    return options;
}

void attack(Attacker& attacker, const Options& options, pid_t child) {
    std::size_t at_start = 0;
    std::size_t most = 0;
    std::chrono::duration<double> slowest{};
    const auto begin = std::chrono::steady_clock::now();
    // Seven huge shots, and both kinds of batch, are what memory is compared with.
    constexpr std::size_t warm_up = 14;
    const std::size_t batches = std::max(options.messages / options.batch, warm_up + 1);
    for (std::size_t i = 0; i < batches; ++i) {
        const bool with_key = i % 2 == 1;
        const std::int64_t before = attacker.executions();
        attacker.batch(options.batch, with_key);
        attacker.settle();
        slowest = std::max(slowest, attacker.time_kernel_info());
        if (!with_key) {
            expect(attacker.executions() == before, "something unsigned was executed");
        }
        const std::size_t now = resident(child);
        most = std::max(most, now);
        if (i + 1 == warm_up) at_start = now;
        if (i + 1 > warm_up) {
            expect(now < at_start + memory_bound, "resident memory grew from " +
                                                      std::to_string(at_start) + " to " +
                                                      std::to_string(now) + " bytes");
        }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf(
        "%zu messages in %zu batches, %.1f s; %zu requests got their one busy, reply and idle; "
        "%lld executed, none unsigned\n"
        "kernel_info after a batch: at most %.3f s\n"
        "resident memory: %.1f MB after %zu batches, %.1f MB at the end, %.1f MB at most\n",
        attacker.sent(), batches, took.count(), attacker.answered(),
        static_cast<long long>(attacker.executions()), slowest.count(), megabytes(at_start),
        warm_up, megabytes(resident(child)), megabytes(most));
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = read_options(argc, argv);
    std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
    std::fflush(stdout);
    const Connection connection = free_ports();
    const pid_t child = fork();
    if (child == 0) return serve(connection);
    {
        Attacker attacker(connection, options.seed, child);
        attack(attacker, options, child);
        attacker.shut_down();
    }
    int status = 0;
    waitpid(child, &status, 0);
    expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the kernel did not end as it should");
    return 0;
}
