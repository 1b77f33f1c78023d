// The server over real sockets, driven by a raw client: framing, buffers, and hostile peers.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include <kernelwire/kernelwire.hpp>

#include "served_client.hpp"

using namespace kernelwire;

namespace {

class Tester final : public Interpreter {
public:
    KernelInfo info() const override { return {{"tester"}}; }

    Reply execute(const ExecuteRequest& request, Output& output) override {
        if (request.code == "lines") {
            for (int i = 0; i < 20000; ++i) {
                output.out(std::to_string(i) + "\n");
                output.flush();
            }
        } else if (request.code == "buffer") {
            auto memory = std::make_shared<std::string>(100'000'000, 'b');
            const std::weak_ptr<std::string> watched = memory;
            const Bytes bytes = *memory;
            output.publish("comm_msg", R"({"comm_id":"c","data":{}})", "{}",
                           {{bytes, std::move(memory)}});
            lent = watched;
        } else if (request.code == "wait") {
            running.set_value();
            interrupts.get_future().wait();
            return error("Interrupt", "gave up");
        } else {
            output.out(request.code);
        }
        return ok();
    }

    void interrupt() override { interrupts.set_value(); }

    std::weak_ptr<std::string> lent;
    std::promise<void> running;
    std::promise<void> interrupts;
};

struct Fixture : ServedClient<Tester> {
    Fixture() { connect(hb, server, Channel::heartbeat); }

    Port hb{context, zmq::dealer, traffic};
};

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a heartbeat comes back as it was sent") {
    hb.send({"", "ping"});
    CHECK(recv(hb)->frames() == Frames{"", "ping"});
}

TEST_CASE_FIXTURE(Fixture, "kernel_info is answered on shell and on control") {
    send(shell, "kernel_info_request", "{}");
    CHECK(recv_content(shell).at("protocol_version") == "5.5");
    send(control, "kernel_info_request", "{}");
    CHECK(recv_content(control).at("protocol_version") == "5.5");
}

TEST_CASE_FIXTURE(Fixture,
                  "control answers, and hearts beat, while shell is busy; an interrupt ends it") {
    send(shell, "execute_request", R"({"code":"wait"})");
    interpreter.running.get_future().wait();
    hb.send({"", "ping"});
    CHECK(recv(hb)->frames().size() == 2);
    send(control, "kernel_info_request", "{}");
    CHECK(recv_content(control).at("status") == "ok");
    send(control, "interrupt_request", "{}");
    CHECK(recv_content(control).at("status") == "ok");
    CHECK(recv_content(shell).at("ename") == "Interrupt");
}

TEST_CASE_FIXTURE(Fixture,
                  "what does not verify is dropped on every socket, and the kernel answers on") {
    const std::vector<Frames> hostile{
        {""},
        {"x", "y"},
        {"<IDS|MSG>"},
        {"<IDS|MSG>", "sig", "{}", "{}", "{}", "{}"},
        {"<IDS|MSG>", std::string_view("\xFF\0\xFE", 3), "{", "[", "nul", "}"}};
    for (const Frames& frames : hostile) {
        shell.send(frames);
        control.send(frames);
        hb.send(frames);
    }
    shell.send(Frames(Port::frame_limit + 10, "part"));  // more frames than any message has
    send(shell, "kernel_info_request", "{}");
    CHECK(recv_content(shell).at("status") == "ok");
    send(control, "kernel_info_request", "{}");
    CHECK(recv_content(control).at("status") == "ok");
}

// The fuzzer of the sockets found a request with a busy and an idle and no reply, in one of a dozen
// runs: the attacker's other connection had sent a copy, and libzmq had brought that one first.
TEST_CASE_FIXTURE(Fixture, "of two copies of a request the first is answered, to whoever sent it") {
    Port other{context, zmq::dealer, traffic};
    connect(other, server, Channel::shell);
    Signature signature{};
    Frames frames;
    encode({}, {R"({"msg_id":"1","msg_type":"is_complete_request"})", "{}", "{}", "{}"}, signer,
           signature, frames);
    other.send(frames);
    CHECK(recv_content(other).at("status") == "unknown");
    shell.send(frames);
    send(shell, "kernel_info_request", "{}");
    CHECK(recv_content(shell).contains("banner"));  // the copy has no answer
}

TEST_CASE_FIXTURE(Fixture, "shutdown is answered and ends run()") {
    send(control, "shutdown_request", R"({"restart":false})");
    CHECK(recv_content(control).at("restart") == false);
    thread.join();
    thread = std::thread([] {});
}

// Now and then the call that ends the wait for requests was received before the wait began, and
// run() went on for ever.
TEST_CASE("a server that has just answered can be stopped") {
    for (int i = 0; i < 200; ++i) {
        Fixture fixture;
        fixture.send(fixture.shell, "kernel_info_request", "{}");
        CHECK(fixture.recv_content(fixture.shell).at("status") == "ok");
    }
}

TEST_CASE_FIXTURE(Fixture, "a buffer is lent, and let go when it was sent or nobody listens") {
    send(shell, "execute_request", R"({"code":"buffer"})");
    CHECK(recv_content(shell).at("status") == "ok");
    // No subscriber: libzmq drops the message and gives the memory back at once.
    CHECK(interpreter.lent.expired());
    CHECK(read_json(server.usage()).value().at("buffer_bytes") == 100'000'000);
}

TEST_CASE("two servers in one process keep apart") {
    Fixture one;
    Fixture two;
    one.send(one.shell, "execute_request", R"({"code":"a"})");
    CHECK(one.recv_content(one.shell).at("execution_count") == 1);
    two.send(two.shell, "execute_request", R"({"code":"b"})");
    CHECK(two.recv_content(two.shell).at("execution_count") == 1);
}

TEST_CASE("an endpoint that is taken is named") {
    Tester interpreter;
    Server first(linked_zmq(), Fixture::local(), interpreter);
    CHECK_THROWS_AS(Server(linked_zmq(), first.connection(), interpreter), TransportError);
}

namespace {

// A libzmq that was built without libsodium, as far as it says.
ZmqApi without_curve() {
    ZmqApi api = linked_zmq();
    api.has = [](const char*) { return 0; };
    return api;
}

std::string refusal(const ZmqApi& api, const CurveKeys& keys) {
    Tester interpreter;
    Connection connection = Fixture::local();
    connection.curve = keys;
    try {
        const Server server(api, connection, interpreter);
    } catch (const TransportError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("a kernel that is to be encrypted and cannot be does not serve in the clear") {
    const CurveKeys keys = new_curve_keys(linked_zmq());
    CHECK(refusal(linked_zmq(), keys).empty());
    CHECK(refusal(without_curve(), keys).find("was built without CURVE") != std::string::npos);
    CHECK_THROWS_AS((void)new_curve_keys(without_curve()), TransportError);
}

TEST_CASE("keys that are no pair are refused, where libzmq would let clients wait") {
    const ZmqApi api = linked_zmq();
    const CurveKeys keys{new_curve_keys(api).public_key, new_curve_keys(api).secret_key};
    const std::string reason = refusal(api, keys);
    CHECK(reason.find("does not belong") != std::string::npos);
    CHECK(reason.find(keys.secret_key) == std::string::npos);
}
