// Replies that come later than execute() returns, over real sockets.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <kernelwire/kernelwire.hpp>

#include "raw_client.hpp"

using namespace kernelwire;

namespace {

// Keeps the handle of a cell that says "later", and gives the reply when the test says so.
class Deferring final : public Interpreter {
public:
    KernelInfo info() const override {
        KernelInfo info{{"deferring"}};
        info.supported_features = {"kernel subshells"};
        return info;
    }
    Reply execute(const ExecuteRequest& request, Output& output) override {
        if (request.code == "later") {
            reply.emplace(output.defer());
            kept.emplace(output);
            begun.set_value();
        } else if (request.code == "at once") {
            output.defer().send(ok({{"given", "at once"}}));
        } else if (request.code == "lost") {
            (void)output.defer();
        } else if (request.code == "twice") {
            const ReplyHandle first = output.defer();
            (void)output.defer();
        } else if (request.code == "fail") {
            (void)output.defer();
            return error("Failed", "at once");
        }
        return ok();
    }
    void comm_open(const CommMessage& message, Output& output) override {
        if (message.target_name == "defer") (void)output.defer();
        comms.set_value();
    }
    void interrupt() override { interrupted.set_value(); }

    void give(Reply with) {
        reply->send(std::move(with));
        reply.reset();
        kept.reset();
    }

