// An interpreter that waits for requests itself, in an event loop of its own, over real sockets.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <kernelwire/kernelwire.hpp>

#include "served_client.hpp"

using namespace kernelwire;

namespace {

constexpr std::chrono::seconds patience{30};

// What waits is a poll; as long as `turns` are left it lasts no longer than a millisecond, and
// counts as a task of the loop's.
class Looping final : public Interpreter {
public:
    KernelInfo info() const override {
        KernelInfo info{{"looping"}};
        info.supported_features = {"kernel subshells"};
        return info;
    }

    Reply execute(const ExecuteRequest& request, Output& output) override {
        if (request.code == "loop") {
            turns = 3;
            output.wake();
        } else if (request.code == "keep") {
            kept.emplace(output);
        } else if (request.code == "wait") {
            forever = true;
            output.wake();
        }
        return ok({{"turned", turned.load()}, {"asked", asked.load()}});
    }

    bool wait(const std::string& subshell_id, const std::vector<int>& fds) override {
        ++asked;
        if (fails) throw std::runtime_error("in wait()");
        if (turns == 0 && !forever) return false;
        waits_in = subshell_id;
        std::vector<ZmqPollItem> items(fds.size());
        for (std::size_t i = 0; i < fds.size(); ++i) {
            items[i].fd = fds[i];
            items[i].events = zmq::pollin;
        }
        if (forever) {
            waiting.set_value();
            linked_zmq().poll(items.data(), static_cast<int>(items.size()), -1);
            forever = false;
            return false;
        }
        linked_zmq().poll(items.data(), static_cast<int>(items.size()), 1);
        ++turned;
        if (--turns == 0) done.set_value();
        return true;
    }

    void interrupt() override { ++interrupts; }

    std::atomic<int> turns{0};
    std::atomic<int> turned{0};
    std::atomic<int> asked{0};
    std::atomic<int> interrupts{0};
    std::atomic<bool> fails{false};
    std::atomic<bool> forever{false};
    std::promise<void> done;
    std::promise<void> waiting;
    std::string waits_in;
    std::optional<Output> kept;
};

struct Fixture : ServedClient<Looping> {
    Json execute(const std::string& code, const std::string& subshell_id = "") {
        send(shell, "execute_request", Json{{"code", code}}.dump(), subshell_id);
        return recv_content(shell);
    }

    std::string open_subshell() {
        send(control, "create_subshell_request", "{}");
        return recv_content(control).at("subshell_id");
    }

    bool looped() {
        const bool in_time =
            interpreter.done.get_future().wait_for(patience) == std::future_status::ready;
        interpreter.done = {};
        return in_time;
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "an interpreter is asked to wait once, and no more if it will not") {
    CHECK(execute("").at("asked") <= 1);  // after this request, if not before
    CHECK(execute("").at("asked") == 1);
    CHECK(execute("").at("asked") == 1);
}

TEST_CASE_FIXTURE(Fixture, "an interpreter's loop turns while nothing is to be answered") {
    execute("loop");
    CHECK(looped());
    CHECK(execute("").at("turned") == 3);
    execute("loop");
    CHECK(looped());
    CHECK(execute("").at("turned") == 6);
}

TEST_CASE_FIXTURE(Fixture, "requests are answered while an interpreter waits itself") {
    execute("wait");
    CHECK(interpreter.waiting.get_future().wait_for(patience) == std::future_status::ready);
    CHECK(execute("").at("status") == "ok");
}

TEST_CASE_FIXTURE(Fixture, "another thread makes the interpreter wait, whoever waits now") {
    execute("keep");
    for (int i = 1; i <= 3; ++i) {
        interpreter.turns = 1;
        interpreter.kept->wake();
        CHECK(looped());
    }
    CHECK(interpreter.turned == 3);
    interpreter.kept.reset();
}

TEST_CASE_FIXTURE(Fixture, "a thread may wake a shell as often as it likes while that is busy") {
    execute("keep");
    for (int i = 0; i < 10'000; ++i) interpreter.kept->wake();
    CHECK(execute("").at("status") == "ok");
    interpreter.kept.reset();
}

TEST_CASE_FIXTURE(Fixture, "a subshell waits in the interpreter as well") {
    const std::string id = open_subshell();
    execute("loop", id);
    CHECK(looped());
    CHECK(execute("", id).at("turned") == 3);
    CHECK(interpreter.waits_in == id);
    execute("loop");
    CHECK(looped());
    CHECK(execute("").at("turned") == 6);
}

TEST_CASE_FIXTURE(Fixture, "the first subshell may be opened while the main shell waits itself") {
    execute("wait");
    CHECK(interpreter.waiting.get_future().wait_for(patience) == std::future_status::ready);
    const std::string id = open_subshell();
    CHECK(execute("", id).at("status") == "ok");
    CHECK(execute("").at("status") == "ok");
}

TEST_CASE_FIXTURE(Fixture, "a subshell that waits itself is deleted") {
    const std::string id = open_subshell();
    execute("wait", id);
    CHECK(interpreter.waiting.get_future().wait_for(patience) == std::future_status::ready);
    send(control, "delete_subshell_request", Json{{"subshell_id", id}}.dump());
    CHECK(recv_content(control).at("status") == "ok");
}

TEST_CASE_FIXTURE(Fixture, "a wait that throws is over, and the kernel lives on") {
    interpreter.fails = true;
    execute("loop");
    interpreter.fails = false;
    CHECK(execute("").at("status") == "ok");
}

TEST_CASE_FIXTURE(Fixture, "an interrupt reaches an interpreter that waits") {
    execute("wait");
    CHECK(interpreter.waiting.get_future().wait_for(patience) == std::future_status::ready);
    send(control, "interrupt_request", "{}");
    CHECK(recv_content(control).at("status") == "ok");
    CHECK(interpreter.interrupts == 1);
}

TEST_CASE_FIXTURE(Fixture, "a server stops while the interpreter waits") {
    execute("wait");
    CHECK(interpreter.waiting.get_future().wait_for(patience) == std::future_status::ready);
}  // the fixture stops it, and would hang
