// What a cell publishes arrives in its order, and while the cell runs, although some of it may
// leave with what comes next.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <kernelwire/kernelwire.hpp>

#include "raw_client.hpp"

using namespace kernelwire;

namespace {

constexpr int xsub = 10;
constexpr int publications = 500;  // of which libzmq holds too little for updates to be left out
constexpr std::chrono::seconds patience{30};

// Publishes numbers in ways chosen by the seed which is its code, or one display, and then waits
// until it was seen.
class Showing final : public Interpreter {
public:
    KernelInfo info() const override { return {{"showing"}}; }

    Reply execute(const ExecuteRequest& request, Output& output) override {
        if (request.code == "wait") {
            output.display_data({{"text/plain", "0"}});
            return ok(
                {{"seen", seen.get_future().wait_for(patience) == std::future_status::ready}});
        }
        if (request.code == "publish") {
            publisher = std::thread([this, output] {
                while (publishing) output.publish("comm_msg", R"({"comm_id":"c","data":{}})");
            });
            return ok();
        }
        std::mt19937 random(static_cast<unsigned>(std::stoul(request.code)));
        for (int i = 0; i < publications; ++i) publish(output, random() % 8, std::to_string(i));
        return ok();
    }

    std::promise<void> seen;
    std::atomic<bool> publishing{true};
    std::thread publisher;

private:
    static void publish(const Output& output, unsigned way, const std::string& number) {
        if (way == 0) {
            output.out(number + "\n");
        } else if (way == 1) {
            const auto memory = std::make_shared<std::string>(number);
            output.publish("comm_msg", R"({"data":)" + number + "}", "{}", {{*memory, memory}});
        } else if (way == 2) {
            output.update_display_data({{"text/plain", number}}, Json::object(), "one");
        } else if (way == 3) {
            output.execute_result({{"text/plain", number + std::string(1'000, ' ')}});
        } else {
            output.display_data({{"text/plain", number}});
        }
    }
};

struct Client : RawClient {
    Client() : server(linked_zmq(), local(), interpreter), thread([this] { server.run(); }) {
        connect(shell, server, Channel::shell);
        iopub.set(zmq::rcvhwm, 0);
        connect(iopub, server, Channel::iopub);
        iopub.send({"\x01"});
        (void)recv(iopub);  // the welcome
    }
    ~Client() {
        server.stop();
        thread.join();
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void execute(const std::string& code) {
        send(shell, "execute_request", Json{{"code", code}}.dump());
    }

    // The numbers that the next message on iopub shows; sets `idle` where it is the last.
    std::vector<int> read() {
        const Json content = recv_content(iopub);
        idle = content.value("execution_state", "") == "idle";
        if (content.contains("text")) {
            std::vector<int> numbers;
            std::istringstream lines(content["text"].get<std::string>());
            for (int number = 0; lines >> number;) numbers.push_back(number);
            return numbers;
        }
        const Json data = content.value("data", Json());
        if (data.is_number()) return {data.get<int>()};
        if (data.is_object()) return {std::stoi(data.at("text/plain").get<std::string>())};
        return {};
    }

    Showing interpreter;
    Server server;
    Port iopub{context, xsub, traffic};
    bool idle = false;
    std::thread thread;
};

}  // namespace

TEST_CASE_FIXTURE(Client, "all that a cell publishes arrives once, in its order") {
    std::vector<int> wanted(publications);
    for (int i = 0; i < publications; ++i) wanted[static_cast<std::size_t>(i)] = i;
    for (const char* seed : {"1", "2", "3"}) {
        execute(seed);
        std::vector<int> arrived;
        do {
            const std::vector<int> numbers = read();
            arrived.insert(arrived.end(), numbers.begin(), numbers.end());
        } while (!idle);
        CHECK(arrived == wanted);
    }
}

TEST_CASE_FIXTURE(Client, "a display arrives while its cell goes on") {
    execute("wait");
    while (read().empty()) {
    }
    interpreter.seen.set_value();
    CHECK(recv_content(shell).at("seen") == true);
}

TEST_CASE_FIXTURE(Client, "who subscribes while a thread publishes is welcomed") {
    execute("publish");
    (void)recv(shell);
    for (int i = 0; i < 200; ++i) {
        Port other(context, xsub, traffic);
        connect(other, server, Channel::iopub);
        other.send({"\x01no topic of a message"});
        CHECK(recv_content(other).at("status") == "ok");
    }
    interpreter.publishing = false;
    interpreter.publisher.join();
}