    std::promise<void> begun;
    std::promise<void> comms;
    std::promise<void> interrupted;
    std::optional<ReplyHandle> reply;
    std::optional<Output> kept;
};

void await(std::promise<void>& promise) {
    REQUIRE(promise.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
    promise = {};
}

struct Fixture : RawClient {
    Fixture() : thread([this] { server->run(); }) {
        connect(shell, *server, Channel::shell);
        connect(control, *server, Channel::control);
        iopub.set(zmq::subscribe, Bytes());
        connect(iopub, *server, Channel::iopub);
        while (!recv_content(iopub).contains("subscription")) {  // the welcome
        }
    }
    ~Fixture() { end(); }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;

    void end() {
        if (server) server->stop();
        if (thread.joinable()) thread.join();
    }

    void send_code(const std::string& code, const std::string& subshell_id = "") {
        send(shell, "execute_request", Json{{"code", code}}.dump(), subshell_id);
    }
    Json execute(const std::string& code, const std::string& subshell_id = "") {
        send_code(code, subshell_id);
        return recv_content(shell);
    }
    Json ask_control(const std::string& type, const std::string& content = "{}") {
        send(control, type, content);
        return recv_content(control);
    }

    bool answered() {
        ZmqPollItem item;
        item.socket = shell.handle();
        item.events = zmq::pollin;
        return context.api().poll(&item, 1, 0) == 1;
    }

    // What is published of an execution up to its end: states, and the texts of streams.
    std::vector<std::string> published() {
        std::vector<std::string> out;
        do {
            const auto message = recv(iopub);
            const Parts parts = parts_of(*message);
            const Json parent = read_json(parts[1]).value();
            if (parent.value("msg_type", "") != "execute_request") continue;
            const Json content = read_json(parts[3]).value();
            out.push_back(content.value("execution_state", content.value("text", "input")));
        } while (out.empty() || out.back() != "idle");
        return out;
    }

    Port iopub{context, zmq::sub, traffic};
    Deferring interpreter;
    std::optional<Server> server{std::in_place, linked_zmq(), local(), interpreter};
    std::thread thread;
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a reply may come later, from any thread") {
    send_code("later");
    await(interpreter.begun);
    interpreter.kept->out("meanwhile");
    CHECK(ask_control("kernel_info_request").at("status") == "ok");
    CHECK_FALSE(answered());
    interpreter.give(ok({{"given", "later"}}));
    const Json reply = recv_content(shell);
    CHECK(reply.at("given") == "later");
    CHECK(reply.at("execution_count") == 1);
    CHECK(execute("").at("execution_count") == 2);
}

TEST_CASE_FIXTURE(Fixture, "what is published before the reply comes before idle") {
    send_code("later");
    await(interpreter.begun);
    interpreter.kept->out("meanwhile");
    interpreter.give(ok());
    CHECK(published() == std::vector<std::string>{"busy", "input", "meanwhile", "idle"});
}

TEST_CASE_FIXTURE(Fixture, "a reply may come before execute() returns") {
    CHECK(execute("at once").at("given") == "at once");
    CHECK(execute("").at("status") == "ok");
}

TEST_CASE_FIXTURE(Fixture, "other requests wait for their turn until the reply was given") {
    send_code("later");
    await(interpreter.begun);
    send_code("at once");
    send(shell, "kernel_info_request", "{}");
    CHECK(ask_control("kernel_info_request").at("status") == "ok");
    CHECK_FALSE(answered());
    interpreter.give(ok({{"given", "first"}}));
    CHECK(recv_content(shell).at("given") == "first");
    CHECK(recv_content(shell).at("given") == "at once");
    CHECK(recv_content(shell).contains("language_info"));
}

TEST_CASE_FIXTURE(Fixture, "comm messages are answered meanwhile") {
    send_code("later");
    await(interpreter.begun);
    send(shell, "comm_open", R"({"comm_id":"c","target_name":"t","data":{}})");
    await(interpreter.comms);
    CHECK_FALSE(answered());
    interpreter.give(ok());
    CHECK(recv_content(shell).at("status") == "ok");
}

TEST_CASE_FIXTURE(Fixture, "an error that comes later aborts what is queued") {
    send_code("later");
    await(interpreter.begun);
    send_code("queued");
    send(shell, "comm_open", R"({"comm_id":"c","target_name":"t","data":{}})");
    await(interpreter.comms);  // so what was sent before has come as well
    interpreter.give(error("Late", "and wrong"));
    CHECK(recv_content(shell).at("ename") == "Late");
    CHECK(recv_content(shell).at("status") == "aborted");
    CHECK(execute("").at("status") == "ok");
}

TEST_CASE_FIXTURE(Fixture, "a handle that goes without a reply is answered by an error") {
    CHECK(execute("lost").at("ename") == "NoReply");
    CHECK(execute("").at("status") == "ok");
}

TEST_CASE_FIXTURE(Fixture, "an error that execute() returns or throws is the reply all the same") {
    CHECK(execute("fail").at("ename") == "Failed");
    CHECK(execute("twice").at("evalue") == "only an execute_request is answered later, and once");
    CHECK(execute("").at("status") == "ok");
}

TEST_CASE_FIXTURE(Fixture, "only code that is executed may be answered later") {
    send(shell, "comm_open", R"({"comm_id":"c","target_name":"defer","data":{}})");
    std::string shown;
    while (shown.empty()) shown = recv_content(iopub).value("evalue", "");
    CHECK(shown == "only an execute_request is answered later, and once");
}

TEST_CASE_FIXTURE(Fixture, "an interrupt reaches what is to be answered later") {
    send_code("later");
    await(interpreter.begun);
    CHECK(ask_control("interrupt_request").at("status") == "ok");
    await(interpreter.interrupted);
    interpreter.give(error("Interrupted", "as asked"));
    CHECK(recv_content(shell).at("ename") == "Interrupted");
}

TEST_CASE_FIXTURE(Fixture, "a subshell answers later while the main shell goes on") {
    const std::string id = ask_control("create_subshell_request").at("subshell_id");
    send_code("later", id);
    await(interpreter.begun);
    CHECK(execute("at once").at("given") == "at once");
    interpreter.give(ok({{"given", "later"}}));
    CHECK(recv_content(shell).at("given") == "later");
}

TEST_CASE_FIXTURE(Fixture, "a deleted subshell still answers") {
    const std::string id = ask_control("create_subshell_request").at("subshell_id");
    send_code("later", id);
    await(interpreter.begun);
    const std::string content = Json{{"subshell_id", id}}.dump();
    CHECK(ask_control("delete_subshell_request", content).at("status") == "ok");
    interpreter.give(ok({{"given", "later"}}));
    CHECK(recv_content(shell).at("given") == "later");
}

TEST_CASE_FIXTURE(Fixture,
                  "a kernel that ends answers first, and a reply that is too late is lost") {
    send_code("later");
    await(interpreter.begun);
    end();
    await(interpreter.interrupted);
    CHECK(recv_content(shell).at("ename") == "Interrupted");
    interpreter.kept.reset();
    server.reset();
    interpreter.reply->send(ok());
}

TEST_CASE("a loop goes on while a cell in it is to be answered later") {
    Deferring interpreter;
    EmbeddedOptions options;
    options.connection = RawClient::local();
    EmbeddedKernel kernel(linked_zmq(), interpreter, options);
    RawClient client;
    client.shell.set(zmq::linger, 0);
    client.shell.connect(kernel.connection().endpoint(Channel::shell));
    client.send(client.shell, "execute_request", R"({"code":"later"})");
    client.send(client.shell, "execute_request", R"({"code":"at once"})");
    CHECK(kernel.run_until([&] { return interpreter.reply.has_value(); }));

    const auto readable = [&](long wait_ms) {
        ZmqPollItem item;
        item.fd = kernel.fd();
        item.events = zmq::pollin;
        return linked_zmq().poll(&item, 1, wait_ms) == 1;
    };
    for (int steps = 0; readable(100); ++steps) {
        REQUIRE(steps < 1'000);
        kernel.step();
    }
    SUBCASE("by the loop itself") {
        interpreter.give(ok({{"given", "later"}}));
    }
    SUBCASE("by another thread") {
        std::thread([&] { interpreter.give(ok({{"given", "later"}})); }).join();
    }
    CHECK(readable(0));
    bool done = false;
    std::thread answers([&] {
        CHECK(client.recv_content(client.shell).at("given") == "later");
        CHECK(client.recv_content(client.shell).at("given") == "at once");
        kernel.post([&] { done = true; });
    });
    CHECK(kernel.run_until([&] { return done; }));
    answers.join();
}
