// An embedded kernel in a loop: who answers what, when, and what the loop is told by fd().
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <kernelwire/kernelwire.hpp>

#include "raw_client.hpp"

using namespace kernelwire;

namespace {

constexpr std::chrono::seconds patience{30};

// Executes by a function of the test's, and notes on which thread.
class Hosted final : public Interpreter {
public:
    KernelInfo info() const override {
        KernelInfo info{{"hosted"}};
        info.supported_features = {"kernel subshells"};
        return info;
    }
    Reply execute(const ExecuteRequest& request, Output& output) override {
        thread = std::this_thread::get_id();
        ++executed;
        if (request.code == "fail") return error("Failed", "as asked");
        if (request.code == "ask") return ok({{"said", output.input("? ")}});
        if (runs) runs(request.code);
        return ok();
    }
    void interrupt() override {
        if (interrupts) interrupts();
    }

    std::function<void(const std::string&)> runs;
    std::function<void()> interrupts;
    std::thread::id thread;
    std::atomic<int> executed{0};
};

EmbeddedOptions small_steps() {
    EmbeddedOptions options;
    options.connection = RawClient::local();
    options.requests_per_step = 1;
    return options;
}

// An application whose loop has two things to look at: the kernel, and a client's socket.
struct Application : RawClient {
    Application() {
        connect_to(kernel, shell, Channel::shell);
        connect_to(kernel, control, Channel::control);
    }

    static void connect_to(const EmbeddedKernel& to, Port& port, Channel channel) {
        port.set(zmq::linger, 0);
        port.connect(to.connection().endpoint(channel));
    }

    // Whether the kernel has something to do, now or within `wait_ms`.
    bool readable(long wait_ms = 0) const {
        ZmqPollItem item;
        item.fd = kernel.fd();
        item.events = zmq::pollin;
        return linked_zmq().poll(&item, 1, wait_ms) == 1;
    }

