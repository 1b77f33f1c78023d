// A client that reads slowly, or not at all: what the server holds for it, and what it gives up.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <thread>

#include <kernelwire/kernelwire.hpp>

#include "raw_client.hpp"

using namespace kernelwire;

namespace {

constexpr int xsub = 10;
constexpr int rcvbuf = 12;

constexpr std::size_t buffer_size = 100'000;
constexpr int buffer_count = 300;
constexpr int update_count = 20'000;
constexpr int line_count = 500'000;

std::string line(int number) {
    return "a line of the flood, number " + std::to_string(number) + "\n";
}

// Takes the lines about missing text out; returns how many bytes they tell of.
std::size_t take_marks(std::string& text) {
    const std::string mark = "[kernelwire: ";
    std::size_t told = 0;
    for (std::size_t at; (at = text.find(mark)) != std::string::npos;) {
        told += std::stoul(text.substr(at + mark.size()));
        text.erase(at, text.find('\n', at) + 1 - at);
    }
    return told;
}

class Flood final : public Interpreter {
public:
    KernelInfo info() const override { return {{"flood"}}; }

    Reply execute(const ExecuteRequest& request, Output& output) override {
        if (request.code == "buffers") {
            for (int i = 0; i < buffer_count; ++i) {
                const auto memory = std::make_shared<std::string>(buffer_size, 'b');
                output.publish("comm_msg", R"({"comm_id":"c","data":{}})", "{}",
                               {{*memory, memory}});
            }
        } else if (request.code == "updates") {
            for (int i = 0; i < update_count; ++i) {
                const Json picture{{"text/plain", std::string(1000, 'u') + std::to_string(i)}};
                output.update_display_data(picture, Json::object(),
                                           "odd or even " + std::to_string(i % 2));
            }
            output.out("after");
        } else {
            for (int i = 0; i < line_count; ++i) {
                output.out(line(i));
                if (request.code == "both streams") output.err(line(i));
            }
        }
        return ok();
    }

    bool interrupted() override { return interrupt_waits; }

    std::atomic<bool> interrupt_waits{false};
};

// A server, with a client that has subscribed and does not read before it is told to.
struct Slow : RawClient {
    explicit Slow(IopubBudget budget)
        : server(linked_zmq(), local(), interpreter, options(budget)),
          thread([this] { server.run(); }) {
        patience_ms = 60'000;  // some of the floods are long
        for (const auto& [port, channel] : {std::pair{&shell, Channel::shell},
                                            {&control, Channel::control},
                                            {&iopub, Channel::iopub}}) {
            port->set(zmq::rcvhwm, 1);
            port->set(rcvbuf, 65536);
            connect(*port, server, channel);
        }
        iopub.send({"\x01"});
        while (read(iopub).type != "iopub_welcome") {
        }
    }
    ~Slow() {
        server.stop();
        thread.join();
    }
    Slow(const Slow&) = delete;
    Slow& operator=(const Slow&) = delete;

    static ServerOptions options(IopubBudget budget) {
        ServerOptions options;
        options.iopub = budget;
        return options;
    }

    struct Arrived {
        std::string type;
        std::string parent;  // its request's type
        Json content;
    };

    Arrived read(Port& port) {
        const auto message = recv(port);
        const Parts parts = parts_of(*message);
        Arrived arrived;
        (void)read_json_strings(parts[0], {{"msg_type", &arrived.type}});
        (void)read_json_strings(parts[1], {{"msg_type", &arrived.parent}});
        arrived.content = read_json(parts[3]).value();
        return arrived;
    }

    Json usage() {
        send(control, "usage_request", "{}");
        return read(control).content.at("kernelwire");
    }

    std::size_t backlog() { return usage().at("iopub_backlog_bytes").get<std::size_t>(); }

    void execute(const std::string& code) {
        send(shell, "execute_request", Json{{"code", code}}.dump());
    }

