// Registering over real sockets: launchers that answer, refuse, forge, and say nothing.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <kernelwire/kernelwire.hpp>

using namespace kernelwire;

namespace {

class Silent final : public Interpreter {
public:
    KernelInfo info() const override { return {{"silent"}}; }
    Reply execute(const ExecuteRequest& /*request*/, Output& /*output*/) override { return ok(); }
};

constexpr int rep = 4;  // ZMQ_REP
constexpr long patience_ms = 10'000;

// The launcher's socket, and a registration that names it.
struct Launcher {
    explicit Launcher(int type) : port(context, type, std::make_shared<Traffic>()) {
        port.set(zmq::linger, 1000);
        port.bind("tcp://127.0.0.1:*");
        const std::string endpoint = port.endpoint();
        connection.key = "key";
        connection.registration =
            Registration{"127.0.0.1", std::stoi(endpoint.substr(endpoint.rfind(':') + 1)), "the id",
                         type == rep};
    }

    // Answers one request as `answer` says, in which the frames of the request are at hand.
    void answer_one(const std::function<void(const Frames&)>& answer) {
        thread = std::thread([this, answer] {
            ZmqPollItem item;
            item.socket = port.handle();
            item.events = zmq::pollin;
            context.api().poll(&item, 1, patience_ms);
            if (const auto received = port.recv(Port::Wait::no)) answer(received->frames());
        });
    }

    // What becomes of a server that registers here: its connection, or the error in `said`.
    Connection serve(std::chrono::milliseconds patience = std::chrono::milliseconds(patience_ms)) {
        Silent interpreter;
        ServerOptions options;
        options.registration_patience = patience;
        Connection bound;
        try {
            bound = Server(linked_zmq(), connection, interpreter, options).connection();
        } catch (const TransportError& error) {
            said = error.what();
        }
        if (thread.joinable()) thread.join();
        return bound;
    }

    // A signed part, in the specification's form.
    void send_content(Bytes identity, Bytes content, Bytes key = "key") {
        const Signature signature = Signer(key).sign(&content, 1);
        port.send({identity, delimiter, {signature.data(), signature.size()}, content});
    }

    ZmqContext context{linked_zmq()};
    Port port;
    Connection connection;
    std::string said;
    std::thread thread;
};

}  // namespace

TEST_CASE("a kernel tells its ports in one signed part, and serves when that is answered") {
    Launcher launcher(zmq::router);
    Json told;
    bool verified = false;
    launcher.answer_one([&](const Frames& frames) {
        if (frames.size() != 4) return;
        verified = Signer("key").verify(&frames[3], 1, frames[2]);
        told = read_json(frames[3]).value();
        launcher.send_content(frames[0], "ACK");  // as xeus-zmq says it: not JSON
    });
    const Connection bound = launcher.serve();
    CHECK(launcher.said.empty());
    CHECK(verified);
    CHECK(told.at("kernel_id") == "the id");
    CHECK(told.at("shell_port") == std::to_string(bound.port(Channel::shell)));
    CHECK(told.at("hb_port") == std::to_string(bound.port(Channel::heartbeat)));
    CHECK(bound.port(Channel::iopub) > 0);
}

TEST_CASE("a launcher without registration_ip gets a whole message on its REP socket") {
    Launcher launcher(rep);
    Json header;
    Json told;
    launcher.answer_one([&](const Frames& frames) {
        const Signer signer("key");
        Envelope envelope;
        if (decode(frames, signer, nullptr, envelope) != Errc::ok) return;
        header = read_json(envelope.parts[0]).value();
        told = read_json(envelope.parts[3]).value();
        Outgoing reply;
        reply.channel = Channel::control;
        reply.msg_type = "handshake_reply";
        reply.content = R"({"status":"ok"})";
        Sealed sealed;
        Sealer(signer, "s").seal(reply, std::chrono::system_clock::now(), sealed);
        launcher.port.send(sealed.frames);
    });
    const Connection bound = launcher.serve();
    CHECK(launcher.said.empty());
    CHECK(header.at("msg_type") == "handshake_request");
    CHECK(told.at("control_port") == bound.port(Channel::control));
}

TEST_CASE("a launcher that says nothing is waited for so long, and named") {
    Launcher launcher(zmq::router);
    (void)launcher.serve(std::chrono::milliseconds(50));
    CHECK(launcher.said == "cannot register at " + launcher.connection.registration_endpoint() +
                               ": the launcher did not answer within 1 s");
}

TEST_CASE("a launcher may refuse a kernel") {
    Launcher launcher(zmq::router);
    launcher.answer_one(
        [&](const Frames& frames) { launcher.send_content(frames[0], R"({"status":"error"})"); });
    (void)launcher.serve();
    CHECK(launcher.said.find("refuses") != std::string::npos);
}

TEST_CASE("an answer without the key is none") {
    Launcher launcher(zmq::router);
    launcher.answer_one(
        [&](const Frames& frames) { launcher.send_content(frames[0], "ACK", "another key"); });
    (void)launcher.serve(std::chrono::milliseconds(500));
    CHECK(launcher.said.find("not signed with the key") != std::string::npos);
}

TEST_CASE("hostile answers are passed over, and the right one behind them is taken") {
    Launcher launcher(zmq::router);
    launcher.answer_one([&](const Frames& frames) {
        const Bytes identity = frames[0];
        launcher.port.send({identity, ""});
        launcher.port.send({identity, delimiter});
        launcher.port.send({identity, delimiter, ""});
        launcher.port.send({identity, delimiter, "", "{"});
        launcher.port.send({identity, delimiter, "", "", "", "", ""});
        launcher.send_content(identity, R"({"status":"ok"})");
    });
    CHECK(launcher.serve().port(Channel::shell) > 0);
    CHECK(launcher.said.empty());
}
