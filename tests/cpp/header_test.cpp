// Headers: the fields that are read, and the text that is written.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include <kernelwire/json.hpp>
#include <kernelwire/message.hpp>

using namespace kernelwire;

namespace {

std::string timestamp(long long microseconds) {
    std::string out;
    append_timestamp(out, Timestamp(std::chrono::microseconds(microseconds)));
    return out;
}

}  // namespace

TEST_CASE("read_header finds id and type whatever else is there") {
    Header header;
    CHECK(read_header(R"({"date":null,"msg_type":"x","nested":{"msg_id":"no"},"msg_id":"7"})",
                      header) == Errc::ok);
    CHECK(header.msg_id == "7");
    CHECK(header.msg_type == "x");
}

TEST_CASE("read_header refuses headers without them") {
    Header header;
    for (const char* json :
         {"", "[]", "{}", R"({"msg_id":"1"})", R"({"msg_id":1,"msg_type":"x"})",
          R"({"msg_id":"","msg_type":"x"})", R"({"msg_id":"1","msg_type":"x")"}) {
        CAPTURE(json);
        CHECK(read_header(json, header) == Errc::bad_header);
    }
}

// Every answer carries the header back, to all clients: one of 64 MB was parsed on the thread that
// hearts beat on, and then sent four times; one that nests deeply broke the parsers of others.
TEST_CASE("read_header refuses headers that are too large or nest too deeply") {
    Header header;
    const auto padded = [](const std::string& pad) {
        return R"({"msg_id":"1","msg_type":"x","pad":)" + pad + "}";
    };
    const std::string frame = padded("\"\"");
    CHECK(read_header(padded('"' + std::string(header_limit - frame.size(), 'p') + '"'), header) ==
          Errc::ok);
    CHECK(read_header(padded('"' + std::string(header_limit - frame.size() + 1, 'p') + '"'),
                      header) == Errc::bad_header);
    CHECK(read_header(padded(std::string(500, '[') + std::string(500, ']')), header) == Errc::ok);
    CHECK(read_header(padded(std::string(5000, '[') + std::string(5000, ']')), header) ==
          Errc::bad_header);
}

TEST_CASE("timestamps are ISO 8601 with microseconds") {
    CHECK(timestamp(0) == "1970-01-01T00:00:00.000000Z");
    CHECK(timestamp(951'782'399'999'999) == "2000-02-28T23:59:59.999999Z");
    CHECK(timestamp(951'782'400'000'000) == "2000-02-29T00:00:00.000000Z");
    CHECK(timestamp(951'868'800'000'000) == "2000-03-01T00:00:00.000000Z");
    CHECK(timestamp(1'795'435'200'000'001) == "2026-11-23T12:00:00.000001Z");
    CHECK(timestamp(4'107'542'399'000'000) == "2100-02-28T23:59:59.000000Z");
    CHECK(timestamp(4'107'542'400'000'000) == "2100-03-01T00:00:00.000000Z");
}

TEST_CASE("seal writes a header that carries id, type, date, session and version") {
    const Sealer sealer(Signer("key"), "the-session");
    Outgoing message;
    message.msg_type = "status";
    Sealed sealed;
    sealer.seal(message, Timestamp{}, sealed);
    const std::optional<Json> header = read_json(sealed.header);
    REQUIRE(header.has_value());
    CHECK(header->at("msg_id") == sealed.msg_id);
    CHECK(header->at("msg_type") == "status");
    CHECK(header->at("session") == "the-session");
    CHECK(header->at("version") == "5.5");
    CHECK(header->at("date") == "1970-01-01T00:00:00.000000Z");
    CHECK(sealed.frames.front() == "kernel.the-session.status");
}

TEST_CASE("no two messages have the same id") {
    const Sealer sealer(Signer("key"), "s");
    Sealed one;
    Sealed two;
    sealer.seal({}, Timestamp{}, one);
    sealer.seal({}, Timestamp{}, two);
    CHECK(one.msg_id != two.msg_id);
}