    // Reads until the execute request is done; returns its text, and counts its comm messages.
    std::string read_until_idle() {
        std::string text;
        for (;;) {
            const Arrived arrived = read(iopub);
            if (arrived.parent != "execute_request") continue;
            if (arrived.type == "stream") text += arrived.content.at("text").get<std::string>();
            if (arrived.type == "comm_msg") ++comm_messages;
            if (arrived.type == "update_display_data") {
                CHECK(text.empty());  // which came later
                ++updates;
                const Json& content = arrived.content;
                shown[content.at("transient").at("display_id")] =
                    content.at("data").at("text/plain").get<std::string>().substr(1000);
            }
            if (arrived.type == "status" && arrived.content.at("execution_state") == "idle") {
                return text;
            }
        }
    }

    Flood interpreter;
    Server server;
    Port iopub{context, xsub, traffic};
    int comm_messages = 0;
    int updates = 0;
    std::map<std::string, std::string> shown;  // by display id
    std::thread thread;
};

}  // namespace

TEST_CASE("buffers wait for a client that reads late, in no more memory than their budget") {
    const IopubBudget budget{4 << 20, std::chrono::minutes(1)};
    Slow slow(budget);
    slow.execute("buffers");
    std::size_t most = 0;
    while (most < budget.bytes) most = std::max(most, slow.backlog());
    for (int i = 0; i < 10; ++i) most = std::max(most, slow.backlog());
    CHECK(most < budget.bytes + 2 * buffer_size);
    CHECK(slow.usage().at("executions") == 0);  // it waits
    slow.read_until_idle();
    CHECK(slow.comm_messages == buffer_count);
    CHECK(slow.read(slow.shell).content.at("status") == "ok");
}

TEST_CASE("an interrupt ends the wait for a client") {
    const IopubBudget budget{4 << 20, std::chrono::minutes(1)};
    for (const char* code : {"buffers", "both streams"}) {  // text that cannot be joined, too
        CAPTURE(code);
        Slow slow(budget);
        slow.execute(code);
        while (slow.backlog() < budget.bytes) {
        }
        CHECK(slow.backlog() < budget.bytes + 2 * buffer_size);
        slow.interpreter.interrupt_waits = true;
        CHECK(slow.read(slow.shell).content.at("ename") == "Interrupted");
    }
}

TEST_CASE("a client that reads late gets the last update of each display, and not all of them") {
    Slow slow({64 << 20, std::chrono::minutes(1)});
    slow.execute("updates");
    CHECK(slow.read(slow.shell).content.at("status") == "ok");  // nobody had to wait
    CHECK(slow.read_until_idle() == "after");
    CHECK(slow.updates < update_count / 2);
    CHECK(slow.shown["odd or even 0"] == std::to_string(update_count - 2));
    CHECK(slow.shown["odd or even 1"] == std::to_string(update_count - 1));
}

TEST_CASE("text for a client that reads late waits whole, in few messages") {
    Slow slow({64 << 20, std::chrono::minutes(1)});
    slow.execute("lines");
    while (slow.backlog() < Publisher::full_mark) {
    }
    std::string all;
    for (int i = 0; i < line_count; ++i) all += line(i);
    CHECK(slow.read_until_idle() == all);
    CHECK(slow.usage().at("text_bytes_dropped") == 0);
}

TEST_CASE("the oldest text is given up for a client that does not read, and it is told so") {
    Slow slow({64 << 20, std::chrono::milliseconds(100)});
    slow.execute("lines");
    CHECK(slow.read(slow.shell).content.at("status") == "ok");  // in spite of it
    std::string text = slow.read_until_idle();
    const std::size_t told = take_marks(text);
    CHECK(told > 0);
    CHECK(told == slow.usage().at("text_bytes_dropped"));
    std::size_t written = 0;
    for (int i = 0; i < line_count; ++i) written += line(i).size();
    CHECK(text.size() + told == written);
    const std::string last = line(line_count - 1);
    CHECK(text.substr(text.size() - last.size()) == last);
}
