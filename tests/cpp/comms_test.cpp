// Comms and their handlers, in a kernel without sockets.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <kernelwire/comms.hpp>
#include <kernelwire/kernel.hpp>

using namespace kernelwire;

namespace {

// Keeps what is published on comms, and the errors.
class Recorder final : public Outlet {
public:
    void send(Outgoing message) override {
        if (message.msg_type == "status") return;
        sent.push_back(std::move(message));
    }
    void stream(const std::string& /*parent*/, Stream /*stream*/, Bytes /*text*/) override {}
    void flush() override {}
    [[nodiscard]] std::optional<std::string> input(Outgoing /*request*/,
                                                   const std::string& /*subshell_id*/) override {
        return std::nullopt;
    }
    void hold_back(const std::string& /*subshell_id*/) override {}
    void stop(bool /*restart*/) override {}
    [[nodiscard]] std::string usage() const override { return "{}"; }

    std::vector<Outgoing> sent;
};

class Silent final : public InterpreterWithComms {
public:
    KernelInfo info() const override { return {{"silent"}}; }
    Reply execute(const ExecuteRequest& request, Output& output) override {
        if (request.code == "open") {
            opened = std::make_unique<Comm>(
                comms().open(output, "made here", {{"n", 1}}, {}, {{"version", "1"}}));
        }
        if (request.code == "send") CHECK(opened->send(output, 1));
        return ok();
    }

    std::unique_ptr<Comm> opened;
};

// A kernel, and a frontend that has its comms.
struct Fixture {
    std::vector<Outgoing> ask(const std::string& msg_type, const Json& content) {
        const std::string header =
            Json{{"msg_id", std::to_string(++count)}, {"msg_type", msg_type}}.dump();
        const std::string text = content.dump();
        const Frames frames{"<IDS|MSG>", "", header, "{}", "{}", text};
        recorder.sent.clear();
        check(kernel.receive(Channel::shell, frames, nullptr));
        return std::exchange(recorder.sent, {});
    }
    std::vector<Outgoing> open(const std::string& target, const Json& data = Json::object()) {
        return ask("comm_open", {{"comm_id", "c"}, {"target_name", target}, {"data", data}});
    }
    std::vector<Outgoing> tell(const Json& data) {
        return ask("comm_msg", {{"comm_id", "c"}, {"data", data}});
    }
    std::vector<Outgoing> close() { return ask("comm_close", {{"comm_id", "c"}, {"data", 0}}); }

