// Messages that libzmq sends from the memory they were packed into: what arrives, and what comes
// back.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <kernelwire/kernelwire.hpp>

using namespace kernelwire;

namespace {

constexpr int xsub = 10;
constexpr std::chrono::seconds patience{10};  // far more than anything here takes

// A publisher and its clients, each with a port of its own.
struct Wire {
    Wire() {
        publisher->set(zmq::sndhwm, 0);
        publisher->set(zmq::xpub_verbose, 1);  // tells of each client
        publisher->bind("tcp://127.0.0.1:0");
        for (Port& client : clients) {
            client.set(zmq::linger, 0);
            client.set(zmq::rcvhwm, 0);
            client.connect(publisher->endpoint());
            client.send({Bytes("\x01", 1)});
            (void)recv(*publisher);
        }
    }

    std::shared_ptr<const Received> recv(Port& port) {
        ZmqPollItem item;
        item.socket = port.handle();
        item.events = zmq::pollin;
        REQUIRE(context.api().poll(&item, 1, std::chrono::milliseconds(patience).count()) == 1);
        return port.recv(Port::Wait::no);
    }

    ZmqContext context{linked_zmq()};
    std::shared_ptr<Traffic> traffic = std::make_shared<Traffic>();
    std::unique_ptr<Port> publisher = std::make_unique<Port>(context, zmq::xpub, traffic);
    std::array<Port, 2> clients{{{context, xsub, traffic}, {context, xsub, traffic}}};
};

std::string text(std::size_t size, char letter) {
    return std::string(size, letter);
}

Buffer lent(std::size_t size, char letter) {
    const auto memory = std::make_shared<const std::string>(size, letter);
    return {*memory, memory};
}

struct Case {
    std::vector<std::string> frames;  // the last is the content
    Buffers buffers;
};

}  // namespace

TEST_CASE("short and long frames arrive as they were, in every place of a message") {
    constexpr std::size_t lengthy = Parcel::lend_threshold;
    const std::string unowned = text(lengthy, 'u');
    const std::vector<Case> cases{
        {{"topic", "", "header", "{}"}, {}},
        {{"topic", text(lengthy - 1, 'c')}, {}},
        {{"topic", text(lengthy, 'c')}, {}},
        {{text(lengthy, 'i'), text(3 * lengthy, 'p'), "short content"}, {}},
        {{"topic", text(lengthy, 'c')}, {lent(10, 's')}},
        {{"topic", "short"}, {lent(lengthy, 'l'), lent(10, 's'), lent(0, 'e')}},
        {{"topic", text(lengthy, 'c')}, {lent(0, 'e'), lent(lengthy, 'l')}},
        {{"topic", "short"}, {{unowned, nullptr}}},
    };
    Wire wire;
    for (int round = 0; round < 3; ++round) {  // parcels that came back are used again
        for (const Case& each : cases) {
            Frames frames(each.frames.begin(), each.frames.end());
            std::string content = each.frames.back();
            frames.back() = content;
            wire.publisher->send(frames, each.buffers, std::move(content));
        }
        for (Port& client : wire.clients) {
            for (const Case& each : cases) {
                const auto message = wire.recv(client);
                Frames wanted(each.frames.begin(), each.frames.end());
                for (const Buffer& buffer : each.buffers) wanted.push_back(buffer.bytes);
                CHECK(message->frames() == wanted);
            }
        }
    }
    wire.publisher->backlog().wait_below(1, patience);
    CHECK(wire.publisher->backlog().bytes() == 0);
    CHECK(wire.traffic->loans.wait_returned(patience));
}

TEST_CASE("thousands of messages on their way at once keep their own bytes") {
    constexpr int count = 20'000;
    Wire wire;
    for (int i = 0; i < count; ++i) {
        std::string content = std::to_string(i) + text(static_cast<std::size_t>(i % 700), 'x');
        wire.publisher->send({"topic", content}, {}, std::move(content));
    }
    for (Port& client : wire.clients) {
        int wrong = 0;
        for (int i = 0; i < count; ++i) {
            const auto message = wire.recv(client);
            const std::string wanted =
                std::to_string(i) + text(static_cast<std::size_t>(i % 700), 'x');
            if (message->frames() != Frames{"topic", wanted}) ++wrong;
        }
        CHECK(wrong == 0);
    }
    wire.publisher->backlog().wait_below(1, patience);
    CHECK(wire.publisher->backlog().bytes() == 0);
}

TEST_CASE("a socket may go while its messages are still to be sent") {
    std::weak_ptr<const void> memory;
    {
        Wire wire;
        Buffer buffer = lent(8 << 20, 'b');  // more than the connection takes at once
        memory = buffer.owner;
        wire.publisher->send({"topic", "{}"}, {std::move(buffer)}, {});
        wire.publisher->send({"topic", "after"});
        wire.publisher.reset();
        for (Port& client : wire.clients) {
            CHECK(wire.recv(client)->frames()[2].size() == 8 << 20);
            CHECK(wire.recv(client)->frames() == Frames{"topic", "after"});
        }
    }
    CHECK(memory.expired());
}

TEST_CASE("a message that cannot be sent gives all back") {
    Wire wire;
    Port router(wire.context, zmq::router, wire.traffic);
    router.set(zmq::router_mandatory, 1);
    router.bind("tcp://127.0.0.1:0");
    Buffer buffer = lent(Parcel::lend_threshold, 'b');
    const std::weak_ptr<const void> memory = buffer.owner;
    for (int i = 0; i < 100; ++i) {
        CHECK_THROWS_AS(router.send({"nobody", "{}"}, {buffer}, {}), PeerNotConnected);
    }
    CHECK(router.backlog().bytes() == 0);
    buffer = {};
    CHECK(memory.expired());
    CHECK(wire.traffic->loans.wait_returned(std::chrono::milliseconds(0)));
}