    // Runs the loop until a message has come to a port, and reads its content.
    Json served(Port& port) {
        while (true) {
            std::array<ZmqPollItem, 2> items{};
            items[0].socket = port.handle();
            items[1].fd = kernel.fd();
            for (ZmqPollItem& item : items) item.events = zmq::pollin;
            REQUIRE(linked_zmq().poll(items.data(), 2, patience_ms) > 0);
            if (items[0].revents != 0) return recv_content(port);
            REQUIRE(++steps < 10'000);  // or the loop spins
            kernel.step();
        }
    }

    void send_code(const std::string& code, const std::string& subshell_id = "") {
        send(shell, "execute_request", Json{{"code", code}}.dump(), subshell_id);
    }
    Json execute(const std::string& code, const std::string& subshell_id = "") {
        send_code(code, subshell_id);
        return served(shell);
    }

    // Steps until there is nothing to do.
    void settle() {
        while (readable()) {
            REQUIRE(++steps < 10'000);
            kernel.step();
        }
    }

    Hosted interpreter;
    EmbeddedKernel kernel{linked_zmq(), interpreter, small_steps()};
    int steps = 0;
};

}  // namespace

TEST_CASE_FIXTURE(Application, "a request is answered within step(), on the thread of the loop") {
    CHECK(execute("").at("status") == "ok");
    CHECK(interpreter.thread == std::this_thread::get_id());
    CHECK(kernel.running());
}

TEST_CASE_FIXTURE(Application, "without a step nothing is answered, and fd() stays readable") {
    settle();
    send_code("");
    REQUIRE(readable(patience_ms));
    CHECK(readable());
    CHECK(readable());
    CHECK(interpreter.executed == 0);
    CHECK(served(shell).at("status") == "ok");
}

TEST_CASE_FIXTURE(Application, "a kernel that has nothing to do is not readable") {
    settle();
    CHECK_FALSE(readable());
    CHECK(kernel.step());
    execute("");
    settle();
    CHECK_FALSE(readable());
}

// libzmq's own descriptor is unreadable once anything was received, whatever is left: a loop that
// watched that would sleep on four requests.
TEST_CASE_FIXTURE(Application, "fd() is readable for what a bounded step has left") {
    execute("");
    const int before = interpreter.executed;
    for (int i = 0; i < 5; ++i) send_code("");
    for (int i = 1; i <= 5; ++i) {
        while (interpreter.executed < before + i) {
            REQUIRE(readable(patience_ms));
            kernel.step();
        }
        CHECK(interpreter.executed == before + i);  // and not more
    }
    for (int i = 0; i < 5; ++i) CHECK(served(shell).at("status") == "ok");
}

TEST_CASE_FIXTURE(Application, "an error aborts what is queued, over several steps") {
    execute("");
    send_code("fail");
    for (int i = 0; i < 3; ++i) send_code("");
    // They leave one client in one piece, but may come in several: what had come is aborted.
    CHECK(served(shell).at("status") == "error");
    bool aborted = true;
    for (int i = 0; i < 3; ++i) {
        const bool now = served(shell).at("status") == "aborted";
        CHECK((aborted || !now));
        aborted = now;
    }
    CHECK(execute("").at("status") == "ok");
}

TEST_CASE_FIXTURE(Application, "control is answered while the loop is busy with something else") {
    send(control, "kernel_info_request", "{}");
    CHECK(recv_content(control).at("status") == "ok");
}

TEST_CASE_FIXTURE(Application, "an interrupt reaches what keeps the loop busy") {
    std::promise<void> interrupted;
    std::promise<void> begun;
    interpreter.interrupts = [&] { interrupted.set_value(); };
    interpreter.runs = [&](const std::string&) {
        begun.set_value();
        CHECK(interrupted.get_future().wait_for(patience) == std::future_status::ready);
    };
    auto replied = std::async(std::launch::async, [&] {
        begun.get_future().wait();
        send(control, "interrupt_request", "{}");
        return recv_content(control);
    });
    CHECK(execute("").at("status") == "ok");
    CHECK(replied.get().at("status") == "ok");
}

TEST_CASE_FIXTURE(Application, "a loop within a request answers no other, and does not spin") {
    bool nested_readable = true;
    interpreter.runs = [&](const std::string& code) {
        if (code != "dialog") return;
        bool called = false;
        kernel.post([&] { called = true; });
        CHECK(kernel.run_until([&] { return called; }));
        send_code("behind");
        REQUIRE(readable(patience_ms));
        settle();
        nested_readable = readable();
        CHECK(interpreter.executed == 1);
    };
    CHECK(execute("dialog").at("status") == "ok");
    CHECK_FALSE(nested_readable);
    CHECK(served(shell).at("status") == "ok");
    CHECK(interpreter.executed == 2);
}

TEST_CASE_FIXTURE(Application, "what is posted is called by the loop, in its order") {
    settle();
    std::vector<int> called;
    std::thread::id thread;
    std::thread([&] {
        for (int i = 0; i < 3; ++i) {
            kernel.post([&called, &thread, i] {
                called.push_back(i);
                thread = std::this_thread::get_id();
            });
        }
    }).join();
    CHECK(called.empty());
    CHECK(readable());
    kernel.step();
    CHECK(called == std::vector<int>{0, 1, 2});
    CHECK(thread == std::this_thread::get_id());
    settle();
    CHECK_FALSE(readable());
}

TEST_CASE_FIXTURE(Application, "a function that posts itself does not hold up the loop") {
    int called = 0;
    std::function<void()> again = [&] {
        if (++called < 100) kernel.post(again);
    };
    kernel.post(again);
    kernel.step();
    CHECK(called == 1);
    CHECK(execute("").at("status") == "ok");
    settle();
    CHECK(called == 100);
}

TEST_CASE_FIXTURE(Application, "what is posted is called by a loop within a request too") {
    bool called = false;
    interpreter.runs = [&](const std::string&) {
        std::thread([&] { kernel.post([&] { called = true; }); }).join();
        CHECK(kernel.run_until([&] { return called; }));
    };
    CHECK(execute("").at("status") == "ok");
    CHECK(called);
}

TEST_CASE_FIXTURE(Application, "many threads may post as often as they like") {
    std::vector<std::thread> threads;
    std::atomic<int> called{0};
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 5'000; ++j) kernel.post([&] { ++called; });
        });
    }
    CHECK(kernel.run_until([&] { return called == 20'000; }));
    for (std::thread& thread : threads) thread.join();
}

TEST_CASE_FIXTURE(Application, "run_until() waits for a time, and serves meanwhile") {
    send_code("");
    const auto start = EmbeddedKernel::Clock::now();
    while (interpreter.executed == 0) {
        const auto until = EmbeddedKernel::Clock::now() + std::chrono::milliseconds(2);
        CHECK(kernel.run_until(until));
        CHECK(EmbeddedKernel::Clock::now() >= until);
        REQUIRE(until - start < patience);
    }
    CHECK(served(shell).at("status") == "ok");
}

TEST_CASE_FIXTURE(Application, "the loop answers the main shell while subshells have theirs") {
    CHECK(execute("").at("status") == "ok");
    send(control, "create_subshell_request", "{}");
    const std::string id = recv_content(control).at("subshell_id");
    CHECK(execute("", id).at("status") == "ok");
    CHECK(interpreter.thread != std::this_thread::get_id());
    for (int i = 0; i < 20; ++i) {
        CHECK(execute("").at("status") == "ok");
        CHECK(interpreter.thread == std::this_thread::get_id());
    }
    settle();
    CHECK_FALSE(readable());
}

TEST_CASE_FIXTURE(Application, "a request may ask its frontend") {
    Port stdin_(context, zmq::dealer, traffic);
    // Over a socket of the identity that shell has, as frontends do.
    stdin_.set(zmq::routing_id, Bytes("frontend"));
    Port asker(context, zmq::dealer, traffic);
    asker.set(zmq::routing_id, Bytes("frontend"));
    connect_to(kernel, stdin_, Channel::stdin_);
    connect_to(kernel, asker, Channel::shell);
    auto answered = std::async(std::launch::async, [&] {
        recv(stdin_);
        send(stdin_, "input_reply", R"({"value":"yes"})");
    });
    send(asker, "execute_request", R"({"code":"ask"})");
    CHECK(served(asker).at("said") == "yes");
    answered.get();
}

TEST_CASE_FIXTURE(Application, "what nobody has signed neither stops the loop nor keeps it busy") {
    for (int i = 0; i < 100; ++i) shell.send({"<IDS|MSG>", "", "{}", "{}", "{}", "{}"});
    shell.send({"rubbish"});
    CHECK(execute("").at("status") == "ok");
    settle();
    CHECK_FALSE(readable());
}

TEST_CASE_FIXTURE(Application, "several kernels share a loop, and one may run within another") {
    Hosted other;
    EmbeddedOptions options = small_steps();
    EmbeddedKernel second(linked_zmq(), other, options);
    Port to_second(context, zmq::dealer, traffic);
    connect_to(second, to_second, Channel::shell);
    interpreter.runs = [&](const std::string& code) {
        if (code != "outer") return;
        send_code("behind");
        send(to_second, "execute_request", R"({"code":""})");
        CHECK(second.run_until([&] { return other.executed == 1; }));
        // The second's request is over; the first's still runs on this thread, and is found there.
        CHECK(kernel.step());
        CHECK(interpreter.executed == 1);
    };
    CHECK(execute("outer").at("status") == "ok");
    CHECK(served(shell).at("status") == "ok");
    CHECK(recv_content(to_second).at("status") == "ok");
}

TEST_CASE("what is posted and fails is logged, and the rest is called") {
    Hosted interpreter;
    std::vector<std::string> lines;
    EmbeddedOptions options = small_steps();
    options.log = Log(Level::error, [&](Level, Bytes line) { lines.push_back(std::string(line)); });
    EmbeddedKernel kernel(linked_zmq(), interpreter, options);
    bool called = false;
    kernel.post([] { throw std::runtime_error("no such window"); });
    kernel.post([] { throw 1; });
    kernel.post([&] { called = true; });
    CHECK(kernel.run_until([&] { return called; }));
    CHECK(lines == std::vector<std::string>{"a posted function failed: no such window",
                                            "a posted function failed"});
}
