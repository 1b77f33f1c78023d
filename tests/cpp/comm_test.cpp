// Comm messages answered while a request waits for them, over real sockets.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <kernelwire/kernelwire.hpp>

#include "served_client.hpp"

using namespace kernelwire;

namespace {

class Awaiting final : public Interpreter {
public:
    KernelInfo info() const override {
        KernelInfo info{{"awaiting"}};
        info.supported_features = {"kernel subshells"};
        return info;
    }

    Reply execute(const ExecuteRequest& request, Output& output) override {
        if (request.code == "await" || request.code == "fail") {
            wait_for_comm(output);
            if (request.code == "fail") return error("Failure", "it failed");
        } else if (request.code == "elsewhere") {
            return ask_on_another_thread(output);
        }
        return ok({{"code", request.code}, {"told", told}});
    }

    void comm_msg(const CommMessage& message, Output& /*output*/) override {
        if (message.data() == "throw") throw std::runtime_error("in a handler");
        told.push_back(message.data().get<std::string>());
    }

    std::vector<std::string> told;

private:
    void wait_for_comm(const Output& output) const {
        const std::vector<int> fds = output.comm_fds();
        std::vector<ZmqPollItem> items(fds.size());
        for (std::size_t i = 0; i < fds.size(); ++i) {
            items[i].fd = fds[i];
            items[i].events = zmq::pollin;
        }
        while (output.answer_comms() || told.empty() || told.back() != "done") {
            linked_zmq().poll(items.data(), static_cast<int>(items.size()), -1);
        }
    }

    static Reply ask_on_another_thread(const Output& output) {
        std::string refused;
        std::thread([&] {
            try {
                (void)output.answer_comms();
            } catch (const std::logic_error& error) {
                refused = error.what();
            }
        }).join();
        return ok({{"refused", refused}});
    }
};

struct Fixture : ServedClient<Awaiting> {
    void execute(const std::string& code, const std::string& subshell_id = "") {
        send(shell, "execute_request", Json{{"code", code}}.dump(), subshell_id);
    }

    void tell(const std::string& data, const std::string& subshell_id = "") {
        send(shell, "comm_msg", Json{{"comm_id", "one"}, {"data", data}}.dump(), subshell_id);
    }
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a request waits for comm messages, and others wait for it in order") {
    execute("await");
    execute("queued");
    tell("one");
    execute("queued as well");
    tell("throw");
    tell("done");
    Json reply = recv_content(shell);
    CHECK(reply.at("code") == "await");
    CHECK(reply.at("told") == Json{"one", "done"});
    reply = recv_content(shell);
    CHECK(reply.at("code") == "queued");
    CHECK(reply.at("execution_count") == 2);
    CHECK(recv_content(shell).at("code") == "queued as well");
}

TEST_CASE_FIXTURE(Fixture, "a subshell's request waits for the comm messages of its own shell") {
    send(control, "create_subshell_request", "{}");
    const std::string id = recv_content(control).at("subshell_id");
    execute("await", id);
    execute("queued", id);
    tell("one", id);
    tell("done", id);
    CHECK(recv_content(shell).at("code") == "await");
    CHECK(recv_content(shell).at("code") == "queued");
}

TEST_CASE_FIXTURE(Fixture, "an error behind the wait aborts what came before the last message") {
    execute("fail");
    execute("queued");
    tell("one");
    execute("queued as well");
    tell("done");
    CHECK(recv_content(shell).at("status") == "error");
    CHECK(recv_content(shell).at("status") == "aborted");
    CHECK(recv_content(shell).at("status") == "aborted");
    execute("later");
    CHECK(recv_content(shell).at("code") == "later");
}

TEST_CASE_FIXTURE(Fixture, "comm messages are answered on the thread of their shell only") {
    execute("elsewhere");
    CHECK(recv_content(shell).at("refused") ==
          "comm messages are answered on the thread of their shell only");
}
