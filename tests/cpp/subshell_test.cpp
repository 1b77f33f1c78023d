// Subshells over real sockets (JEP 91): side by side with the main shell, and each in order.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <kernelwire/kernelwire.hpp>

#include "raw_client.hpp"

using namespace kernelwire;

namespace {

// Something that threads wait for.
class Event {
public:
    void set() {
        const std::lock_guard lock(mutex_);
        set_ = true;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return set_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool set_ = false;
};

// A number that threads change, and wait for.
class Count {
public:
    void add(int change) {
        const std::lock_guard lock(mutex_);
        value_ += change;
        changed_.notify_all();
    }
    [[nodiscard]] int value() {
        const std::lock_guard lock(mutex_);
        return value_;
    }
    [[nodiscard]] bool becomes(int wanted) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return value_ == wanted; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int value_ = 0;
};

class Tester final : public Interpreter {
public:
    KernelInfo info() const override {
        KernelInfo info{{"tester"}};
        info.supported_features = {"kernel subshells"};
        return info;
    }

    Reply execute(const ExecuteRequest& request, Output& output) override {
        if (request.code == "wait") {
            waiting.set();
            released.wait();
        } else if (request.code == "ask") {
            return ok({{"answer", output.input("? ")}});
        } else if (request.code == "fail") {
            failing.set();
            released.wait();
            return error("Failure", "it failed");
        }
        return ok({{"code", request.code}});
    }

    void interrupt() override { released.set(); }
    void interrupt_subshell(const std::string& /*subshell_id*/) override { released.set(); }

    void host_subshell(const std::string& subshell_id,
                       const std::function<void()>& serve) override {
        threads.add(1);
        Interpreter::host_subshell(subshell_id, serve);
        threads.add(-1);
    }

    Event waiting;
    Event failing;
    Event released;
    Count threads;
};

struct Fixture : RawClient {
    Fixture() : thread([this] { server.run(); }) {
        for (const auto& [port, channel] : {std::pair{&shell, Channel::shell},
                                            {&control, Channel::control},
                                            {&questions, Channel::stdin_}}) {
            port->set(zmq::routing_id, Bytes("client"));  // one on all, or stdin is not ours
            connect(*port, server, channel);
        }
    }
    ~Fixture() { stop(); }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    void stop() {
        server.stop();
        if (thread.joinable()) thread.join();
    }

    std::string open() {
        send(control, "create_subshell_request", "{}");
        return recv_content(control).at("subshell_id");
    }

    void execute(const std::string& code, const std::string& subshell_id = "") {
        send(shell, "execute_request", Json{{"code", code}}.dump(), subshell_id);
    }

    // The next reply on shell, and which subshell gave it.
    std::pair<std::string, Json> recv_reply() {
        const auto message = recv(shell);
        const Parts parts = parts_of(*message);
        const Json parent = read_json(parts[1]).value();
        return {parent.value("subshell_id", ""), read_json(parts[3]).value()};
    }

