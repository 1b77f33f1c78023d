// The log, and what the observer of messages writes into it.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <kernelwire/kernelwire.hpp>

using namespace kernelwire;

namespace {

struct Kept {
    Log at(Level level) {
        return {level, [this](Level of, Bytes line) {
                    lines.push_back(name(of) + (": " + std::string(line)));
                }};
    }
    std::vector<std::string> lines;
};

Message request(const std::string& msg_type) {
    Message message;
    message.header.msg_type = msg_type;
    message.header.msg_id = "id";
    message.envelope.parts = {R"({"a":1})", "{}", "{}", R"({"code":"secret"})"};
    message.envelope.buffers = {"four"};
    return message;
}

}  // namespace

TEST_CASE("names of levels are read whatever their case, and no others are") {
    CHECK(level_named("error") == Level::error);
    CHECK(level_named("WARNING") == Level::warning);
    CHECK(level_named("Info") == Level::info);
    CHECK(level_named("debug") == Level::debug);
    for (const Bytes wrong : {"", "warn", "debugs", "10"}) CHECK_FALSE(level_named(wrong));
}

TEST_CASE("a log takes its level and what matters more") {
    Kept kept;
    const Log log = kept.at(Level::warning);
    for (const Level level : {Level::error, Level::warning, Level::info, Level::debug}) {
        log.write(level, "line");
    }
    CHECK(kept.lines == std::vector<std::string>{"error: line", "warning: line"});
    CHECK_FALSE(log.takes(Level::info));
}

TEST_CASE("a log without a sink takes nothing") {
    CHECK_FALSE(Log().takes(Level::error));
    const Log log(Level::debug, nullptr);
    CHECK_FALSE(log.takes(Level::error));
    log.write(Level::error, "line");
}

TEST_CASE("a received message is shown by its type, id and size, and not by its content") {
    Kept kept;
    Message message = request("execute_request");
    Observer(kept.at(Level::debug)).received(message);
    CHECK(kept.lines == std::vector<std::string>{
                            "debug: shell: received execute_request id, 32 bytes, 1 buffers"});
}

TEST_CASE("a message is not looked at where nobody wants to read of it") {
    Kept kept;
    Message message = request("execute_request");
    Observer(kept.at(Level::info)).received(message);
    CHECK(kept.lines.empty());
}

TEST_CASE("what a client has named cannot look like a line of the log") {
    Kept kept;
    Message message = request("a\nb\x1b\xff" + std::string(500, 'c'));
    Observer(kept.at(Level::debug)).received(message);
    CHECK(kept.lines.at(0).find("received a?b??ccc") != std::string::npos);
    CHECK(kept.lines.at(0).size() < 250);
}

TEST_CASE("a sent message is shown with the request that it belongs to") {
    Kept kept;
    Outgoing message;
    message.msg_type = "stream";
    message.parent = R"({"msg_id":"asked","msg_type":"execute_request"})";
    message.content = R"({"text":"secret"})";
    Sealed sealed;
    Sealer(Signer("key"), "session").seal(message, Timestamp(), sealed);
    Observer(kept.at(Level::debug)).sent(message, sealed);
    const std::string& line = kept.lines.at(0);
    CHECK(line.find("debug: iopub: sent stream " + sealed.msg_id + ", ") == 0);
    CHECK(line.find(", for asked") != std::string::npos);
    CHECK(line.find("secret") == std::string::npos);
}

TEST_CASE("why a message is dropped is a warning") {
    Kept kept;
    Observer(kept.at(Level::warning)).refused(Channel::control, Errc::bad_signature);
    CHECK(kept.lines == std::vector<std::string>{"warning: dropped a message on control: signature "
                                                 "does not match the message"});
}

TEST_CASE("a peer without the key cannot fill the log") {
    Kept kept;
    Observer observer(kept.at(Level::warning));
    for (int i = 0; i < 10'000; ++i) observer.refused(Channel::shell, Errc::bad_signature);
    // Twice as many where a minute ended meanwhile.
    CHECK(kept.lines.size() % Observer::refusals_told == 0);
    CHECK(kept.lines.size() <= 2 * Observer::refusals_told);
    CHECK(kept.lines.back().find("counted and not told") != std::string::npos);
    CHECK(observer.counters().json().at("refused") == Json{{"bad_signature", 10'000}});
}