    int count = 0;
    Recorder recorder;
    Silent interpreter;
    Comms& comms = interpreter.comms();
    Kernel kernel{interpreter, recorder, ""};
};

std::string type_of(const std::vector<Outgoing>& sent) {
    std::string out;
    for (const Outgoing& message : sent) out += message.msg_type + " ";
    return out;
}

Json content(const Outgoing& message) {
    return read_json(message.content).value();
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "a comm that a frontend opens is given to its target's function") {
    Json opened;
    comms.on_open("doubler", [&](Comm& comm, const CommMessage& message) {
        opened = {comm.id(), comm.target_name(), message.data()};
        comm.on_message([](Comm& to, const CommMessage& told) {
            CHECK(to.send({{"twice", 2 * told.data().get<int>()}}));
        });
    });
    CHECK(open("doubler", 5).empty());
    CHECK(opened == Json{"c", "doubler", 5});
    const auto sent = tell(21);
    REQUIRE(type_of(sent) == "comm_msg ");
    CHECK(content(sent[0]) == Json{{"comm_id", "c"}, {"data", {{"twice", 42}}}});
}

TEST_CASE_FIXTURE(Fixture, "what is sent belongs to the message that came last") {
    std::unique_ptr<Comm> kept;
    comms.on_open("kept",
                  [&](Comm& comm, const CommMessage&) { kept = std::make_unique<Comm>(comm); });
    open("kept");
    tell(1);
    CHECK(kept->send(2));
    REQUIRE(recorder.sent.size() == 1);
    CHECK(read_json(recorder.sent[0].parent).value().at("msg_type") == "comm_msg");
}

TEST_CASE_FIXTURE(Fixture, "what a request sends on a comm that another has opened is its own") {
    ask("execute_request", {{"code", "open"}});
    const auto sent = ask("execute_request", {{"code", "send"}});
    REQUIRE(type_of(sent) == "execute_input comm_msg execute_reply ");
    CHECK(sent[1].parent == sent[0].parent);
}

TEST_CASE_FIXTURE(Fixture, "a comm for which nobody is there is closed at once") {
    CHECK(type_of(open("nobody")) == "comm_close ");
    comms.on_open("somebody", [](Comm&, const CommMessage&) {});
    comms.forget("somebody");
    CHECK(type_of(open("somebody")) == "comm_close ");
    CHECK(comms.size() == 0);
}

TEST_CASE_FIXTURE(Fixture, "the frontend's end of a comm is told, and nothing is sent any more") {
    std::unique_ptr<Comm> kept;
    int closed = 0;
    comms.on_open("kept", [&](Comm& comm, const CommMessage&) {
        kept = std::make_unique<Comm>(comm);
        comm.on_close([&](Comm& ended, const CommMessage&) {
            CHECK_FALSE(ended.is_open());
            ++closed;
        });
    });
    open("kept");
    CHECK(close().empty());
    CHECK(close().empty());  // which no comm has
    CHECK(closed == 1);
    CHECK_FALSE(kept->send(1));
    kept->close();
    CHECK(recorder.sent.empty());
    CHECK(comms.comm_info("") == Json::object());
}

TEST_CASE_FIXTURE(Fixture, "the kernel closes a comm once, and hears no more of it") {
    bool told = false;
    comms.on_open("brief", [&](Comm& comm, const CommMessage&) {
        comm.on_message([&](Comm&, const CommMessage&) { told = true; });
        comm.close({{"why", "done"}});
        comm.close();
    });
    const auto sent = open("brief");
    REQUIRE(type_of(sent) == "comm_close ");
    CHECK(content(sent[0]).at("data") == Json{{"why", "done"}});
    tell(1);
    CHECK_FALSE(told);
    CHECK(type_of(open("brief")) == "comm_close ");  // the id is free again
}

TEST_CASE_FIXTURE(Fixture, "a comm of the kernel's is opened, and answered") {
    ask("execute_request", {{"code", "nothing"}});
    const auto sent = ask("execute_request", {{"code", "open"}});
    REQUIRE(type_of(sent) == "execute_input comm_open execute_reply ");
    CHECK(content(sent[1]).at("target_name") == "made here");
    CHECK(content(sent[1]).at("data") == Json{{"n", 1}});
    CHECK(read_json(sent[1].metadata).value() == Json{{"version", "1"}});
    const std::string id = content(sent[1]).at("comm_id");
    CHECK(interpreter.opened->id() == id);
    CHECK(comms.comm_info("made here") == Json{{id, {{"target_name", "made here"}}}});
    CHECK(comms.comm_info("else") == Json::object());
    Json told;
    interpreter.opened->on_message([&](Comm&, const CommMessage& m) { told = m.data(); });
    ask("comm_msg", {{"comm_id", id}, {"data", "hello"}});
    CHECK(told == "hello");
}

TEST_CASE_FIXTURE(Fixture, "what a handler throws is shown, and only an opening ends the comm") {
    comms.on_open("opens badly", [](Comm&, const CommMessage&) { throw std::runtime_error("no"); });
    CHECK(type_of(open("opens badly")) == "comm_close error ");
    comms.on_open("hears badly", [](Comm& comm, const CommMessage&) {
        comm.on_message([](Comm&, const CommMessage&) { throw std::runtime_error("no"); });
    });
    CHECK(open("hears badly").empty());
    CHECK(type_of(tell(1)) == "error ");
    CHECK(comms.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "a second comm of an id is an error, and the first stays") {
    int told = 0;
    comms.on_open("first", [&](Comm& comm, const CommMessage&) {
        comm.on_message([&](Comm&, const CommMessage&) { ++told; });
    });
    CHECK(open("first").empty());
    const auto sent = open("first");
    REQUIRE(type_of(sent) == "error ");
    CHECK(content(sent[0]).at("ename") == "CommExists");
    tell(1);
    CHECK(told == 1);
}

TEST_CASE_FIXTURE(Fixture, "what cannot be written as JSON is the caller's mistake") {
    std::unique_ptr<Comm> kept;
    comms.on_open("kept",
                  [&](Comm& comm, const CommMessage&) { kept = std::make_unique<Comm>(comm); });
    open("kept");
    Json deep = 0;
    for (std::size_t i = 0; i <= json_depth_limit; ++i) deep = Json::array({std::move(deep)});
    CHECK_THROWS_AS(kept->send(deep), std::invalid_argument);
    CHECK_THROWS_AS(comms.on_open("nothing", nullptr), std::invalid_argument);
    CHECK(recorder.sent.empty());
    CHECK(kept->send({{"nan", std::numeric_limits<double>::quiet_NaN()}, {"text", "\xff"}}));
    CHECK(content(recorder.sent.at(0)).at("data") ==
          Json{{"nan", nullptr}, {"text", "\xef\xbf\xbd"}});
}

TEST_CASE_FIXTURE(Fixture, "buffers go with a message, and live until it has left") {
    std::unique_ptr<Comm> kept;
    comms.on_open("kept",
                  [&](Comm& comm, const CommMessage&) { kept = std::make_unique<Comm>(comm); });
    open("kept");
    auto memory = std::make_shared<std::string>("binary");
    CHECK(kept->send(0, {{*memory, memory}}));
    REQUIRE(recorder.sent.at(0).buffers.size() == 1);
    CHECK(recorder.sent[0].buffers[0].bytes == "binary");
    CHECK(memory.use_count() == 2);
}

TEST_CASE_FIXTURE(Fixture, "handlers go with their comm, also where they hold it") {
    const auto held = std::make_shared<int>(5);
    comms.on_open("cycle", [held](Comm& comm, const CommMessage&) {
        comm.on_message([comm, held](Comm&, const CommMessage&) {});
        comm.on_close([comm, held](Comm&, const CommMessage&) {});
    });
    open("cycle");
    CHECK(held.use_count() == 4);
    close();
    CHECK(held.use_count() == 2);
}

TEST_CASE_FIXTURE(Fixture, "comms that were closed by their handles are forgotten") {
    comms.on_open("brief", [](Comm& comm, const CommMessage&) { comm.close(); });
    for (int i = 0; i < 1000; ++i) open("brief");
    CHECK(comms.size() == 0);
    CHECK(comms.comm_info("") == Json::object());
}

TEST_CASE_FIXTURE(Fixture, "several threads send on a comm while it is closed") {
    std::unique_ptr<Comm> kept;
    comms.on_open("kept",
                  [&](Comm& comm, const CommMessage&) { kept = std::make_unique<Comm>(comm); });
    open("kept");
    std::vector<std::thread> askers;
    for (int i = 0; i < 4; ++i) {
        askers.emplace_back([&] {
            for (int n = 0; n < 1000; ++n) {
                (void)comms.comm_info("");
                kept->on_message([](Comm&, const CommMessage&) {});
            }
        });
    }
    close();
    for (std::thread& asker : askers) asker.join();
    CHECK_FALSE(kept->is_open());
}