    Tester interpreter;
    Server server{linked_zmq(), local(), interpreter};
    Port questions{context, zmq::dealer, traffic};
    std::thread thread;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a subshell answers while the main shell is busy") {
    execute("wait");
    interpreter.waiting.wait();
    const std::string id = open();
    execute("queued on main");
    execute("x", id);
    auto [subshell, content] = recv_reply();
    CHECK(subshell == id);
    CHECK(content.at("code") == "x");
    CHECK(content.at("execution_count") == 1);
    interpreter.released.set();
    CHECK(recv_reply().second.at("code") == "wait");
    std::tie(subshell, content) = recv_reply();
    CHECK(subshell.empty());
    CHECK(content.at("execution_count") == 2);
}

TEST_CASE_FIXTURE(Fixture, "each shell answers everything, in order, however many ask at once") {
    constexpr int each = 300;
    std::vector<std::string> ids{""};
    for (int i = 0; i < 4; ++i) ids.push_back(open());
    for (int i = 0; i < each; ++i) {
        for (const std::string& id : ids) execute(std::to_string(i), id);
    }
    std::map<std::string, int> answered;
    for (std::size_t i = 0; i < each * ids.size(); ++i) {
        const auto [id, content] = recv_reply();
        REQUIRE(content.at("code") == std::to_string(answered[id]));
        CHECK(content.at("execution_count") == ++answered[id]);
    }
    for (const std::string& id : ids) CHECK(answered[id] == each);
}

TEST_CASE_FIXTURE(Fixture, "an unknown subshell is reported at once, also while main is busy") {
    (void)open();
    execute("wait");
    interpreter.waiting.wait();
    execute("x", "nowhere");
    CHECK(recv_reply().second.at("ename") == "UnknownSubshell");
    interpreter.released.set();
    CHECK(recv_reply().second.at("code") == "wait");
}

TEST_CASE_FIXTURE(Fixture, "an error in a subshell aborts what was queued there, and no more") {
    const std::string id = open();
    execute("fail", id);
    interpreter.failing.wait();
    execute("queued", id);
    execute("x");
    CHECK(recv_reply().second.at("code") == "x");  // so the one before it has arrived as well
    interpreter.released.set();
    CHECK(recv_reply().second.at("status") == "error");
    CHECK(recv_reply().second.at("status") == "aborted");
    execute("later", id);
    CHECK(recv_reply().second.at("code") == "later");
}

TEST_CASE_FIXTURE(Fixture, "a deleted subshell ends what it does, and refuses what waits") {
    const std::string id = open();
    execute("wait", id);
    interpreter.waiting.wait();
    execute("queued", id);
    execute("x");
    CHECK(recv_reply().second.at("code") == "x");
    send(control, "delete_subshell_request", Json{{"subshell_id", id}}.dump());
    CHECK(recv_content(control).at("status") == "ok");
    interpreter.released.set();
    CHECK(recv_reply().second.at("code") == "wait");
    CHECK(recv_reply().second.at("ename") == "UnknownSubshell");
}

TEST_CASE_FIXTURE(Fixture, "shells that ask at the same time get each its own answer") {
    const std::string id = open();
    execute("ask");
    const auto first = recv(questions);
    execute("ask", id);
    const auto second = recv(questions);
    // Without a parent, as jupyter_client answers: the subshell is named, or is not.
    send(questions, "input_reply", R"({"value":"to the subshell"})", id);
    auto [subshell, content] = recv_reply();
    CHECK(subshell == id);
    CHECK(content.at("answer") == "to the subshell");
    send(questions, "input_reply", R"({"value":"to main"})");
    std::tie(subshell, content) = recv_reply();
    CHECK(subshell.empty());
    CHECK(content.at("answer") == "to main");
}

TEST_CASE_FIXTURE(Fixture, "an interrupt reaches a subshell where only that runs") {
    const std::string id = open();
    execute("wait", id);
    interpreter.waiting.wait();
    send(control, "interrupt_request", "{}");
    CHECK(recv_content(control).at("status") == "ok");
    CHECK(recv_reply().first == id);
}

TEST_CASE_FIXTURE(Fixture, "a server that stops interrupts its subshells and joins their threads") {
    for (int i = 0; i < 3; ++i) (void)open();
    execute("wait", open());
    interpreter.waiting.wait();
    stop();
    CHECK(interpreter.threads.value() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a flood without the key does not stop the heart") {
    (void)open();
    Port heart(context, zmq::dealer, traffic);
    connect(heart, server, Channel::heartbeat);
    const std::string forged(64, '0');
    const std::string content(1 << 20, ' ');  // it takes longer to verify than to send
    std::atomic<bool> flooding{true};
    std::vector<std::thread> flooders;
    for (int i = 0; i < 3; ++i) {
        flooders.emplace_back([&] {
            Port flooder(context, zmq::dealer, traffic);
            connect(flooder, server, Channel::shell);
            while (flooding) flooder.send({"<IDS|MSG>", forged, "{}", "{}", "{}", content});
        });
    }
    for (int beat = 0; beat < 20; ++beat) {
        heart.send({"beat"});
        CHECK(recv(heart)->frames() == Frames{"beat"});
    }
    flooding = false;
    for (std::thread& flooder : flooders) flooder.join();
    execute("after");
    CHECK(recv_reply().second.at("code") == "after");
}

TEST_CASE_FIXTURE(Fixture, "a subshell may be opened and deleted many times over") {
    for (int i = 0; i < 200; ++i) {
        const std::string id = open();
        execute("x", id);
        CHECK(recv_reply().first == id);
        send(control, "delete_subshell_request", Json{{"subshell_id", id}}.dump());
        CHECK(recv_content(control).at("status") == "ok");
    }
    CHECK(interpreter.threads.becomes(0));
}
